"""Two equal transfers are two payments; the same transfer shown twice is one; however files are cut, repeated, overlapped and ordered."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kulanz.payments.readers.shape import ParsedStatement, StatementLine
from kulanz.payments.rules.identity import Part, paid_on, payments_shown, row_key, statement_identity

ACCOUNT = "DE89370400440532013000"
FIRST = date(2026, 3, 2)


def line(amount_cents: int, on: date, *, purpose: str = "x", ref: str = "") -> StatementLine:
    return StatementLine(on, on, amount_cents, "EUR", purpose=purpose, bank_ref=ref)


def statement(lines: list[StatementLine], *, opening: int | None, number: str = "", intraday: bool = False) -> ParsedStatement:
    closing = None if opening is None else opening + sum(one.amount_cents for one in lines)
    days = [one.booked_on for one in lines]
    return ParsedStatement(
        ACCOUNT,
        number,
        "",
        "EUR",
        opening,
        closing,
        min(days, default=None),
        max(days, default=None),
        intraday,
        len(lines),
        0,
        tuple(lines),
    )


@dataclass(frozen=True)
class History:
    """What really happened on an account, and files that show it."""

    lines: list[StatementLine]
    statements: list[ParsedStatement]


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Days of few different movements (so that many are equal), cut into numbered statements anywhere, then blurred: repeated, overlapped
    by unnumbered exports of whole days and by intraday reports, and shuffled."""
    lines: list[StatementLine] = []
    day = FIRST
    for _ in range(draw(st.integers(1, 4))):
        for _ in range(draw(st.integers(0, 5))):
            ref = f"R{len(lines)}" if draw(st.integers(0, 3)) == 0 else ""
            lines.append(line(draw(st.sampled_from([100, 200, -100, 5000])), day, purpose=draw(st.sampled_from("ab")), ref=ref))
        day += timedelta(days=draw(st.integers(0, 2)))
    opening = draw(st.sampled_from([0, -700, 12345]))
    cuts = sorted(draw(st.sets(st.integers(0, len(lines)), max_size=4)) | {0, len(lines)})
    shown = []
    for number, (start, end) in enumerate(pairwise(cuts), start=1):
        before = opening + sum(one.amount_cents for one in lines[:start])
        shown.append(statement(lines[start:end], opening=before, number=str(number)))
    days = sorted({one.booked_on for one in lines})
    for _ in range(draw(st.integers(0, 2)) if days else 0):
        first, last = sorted((draw(st.sampled_from(days)), draw(st.sampled_from(days))))
        window = [one for one in lines if first <= one.booked_on <= last]
        before = opening + sum(one.amount_cents for one in lines if one.booked_on < first)
        shown.append(statement(window, opening=before))
        shown.append(statement(window[: draw(st.integers(0, len(window)))], opening=None, intraday=True))
    blurred = shown + draw(st.lists(st.sampled_from(shown), max_size=3)) if shown else []
    return History(lines, draw(st.permutations(blurred)))


def booked(statements: list[ParsedStatement]) -> Counter[str]:
    """The payments a set of statements proves, by row: the same composition the import makes in the database."""
    parts: dict[str, dict[str, Part]] = defaultdict(dict)
    referenced: Counter[str] = Counter()
    plain_days: dict[str, date] = {}
    identified = []
    for one in statements:
        keys = [row_key(ACCOUNT, item) for item in one.lines]
        identified.append((one, statement_identity(one, keys), Counter(keys)))
        for key, item in zip(keys, one.lines, strict=True):
            if item.bank_ref:
                referenced[key] = max(referenced[key], Counter(keys)[key])
            else:
                plain_days[key] = item.booked_on
    for key, day in plain_days.items():
        for one, identity, counts in identified:
            if counts[key] or (one.from_on and one.to_on and one.from_on <= day <= one.to_on):
                parts[key][identity] = Part(
                    identity, one.number, one.sequence, one.opening_cents, one.closing_cents, one.from_on, one.to_on, counts[key]
                )
    return referenced + Counter({key: payments_shown(list(rows.values())) for key, rows in parts.items()})


@settings(max_examples=500)
@given(histories())
def test_any_split_overlap_repetition_and_order_of_statements_shows_the_same_payments(history: History) -> None:
    assert booked(history.statements) == Counter(row_key(ACCOUNT, one) for one in history.lines)


@pytest.mark.slow
@settings(max_examples=5000)
@given(histories())
def test_five_thousand_splits_overlaps_repetitions_and_orders_show_the_same_payments(history: History) -> None:
    assert booked(history.statements) == Counter(row_key(ACCOUNT, one) for one in history.lines)


@settings(max_examples=300)
@given(histories(), st.data())
def test_more_files_never_take_a_payment_away(history: History, data: st.DataObject) -> None:
    part = data.draw(st.lists(st.sampled_from(history.statements), max_size=4)) if history.statements else []
    fewer, all_of_them = booked(part), booked(history.statements)
    assert all(all_of_them[key] >= count for key, count in fewer.items())


def test_two_equal_transfers_in_one_statement_are_two_payments() -> None:
    same = line(5000, FIRST)
    assert sum(booked([statement([same, same], opening=0)]).values()) == 2


def test_the_same_transfer_in_two_overlapping_files_is_one_payment() -> None:
    same, other = line(5000, FIRST), line(100, FIRST + timedelta(days=1))
    assert sum(booked([statement([same], opening=0), statement([same, other], opening=0)]).values()) == 2


def test_equal_transfers_of_an_account_swept_to_zero_every_day_are_not_added_up_over_overlapping_exports() -> None:
    """Opening and closing are always zero there, so balances alone prove nothing."""
    sweep = [line(5000, FIRST), line(-5000, FIRST, purpose="sweep")]
    assert sum(booked([statement(sweep, opening=0), statement([*sweep, line(1, FIRST)], opening=0)]).values()) == 3


def test_numbered_exports_that_overlap_are_not_added_up_unless_one_opens_where_the_other_closed() -> None:
    """Some banks number each download, whatever it covers."""
    same, other = line(5000, FIRST), line(100, FIRST)
    overlapping = [statement([same, other], opening=0, number="1"), statement([same, other], opening=0, number="2")]
    assert sum(booked(overlapping).values()) == 2
    following = [statement([same, other], opening=0, number="1"), statement([same, other], opening=5100, number="2")]
    assert sum(booked(following).values()) == 4


def test_a_lower_number_of_a_later_day_does_not_come_before() -> None:
    parts = [Part("a", "12", "", 0, 100, FIRST, FIRST, 1), Part("b", "13", "", 100, 200, FIRST - timedelta(days=360), FIRST, 1)]
    assert payments_shown(parts) == 1


def test_the_banks_reference_counts_more_than_the_text() -> None:
    early, late = line(5000, FIRST, purpose="VORMERKUNG", ref="A1"), line(5000, FIRST, purpose="GUTSCHRIFT", ref="A1")
    assert row_key(ACCOUNT, early) == row_key(ACCOUNT, late)


def test_a_payment_counts_from_the_earlier_of_booking_and_value_day() -> None:
    assert paid_on(date(2026, 3, 3), date(2026, 3, 2)) == date(2026, 3, 2)
    assert paid_on(date(2026, 3, 3), None) == date(2026, 3, 3)
