"""Money out: what is agreed with each creditor, the remittance runs, money paid to the creditor itself, exports to the accounts."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Agency(models.Model):
    """Who runs this installation for others: the firm on fee invoices, and its own account. One row.

    `invoice_prefix` begins every invoice number; what follows is the year and a number without gaps.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    legal_name = models.CharField(max_length=160)
    street = models.CharField(max_length=120)
    postcode = models.CharField(max_length=10)
    city = models.CharField(max_length=80)
    country = models.CharField(max_length=2, default="DE")
    email = models.EmailField(blank=True)
    vat_id = models.CharField(max_length=20, blank=True)
    tax_number = models.CharField(max_length=30, blank=True)
    iban = models.CharField(max_length=34, blank=True)
    bic = models.CharField(max_length=11, blank=True)
    account_holder = models.CharField(max_length=70, blank=True)
    invoice_prefix = models.CharField(max_length=12, default="K")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="payments_agency_one")]


class Rhythm(models.TextChoices):
    """How often money is passed on."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class MandateTerms(models.Model):
    """What is agreed with a creditor whose money we collect, from a day on. A creditor without a row collects on its own account.

    `fee_bp` percent of the components in `fee_on`, in basis points; components in `kept` are the agency's when debtors pay them.
    `vat_bp` on both. `pass_on_days`: money that lies longer is warned about. `separate_account`: the account holds client money only
    (§ 13g RDG: pass on at once, or keep on a separate account); without one the terms must be daily, without threshold, and money is
    warned about after a day. Amounts below `threshold_cents` wait for the next run.
    """

    id = models.BigAutoField(primary_key=True)
    creditor = models.ForeignKey("claims.Creditor", on_delete=models.PROTECT, related_name="mandate_terms", db_index=False)
    valid_from = models.DateField()
    fee_bp = models.IntegerField(default=0)
    fee_on = models.JSONField(default=list)
    kept = models.JSONField(default=list)
    vat_bp = models.IntegerField()
    rhythm = models.CharField(max_length=8, choices=Rhythm, default=Rhythm.WEEKLY)
    threshold_cents = models.BigIntegerField(default=0)
    pass_on_days = models.SmallIntegerField(default=7)
    separate_account = models.BooleanField(default=True)
    payout_name = models.CharField(max_length=70)
    payout_iban = models.CharField(max_length=34)
    payout_bic = models.CharField(max_length=11, blank=True)
    created_by = models.CharField(max_length=80)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["creditor", "valid_from"], name="payments_terms_once"),
            models.CheckConstraint(condition=Q(fee_bp__gte=0, fee_bp__lte=10_000), name="payments_terms_fee"),
            models.CheckConstraint(condition=Q(vat_bp__gte=0, vat_bp__lte=10_000), name="payments_terms_vat"),
            models.CheckConstraint(condition=Q(threshold_cents__gte=0, pass_on_days__gte=0), name="payments_terms_limits"),
        ]


class RunState(models.TextChoices):
    """draft → approved (by a second person) → paid when the bank shows it; closed where nothing is to be paid; dropped drafts."""

    DRAFT = "draft"
    APPROVED = "approved"
    PAID = "paid"
    CLOSED = "closed"
    DROPPED = "dropped"


class Remittance(models.Model):
    """One remittance run (`Auskehrung`): what came in for a creditor and was not accounted for yet, our fees, and what is paid out.

    carried_in + handed − fees − vat = payout + carried_out, in cents. `withheld` is what of the fees is kept back with this payout,
    `fees_open_out` what is still to be kept back later, `lying_out` fees kept back that still lie on the account. `number` counts per
    creditor without gaps. `payment_xml` is written once; downloading it again gives the same bytes.
    """

    id = models.BigAutoField(primary_key=True)
    creditor = models.ForeignKey("claims.Creditor", on_delete=models.PROTECT, related_name="remittances", db_index=False)
    number = models.IntegerField()
    currency = models.CharField(max_length=3)
    from_on = models.DateField(null=True)
    to_on = models.DateField()
    state = models.CharField(max_length=8, choices=RunState, default=RunState.DRAFT)
    terms = models.ForeignKey(MandateTerms, on_delete=models.PROTECT)
    carried_in_cents = models.BigIntegerField()
    handed_cents = models.BigIntegerField()
    direct_cents = models.BigIntegerField()
    fee_cents = models.BigIntegerField()
    kept_cents = models.BigIntegerField()
    vat = models.JSONField(default=list)
    vat_cents = models.BigIntegerField()
    payout_cents = models.BigIntegerField()
    carried_out_cents = models.BigIntegerField()
    fees_open_in_cents = models.BigIntegerField()
    withheld_cents = models.BigIntegerField()
    fees_open_out_cents = models.BigIntegerField()
    lying_in_cents = models.BigIntegerField()
    transfer_cents = models.BigIntegerField()
    lying_out_cents = models.BigIntegerField()
    why = models.CharField(max_length=20)
    account_iban = models.CharField(max_length=34)
    attempt = models.SmallIntegerField(default=1)
    prepared_by = models.CharField(max_length=80)
    prepared_at = models.DateTimeField()
    approved_by = models.CharField(max_length=80, blank=True)
    approved_at = models.DateTimeField(null=True)
    invoice_number = models.CharField(max_length=40, blank=True)
    invoiced_on = models.DateField(null=True)
    payment_xml = models.TextField(blank=True)
    payment_at = models.DateTimeField(null=True)
    paid_on = models.DateField(null=True)
    paid_line_id = models.BigIntegerField(null=True)
    fee_line_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "to_on"], name="payments_remittance_state")]
        constraints = [
            models.UniqueConstraint(
                fields=["creditor", "currency", "number"], condition=~Q(state="dropped"), name="payments_remittance_number"
            ),
            models.UniqueConstraint(fields=["creditor", "currency"], condition=Q(state="draft"), name="payments_remittance_one_draft"),
            models.UniqueConstraint(fields=["invoice_number"], condition=~Q(invoice_number=""), name="payments_remittance_invoice"),
            models.CheckConstraint(condition=Q(state__in=RunState.values), name="payments_remittance_state_known"),
            models.CheckConstraint(condition=Q(approved_by="") | ~Q(approved_by=F("prepared_by")), name="payments_remittance_two_people"),
            models.CheckConstraint(condition=Q(payout_cents__gte=0, transfer_cents__gte=0), name="payments_remittance_out"),
            models.CheckConstraint(
                condition=Q(
                    carried_out_cents=F("carried_in_cents")
                    + F("handed_cents")
                    - F("fee_cents")
                    - F("kept_cents")
                    - F("vat_cents")
                    - F("payout_cents")
                ),
                name="payments_remittance_sums",
            ),
        ]


class RemittanceItem(models.Model):
    """One ledger entry in one run, as the statement shows it. The unique entry makes sure that no cent is accounted for twice."""

    id = models.BigAutoField(primary_key=True)
    remittance = models.ForeignKey(Remittance, on_delete=models.CASCADE, related_name="items")
    creditor = models.ForeignKey("claims.Creditor", on_delete=models.PROTECT, db_index=False)
    case_id = models.BigIntegerField()
    entry_id = models.BigIntegerField(unique=True)
    kind = models.CharField(max_length=20)
    via = models.CharField(max_length=8)
    occurred_on = models.DateField()
    line_id = models.BigIntegerField(null=True)
    reference = models.CharField(max_length=25)
    debtor_name = models.CharField(max_length=160)
    invoices = models.CharField(max_length=200)
    principal_cents = models.BigIntegerField()
    interest_cents = models.BigIntegerField()
    costs_cents = models.BigIntegerField()
    overpaid_cents = models.BigIntegerField()
    handed_cents = models.BigIntegerField()
    kept_cents = models.BigIntegerField()
    fee_cents = models.BigIntegerField()
    vat_bp = models.IntegerField()


class DirectPayment(models.Model):
    """Money a debtor paid to the creditor itself, as the creditor or an agent reports it. `key` makes a report count once;
    a report that was undone may be made again."""

    id = models.BigAutoField(primary_key=True)
    creditor = models.ForeignKey("claims.Creditor", on_delete=models.PROTECT, db_index=False)
    case = models.ForeignKey("claims.Case", on_delete=models.PROTECT, related_name="direct_payments")
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    paid_on = models.DateField()
    note = models.CharField(max_length=180, blank=True)
    key = models.CharField(max_length=120)
    entry_id = models.BigIntegerField()
    reported_by = models.CharField(max_length=80)
    reported_at = models.DateTimeField()
    undone_by = models.CharField(max_length=80, blank=True)
    undone_at = models.DateTimeField(null=True)
    undone_because = models.CharField(max_length=180, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["creditor", "key"], condition=Q(undone_at=None), name="payments_direct_once"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="payments_direct_amount"),
        ]


class DatevSettings(models.Model):
    """How a creditor's books look in DATEV. `accounts` maps our accounts (`bank`, `income:interest`, …) to their numbers; none is guessed.

    `with_claims`: also export the opening of claims; off by default, since the creditor's own invoices stand in its books already.
    """

    id = models.BigAutoField(primary_key=True)
    creditor = models.OneToOneField("claims.Creditor", on_delete=models.PROTECT, related_name="datev")
    consultant = models.IntegerField()
    client = models.IntegerField()
    year_begins = models.SmallIntegerField(default=1)
    account_length = models.SmallIntegerField(default=4)
    chart = models.CharField(max_length=2, blank=True)
    accounts = models.JSONField(default=dict)
    with_claims = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(year_begins__gte=1, year_begins__lte=12), name="payments_datev_year"),
            models.CheckConstraint(condition=Q(account_length__gte=4, account_length__lte=8), name="payments_datev_length"),
        ]


class ExportState(models.TextChoices):
    """An open export can be discarded and made again; a locked one stays for good."""

    OPEN = "open"
    LOCKED = "locked"
    DISCARDED = "discarded"


class DatevExport(models.Model):
    """One batch of bookings for DATEV. The file is made from the stored entries and `settings`, so the same export is the same bytes."""

    id = models.BigAutoField(primary_key=True)
    creditor = models.ForeignKey("claims.Creditor", on_delete=models.PROTECT)
    currency = models.CharField(max_length=3)
    from_on = models.DateField()
    to_on = models.DateField()
    state = models.CharField(max_length=9, choices=ExportState, default=ExportState.OPEN)
    settings = models.JSONField()
    entries = models.IntegerField(default=0)
    rows = models.IntegerField(default=0)
    sum_cents = models.BigIntegerField(default=0)
    late = models.IntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    created_by = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    locked_by = models.CharField(max_length=80, blank=True)
    locked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(to_on__gte=F("from_on")), name="payments_datev_period")]


class DatevItem(models.Model):
    """An entry that stands in an export. Unique: no booking reaches the accounts twice."""

    id = models.BigAutoField(primary_key=True)
    export = models.ForeignKey(DatevExport, on_delete=models.CASCADE, related_name="items")
    creditor = models.ForeignKey("claims.Creditor", on_delete=models.PROTECT, db_index=False)
    entry_id = models.BigIntegerField(unique=True)
