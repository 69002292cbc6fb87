"""The only place that reads lists of bank lines and statements, always for a viewer, paged and sorted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum

from kulanz.claims.models import Case, Claim
from kulanz.claims.viewer import Viewer
from kulanz.payments.errors import LineNotFound
from kulanz.payments.models import BankLine, BankStatement, LineState

PAGE_SIZE: Final = 50
LineOrder = Literal["day", "-day", "amount", "-amount", "confidence", "-confidence", "payer"]
_LINE_ORDER: Final[dict[LineOrder, tuple[str, ...]]] = {
    "day": ("booked_on", "id"),
    "-day": ("-booked_on", "-id"),
    "amount": ("amount_cents", "id"),
    "-amount": ("-amount_cents", "-id"),
    "confidence": ("confidence", "id"),
    "-confidence": ("-confidence", "-booked_on", "-id"),
    "payer": ("counterparty_name", "id"),
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A case a line may belong to, as a person sees it."""

    case_id: int
    reference: str
    claim_ids: tuple[int, ...]
    numbers: tuple[str, ...]
    confidence: int
    reason: str


@dataclass(frozen=True, slots=True)
class LineRow:
    """One bank line with what became of it. ``invoice_numbers`` are the claims it paid, or would pay."""

    line: BankLine
    case_reference: str
    invoice_numbers: tuple[str, ...]
    proposals: tuple[Proposal, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of lines and how many there are in all."""

    rows: tuple[LineRow, ...]
    total: int
    number: int
    size: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))


def lines(
    viewer: Viewer,
    *,
    states: tuple[LineState, ...] = (),
    search: str = "",
    order: LineOrder = "-day",
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page:
    """Bank lines the viewer may see; lines of unknown accounts only for those who see everything."""
    rows = viewer.narrow(BankLine.objects.all())
    if states:
        rows = rows.filter(state__in=states)
    for word in search.split():
        payer = Q(counterparty_name__icontains=word) | Q(counterparty_iban__icontains=word)
        rows = rows.filter(payer | Q(purpose__icontains=word) | Q(case__reference=word))
    total = rows.count()
    start = (max(page, 1) - 1) * size
    found = rows.select_related("case").order_by(*_LINE_ORDER[order])[start : start + size]
    return Page(tuple(_rows(list(found))), total, max(page, 1), size)


def open_lines(viewer: Viewer, *, order: LineOrder = "-confidence", page: int = 1, size: int = PAGE_SIZE) -> Page:
    """The worklist of money: incoming lines nobody has decided yet, best proposals first."""
    return lines(viewer, states=(LineState.PROPOSED, LineState.UNMATCHED), order=order, page=page, size=size)


def line(viewer: Viewer, line_id: int) -> LineRow:
    """One line. Not found and not allowed look the same. Raises `LineNotFound`."""
    found = viewer.narrow(BankLine.objects.filter(id=line_id)).select_related("case").first()
    if found is None:
        raise LineNotFound
    return _rows([found])[0]


def lines_of_case(viewer: Viewer, case_id: int) -> list[LineRow]:
    """The lines booked to a case, latest first."""
    return _rows(list(viewer.narrow(BankLine.objects.filter(case_id=case_id)).select_related("case").order_by("-booked_on", "-id")))


def _rows(found: list[BankLine]) -> list[LineRow]:
    """Complete lines with case references and invoice numbers: two queries, however many lines."""
    paid: dict[int, list[str]] = {}
    entries = {row.entry_id: row.id for row in found if row.entry_id}
    entries |= {split["entry"]: row.id for row in found for split in row.splits}
    claims = Claim.objects.filter(account__postings__entry_id__in=entries).order_by("due_on", "id").distinct()
    for entry_id, number in claims.values_list("account__postings__entry_id", "external_id"):
        paid.setdefault(entries[entry_id], []).append(number)
    return [LineRow(row, _case_reference(row), tuple(dict.fromkeys(paid.get(row.id, ()))), _proposals(row.proposals)) for row in found]


def _case_reference(row: BankLine) -> str:
    """The case a line was booked to; of a line that pays several, all of them."""
    return row.case.reference if row.case else ", ".join(split["reference"] for split in row.splits)


def _proposals(stored: list[dict[str, Any]]) -> tuple[Proposal, ...]:
    return tuple(
        Proposal(
            case_id=item["case"],
            reference=item["reference"],
            claim_ids=tuple(item["claims"]),
            numbers=tuple(item["numbers"]),
            confidence=item["confidence"],
            reason=item["reason"],
        )
        for item in stored
    )


def statements(viewer: Viewer, *, account: str = "", page: int = 1, size: int = PAGE_SIZE) -> list[BankStatement]:
    """Statements, latest first, each with ``lines_count``, ``sum_cents`` and ``open_count`` of its lines, and its ``gap``."""
    rows = viewer.narrow(BankStatement.objects.all())
    if account:
        rows = rows.filter(account_iban=account)
    rows = rows.annotate(
        lines_count=Count("lines"),
        lines_cents=Sum("lines__amount_cents"),
        open_count=Count("lines", filter=Q(lines__state__in=[LineState.PROPOSED, LineState.UNMATCHED], lines__amount_cents__gt=0)),
    )
    start = (max(page, 1) - 1) * size
    return list(rows.select_related("file", "creditor").order_by(F("to_on").desc(nulls_last=True), "-id")[start : start + size])


def latest_statement_days(viewer: Viewer) -> QuerySet[BankStatement, tuple[str, Any]]:
    """Each account with the last day a statement of it is here: who has no fresh statement should not be dunned."""
    same_account = BankStatement.objects.filter(account_iban=OuterRef("account_iban"))
    latest = same_account.order_by(F("to_on").desc(nulls_last=True)).values("to_on")[:1]
    accounts = viewer.narrow(BankStatement.objects.all()).values("account_iban").distinct()
    return accounts.annotate(latest_on=Subquery(latest)).values_list("account_iban", "latest_on").order_by("account_iban")


def cases_like(viewer: Viewer, text: str, *, words: Sequence[str], creditor_ids: Collection[int], limit: int = 10) -> list[Case]:
    """Cases of these creditors by reference, start of an invoice number, or ``words`` of the name as search keys write them."""
    if not text.strip():
        return []
    rows = viewer.narrow(Case.objects.filter(creditor_id__in=creditor_ids), case="id").select_related("debtor", "creditor")
    numbers = Claim.objects.filter(creditor_id__in=creditor_ids, external_id__istartswith=text.strip()).values("case_id")
    by_text = Q(reference="".join(text.split()).upper()) | Q(id__in=numbers)
    if words:
        named = Q()
        for word in words:
            named &= Q(debtor__search_key__contains=word)
        by_text |= named
    return list(rows.filter(by_text).order_by("debtor__sort_key", "id")[:limit])
