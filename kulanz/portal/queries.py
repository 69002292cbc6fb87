"""What a debtor sees: one case, what is owed, what stands still and what comes next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q

from kulanz.claims.accounts import ClaimBalance, open_amounts
from kulanz.claims.models import Case, CaseDebtor, CaseState, Creditor, Hold
from kulanz.claims.viewer import Viewer
from kulanz.contact.models import PortalLink, Utterance
from kulanz.payments import queries_agreements as agreements
from kulanz.payments.models import AgreementState
from kulanz.payments.queries_agreements import Told


@dataclass(frozen=True, slots=True)
class Overview:
    """A case on one day, for the person who owes. Amounts in cents."""

    case: Case
    creditor: Creditor
    balances: list[ClaimBalance]
    hold: Hold | None
    last_said: Utterance | None
    day: date
    viewer: Viewer
    agreement: Told | None = None

    @property
    def active(self) -> bool:
        """True while something is agreed and runs."""
        return self.agreement is not None and self.agreement.agreement.state == AgreementState.ACTIVE

    @property
    def pay_cents(self) -> int:
        """What paying means today: the next instalment, the amount that was offered or promised, or everything."""
        if self.agreement is None or self.agreement.progress.next is None:
            return self.total_cents
        return min(self.agreement.progress.next.open_cents, self.total_cents)

    @property
    def open_balances(self) -> list[ClaimBalance]:
        """The claims that something is still open on."""
        return [balance for balance in self.balances if balance.total_cents > 0]

    @property
    def total_cents(self) -> int:
        return sum(balance.total_cents for balance in self.balances)

    @property
    def overpaid_cents(self) -> int:
        return sum(balance.overpaid_cents for balance in self.balances)

    @property
    def settled(self) -> bool:
        return self.case.state == CaseState.SETTLED or self.total_cents <= 0

    @property
    def quiet_until(self) -> date | None:
        """The day on which something may happen again at the earliest; None while a hold has no end or nothing is planned."""
        return None if self.hold or self.settled else self.case.next_step_on

    @property
    def can_transfer(self) -> bool:
        """True if there is an account to pay to; a GiroCode carries euros only."""
        return bool(self.creditor.iban and self.creditor.account_holder)


def case_of_link(link_id: int, public_id: UUID, *, day: date) -> Case | None:
    """The case a signed-in link leads to, as long as the link is alive. Asked on every request: a revoked link ends every session."""
    live = Q(revoked_at=None, expires_on__gte=day)
    link = (
        PortalLink.objects.filter(live, id=link_id, case__public_id=public_id)
        .select_related("case__debtor", "case__creditor", "debtor")
        .first()
    )
    if link is None:
        return None
    if link.debtor is not None:
        link.case.debtor = link.debtor  # whoever came in by their own link is whom every page speaks to; nothing is saved
    return link.case


def cases_of_links(opened: Mapping[UUID, int], like: Case, *, day: date) -> list[Case]:
    """The cases these links lead to, as `case_of_link`, that are open, in the currency and of the person of ``like``. One query."""
    live = Q(revoked_at=None, expires_on__gte=day)
    links = PortalLink.objects.filter(
        live,
        id__in=opened.values(),
        case__debtor__identity_key=like.debtor.identity_key,
        case__state=CaseState.OPEN,
        case__currency=like.currency,
    ).select_related("case__debtor", "case__creditor")
    found = {link.case_id: link.case for link in links if opened.get(link.case.public_id) == link.id}
    return [found[case_id] for case_id in sorted(found)]


def overview(viewer: Viewer, case: Case, day: date) -> Overview:
    """Everything the overview says, read as the debtor."""
    holds: Any = viewer.narrow(Hold.objects.filter(case=case, lifted_at=None, forbids_contact=True, from_on__lte=day))
    standing = [hold for hold in holds.order_by("-id") if hold.until_on is None or hold.until_on >= day]
    told = agreements.standing(viewer, case.id)
    if told is not None and told.agreement.state == AgreementState.PROPOSED:
        told = None  # a second person has not decided yet: nothing is offered
    said = viewer.narrow(Utterance.objects.filter(case=case)).order_by("-at").first()
    return Overview(case, case.creditor, open_amounts([case.id], day)[case.id], standing[0] if standing else None, said, day, viewer, told)


def jointly(viewer: Viewer, case: Case) -> list[str]:
    """The names of those who owe the case together with the person who looks; empty if nobody does."""
    rows = viewer.narrow(CaseDebtor.objects.filter(case=case)).exclude(debtor_id=case.debtor_id).select_related("debtor").order_by("id")
    return [one.debtor.display_name for one in rows]


def brand(key: str) -> str | None:
    """The colour of a creditor, as stored; None if there is no such creditor. Public: it is on every letter."""
    return Creditor.objects.filter(key=key).values_list("brand_primary", flat=True).first()
