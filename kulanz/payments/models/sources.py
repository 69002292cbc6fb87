"""Programs that may hand in bank statements."""

from __future__ import annotations

from django.db import models


class ApiToken(models.Model):
    """A program's key to the API. Only its hash is kept: whoever lost the key gets a new one.

    With a creditor the token reaches this creditor's accounts only; without one all of the installation. `label` says which program.
    """

    id = models.BigAutoField(primary_key=True)
    creditor = models.ForeignKey("claims.Creditor", null=True, on_delete=models.PROTECT)
    label = models.CharField(max_length=80)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=80)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
