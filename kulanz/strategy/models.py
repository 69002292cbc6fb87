"""Playbook versions and the decision diary."""

from __future__ import annotations

from django.db import models


class PlaybookVersion(models.Model):
    """A playbook document as it was saved. Never changed; a new text is a new version."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=60)
    version = models.IntegerField()
    document = models.TextField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=80)
    active = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="strategy_playbook_version"),
            models.UniqueConstraint(fields=["key"], condition=models.Q(active=True), name="strategy_playbook_one_active"),
        ]


class Decision(models.Model):
    """The diary: one row per case and run, with everything needed to replay it.

    Append only, partitioned by month of `day`.

    The table is made by SQL in the migrations (declarative partitions); Django only reads it.
    """

    id = models.BigIntegerField(primary_key=True)
    run_id = models.BigIntegerField()
    case_id = models.BigIntegerField()
    creditor_id = models.BigIntegerField()
    day = models.DateField()
    shadow = models.BooleanField()
    action = models.CharField(max_length=10)
    step = models.CharField(max_length=40)
    channel = models.CharField(max_length=8)
    template = models.CharField(max_length=60)
    reason = models.CharField(max_length=40)
    facts = models.JSONField()
    candidates = models.JSONField()
    vetoes = models.JSONField()
    draw = models.BigIntegerField()
    playbook_version_id = models.BigIntegerField()
    engine_version = models.CharField(max_length=20)
    next_step_on = models.DateField(null=True)

    class Meta:
        managed = False
        db_table = "strategy_decision"
