"""One bank line that pays several cases: its bookings have one reason, stand beside the line, and are taken back together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from kulanz.ledger.models import EntryKind
from kulanz.payments.commands.settle import Payment
from kulanz.payments.commands.states import Outcome
from kulanz.payments.rules.identity import paid_on


def booking_key(line_id: int, number: int, case_id: int | None = None, part: int = 1) -> str:
    """The idempotency key of a line's n-th booking, and of its share for one case where it pays several (the n-th part of that case)."""
    whole = f"bankline:{line_id}:{number}"
    if case_id is None:
        return whole
    return f"{whole}:{case_id}" if part == 1 else f"{whole}:{case_id}:{part}"


def share_keys(line_id: int, number: int, case_ids: Iterable[int]) -> list[str]:
    """The keys of a line's shares in their order; a case that appears again gets keys of its own."""
    parts: Counter[int] = Counter()
    keys = []
    for case_id in case_ids:
        parts[case_id] += 1
        keys.append(booking_key(line_id, number, case_id, parts[case_id]))
    return keys


def payments_of(outcome: Outcome, day: date) -> list[Payment]:
    """The payments a booked line makes: one, or one for each case of a transfer for several."""
    shares: Sequence[tuple[int, tuple[int, ...], int, str]]
    if outcome.splits:
        shares = [
            (split.match.case_id, split.match.claim_ids, split.cents, booking_key(outcome.line_id, 1, split.match.case_id))
            for split in outcome.splits
        ]
    elif outcome.match is not None:
        shares = [(outcome.match.case_id, outcome.match.claim_ids, outcome.new.line.amount_cents, booking_key(outcome.line_id, 1))]
    else:
        raise AssertionError("a line without a match is not booked")
    line = outcome.new.line
    return [
        Payment(
            line_id=outcome.line_id,
            case_id=case_id,
            claim_ids=claim_ids,
            amount_cents=cents,
            currency=line.currency,
            paid_on=min(paid_on(line.booked_on, line.value_on), day),
            kind=EntryKind.PAYMENT,
            key=key,
            source=f"Bankumsatz {outcome.line_id}",
            payer=line.counterparty_name,
        )
        for case_id, claim_ids, cents, key in shares
    ]


def stored_splits(outcome: Outcome, entries: Mapping[str, int]) -> list[dict[str, Any]]:
    """The shares as they stand with the line: case, its reference, the invoices meant, cents, and the entry that booked them."""
    references = {match.case_id: candidate.reference for match, candidate in outcome.proposals}
    return [
        {
            "case": split.match.case_id,
            "reference": references.get(split.match.case_id, ""),
            "claims": list(split.match.claim_ids),
            "cents": split.cents,
            "reason": split.match.reason,
            "entry": entries[booking_key(outcome.line_id, 1, split.match.case_id)],
        }
        for split in outcome.splits
    ]
