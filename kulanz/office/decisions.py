"""What the page of decisions reads. Always for a viewer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from kulanz.claims.errors import NotFound
from kulanz.claims.models import Proposal, ProposalState
from kulanz.claims.viewer import Viewer
from kulanz.intake.rules.parties import spread_text
from kulanz.ledger.components import Component

STATES: Final = tuple(state.value for state in ProposalState)
SORTS: Final = ("asked_at", "name", "cents")
_COLUMN: Final = {"asked_at": "asked_at", "name": "case__debtor__sort_key", "cents": "cents"}


@dataclass(frozen=True, slots=True)
class ProposalPage:
    """One page of proposals in a state, and how many there are in each."""

    rows: Sequence[Proposal]
    total: int
    counts: dict[str, int]


def proposals(viewer: Viewer, *, state: str, text: str, sort: str, limit: int, offset: int) -> ProposalPage:
    """Proposals of the viewer's creditors; `text` looks in names, references, invoice numbers and who asked."""
    rows = viewer.narrow(Proposal.objects.all())
    if text:
        compact = "".join(text.split()).upper()
        rows = rows.filter(
            Q(case__reference__startswith=compact)
            | Q(claim__external_id__istartswith=text)
            | Q(case__debtor__search_key__contains=spread_text(text))
            | Q(asked_by__iexact=text)
        )
    counts: dict[str, int] = dict(rows.order_by().values_list("state").annotate(n=Count("id")))
    down = "-" if sort.startswith("-") else ""
    order = f"{down}{_COLUMN[sort.removeprefix('-')]}"
    found = rows.filter(state=state).select_related("case__debtor", "claim__creditor", "creditor").order_by(order, "id")
    return ProposalPage(list(found[offset : offset + limit]), counts.get(state, 0), counts)


def proposal(viewer: Viewer, proposal_id: int) -> Proposal:
    """One proposal. Not found and not allowed look the same."""
    found = viewer.narrow(Proposal.objects.filter(id=proposal_id)).first()
    if found is None:
        raise NotFound("Diesen Vorschlag gibt es hier nicht.")
    return found


def what(proposal: Proposal) -> str:
    """What is proposed, in two words."""
    match proposal.kind, proposal.component:
        case "write_off", _component:
            return _("Ausbuchen")
        case "credit_note", _component:
            return _("Gutschrift")
        case "charge", Component.DUNNING_FEE:
            return _("Mahnkosten berechnen")
        case "charge", _component:
            return _("Auslagen berechnen")
        case _, Component.INTEREST:
            return _("Zinsen erlassen")
        case _, Component.PRINCIPAL:
            return _("Auf einen Teil der Rechnung verzichten")
        case _:
            return _("Kosten erlassen")
