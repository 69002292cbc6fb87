"""Runs and their parts: what has a clock, what is done, what is not."""

from __future__ import annotations

from django.db import models


class Run(models.Model):
    """One run of one kind for one day. Unique, so that a day is run once; a killed one is continued."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=20)
    day = models.DateField()
    shadow = models.BooleanField(default=False)
    engine = models.CharField(max_length=20, default="local")
    state = models.CharField(max_length=10, default="running")
    counts = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "day", "shadow"], name="runs_run_once")]


class RunPart(models.Model):
    """The cases of a range of hash buckets inside a run. Done once; a part that was not committed left nothing."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="parts")
    number = models.SmallIntegerField()
    bucket_from = models.SmallIntegerField()
    bucket_to = models.SmallIntegerField()
    state = models.CharField(max_length=10, default="open")
    counts = models.JSONField(default=dict)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="runs_part_once")]
