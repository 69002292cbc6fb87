"""What providers' settlement files say row by row, and everything about providers that a person must look at."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class ProviderRow(models.Model):
    """One row of a settlement file, stored once however many files show it (`row_ref` is the provider's own name of the row).

    Gross is signed from our side, the fee positive when it costs us. `payout_ref` names the payout a row belongs to, where the file says
    it; a row that is a payout itself (PayPal) has its own name there. `fee_entry_id` is the booking of the fee where the row, not the
    payout, carries it.
    """

    id = models.BigAutoField(primary_key=True)
    creditor = models.ForeignKey("claims.Creditor", on_delete=models.PROTECT)
    endpoint = models.CharField(max_length=60)
    provider = models.CharField(max_length=20)
    row_ref = models.CharField(max_length=120)
    kind = models.CharField(max_length=12)
    refs = models.JSONField(default=list)
    gross_cents = models.BigIntegerField()
    fee_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    booked_on = models.DateField()
    payout_ref = models.CharField(max_length=120, blank=True)
    arrival_on = models.DateField(null=True)
    file = models.CharField(max_length=255)
    line = models.IntegerField()
    fee_entry_id = models.BigIntegerField(null=True)
    read_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["endpoint", "row_ref"], name="payments_providerrow_once")]
        indexes = [models.Index(fields=["endpoint", "payout_ref"], name="payments_providerrow_payout")]


class ProblemKind(models.TextChoices):
    """What is wrong between a provider and us."""

    UNREADABLE = "unreadable"
    UNPROVEN = "unproven"
    UNREACHABLE = "unreachable"
    DIFFERS = "differs"
    ROW = "row"
    REFUND = "refund"


class ProviderProblem(models.Model):
    """One thing about a provider that a person must look at; seen again it is counted, not doubled (`key` is unique per endpoint).

    `text` is a German sentence without personal data. `done_by` is "kulanz" where it has passed by itself.
    """

    id = models.BigAutoField(primary_key=True)
    creditor = models.ForeignKey("claims.Creditor", on_delete=models.PROTECT)
    endpoint = models.CharField(max_length=60)
    provider = models.CharField(max_length=20)
    kind = models.CharField(max_length=12, choices=ProblemKind)
    key = models.CharField(max_length=160)
    text = models.CharField(max_length=500)
    checkout = models.ForeignKey("payments.Checkout", null=True, on_delete=models.PROTECT, related_name="problems")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    times = models.IntegerField(default=1)
    done_at = models.DateTimeField(null=True)
    done_by = models.CharField(max_length=80, blank=True)
    done_note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "key"], name="payments_providerproblem_once"),
            models.CheckConstraint(condition=Q(kind__in=ProblemKind.values), name="payments_providerproblem_kind"),
            models.CheckConstraint(
                condition=Q(done_at=None, done_by="") | (Q(done_at__isnull=False) & ~Q(done_by="")), name="payments_providerproblem_done"
            ),
        ]
        indexes = [models.Index(fields=["creditor"], condition=Q(done_at=None), name="payments_providerproblem_open")]
