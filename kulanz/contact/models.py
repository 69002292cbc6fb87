"""What is said to debtors (the outbox), the links they follow, and what they tell us."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class MessageState(models.TextChoices):
    """queued → sending → sent, failed or unknown; cancelled before sending. `unknown` waits for a person, never for a retry."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


class Message(models.Model):
    """One message to one debtor: unique per case, step, channel and day. Rendered when sent; what was sent stays stored.

    Its keys are asked by the database once a statement (migrations/0003_import_speed.py), not row by row.
    """

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey("claims.Case", on_delete=models.PROTECT, related_name="messages", db_index=False, db_constraint=False)
    creditor = models.ForeignKey("claims.Creditor", on_delete=models.PROTECT, db_constraint=False)
    debtor = models.ForeignKey("claims.Debtor", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    identity_key = models.CharField(max_length=64)
    channel = models.CharField(max_length=8)
    step = models.CharField(max_length=40)
    day = models.DateField()
    template = models.CharField(max_length=60)
    language = models.CharField(max_length=5, default="de")
    params = models.JSONField(default=dict)
    to = models.CharField(max_length=254)
    state = models.CharField(max_length=10, choices=MessageState, default=MessageState.QUEUED)
    not_before = models.DateTimeField(null=True)
    queued_at = models.DateTimeField()
    attempts = models.SmallIntegerField(default=0)
    sending_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    provider_key = models.CharField(max_length=120)
    provider_ref = models.CharField(max_length=200, blank=True)
    error = models.TextField(blank=True)
    cancelled_because = models.CharField(max_length=120, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    body_text = models.TextField(blank=True)
    body_html = models.TextField(blank=True)
    document = models.CharField(max_length=300, blank=True)
    document_sha256 = models.CharField(max_length=64, blank=True)
    run_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "step", "channel", "day"], name="contact_message_once"),
            models.UniqueConstraint(fields=["provider_key"], name="contact_message_provider_key"),
            models.CheckConstraint(condition=Q(state__in=MessageState.values), name="contact_message_state"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(state__in=["queued", "sending"]), name="contact_message_waiting"),
            models.Index(fields=["identity_key", "sent_at"], name="contact_message_identity"),
        ]


class PortalLink(models.Model):
    """A debtor's way into one case. Only the hash of the token is kept; wrong second factors are counted and lock it.

    `debtor` is whose way it is, if not the main debtor's: somebody who owes jointly comes in with their own second factor.
    """

    id = models.BigAutoField(primary_key=True)
    token_hash = models.CharField(max_length=64, unique=True)
    case = models.ForeignKey("claims.Case", on_delete=models.PROTECT)
    creditor = models.ForeignKey("claims.Creditor", on_delete=models.PROTECT)
    message = models.OneToOneField(Message, null=True, on_delete=models.PROTECT, related_name="link")
    debtor = models.ForeignKey("claims.Debtor", null=True, on_delete=models.PROTECT, db_index=False)
    created_at = models.DateTimeField()
    expires_on = models.DateField()
    revoked_at = models.DateTimeField(null=True)
    wrong_factors = models.SmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)


class Utterance(models.Model):
    """What a debtor told us, in their words and as data. Append only."""

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey("claims.Case", on_delete=models.PROTECT, related_name="utterances")
    creditor = models.ForeignKey("claims.Creditor", on_delete=models.PROTECT)
    at = models.DateTimeField()
    kind = models.CharField(max_length=30)
    text = models.TextField(blank=True)
    data = models.JSONField(default=dict)
    via = models.CharField(max_length=20)
    idempotency_key = models.CharField(max_length=120, unique=True)
    answered_at = models.DateTimeField(null=True)


class CollectingAgency(models.Model):
    """Who writes for creditors that do not collect in their own name: the registered firm and who supervises it (§ 13a (1) no. 8 RDG).

    One row. Nothing is filled in by itself: without a field the law asks for, no first letter leaves.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    legal_name = models.CharField(max_length=160)
    street = models.CharField(max_length=120)
    postcode = models.CharField(max_length=10)
    city = models.CharField(max_length=80)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    supervisor = models.CharField(max_length=160, blank=True)
    supervisor_address = models.CharField(max_length=200, blank=True)
    supervisor_contact = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="contact_agency_one")]


class AgencyClient(models.Model):
    """What a creditor declared for the agency's letters: whether it deducts input tax (§ 13a (1) no. 6 RDG); no row: not asked yet."""

    id = models.BigAutoField(primary_key=True)
    creditor = models.OneToOneField("claims.Creditor", on_delete=models.PROTECT, related_name="agency_client")
    deducts_input_tax = models.BooleanField()
    declared_by = models.CharField(max_length=80)
    declared_at = models.DateTimeField()


class GroundKind(models.TextChoices):
    """What a claim arose from."""

    CONTRACT = "contract"
    TORT = "tort"


class ClaimGround(models.Model):
    """What a claim rests on, as § 13a (1) no. 2 and (2) RDG want it told: contract or tort, what it was about, and its day.

    `circumstances` of the conclusion of the contract and `original_creditor` are told on request; empty where nobody noted them.
    """

    id = models.BigAutoField(primary_key=True)
    claim = models.OneToOneField("claims.Claim", on_delete=models.PROTECT, related_name="ground")
    case = models.ForeignKey("claims.Case", on_delete=models.PROTECT)
    creditor = models.ForeignKey("claims.Creditor", on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(max_length=8, choices=GroundKind, default=GroundKind.CONTRACT)
    subject = models.CharField(max_length=200)
    on = models.DateField()
    circumstances = models.TextField(blank=True)
    original_creditor = models.CharField(max_length=200, blank=True)
    noted_by = models.CharField(max_length=80)
    noted_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(kind__in=GroundKind.values), name="contact_ground_kind")]
