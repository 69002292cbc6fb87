"""Creditors, debtors, cases, claims, holds: who owes what to whom, and what forbids talking about it."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q


class Role(models.TextChoices):
    """What a member of staff may do."""

    AGENT = "agent"
    LEAD = "lead"
    MANAGER = "manager"
    ADMIN = "admin"


class User(AbstractUser):
    """A member of staff. An admin without creditors sees the whole installation; anyone else only the creditors listed."""

    id = models.BigAutoField(primary_key=True)
    role = models.CharField(max_length=10, choices=Role, default=Role.AGENT)
    creditors = models.ManyToManyField("claims.Creditor", blank=True, related_name="staff")


class DayCount(models.TextChoices):
    """Divisor of interest days; the statute is silent, so it is a parameter of the claim."""

    ACT_ACT = "act_act"
    ACT_365 = "act_365"
    THIRTY_360 = "30E_360"


class Rounding(models.TextChoices):
    """Where interest is rounded to cents: each rate segment, or the sum once."""

    SEGMENT = "segment"
    TOTAL = "total"


class CreditorView(models.TextChoices):
    """How a creditor's mandate shares out a payment in his own books. What a debtor owes follows the law's order, whatever is chosen."""

    LAW = "law"  # as for the debtor
    PRINCIPAL_FIRST = "principal_first"  # principal, interest, the creditor's costs, the agency's costs last
    INTEREST_FIRST = "interest_first"  # interest, principal, the creditor's costs, the agency's costs last


class Creditor(models.Model):
    """A tenant: the firm the money is owed to, with its bank account, its look and its interest parameters.

    `small_rest_cents`: interest up to this amount that remains after a payment is waived, so that nobody is chased for cents.
    `alone_cents_max`: up to this amount one person may waive, credit or write off alone; above it a second one must agree.
    `view`: in which order a payment counts in the creditor's own books; the debtor's account follows the law's order in every case.
    """

    id = models.BigAutoField(primary_key=True)
    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    legal_name = models.CharField(max_length=160)
    street = models.CharField(max_length=120, blank=True)
    postcode = models.CharField(max_length=10, blank=True)
    city = models.CharField(max_length=80, blank=True)
    country = models.CharField(max_length=2, default="DE")
    land = models.CharField(max_length=2, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    website = models.URLField(blank=True)
    iban = models.CharField(max_length=34, blank=True)
    bic = models.CharField(max_length=11, blank=True)
    account_holder = models.CharField(max_length=70, blank=True)
    brand_primary = models.CharField(max_length=7, blank=True)
    in_own_name = models.BooleanField(default=True)
    interest_policy = models.CharField(max_length=10, default="statutory")
    day_count = models.CharField(max_length=8, choices=DayCount, default=DayCount.ACT_ACT)
    rounding = models.CharField(max_length=8, choices=Rounding, default=Rounding.SEGMENT)
    payment_day_counts = models.BooleanField(default=False)
    small_rest_cents = models.IntegerField(default=100)
    alone_cents_max = models.IntegerField(default=5000)
    playbook_key = models.CharField(max_length=60, default="kulant")
    view = models.CharField(max_length=16, choices=CreditorView, default=CreditorView.LAW)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(interest_policy__in=["statutory", "none"]), name="claims_creditor_interest_policy"),
            models.CheckConstraint(condition=Q(view__in=CreditorView.values), name="claims_creditor_view"),
        ]

    def __str__(self) -> str:
        return self.name


class DebtorKind(models.TextChoices):
    """A natural person or a company; it decides rates, wording and protection."""

    PERSON = "person"
    COMPANY = "company"


class Debtor(models.Model):
    """Someone who owes one creditor money. The same person at two creditors is two rows that share `identity_key`.

    `identity_key` is a keyed hash and only counts contacts across creditors; no data crosses with it. `search_key` and `sort_key` are
    normalised in Python (lower case, umlauts spread), because the database has no German collation.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(default=uuid.uuid4, unique=True)
    creditor = models.ForeignKey(Creditor, on_delete=models.PROTECT, db_index=False)
    external_id = models.CharField(max_length=100)
    kind = models.CharField(max_length=8, choices=DebtorKind)
    salutation = models.CharField(max_length=6, blank=True)
    title = models.CharField(max_length=30, blank=True)
    given_name = models.CharField(max_length=100, blank=True)
    family_name = models.CharField(max_length=100, blank=True)
    company_name = models.CharField(max_length=160, blank=True)
    street = models.CharField(max_length=120, blank=True)
    postcode = models.CharField(max_length=10, blank=True)
    city = models.CharField(max_length=80, blank=True)
    country = models.CharField(max_length=2, default="DE")
    land = models.CharField(max_length=2, blank=True)
    language = models.CharField(max_length=5, default="de")
    identity_key = models.CharField(max_length=64)
    search_key = models.TextField(blank=True)
    sort_key = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["identity_key"], name="claims_debtor_identity")]
        constraints = [
            models.UniqueConstraint(fields=["creditor", "external_id"], name="claims_debtor_external"),
            models.CheckConstraint(condition=Q(kind__in=DebtorKind.values), name="claims_debtor_kind"),
            models.CheckConstraint(condition=Q(salutation__in=["", "frau", "herr", "divers"]), name="claims_debtor_salutation"),
        ]

    @property
    def display_name(self) -> str:
        """The name as one writes it: company name, or title, given and family name."""
        if self.kind == DebtorKind.COMPANY:
            return self.company_name
        return " ".join(part for part in (self.title, self.given_name, self.family_name) if part)


class Channel(models.TextChoices):
    """A way to reach someone."""

    EMAIL = "email"
    LETTER = "letter"
    SMS = "sms"
    PHONE = "phone"


class ContactPoint(models.Model):
    """An address of a debtor on a channel, and whether it may be used."""

    id = models.BigAutoField(primary_key=True)
    debtor = models.ForeignKey(Debtor, on_delete=models.PROTECT, related_name="contact_points", db_index=False)
    creditor = models.ForeignKey(Creditor, on_delete=models.PROTECT, db_index=False)
    channel = models.CharField(max_length=8, choices=Channel)
    value = models.CharField(max_length=254)
    state = models.CharField(max_length=12, default="usable")
    preferred = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["debtor", "channel", "value"], name="claims_contactpoint_once"),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="claims_contactpoint_channel"),
            models.CheckConstraint(
                condition=Q(state__in=["usable", "bounced", "withdrawn", "unverified"]), name="claims_contactpoint_state"
            ),
        ]


class CaseState(models.TextChoices):
    """A case is open while anything is owed; settled when nothing is; closed when a person ended it otherwise."""

    OPEN = "open"
    SETTLED = "settled"
    CLOSED = "closed"


class Case(models.Model):
    """One debtor (or joint debtors) and one creditor: the file everything about them hangs on (`Akte`).

    Its position in the playbook is written down (`step`, `step_on`, `anchor_on`, `next_step_on`), never inferred. `revision` grows by one
    with every change of facts; the daily run queues a message only where it is unchanged since the facts were read.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(default=uuid.uuid4, unique=True)
    creditor = models.ForeignKey(Creditor, on_delete=models.PROTECT, db_index=False)
    debtor = models.ForeignKey(Debtor, on_delete=models.PROTECT, related_name="cases", db_index=False)
    reference = models.CharField(max_length=25)
    bucket = models.SmallIntegerField()
    currency = models.CharField(max_length=3)
    opened_on = models.DateField()
    state = models.CharField(max_length=8, choices=CaseState, default=CaseState.OPEN)
    playbook_version_id = models.BigIntegerField(null=True)
    step = models.CharField(max_length=40, blank=True)
    step_on = models.DateField(null=True)
    anchor_on = models.DateField(null=True)
    next_step_on = models.DateField(null=True)
    needs_human = models.BooleanField(default=False)
    revision = models.BigIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["bucket", "id"], name="claims_case_bucket"),
            models.Index(fields=["creditor", "state"], name="claims_case_creditor_state"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["reference"], name="claims_case_reference"),
            models.UniqueConstraint(fields=["debtor", "creditor", "currency"], name="claims_case_one_per_debtor"),
            models.CheckConstraint(condition=Q(state__in=CaseState.values), name="claims_case_state"),
            models.CheckConstraint(condition=Q(bucket__gte=0, bucket__lt=256), name="claims_case_bucket_range"),
        ]


class CaseDebtor(models.Model):
    """Who is liable in a case: the main debtor and those who owe jointly (§ 421 BGB)."""

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="liable", db_index=False)
    debtor = models.ForeignKey(Debtor, on_delete=models.PROTECT)
    creditor = models.ForeignKey(Creditor, on_delete=models.PROTECT, db_index=False)
    role = models.CharField(max_length=6, default="joint")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "debtor"], name="claims_casedebtor_once"),
            models.CheckConstraint(condition=Q(role__in=["main", "joint"]), name="claims_casedebtor_role"),
        ]


class Claim(models.Model):
    """One invoice: principal, due date, and the parameters its interest follows. What is open stands in the ledger account.

    `margin_bp` are the points above the base rate in basis points (500 consumer, 900 business, § 288 BGB); `fixed_bp` a yearly rate that
    follows no base rate (Austrian consumers 400, Switzerland 500, or what a contract names). Both null: no interest is claimed.
    `first_interest_day` is the first day that bears interest; null while default has not begun (`default_reason` says why).
    """

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="claims")
    creditor = models.ForeignKey(Creditor, on_delete=models.PROTECT, db_index=False)
    account = models.OneToOneField("ledger.Account", on_delete=models.PROTECT, related_name="claim")
    external_id = models.CharField(max_length=100)
    subject = models.CharField(max_length=200, blank=True)
    invoiced_on = models.DateField()
    due_on = models.DateField()
    principal_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    consumer = models.BooleanField()
    first_interest_day = models.DateField(null=True)
    default_reason = models.CharField(max_length=60, blank=True)
    margin_bp = models.IntegerField(null=True)
    fixed_bp = models.IntegerField(null=True)
    day_count = models.CharField(max_length=8, choices=DayCount, default=DayCount.ACT_ACT)
    rounding = models.CharField(max_length=8, choices=Rounding, default=Rounding.SEGMENT)
    payment_day_counts = models.BooleanField(default=False)
    content_hash = models.CharField(max_length=64)
    source = models.TextField()
    document_ref = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["creditor", "external_id"], name="claims_claim_external"),
            models.CheckConstraint(condition=Q(principal_cents__gte=0), name="claims_claim_principal_not_negative"),
            models.CheckConstraint(condition=Q(margin_bp=None) | Q(fixed_bp=None), name="claims_claim_one_rate"),
            models.CheckConstraint(condition=Q(fixed_bp=None) | Q(fixed_bp__gte=0), name="claims_claim_fixed_not_negative"),
        ]

    @property
    def bears_interest(self) -> bool:
        """True if interest is claimed at all, whether or not it has begun to run."""
        return self.margin_bp is not None or self.fixed_bp is not None


class HoldReason(models.TextChoices):
    """Why contact or escalation stops."""

    DISPUTE = "dispute"
    PAID_CLAIMED = "paid_claimed"
    MAYBE_PAID = "maybe_paid"
    HARDSHIP = "hardship"
    DEFERRAL = "deferral"
    PLAN = "plan"
    PROMISE = "promise"
    SETTLEMENT = "settlement"
    PAUSE = "pause"
    COLLECTION = "collection"  # a direct debit or a provider payment is under way
    INSOLVENCY = "insolvency"
    DEATH = "death"
    REPRESENTATION = "representation"
    LIMITATION = "limitation"
    WRONG_PERSON = "wrong_person"
    MANUAL = "manual"


class Hold(models.Model):
    """A stop (`Sperre`). While it stands, a case with `forbids_contact` has no queued message.

    Its keys are asked by the database once a statement (migrations/0013_hold_keys.py), not row by row.
    """

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="holds", db_constraint=False)
    creditor = models.ForeignKey(Creditor, on_delete=models.PROTECT, db_constraint=False)
    reason = models.CharField(max_length=16, choices=HoldReason)
    from_on = models.DateField()
    until_on = models.DateField(null=True)
    source = models.CharField(max_length=60)
    note = models.TextField(blank=True)
    forbids_contact = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_because = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(reason__in=HoldReason.values), name="claims_hold_reason"),
            models.UniqueConstraint(fields=["case", "reason"], condition=Q(lifted_at=None), name="claims_hold_one_standing"),
        ]


class CaseEvent(models.Model):
    """What happened in a case, in order. Append only; the timeline of debtor and agent reads from here.

    Its keys are asked by the database once a statement (migrations/0010_import_speed.py), not row by row.
    """

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events", db_index=False, db_constraint=False)
    creditor = models.ForeignKey(Creditor, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    text = models.TextField()
    actor = models.CharField(max_length=80)
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["case", "at"], name="claims_event_case_at")]


class ProposalState(models.TextChoices):
    """Waiting for a second person, agreed and booked, or turned down."""

    OPEN = "open"
    AGREED = "agreed"
    REFUSED = "refused"


class Proposal(models.Model):
    """A waiver, credit note, write-off or charge that one person asked for and a second must agree to (two pairs of eyes)."""

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="proposals")
    creditor = models.ForeignKey(Creditor, on_delete=models.PROTECT)
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT)
    kind = models.CharField(max_length=12)
    component = models.CharField(max_length=16)
    cents = models.BigIntegerField()
    effective_on = models.DateField()
    reason = models.TextField()
    key = models.CharField(max_length=120, unique=True)
    asked_by = models.CharField(max_length=80)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=ProposalState, default=ProposalState.OPEN)
    decided_by = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_because = models.TextField(blank=True)
    entry_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["waiver", "credit_note", "write_off", "charge"]), name="claims_proposal_kind"),
            models.CheckConstraint(condition=Q(cents__gte=0), name="claims_proposal_cents"),
            models.CheckConstraint(condition=Q(decided_by="") | ~Q(decided_by=models.F("asked_by")), name="claims_proposal_two_people"),
        ]


class SettingChange(models.Model):
    """One setting of a creditor that somebody changed: from what to what, who, and when. Append only, guarded by the database.

    `setting` is a stable name as ``account.iban``; `before` and `after` are plain values, null where there was none.
    """

    id = models.BigAutoField(primary_key=True)
    creditor = models.ForeignKey(Creditor, on_delete=models.PROTECT, related_name="setting_changes", db_index=False)
    at = models.DateTimeField()
    actor = models.CharField(max_length=80)
    setting = models.CharField(max_length=60)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["creditor", "-at"], name="claims_settingchange_at")]
