"""What a creditor has set, for the page where it is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kulanz.claims.errors import UnknownCreditor
from kulanz.claims.models import Creditor, SettingChange
from kulanz.claims.viewer import Viewer
from kulanz.payments.models import BankLine, CollectorIdentity, DatevSettings, LineState, MandateTerms

HISTORY_MAX = 200
_UNDECIDED = (LineState.PROPOSED, LineState.UNMATCHED)


@dataclass(frozen=True, slots=True)
class Stored:
    """A creditor's settings as they stand; None where nothing is set up. `terms` are the newest of `all_terms`.

    `undecided` counts incoming lines nobody has decided: after a change of account they can no longer be assigned.
    """

    creditor: Creditor
    collector: CollectorIdentity | None
    terms: MandateTerms | None
    all_terms: Sequence[MandateTerms]
    datev: DatevSettings | None
    history: Sequence[SettingChange]
    undecided: int


def stored(viewer: Viewer, key: str) -> Stored:
    """The settings of one creditor. Not found and not allowed look the same. Six queries. Raises `UnknownCreditor`."""
    creditor = viewer.narrow(Creditor.objects.filter(key=key), creditor="id", case="id").first()
    if creditor is None:
        raise UnknownCreditor
    terms = list(viewer.narrow(MandateTerms.objects.filter(creditor=creditor), case="id").order_by("-valid_from"))
    return Stored(
        creditor,
        viewer.narrow(CollectorIdentity.objects.filter(creditor=creditor), case="id").first(),
        terms[0] if terms else None,
        terms,
        viewer.narrow(DatevSettings.objects.filter(creditor=creditor), case="id").first(),
        list(viewer.narrow(SettingChange.objects.filter(creditor=creditor), case="id").order_by("-at", "-id")[:HISTORY_MAX]),
        viewer.narrow(BankLine.objects.filter(creditor=creditor, state__in=_UNDECIDED, amount_cents__gt=0)).count(),
    )
