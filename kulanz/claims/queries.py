"""Finding cases."""

from __future__ import annotations

from kulanz.claims.errors import NotFound
from kulanz.claims.models import Case
from kulanz.claims.viewer import Viewer


def case_by_reference(viewer: Viewer, reference: str) -> Case:
    """The case with this reference, however it is spaced, with creditor and debtor. Not found and not allowed look the same."""
    compact = "".join(reference.split()).upper()
    found = viewer.narrow(Case.objects.filter(reference=compact), case="id").select_related("creditor", "debtor").first()
    if found is None:
        raise NotFound("Eine Akte mit diesem Zeichen gibt es hier nicht.")
    return found
