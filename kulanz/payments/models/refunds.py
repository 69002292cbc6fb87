"""Money that belongs to a debtor and goes back: proposed, agreed by a second person, ordered at the bank, gone."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q


class RefundState(models.TextChoices):
    """open → approved → ordered → paid; refused or cancelled instead; failed when the bank or the provider sent it back."""

    OPEN = "open"
    APPROVED = "approved"
    ORDERED = "ordered"
    PAID = "paid"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    FAILED = "failed"


REFUND_UNDER_WAY = (RefundState.OPEN, RefundState.APPROVED, RefundState.ORDERED)
"""States in which a credit is already being paid back, so that it is not proposed again."""


class RefundProposal(models.Model):
    """A credit that is to be paid back. Nothing leaves without two people: who proposed cannot approve, who approved cannot order.

    `iban` comes from the line the payer paid with (`iban_source` = "bank_line"), else the debtor names it in the portal ("debtor") or a
    member of staff enters it ("staff"); empty while nobody has. `entry_ids` are the bookings once the bank's line is here.

    With a `checkout` the money goes back the way it came, through the provider: no account, no file. `public_id` is then the key under
    which the provider makes two orders one, `asked_at` when it was last asked, and `provider_refund` its name of the refund.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(default=uuid.uuid4, unique=True)
    case = models.ForeignKey("claims.Case", on_delete=models.PROTECT, related_name="refunds")
    creditor = models.ForeignKey("claims.Creditor", on_delete=models.PROTECT)
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    iban = models.CharField(max_length=34, blank=True)
    bic = models.CharField(max_length=11, blank=True)
    holder = models.CharField(max_length=70, blank=True)
    iban_source = models.CharField(max_length=10, blank=True)
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=RefundState, default=RefundState.OPEN)
    proposed_by = models.CharField(max_length=80)
    proposed_at = models.DateTimeField()
    decided_by = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_because = models.CharField(max_length=200, blank=True)
    ordered_by = models.CharField(max_length=80, blank=True)
    end_to_end_id = models.CharField(max_length=35, unique=True)
    file = models.ForeignKey("payments.OrderFile", null=True, on_delete=models.PROTECT, related_name="refunds")
    line_id = models.BigIntegerField(null=True)
    paid_on = models.DateField(null=True)
    entry_ids = models.JSONField(default=list)
    checkout = models.ForeignKey("payments.Checkout", null=True, on_delete=models.PROTECT, related_name="refunds")
    provider_refund = models.CharField(max_length=120, blank=True)
    asked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["creditor", "state"], name="payments_refund_creditor")]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=RefundState.values), name="payments_refund_state"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="payments_refund_amount"),
            models.CheckConstraint(condition=Q(decided_by="") | ~Q(decided_by=F("proposed_by")), name="payments_refund_two_people"),
            models.CheckConstraint(condition=Q(ordered_by="") | ~Q(ordered_by=F("decided_by")), name="payments_refund_ordered_by_another"),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "ordered", "paid", "failed"]) | ~Q(decided_by=""), name="payments_refund_decided"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["ordered", "paid", "failed"]) | ~Q(ordered_by=""), name="payments_refund_ordered_by_somebody"
            ),
            models.CheckConstraint(condition=Q(checkout=None) | Q(iban="", file=None), name="payments_refund_one_way"),
            models.UniqueConstraint(
                fields=["case"], condition=Q(state__in=["open", "approved", "ordered"]), name="payments_refund_one_under_way"
            ),
            models.UniqueConstraint(
                fields=["checkout", "provider_refund"], condition=~Q(provider_refund=""), name="payments_refund_provider_once"
            ),
        ]
