"""SEPA direct debits: who collects, the mandates debtors signed, the collections under them, and the files that order them."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q


class CollectorIdentity(models.Model):
    """What a creditor needs to collect by SEPA direct debit and to pay back. Without a row of this kind no mandate is offered.

    `sepa_creditor_id` is the creditor identifier (`Gläubiger-Identifikationsnummer`), checked by its digits. `prenotice_days` is the
    term of the pre-notification that stands in every new mandate (14 unless agreed otherwise, EPC SDD Core rulebook); `lead_bank_days`
    how many TARGET days before the due day the bank wants the file. `single_bookings` asks the bank to book each collection as a line
    of its own. `pass_on_return_charge`: a bank's charge for a return is put on the account (off: nobody pays for an empty account
    twice). `return_quiet_days`: how long nothing is asked for after a return. `small_refund_cents`: credits below this amount are paid
    back when the debtor asks, not by themselves; they are always shown (0: every cent goes back).
    """

    id = models.BigAutoField(primary_key=True)
    creditor = models.OneToOneField("claims.Creditor", on_delete=models.PROTECT, related_name="collector")
    sepa_creditor_id = models.CharField(max_length=35)
    prenotice_days = models.SmallIntegerField(default=14)
    lead_bank_days = models.SmallIntegerField(default=2)
    single_bookings = models.BooleanField(default=True)
    pass_on_return_charge = models.BooleanField(default=False)
    return_quiet_days = models.SmallIntegerField(default=7)
    small_refund_cents = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(prenotice_days__gte=1, prenotice_days__lte=60, lead_bank_days__gte=1, lead_bank_days__lte=10),
                name="payments_collector_terms",
            ),
            models.CheckConstraint(condition=Q(return_quiet_days__gte=1, small_refund_cents__gte=0), name="payments_collector_kind"),
        ]


class OrderKind(models.TextChoices):
    """What a file tells the bank: collect from debtors, or pay back to them."""

    DEBIT = "debit"
    REFUND = "refund"


class OrderFile(models.Model):
    """One file for the bank, kept exactly as it is to be uploaded: never made twice, never changed.

    `message_id` is the file's own number at the bank (MsgId), which refuses a second file of the same number. `count` and `sum_cents`
    are its control totals. Nothing here talks to a bank: a person uploads the file and marks it by downloading it.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(default=uuid.uuid4, unique=True)
    creditor = models.ForeignKey("claims.Creditor", on_delete=models.PROTECT, related_name="order_files")
    kind = models.CharField(max_length=8, choices=OrderKind)
    message_id = models.CharField(max_length=35, unique=True)
    schema = models.CharField(max_length=20)
    account_iban = models.CharField(max_length=34)
    day = models.DateField()
    count = models.IntegerField()
    sum_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3, default="EUR")
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=80)
    downloaded_at = models.DateTimeField(null=True)
    downloaded_by = models.CharField(max_length=80, blank=True)

    class Meta:
        indexes = [models.Index(fields=["creditor", "-day"], name="payments_orderfile_day")]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=OrderKind.values), name="payments_orderfile_kind"),
            models.CheckConstraint(condition=Q(count__gt=0, sum_cents__gt=0), name="payments_orderfile_not_empty"),
        ]


class MandateKind(models.TextChoices):
    """For one collection, or for several."""

    ONE_OFF = "one_off"
    RECURRENT = "recurrent"


class MandateState(models.TextChoices):
    """active → used (a one-off after its collection), suspended (after a return that says so), revoked, expired (36 months unused)."""

    ACTIVE = "active"
    USED = "used"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    EXPIRED = "expired"


class Mandate(models.Model):
    """A SEPA direct debit mandate (CORE scheme) as it was signed: its text word for word, and the evidence of the signature.

    `evidence` holds when, how and in which language it was signed, the hash of the text, and which second factor opened the page. The
    network address is left out on purpose (`"ip": "not kept"`): the second factor proves more and says less about the person.
    `prenotice_days` is the term this mandate agreed to. `last_used_on` is the due day of the last collection under it.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(default=uuid.uuid4, unique=True)
    case = models.ForeignKey("claims.Case", on_delete=models.PROTECT, related_name="mandates")
    creditor = models.ForeignKey("claims.Creditor", on_delete=models.PROTECT)
    debtor = models.ForeignKey("claims.Debtor", on_delete=models.PROTECT)
    reference = models.CharField(max_length=35, unique=True)
    kind = models.CharField(max_length=10, choices=MandateKind)
    iban = models.CharField(max_length=34)
    bic = models.CharField(max_length=11, blank=True)
    holder = models.CharField(max_length=70)
    sepa_creditor_id = models.CharField(max_length=35)
    prenotice_days = models.SmallIntegerField()
    text = models.TextField()
    language = models.CharField(max_length=5, default="de")
    signed_at = models.DateTimeField()
    signed_on = models.DateField()
    evidence = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=MandateState, default=MandateState.ACTIVE)
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=200, blank=True)
    last_used_on = models.DateField(null=True)
    key = models.CharField(max_length=120, unique=True)

    class Meta:
        indexes = [models.Index(fields=["signed_on"], condition=Q(state="active"), name="payments_mandate_active")]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=MandateKind.values), name="payments_mandate_kind"),
            models.CheckConstraint(condition=Q(state__in=MandateState.values), name="payments_mandate_state"),
            models.UniqueConstraint(fields=["case"], condition=Q(state="active"), name="payments_mandate_one_active"),
        ]

    @property
    def account_end(self) -> str:
        """The last four digits of the account: enough to know it, too little to use it."""
        return self.iban[-4:]


class CollectionState(models.TextChoices):
    """announced → submitted → collected → returned; cancelled instead of submitted."""

    ANNOUNCED = "announced"
    SUBMITTED = "submitted"
    COLLECTED = "collected"
    RETURNED = "returned"
    CANCELLED = "cancelled"


UNDER_WAY = (CollectionState.ANNOUNCED, CollectionState.SUBMITTED)
"""States in which money is about to come by itself: nobody is reminded meanwhile."""


class Collection(models.Model):
    """One collection: announced for a day, written into a file, arrived, perhaps returned.

    `noticed_on` is the day the debtor saw amount and day on the page and agreed; null if a message alone announces it (`message_id`),
    which then counts from the day it was sent. `amount_cents` is what was announced; `submitted_cents` what was really asked for (never
    more than was open on the due day). `end_to_end_id` begins with the case's reference, so that the bank's line finds its case by
    itself. `line_id` and `return_line_id` are the bank lines that brought it and took it back, `entry_id` the payment they booked.
    """

    id = models.BigAutoField(primary_key=True)
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, related_name="collections")
    case = models.ForeignKey("claims.Case", on_delete=models.PROTECT, related_name="collections")
    creditor = models.ForeignKey("claims.Creditor", on_delete=models.PROTECT)
    instalment = models.ForeignKey("payments.Instalment", null=True, on_delete=models.PROTECT, related_name="collections", db_index=False)
    amount_cents = models.BigIntegerField()
    submitted_cents = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    due_on = models.DateField()
    submit_on = models.DateField()
    announced_at = models.DateTimeField()
    noticed_on = models.DateField(null=True)
    message_id = models.BigIntegerField(null=True)
    state = models.CharField(max_length=10, choices=CollectionState, default=CollectionState.ANNOUNCED)
    because = models.CharField(max_length=200, blank=True)
    end_to_end_id = models.CharField(max_length=35, unique=True)
    sequence = models.CharField(max_length=4, blank=True)
    file = models.ForeignKey(OrderFile, null=True, on_delete=models.PROTECT, related_name="collections")
    line_id = models.BigIntegerField(null=True)
    entry_id = models.BigIntegerField(null=True)
    return_line_id = models.BigIntegerField(null=True)
    return_code = models.CharField(max_length=10, blank=True)
    returned_on = models.DateField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["submit_on"], condition=Q(state="announced"), name="payments_collection_waiting"),
            models.Index(fields=["creditor", "-due_on"], name="payments_collection_creditor"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=CollectionState.values), name="payments_collection_state"),
            models.CheckConstraint(
                condition=Q(amount_cents__gt=0)
                & (Q(submitted_cents=None) | Q(submitted_cents__gt=0, submitted_cents__lte=models.F("amount_cents"))),
                name="payments_collection_amount",
            ),
            models.UniqueConstraint(
                fields=["instalment"], condition=Q(state__in=["announced", "submitted", "collected"]), name="payments_collection_instalment"
            ),
        ]
