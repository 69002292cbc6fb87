"""What is agreed about paying later: plans, deferrals, promises, settlements, pauses; their instalments; the creditor's limits."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q


class AgreementKind(models.TextChoices):
    """What is agreed. Only a plan has more than one instalment; a pause has none."""

    PLAN = "plan"
    DEFERRAL = "deferral"
    PROMISE = "promise"
    SETTLEMENT = "settlement"
    PAUSE = "pause"


class AgreementState(models.TextChoices):
    """proposed (waits for a second person) → offered → active → kept, broken, revised or cancelled; offers expire."""

    PROPOSED = "proposed"
    OFFERED = "offered"
    ACTIVE = "active"
    KEPT = "kept"
    BROKEN = "broken"
    REVISED = "revised"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


LIVE = (AgreementState.PROPOSED, AgreementState.OFFERED, AgreementState.ACTIVE)
"""States in which something may still become of an agreement."""


class InterestDuring(models.TextChoices):
    """Does interest run while the agreement is kept? `none`: no (the law's default for a deferral); `statutory`: yes, § 288 BGB."""

    NONE = "none"
    STATUTORY = "statutory"


class Agreement(models.Model):
    """One agreement about one case. It is never changed, only ended: a revised plan is a new agreement that `replaces` this one.

    `total_cents` is what the instalments add up to: `open_cents` (owed on the day it was agreed, cost included) plus `interest_cents`
    (interest while it runs) plus `fee_cents` (Nr. 1000 VV RVG) minus `waived_cents` (a settlement's rest, given up once it is kept).
    `ledger_mark` is the last ledger entry known when it was agreed: money booked later counts for it. `missed_on` is the due day of the
    instalment that opened the friendly path, `recover_until` the last day of that path. `bundle` joins one debtor's agreements with several
    creditors; no creditor's row says anything about another's. `key` makes agreeing once-only.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(default=uuid.uuid4, unique=True)
    case = models.ForeignKey("claims.Case", on_delete=models.PROTECT, related_name="agreements")
    creditor = models.ForeignKey("claims.Creditor", on_delete=models.PROTECT)
    kind = models.CharField(max_length=10, choices=AgreementKind)
    state = models.CharField(max_length=10, choices=AgreementState)
    agreed_on = models.DateField(null=True)
    starts_on = models.DateField()
    ends_on = models.DateField()
    expires_on = models.DateField(null=True)
    total_cents = models.BigIntegerField(default=0)
    open_cents = models.BigIntegerField(default=0)
    interest_cents = models.BigIntegerField(default=0)
    fee_cents = models.BigIntegerField(default=0)
    waived_cents = models.BigIntegerField(default=0)
    terms = models.JSONField(default=dict)
    via = models.CharField(max_length=20)
    offered_by = models.CharField(max_length=80, blank=True)
    approved_by = models.CharField(max_length=80, blank=True)
    accepted_at = models.DateTimeField(null=True)
    evidence = models.JSONField(default=dict)
    bundle = models.UUIDField(null=True)
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    ledger_mark = models.BigIntegerField(default=0)
    missed_on = models.DateField(null=True)
    recover_until = models.DateField(null=True)
    closed_on = models.DateField(null=True)
    closed_because = models.CharField(max_length=200, blank=True)
    key = models.CharField(max_length=120, unique=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["ends_on"], condition=Q(state__in=LIVE), name="payments_agreement_live"),
            models.Index(fields=["creditor", "state"], name="payments_agreement_creditor"),
            models.Index(fields=["bundle"], condition=Q(bundle__isnull=False), name="payments_agreement_bundle"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=AgreementKind.values), name="payments_agreement_kind"),
            models.CheckConstraint(condition=Q(state__in=AgreementState.values), name="payments_agreement_state"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="payments_agreement_days"),
            models.CheckConstraint(condition=Q(approved_by="") | ~Q(approved_by=F("offered_by")), name="payments_agreement_two_people"),
            models.UniqueConstraint(fields=["case"], condition=Q(state="active"), name="payments_agreement_one_active"),
        ]


class Instalment(models.Model):
    """One payment of an agreement: so many cents by a day. What was paid on it is never stored, it follows from the ledger."""

    id = models.BigAutoField(primary_key=True)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="instalments")
    case = models.ForeignKey("claims.Case", on_delete=models.PROTECT, related_name="instalments", db_index=False)
    creditor = models.ForeignKey("claims.Creditor", on_delete=models.PROTECT, db_index=False)
    number = models.SmallIntegerField()
    due_on = models.DateField()
    amount_cents = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["due_on"], name="payments_instalment_due")]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "number"], name="payments_instalment_once"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="payments_instalment_amount"),
        ]


class AgreementPolicy(models.Model):
    """What a creditor offers and allows (one row each; without a row these defaults hold).

    The defaults are the kind ones: small instalments, two years at most, no interest and no fee for agreeing, five days of tolerance,
    ten more days in which a missed instalment is only talked about.
    """

    id = models.BigAutoField(primary_key=True)
    creditor = models.OneToOneField("claims.Creditor", on_delete=models.PROTECT, related_name="agreement_policy")
    instalment_cents_min = models.IntegerField(default=1000)
    first_cents_min = models.IntegerField(default=0)
    months_max = models.SmallIntegerField(default=24)
    first_due_days_max = models.SmallIntegerField(default=35)
    deferral_days_max = models.SmallIntegerField(default=42)
    promise_days_max = models.SmallIntegerField(default=14)
    pause_days_max = models.SmallIntegerField(default=90)
    tolerance_days = models.SmallIntegerField(default=5)
    recovery_days = models.SmallIntegerField(default=10)
    reminder_days = models.SmallIntegerField(default=3)
    revisions_max = models.SmallIntegerField(default=3)
    interest_during = models.CharField(max_length=10, choices=InterestDuring, default=InterestDuring.NONE)
    charge_fee = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(interest_during__in=InterestDuring.values), name="payments_policy_interest"),
            models.CheckConstraint(
                condition=Q(instalment_cents_min__gt=0, months_max__gte=1, tolerance_days__gte=0, recovery_days__gte=1),
                name="payments_policy_limits",
            ),
        ]


class BudgetStatement(models.Model):
    """What a debtor said about income and need, of their own will; kept only with consent and only until `expires_on`."""

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey("claims.Case", on_delete=models.PROTECT, related_name="budgets")
    creditor = models.ForeignKey("claims.Creditor", on_delete=models.PROTECT)
    at = models.DateTimeField()
    expires_on = models.DateField()
    data = models.JSONField(default=dict)
    consent = models.TextField()
    via = models.CharField(max_length=20)

    class Meta:
        indexes = [models.Index(fields=["expires_on"], name="payments_budget_expires")]
