"""Payments through a provider: what was started, what the provider said about it, and what it paid out."""

from __future__ import annotations

import uuid
from typing import Final

from django.db import models
from django.db.models import Q


class CheckoutState(models.TextChoices):
    """Where a payment stands. Nothing but `paid` means that money is there."""

    CREATED = "created"
    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"
    REFUNDED = "refunded"
    CHARGED_BACK = "charged_back"


UNDECIDED: Final = (CheckoutState.CREATED, CheckoutState.PENDING)
"""States in which money may still come."""


class Checkout(models.Model):
    """One payment a debtor started with a provider: the amount they agreed to, and everything learnt about it since.

    `refs` are all names the provider has for it (session, payment, charge, capture). `state` follows from the set of events and only
    moves up (see `rules.checkouts`). `parked` says why a person must look; then nothing is booked by itself. `answered` is the last such
    question a person has dealt with. `key` makes a form count once. `valid_until` is when a slip to pay in cash ends (null: no slip),
    `asked_at` when the provider was asked last.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(default=uuid.uuid4, unique=True)
    case = models.ForeignKey("claims.Case", on_delete=models.PROTECT, related_name="checkouts")
    creditor = models.ForeignKey("claims.Creditor", on_delete=models.PROTECT)
    endpoint = models.CharField(max_length=60)
    provider = models.CharField(max_length=20)
    method = models.CharField(max_length=30)
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=12, choices=CheckoutState, default=CheckoutState.CREATED)
    provider_ref = models.CharField(max_length=120, blank=True)
    redirect_url = models.TextField(blank=True)
    refs = models.JSONField(default=list)
    instalment_id = models.BigIntegerField(null=True)
    key = models.CharField(max_length=120, unique=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    paid_on = models.DateField(null=True)
    entry_id = models.BigIntegerField(null=True)
    refunded_cents = models.BigIntegerField(default=0)
    parked = models.CharField(max_length=300, blank=True)
    answered = models.CharField(max_length=300, blank=True)
    decided_by = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=CheckoutState.values), name="payments_checkout_state"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="payments_checkout_amount"),
            models.UniqueConstraint(
                fields=["endpoint", "provider_ref"], condition=~Q(provider_ref=""), name="payments_checkout_provider_ref"
            ),
        ]
        indexes = [models.Index(fields=["state", "created_at"], name="payments_checkout_open")]


class ProviderEvent(models.Model):
    """One thing a provider said, stored once however often it arrives. `notice` is its meaning in our words (`providers.port.Notice`).

    `checkout` is null while nothing here is known by any of its `refs`; it is found again when another event tells the connection.
    """

    id = models.BigAutoField(primary_key=True)
    creditor = models.ForeignKey("claims.Creditor", on_delete=models.PROTECT)
    case = models.ForeignKey("claims.Case", null=True, on_delete=models.PROTECT)
    checkout = models.ForeignKey(Checkout, null=True, on_delete=models.PROTECT, related_name="events")
    endpoint = models.CharField(max_length=60)
    provider = models.CharField(max_length=20)
    event_id = models.CharField(max_length=160)
    kind = models.CharField(max_length=80)
    refs = models.JSONField(default=list)
    notice = models.JSONField(default=dict)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["endpoint", "event_id"], name="payments_providerevent_once")]
        indexes = [models.Index(fields=["creditor"], condition=Q(checkout=None), name="payments_providerevent_lost")]


class PayoutState(models.TextChoices):
    """A payout is open until its money is found on the bank account; `differs` means a person must look."""

    OPEN = "open"
    TIED = "tied"
    DIFFERS = "differs"


class ProviderPayout(models.Model):
    """What a provider says it paid out: gross of its lines, its fees, and what should arrive at the bank.

    `lines` are the settlement's lines as read (`providers.port.SettlementLine`); `differences` German sentences about what does not fit.
    """

    id = models.BigAutoField(primary_key=True)
    creditor = models.ForeignKey("claims.Creditor", on_delete=models.PROTECT)
    endpoint = models.CharField(max_length=60)
    provider = models.CharField(max_length=20)
    payout_ref = models.CharField(max_length=120)
    currency = models.CharField(max_length=3)
    arrival_on = models.DateField()
    gross_cents = models.BigIntegerField()
    fee_cents = models.BigIntegerField()
    net_cents = models.BigIntegerField()
    lines = models.JSONField(default=list)
    state = models.CharField(max_length=8, choices=PayoutState, default=PayoutState.OPEN)
    differences = models.JSONField(default=list)
    bank_line = models.ForeignKey("payments.BankLine", null=True, on_delete=models.PROTECT, related_name="payouts")
    entry_id = models.BigIntegerField(null=True)
    read_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "payout_ref"], name="payments_providerpayout_once"),
            models.UniqueConstraint(fields=["bank_line"], condition=Q(bank_line__isnull=False), name="payments_providerpayout_line"),
            models.CheckConstraint(condition=Q(state__in=PayoutState.values), name="payments_providerpayout_state"),
        ]
