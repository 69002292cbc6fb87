"""The receipt of a claim: every cent of a balance opens to what happened, the rule, the calculation and the source document.

Pure: made of the ledger's lines and the interest segments of `ClaimBalance`, and of nothing else. Page, PDF statement of account and JSON
show this one structure. The lines add up to the balance and the children of a line to the line; where they did not, there would be no
receipt but `ReceiptDoesNotAddUp`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from kulanz.claims.accounts import ClaimBalance, interest_terms_of
from kulanz.claims.errors import ReceiptDoesNotAddUp
from kulanz.claims.models import Claim
from kulanz.law import jurisdiction
from kulanz.law.english import in_english
from kulanz.law.grounds import Ground, RateOrigin
from kulanz.law.interest import Segment
from kulanz.ledger.components import FEES, Component
from kulanz.ledger.models import EntryKind
from kulanz.ledger.rules import Booked


class LineKind(StrEnum):
    """What a line of the receipt tells."""

    OPENED = "opened"
    CORRECTED = "corrected"
    CHARGE = "charge"
    CREDIT_NOTE = "credit_note"
    WAIVER = "waiver"
    WRITE_OFF = "write_off"
    PAYMENT = "payment"
    CHARGEBACK = "chargeback"
    REFUND = "refund"
    UNDONE = "undone"
    """A booking taken back for its own day."""
    REALLOCATED = "reallocated"
    """An earlier payment is shared out anew, because something back-dated came in. Its parts move; over all claims no money does."""
    INTEREST = "interest"
    SEGMENT = "segment"
    ROUNDING = "rounding"
    """What rounding the total only makes of the rounded segments."""
    PART = "part"
    """The share of a booking that one component got."""
    CREDIT = "credit"
    """Money paid in excess: it belongs to the debtor and is not set off against what is owed."""


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One line in cents: positive is owed more, negative owed less. `rule` is the paragraph, empty where the creditor simply decided.

    `component` says which part of the debt a charge or a part concerns; `segment` is the calculation of an interest line; `entry_id` the
    ledger's entry behind the line (an interest line has none: it is calculated, not booked). `named` are the numbers of the claims the
    payer wanted paid (§ 366 (1) BGB); `corrects` is the ledger's entry that is shared out anew.
    """

    kind: LineKind
    cents: int
    on: date
    rule: str = ""
    source: str = ""
    component: Component | None = None
    segment: Segment | None = None
    entry_id: int | None = None
    named: tuple[str, ...] = ()
    corrects: int | None = None
    children: tuple[ReceiptLine, ...] = ()


@dataclass(frozen=True, slots=True)
class ClaimReceipt:
    """One claim: its lines in order of effect, interest last. The claim carries the parameters nobody prescribes."""

    claim: Claim
    lines: tuple[ReceiptLine, ...]
    last_interest_day: date
    total_cents: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """Some claims of one currency on one day."""

    claims: tuple[ClaimReceipt, ...]
    currency: str
    day: date

    @property
    def total_cents(self) -> int:
        return sum(claim.total_cents for claim in self.claims)


_KINDS: Final = {
    EntryKind.CLAIM_OPENED: LineKind.OPENED,
    EntryKind.CLAIM_CORRECTED: LineKind.CORRECTED,
    EntryKind.CHARGE: LineKind.CHARGE,
    EntryKind.CREDIT_NOTE: LineKind.CREDIT_NOTE,
    EntryKind.WAIVER: LineKind.WAIVER,
    EntryKind.WRITE_OFF: LineKind.WRITE_OFF,
    EntryKind.PAYMENT: LineKind.PAYMENT,
    EntryKind.ASSIGNMENT: LineKind.PAYMENT,
    EntryKind.CHARGEBACK: LineKind.CHARGEBACK,
    EntryKind.REFUND: LineKind.REFUND,
    EntryKind.REVERSAL: LineKind.UNDONE,
    EntryKind.CORRECTION: LineKind.REALLOCATED,
    EntryKind.INTEREST: LineKind.INTEREST,
}
_PARTED: Final = frozenset({LineKind.PAYMENT, LineKind.CHARGEBACK, LineKind.UNDONE, LineKind.REALLOCATED, LineKind.WRITE_OFF})
"""Lines that always say which components they moved; others only if it was more than one."""
_ORDER: Final = (*FEES, Component.INTEREST, Component.PRINCIPAL, Component.OVERPAID)
"""The order in which a payment settles (§ 367 BGB)."""
_GROUNDS: Final = {
    LineKind.PAYMENT: Ground.PAID,
    LineKind.REALLOCATED: Ground.PAID,
    LineKind.REFUND: Ground.OVERPAID,
    LineKind.CREDIT: Ground.OVERPAID,
}
"""Lines without an entry rest on the contract or on what the creditor simply decided."""
_CHARGE_GROUNDS: Final = {
    Component.DUNNING_FEE: Ground.REMINDER_COST,
    Component.COLLECTION_COST: Ground.COLLECTION_COST,
    Component.SETTLEMENT_FEE: Ground.COLLECTION_COST,
    Component.EXPENSE: Ground.EXPENSE,
}
_LAWS: Final = {
    "BGB": "of the German Civil Code (BGB)",
    "RDG": "of the German Legal Services Act (RDG)",
    "ABGB": "of the Austrian Civil Code (ABGB)",
    "UGB": "of the Austrian Commercial Code (UGB)",
    "OR": "of the Swiss Code of Obligations (OR)",
}


def receipt_of(balances: Sequence[ClaimBalance], day: date) -> Receipt:
    """The receipt of claims in one currency on `day`.

    Raises `ReceiptDoesNotAddUp` rather than explain a balance wrongly.
    """
    together = _Together(_paid_together(balances), {balance.claim.id: balance.claim.external_id for balance in balances})
    claims = tuple(_claim_receipt(balance, together) for balance in balances)
    return Receipt(claims, balances[0].claim.currency if balances else "EUR", day)


def cited(rule: str, language: str) -> str:
    """A paragraph as readers of a language know it: ``§ 288 Abs. 1 BGB`` → ``§ 288 (1) of the German Civil Code (BGB)``."""
    if language != "en":
        return rule
    return re.sub(rf" ({'|'.join(_LAWS)})\b", lambda found: f" {_LAWS[found[1]]}", in_english(rule))


def _paid_together(balances: Sequence[ClaimBalance]) -> frozenset[int]:
    """The entries that concern more than one of these claims: § 366 BGB ordered them."""
    seen: dict[int, set[int]] = defaultdict(set)
    for balance in balances:
        for line in balance.lines:
            seen[line.entry_id].add(balance.claim.id)
    return frozenset(entry_id for entry_id, claims in seen.items() if len(claims) > 1)


@dataclass(frozen=True, slots=True)
class _Together:
    """What a claim's lines need to know of its neighbours: entries that concern several, and everybody's number."""

    entries: frozenset[int]
    numbers: Mapping[int, str]


def _claim_receipt(balance: ClaimBalance, together: _Together) -> ClaimReceipt:
    lines = tuple(_lines(balance, together))
    for line in lines:
        if line.children and sum(child.cents for child in line.children) != line.cents:
            raise ReceiptDoesNotAddUp
    if sum(line.cents for line in lines) != balance.total_cents:
        raise ReceiptDoesNotAddUp
    return ClaimReceipt(balance.claim, lines, balance.last_interest_day, balance.total_cents)


def _lines(balance: ClaimBalance, together: _Together) -> Iterator[ReceiptLine]:
    claim = balance.claim
    entries: dict[int, list[Booked]] = defaultdict(list)
    for line in balance.lines:
        if not (line.kind == EntryKind.INTEREST and line.component is Component.INTEREST):  # the interest line tells it with its days
            entries[line.entry_id].append(line)
    for booked in entries.values():
        yield _entry_line(claim, booked, together)
    if claim.bears_interest:
        yield _interest_line(balance)
    if balance.overpaid_cents:
        on = max(line.occurred_on for line in balance.lines)
        yield ReceiptLine(LineKind.CREDIT, balance.overpaid_cents, on, _rule(claim, LineKind.CREDIT), component=Component.OVERPAID)


def _entry_line(claim: Claim, booked: Sequence[Booked], together: _Together) -> ReceiptLine:
    first = booked[0]
    kind = _KINDS.get(EntryKind(first.kind), LineKind.CORRECTED)
    sums: dict[Component, int] = defaultdict(int)
    for line in booked:
        sums[line.component] += line.amount_cents
    parts = tuple(
        ReceiptLine(LineKind.PART, sums[part], first.occurred_on, component=part, entry_id=first.entry_id)
        for part in (*_ORDER, Component.CASH)
        if sums.get(part)
    )
    source = first.source
    if kind is LineKind.OPENED:
        source = " · ".join(part for part in (claim.document_ref, claim.source or first.source) if part)
    return ReceiptLine(
        kind,
        sum(sums.values()),
        first.occurred_on,
        _rule(claim, kind, first.component, together=first.entry_id in together.entries),
        source,
        first.component if len(sums) == 1 else None,
        entry_id=first.entry_id,
        named=tuple(together.numbers[named] for named in first.named if named in together.numbers),
        corrects=first.corrects,
        children=parts if kind in _PARTED or len(parts) > 1 else (),
    )


def _interest_line(balance: ClaimBalance) -> ReceiptLine:
    claim, interest = balance.claim, balance.interest
    rule = interest_rule(claim)
    children = tuple(
        ReceiptLine(LineKind.SEGMENT, segment.amount_cents, segment.to_on, rule, component=Component.INTEREST, segment=segment)
        for segment in interest.segments
    )
    rest = interest.total_cents - sum(child.cents for child in children)
    if rest:
        children += (ReceiptLine(LineKind.ROUNDING, rest, balance.last_interest_day, component=Component.INTEREST),)
    return ReceiptLine(
        LineKind.INTEREST, interest.total_cents, balance.last_interest_day, rule, component=Component.INTEREST, children=children
    )


def _rule(claim: Claim, kind: LineKind, component: Component | None = None, *, together: bool = False) -> str:
    """The paragraph of a line, as the creditor's country says it; empty where no statute is needed or none was checked."""
    ground = _CHARGE_GROUNDS.get(component) if kind is LineKind.CHARGE and component is not None else _GROUNDS.get(kind)
    if ground is Ground.PAID and together:
        ground = Ground.SEVERAL_PAID
    return jurisdiction(claim.creditor.country).grounds.get(ground, "") if ground is not None else ""


def charge_rule(claim: Claim, component: Component) -> str:
    """The paragraph a cost on a claim rests on; empty where none was checked."""
    return _rule(claim, LineKind.CHARGE, component)


def interest_rule(claim: Claim) -> str:
    """What the interest rests on; before default has begun, what default needs."""
    law = jurisdiction(claim.creditor.country)
    if claim.first_interest_day is None:
        return law.grounds.get(Ground.DEFAULT, "")
    return law.interest_rule(interest_terms_of(claim), consumer=claim.consumer, arose_on=claim.invoiced_on)


def rate_origin(claim: Claim) -> RateOrigin:
    """Whether a claim's rate is the law's own, less than that, or agreed."""
    law = jurisdiction(claim.creditor.country)
    return law.rate_origin(interest_terms_of(claim), consumer=claim.consumer, arose_on=claim.invoiced_on)
