"""Files of claims that came in, and every row that could not be taken with its reason."""

from __future__ import annotations

from django.db import models


class ImportFile(models.Model):
    """One imported file: what was found in it and what became of each row. rows = new + known + changed + problems."""

    id = models.BigAutoField(primary_key=True)
    creditor = models.ForeignKey("claims.Creditor", on_delete=models.PROTECT)
    name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    profile = models.CharField(max_length=120)
    as_of = models.DateField(null=True)
    detected = models.JSONField(default=dict)
    rows = models.IntegerField()
    new = models.IntegerField()
    known = models.IntegerField()
    changed = models.IntegerField()
    problems = models.IntegerField()
    totals = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=80)


class ImportProblem(models.Model):
    """One row of a file that was not taken, with line, column and a sentence that says why."""

    id = models.BigAutoField(primary_key=True)
    import_file = models.ForeignKey(ImportFile, on_delete=models.PROTECT, related_name="problem_rows")
    creditor = models.ForeignKey("claims.Creditor", on_delete=models.PROTECT)
    line = models.IntegerField()
    column = models.CharField(max_length=120, blank=True)
    code = models.CharField(max_length=40)
    reason = models.TextField()
    raw = models.JSONField(default=dict)
