"""Keys for programs: made, used, taken away. The key itself is shown once and never stored."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from kulanz.payments.errors import TokenNotFound
from kulanz.payments.models import ApiToken

PREFIX: Final = "kulanz_"
_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token as it is handed over: ``secret`` is seen here and nowhere else."""

    id: int
    secret: str


def create_token(label: str, *, creditor_id: int | None, actor: str, now: datetime) -> NewToken:
    """A new token for one creditor's accounts, or for all of the installation."""
    secret = PREFIX + secrets.token_urlsafe(_BYTES)
    row = ApiToken.objects.create(label=label[:80], creditor_id=creditor_id, token_hash=_digest(secret), created_at=now, created_by=actor)
    return NewToken(row.id, secret)


def use_token(secret: str, *, now: datetime) -> ApiToken | None:
    """The token with this secret, or None if there is none or it was taken away."""
    row = ApiToken.objects.filter(token_hash=_digest(secret), revoked_at=None).first()
    if row is not None:
        ApiToken.objects.filter(id=row.id).update(last_used_at=now)
    return row


def revoke_token(token_id: int, *, now: datetime) -> None:
    """Take a token away; from now on it opens nothing. Raises `TokenNotFound`."""
    if not ApiToken.objects.filter(id=token_id, revoked_at=None).update(revoked_at=now):
        raise TokenNotFound


def _digest(secret: str) -> str:
    """A long random key needs no slow hash: guessing it is hopeless, and a stolen table opens nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()
