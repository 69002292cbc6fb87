"""A debtor's way in: a link that cannot be guessed, and a second factor that only the addressee knows.

The token is worked out from the message and the installation's secret, so that making a message again gives the same
link; stored is only its hash. It is written in an alphabet that survives being typed from paper: no i, l, o or u,
hyphens and capitals do not matter.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Q

from kulanz.claims.models import Case, Claim, Debtor
from kulanz.contact.errors import LinkLocked, LinkUnusable
from kulanz.contact.models import Message, PortalLink
from kulanz.contact.rules import LINK_VALID_DAYS
from kulanz.failpoints import fp

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_SIGNS: Final = 26
"""26 signs of five bits: 130 bits. Guessing one of a million live links at a million tries a second takes 10^19
years."""

WRONG_TRIES_MAX: Final = 5
LOCKED_HOURS: Final = 24
WRONG_TRIES_REVOKE: Final = 15
"""After three rounds of wrong answers nobody is guessing by mistake any more: the link is dead, the debtor calls us."""


def token_for(message_key: str) -> str:
    """The token of a message's link, in compact form."""
    mac = hmac.new(settings.SECRET_KEY.encode(), f"kulanz-portal-link:{message_key}".encode(), hashlib.sha256)
    number = int.from_bytes(mac.digest(), "big")
    return "".join(_ALPHABET[number >> (5 * place) & 31] for place in range(_SIGNS))


def url_for(token: str) -> str:
    """The address of a token, in groups that can be typed from paper."""
    return f"{settings.KULANZ_PUBLIC_URL}/p/{grouped(token)}"


def grouped(token: str) -> str:
    """``k7q2m3xw9ah4…`` → ``k7q2m-3xw9a-h4…``."""
    return "-".join(token[start : start + 5] for start in range(0, len(token), 5))


def compact(typed: str) -> str:
    """What someone typed, as a token: hyphens, blanks and capitals do not matter, and o, i, l are read as 0, 1, 1."""
    return re.sub(r"[\s\-]", "", typed.lower()).translate(str.maketrans("oil", "011"))


def issue(messages: Sequence[Message], *, day: date, now: datetime) -> None:
    """Store the links of messages (their hashes, each once), valid for `LINK_VALID_DAYS`.

    A message that is sent again on a person's word has a new key and so a new link; its first one stays the
    message's own.
    """
    fp("link.before_insert")
    PortalLink.objects.bulk_create(
        [
            PortalLink(
                token_hash=_hash(token_for(message.provider_key)),
                case_id=message.case_id,
                creditor_id=message.creditor_id,
                message=None if "~" in message.provider_key else message,
                created_at=now,
                expires_on=day + timedelta(days=LINK_VALID_DAYS),
            )
            for message in messages
        ],
        ignore_conflicts=True,
    )
    fp("link.after_insert")


def issue_for(case: Case, debtor: Debtor, *, day: date, now: datetime) -> str:
    """A link of their own for somebody who owes jointly; returns its address, which is told once and kept nowhere. The last one ends."""
    fp("link.before_joint")
    PortalLink.objects.filter(case=case, debtor=debtor, revoked_at=None).update(revoked_at=now)
    fp("link.between_joint")
    token = "".join(secrets.choice(_ALPHABET) for _ in range(_SIGNS))
    PortalLink.objects.create(
        token_hash=_hash(token),
        case=case,
        creditor_id=case.creditor_id,
        debtor=debtor,
        created_at=now,
        expires_on=day + timedelta(days=LINK_VALID_DAYS),
    )
    fp("link.after_joint")
    return url_for(token)


def resolve(typed: str, *, day: date, now: datetime) -> PortalLink:
    """The link behind a token. Changes nothing. Unknown, expired and revoked look the same: `LinkUnusable`."""
    token = compact(typed)
    if len(token) != _SIGNS or set(token) - set(_ALPHABET):
        raise LinkUnusable
    live = Q(revoked_at=None, expires_on__gte=day)
    link = PortalLink.objects.filter(live, token_hash=_hash(token)).select_related("case__debtor", "creditor").first()
    if link is None:
        raise LinkUnusable
    if link.locked_until is not None and link.locked_until > now:
        raise LinkLocked
    return link


@dataclass(frozen=True, slots=True)
class FactorAnswer:
    """What became of a try: right or wrong, and how many are left before the link is locked."""

    right: bool
    tries_left: int


def check_second_factor(link_id: int, answer: str, *, now: datetime) -> FactorAnswer:
    """Compare an answer with the debtor's postcode or one of the invoice numbers; count it if wrong.

    Counted under a row lock, so that ten answers at once are ten tries. At `WRONG_TRIES_MAX` the link is locked for
    a day and raises `LinkLocked`; at `WRONG_TRIES_REVOKE` it is revoked. A right answer starts the count anew.
    """
    link = PortalLink.objects.select_for_update(of=("self",)).select_related("case__debtor", "debtor").get(id=link_id)
    if link.revoked_at is not None:
        raise LinkUnusable
    if link.locked_until is not None and link.locked_until > now:
        raise LinkLocked
    if _knows(link, answer):
        PortalLink.objects.filter(id=link_id).update(wrong_factors=0, locked_until=None)
        return FactorAnswer(right=True, tries_left=WRONG_TRIES_MAX)
    wrong = link.wrong_factors + 1
    fp("factor.before_update")
    PortalLink.objects.filter(id=link_id).update(
        wrong_factors=wrong,
        locked_until=now + timedelta(hours=LOCKED_HOURS) if wrong % WRONG_TRIES_MAX == 0 else None,
        revoked_at=now if wrong >= WRONG_TRIES_REVOKE else None,
    )
    return FactorAnswer(right=False, tries_left=(WRONG_TRIES_MAX - wrong % WRONG_TRIES_MAX) % WRONG_TRIES_MAX)


def prove(own_link_id: int, reference: str, answer: str, *, day: date, now: datetime) -> PortalLink | None:
    """A further case of the person who came in by `own_link_id`, by its reference and what only the addressee knows; None if not proven.

    A reference nobody has, somebody else's case, a case without a living link and a wrong answer look the same, and each counts as a wrong
    try at the person's own link: whoever guesses locks out nobody but themselves. Raises `LinkLocked` and `LinkUnusable` like
    `check_second_factor`.
    """
    own = PortalLink.objects.select_for_update(of=("self",)).select_related("case__debtor", "debtor").get(id=own_link_id)
    if own.locked_until is not None and own.locked_until > now:
        raise LinkLocked
    person = own.debtor or own.case.debtor
    live = Q(revoked_at=None, debtor=None, expires_on__gte=day) & (Q(locked_until=None) | Q(locked_until__lte=now))
    same = Q(case__reference=re.sub(r"[\s\-]", "", reference).upper(), case__debtor__identity_key=person.identity_key)
    link = PortalLink.objects.filter(live, same).select_related("case__debtor", "debtor").order_by("-id").first()
    if link is not None and _knows(link, answer):
        return link
    check_second_factor(own_link_id, "", now=now)
    return None


def revoke(case_id: int, *, now: datetime) -> int:
    """Make every live link of a case unusable; returns how many."""
    return PortalLink.objects.filter(case_id=case_id, revoked_at=None).update(revoked_at=now)


def _knows(link: PortalLink, answer: str) -> bool:
    """True for the person's postcode or the number of one of the case's invoices, however they are spaced or capitalised."""
    given = _bare(answer)
    if not given:
        return False
    numbers = Claim.objects.filter(case_id=link.case_id).values_list("external_id", flat=True)
    known = [_bare((link.debtor or link.case.debtor).postcode), *(_bare(number) for number in numbers)]
    # Each comparison takes the same time whatever is typed, and all are made.
    return sum(hmac.compare_digest(given.encode(), right.encode()) for right in known if right) > 0


def _bare(text: str) -> str:
    return re.sub(r"[\W_]", "", text.casefold())


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
