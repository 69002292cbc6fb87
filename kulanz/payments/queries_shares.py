"""What a person needs to share one line out: whose the named numbers are, what else may be meant, and what is open there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from kulanz.claims.accounts import open_amounts
from kulanz.claims.models import Case, Claim, Creditor
from kulanz.claims.viewer import Viewer
from kulanz.payments.models import BankLine
from kulanz.payments.queries import cases_like

SEARCH_MAX: Final = 8


@dataclass(frozen=True, slots=True)
class Target:
    """Where a part of a line can go: a case, or one invoice of it (`invoice`). `open_cents` is what settles it on the day asked for."""

    case: Case
    claim_id: int | None
    invoice: str
    open_cents: int

    @property
    def number(self) -> str:
        """What names it: the invoice number, else the reference of the case."""
        return self.invoice or self.case.reference


@dataclass(frozen=True, slots=True)
class Found:
    """Every place each number names (none, one, or several), and the cases that were searched for or else proposed."""

    by_number: Mapping[str, Sequence[Target]]
    others: Sequence[Target]


def look_up(viewer: Viewer, line: BankLine, numbers: Sequence[str], *, day: date, text: str = "", words: Sequence[str] = ()) -> Found:
    """Find numbers as written, and cases by ``text`` (``words``: the same as search keys write names); without a text the line's proposals.

    A reference names the case, an invoice number one invoice of it. At most six queries, however many numbers.
    """
    owners = _creditors_of(line)
    places = _places(viewer, owners, numbers) if numbers else {}
    cases = cases_like(viewer, text, words=words, creditor_ids=owners, limit=SEARCH_MAX) if text.strip() else _proposed(viewer, line)
    wanted = {case.id for case in cases} | {case.id for each in places.values() for case, _ in each}
    balances = open_amounts(wanted, day) if wanted else {}
    of_case = {case_id: sum(one.total_cents for one in rows) for case_id, rows in balances.items()}
    of_claim = {one.claim.id: one.total_cents for rows in balances.values() for one in rows}

    def target(case: Case, claim: Claim | None) -> Target:
        if claim is None:
            return Target(case, None, "", of_case[case.id])
        return Target(case, claim.id, claim.external_id, of_claim.get(claim.id, 0))

    by_number = {number: tuple(target(case, claim) for case, claim in each) for number, each in places.items()}
    return Found(by_number, tuple(target(case, None) for case in cases))


def _creditors_of(line: BankLine) -> list[int]:
    """Whose the money may be: the creditor who has the line in the books, else those with this account, else those without any."""
    if line.carried_entry_id is not None and line.creditor_id is not None:
        return [line.creditor_id]
    rows = list(Creditor.objects.filter(iban__in=["", line.account_iban]).values_list("id", "iban"))
    return [owner for owner, iban in rows if iban] or [owner for owner, _ in rows]


def _proposed(viewer: Viewer, line: BankLine) -> list[Case]:
    wanted = [proposal["case"] for proposal in line.proposals]
    if not wanted:
        return []
    rows = viewer.narrow(Case.objects.filter(id__in=wanted), case="id").select_related("debtor", "creditor")
    by_id = {case.id: case for case in rows}
    return [by_id[case_id] for case_id in wanted if case_id in by_id]


def _places(viewer: Viewer, owners: Collection[int], numbers: Sequence[str]) -> dict[str, list[tuple[Case, Claim | None]]]:
    references = {number: "".join(number.split()).upper() for number in numbers}
    rows = viewer.narrow(Case.objects.filter(creditor_id__in=owners), case="id").select_related("debtor", "creditor")
    named = {case.reference: case for case in rows.filter(reference__in=set(references.values()))}
    # Asked as written, large and small: only that has an index.
    spellings = {spelling for number in numbers for spelling in (number.strip(), number.strip().upper(), number.strip().lower())}
    claims = viewer.narrow(Claim.objects.filter(creditor_id__in=owners, external_id__in=spellings))
    by_invoice: dict[str, list[Claim]] = {}
    for claim in claims.select_related("case__debtor", "case__creditor").order_by("id"):
        by_invoice.setdefault(claim.external_id.upper(), []).append(claim)
    found: dict[str, list[tuple[Case, Claim | None]]] = {}
    for number in numbers:
        if references[number] in named:
            found[number] = [(named[references[number]], None)]
        else:
            found[number] = [(claim.case, claim) for claim in by_invoice.get(number.strip().upper(), [])]
    return found
