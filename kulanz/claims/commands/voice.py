"""In whose name a creditor's letters are written."""

from __future__ import annotations

from kulanz.claims.models import Creditor
from kulanz.failpoints import fp


def set_voice(creditor_id: int, *, in_own_name: bool) -> None:
    """Write in the creditor's own name, or through the agency that runs this installation. What was sent already stays as it was."""
    fp("creditor.before_voice")
    Creditor.objects.filter(id=creditor_id).update(in_own_name=in_own_name)
