"""What a creditor has set, for the page where it is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kulanz.claims.errors import UnknownCreditor
from kulanz.claims.models import Creditor, SettingChange
from kulanz.claims.viewer import Viewer
from kulanz.payments.models import CollectorIdentity, DatevSettings, MandateTerms

HISTORY_MAX = 200


@dataclass(frozen=True, slots=True)
class Stored:
    """A creditor's settings as they stand; None where nothing is set up. `terms` are the newest of `all_terms`."""

    creditor: Creditor
    collector: CollectorIdentity | None
    terms: MandateTerms | None
    all_terms: Sequence[MandateTerms]
    datev: DatevSettings | None
    history: Sequence[SettingChange]


def stored(viewer: Viewer, key: str) -> Stored:
    """The settings of one creditor. Not found and not allowed look the same. Five queries. Raises `UnknownCreditor`."""
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
    )
