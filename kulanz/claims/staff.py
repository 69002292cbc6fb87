"""From a signed-in member of staff to the viewer they read as."""

from __future__ import annotations

from typing import Any

from kulanz.claims.models import Role, User
from kulanz.claims.viewer import Viewer


def viewer_of(user: Any) -> Viewer | None:
    """The viewer of a member of staff; None for anybody else. An admin without creditors sees the whole installation."""
    if not isinstance(user, User) or not user.is_active:
        return None
    creditor_ids = frozenset(user.creditors.values_list("id", flat=True))
    everything = user.role == Role.ADMIN and not creditor_ids
    return Viewer("staff", None if everything else creditor_ids, user_id=user.id)
