"""Logins of staff."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from kulanz.claims.errors import ClaimsError, UnknownCreditor
from kulanz.claims.models import Creditor, Role, User


class WeakPassword(ClaimsError):
    """Dieses Passwort ist zu schwach."""

    code, status = "weak_password", 422


class CreditorNeeded(ClaimsError):
    """Wer nicht Admin ist, braucht mindestens einen Mandanten."""

    code, status = "creditor_needed", 422


def add_user(username: str, password: str, *, role: Role, creditor_keys: Collection[str]) -> User:
    """Create a login, or renew the password, role and creditors of the one with this name."""
    creditors = list(Creditor.objects.filter(key__in=creditor_keys))
    if unknown := set(creditor_keys) - {creditor.key for creditor in creditors}:
        raise UnknownCreditor(f"Unbekannt: {', '.join(sorted(unknown))}.")
    if role != Role.ADMIN and not creditors:
        raise CreditorNeeded
    user = User.objects.filter(username=username).first() or User(username=username)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise WeakPassword(" ".join(error.messages)) from error
    user.role = role
    user.set_password(password)
    user.save()
    user.creditors.set(creditors)
    return user
