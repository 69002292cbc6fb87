"""The vectorised interest is the scalar one, to the cent, and never overflows in silence."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulanz.law import frame, jurisdiction
from kulanz.law.days import DayCount, Rounding
from kulanz.law.errors import AmountTooLarge, InvalidQuestion, OutsideTable
from kulanz.law.interest import Interest, InterestTerms, principal_pieces

DE, AT = jurisdiction("de"), jurisdiction("at")
FIRST, LAST = date(2002, 1, 1), date(2026, 12, 31)
SCHEMA = {
    "claim_id": pl.Int64,
    "from_on": pl.Date,
    "to_on": pl.Date,
    "principal_cents": pl.Int64,
    "margin_bp": pl.Int32,
    "fixed_bp": pl.Int32,
    "day_count": pl.String,
    "rounding": pl.String,
}

Claim = tuple[list[tuple[date, int]], date, date, InterestTerms]


def pieces_of(claims: list[Claim]) -> pl.DataFrame:
    """The frame a run would build for these claims."""
    rows = [
        (
            number,
            piece.start,
            piece.end - timedelta(days=1),
            piece.principal_cents,
            terms.margin_bp,
            terms.fixed_bp,
            terms.day_count.value,
            terms.rounding.value,
        )
        for number, (history, first_day, last_day, terms) in enumerate(claims)
        for piece in principal_pieces(history, first_day, last_day, payment_day_counts=terms.payment_day_counts)
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def scalar(claim: Claim) -> Interest:
    history, first_day, last_day, terms = claim
    return DE.default_interest(history, first_day, last_day, terms)


def assert_equal_to_scalar(claims: list[Claim]) -> None:
    computed = dict(frame.interest(pieces_of(claims)).iter_rows())
    for number, claim in enumerate(claims):
        assert computed.get(number, 0) == scalar(claim).total_cents, claim


days = st.dates(FIRST, LAST)
principals = st.one_of(st.integers(-1000, 10**8), st.sampled_from([0, 1, 49, 50, 10**15]))
terms = st.builds(
    InterestTerms,
    margin_bp=st.one_of(st.none(), st.sampled_from([0, 50, 250, 500, 800, 900]), st.integers(-300, 3000)),
    day_count=st.sampled_from(DayCount),
    rounding=st.sampled_from(Rounding),
    payment_day_counts=st.booleans(),
) | st.builds(
    InterestTerms,
    fixed_bp=st.integers(0, 3000),
    day_count=st.sampled_from(DayCount),
    rounding=st.sampled_from(Rounding),
    payment_day_counts=st.booleans(),
)
histories = st.lists(st.tuples(days, principals), max_size=6).map(sorted)
claims = st.lists(st.tuples(histories, days, days, terms), min_size=1, max_size=12)


@given(claims)
def test_vectorised_interest_equals_the_scalar(claims: list[Claim]) -> None:
    assert_equal_to_scalar(claims)


def random_claims(count: int, seed: int) -> list[Claim]:
    """Histories as portfolios have them: opened, paid in parts, now and then bounced."""
    draw = random.Random(seed)
    claims: list[Claim] = []
    for _ in range(count):
        first_day = FIRST + timedelta(days=draw.randrange((LAST - FIRST).days))
        last_day = min(LAST, first_day + timedelta(days=int(draw.expovariate(1 / 500))))
        principal_cents = int(draw.lognormvariate(9.5, 1.5)) + 1
        history, day, open_cents = [(first_day, principal_cents)], first_day, principal_cents
        for _ in range(draw.choice([0, 0, 1, 1, 2, 4])):
            day += timedelta(days=draw.randrange(0, 200))
            step = draw.randint(0, open_cents) if draw.random() < 0.9 else -draw.randint(0, principal_cents)
            open_cents -= step
            history.append((day, open_cents))
        rate = {"fixed_bp": draw.randint(0, 1500)} if draw.random() < 0.2 else {"margin_bp": draw.choice([None, 500, 900])}
        claims.append(
            (
                history,
                first_day,
                last_day,
                InterestTerms(
                    **rate,
                    day_count=draw.choice(list(DayCount)),
                    rounding=draw.choice(list(Rounding)),
                    payment_day_counts=draw.random() < 0.5,
                ),
            )
        )
    return claims


def test_vectorised_interest_equals_the_scalar_on_many_random_histories() -> None:
    """10,000 by default; `KULANZ_LAW_HISTORIES=1000000` runs the million of the acceptance list."""
    wanted = int(os.environ.get("KULANZ_LAW_HISTORIES", "10000"))
    for batch in range(0, wanted, 10_000):
        assert_equal_to_scalar(random_claims(min(10_000, wanted - batch), seed=batch))


def one_piece(**changes: object) -> pl.DataFrame:
    row = {
        "claim_id": 7,
        "from_on": date(2025, 4, 17),
        "to_on": date(2026, 2, 20),
        "principal_cents": 308_900,
        "margin_bp": 500,
        "fixed_bp": None,
        "day_count": "act_act",
        "rounding": "segment",
    }
    return pl.DataFrame([{**row, **changes}], schema=SCHEMA)


def test_the_column_of_fixed_rates_may_be_absent() -> None:
    assert frame.interest(one_piece().drop("fixed_bp")).rows() == [(7, 17084)]


def test_a_claim_without_rate_needs_no_table_and_no_dates() -> None:
    foreign = one_piece(margin_bp=None, from_on=date(1990, 1, 1), to_on=date(2090, 1, 1))
    unknown = one_piece(margin_bp=None, from_on=None, to_on=None, principal_cents=None, day_count=None)
    assert frame.interest(foreign).rows() == [(7, 0)]
    assert frame.interest(unknown).rows() == [(7, 0)]


austrian = st.tuples(
    st.dates(date(1995, 1, 1), date(2020, 1, 1)),
    st.integers(1, 10_000),
    st.integers(0, 9000),
    st.integers(-5000, 10_000),
    st.booleans(),
)


@given(st.lists(austrian, min_size=1, max_size=5), st.sampled_from(Rounding))
def test_austrian_interest_is_capped_alike_in_both(drawn: list[tuple[date, int, int, int, bool]], rounding: Rounding) -> None:
    claims: list[Claim] = []
    for first_day, principal, later, changed, consumer in drawn:
        terms = replace(AT.interest_terms(consumer=consumer), rounding=rounding)
        start = first_day if consumer else max(first_day, date(2013, 7, 1))
        history = [(start, principal), (start + timedelta(days=later), principal + changed)]
        claims.append((history, start, LAST, terms))
    computed = dict(frame.interest(pieces_of(claims), AT.interest_rules).iter_rows())
    for number, (history, first_day, last_day, terms) in enumerate(claims):
        assert computed[number] == AT.default_interest(history, first_day, last_day, terms).total_cents


def test_an_empty_frame_gives_an_empty_answer() -> None:
    assert frame.interest(one_piece().clear()).rows() == []


@pytest.mark.parametrize("outside", [{"to_on": date(2027, 1, 1)}, {"from_on": date(2001, 12, 31)}])
def test_a_day_outside_the_table_is_an_error(outside: dict[str, object]) -> None:
    with pytest.raises(OutsideTable):
        frame.interest(one_piece(**outside))


@pytest.mark.parametrize(
    "wrong",
    [
        {"day_count": "30/360"},
        {"rounding": None},
        {"principal_cents": None},
        {"from_on": None},
        {"fixed_bp": 100},
        {"margin_bp": None, "fixed_bp": -1},
    ],
)
def test_a_row_that_cannot_bear_interest_is_an_error_not_a_zero(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidQuestion):
        frame.interest(one_piece(**wrong))


def test_a_missing_column_is_named() -> None:
    with pytest.raises(InvalidQuestion, match="rounding"):
        frame.interest(one_piece().drop("rounding"))


@pytest.mark.parametrize("rounding", list(Rounding))
@pytest.mark.parametrize("principal_cents", [10**13, 10**15, 10**18])
def test_amounts_beyond_64_bits_inside_are_still_exact(principal_cents: int, rounding: Rounding) -> None:
    claim = ([(FIRST, principal_cents)], FIRST, LAST, InterestTerms(margin_bp=500, rounding=rounding))
    assert_equal_to_scalar([claim])


def test_interest_that_does_not_fit_into_64_bits_is_an_error() -> None:
    huge = one_piece(from_on=FIRST, to_on=LAST, principal_cents=2**63 - 1, margin_bp=10_000)
    with pytest.raises(AmountTooLarge):
        frame.interest(huge)


def test_arithmetic_that_does_not_fit_into_128_bits_is_an_error() -> None:
    huge = one_piece(margin_bp=None, fixed_bp=2**31 - 1, principal_cents=2**63 - 1, from_on=date(1, 1, 1), rounding="total")
    with pytest.raises(AmountTooLarge):
        frame.interest(pl.concat([huge] * 1000))


def test_claims_keep_their_order_and_add_up_over_their_pieces() -> None:
    pieces = pl.concat([one_piece(claim_id=9), one_piece(claim_id=3), one_piece(claim_id=9)])
    assert frame.interest(pieces).rows() == [(9, 2 * 17084), (3, 17084)]


@pytest.mark.parametrize("margin_bp", [0, 50, 87, 88, 89, 500])
def test_a_base_rate_below_zero_never_pays_the_debtor(margin_bp: int) -> None:
    """The base rate of 2020 was -0.88 %."""
    row = one_piece(margin_bp=margin_bp, from_on=date(2020, 1, 1), to_on=date(2020, 12, 31), principal_cents=10_000_000)
    claim = ([(date(2020, 1, 1), 10_000_000)], date(2020, 1, 1), date(2020, 12, 31), InterestTerms(margin_bp=margin_bp))
    assert frame.interest(row).rows() == [(7, scalar(claim).total_cents)]
    assert scalar(claim).total_cents == max(0, margin_bp - 88) * 1000


def test_a_cent_bears_interest_and_nothing_does_not() -> None:
    year = {"margin_bp": None, "fixed_bp": 10_000, "from_on": date(2025, 1, 1), "to_on": date(2025, 12, 31)}
    assert frame.interest(one_piece(**year, principal_cents=1)).rows() == [(7, 1)]
    assert frame.interest(one_piece(**year, principal_cents=0)).rows() == [(7, 0)]
    assert frame.interest(one_piece(margin_bp=None, fixed_bp=0)).rows() == [(7, 0)]


@pytest.mark.parametrize("day_count", list(DayCount))
def test_a_country_without_a_base_rate_is_computed_alike_in_both(day_count: DayCount) -> None:
    law = jurisdiction("ch")
    terms = replace(law.interest_terms(consumer=True), day_count=day_count)
    first_day, last_day = date(2023, 11, 11), date(2025, 3, 1)
    row = one_piece(margin_bp=None, fixed_bp=500, from_on=first_day, to_on=last_day, day_count=day_count.value)
    computed = law.default_interest([(first_day, 308_900)], first_day, last_day, terms).total_cents
    assert frame.interest(row, law.interest_rules).rows() == [(7, computed)]


@pytest.mark.parametrize("missing", ["claim_id", "to_on", "day_count"])
def test_a_row_with_a_rate_must_be_complete_and_is_shown(missing: str) -> None:
    with pytest.raises(InvalidQuestion, match=r"^Diese Zeile lässt sich nicht verzinsen: \{'claim_id': .*\}\.$"):
        frame.interest(one_piece(**{missing: None}))


def test_what_is_too_large_is_said_in_words() -> None:
    huge = one_piece(from_on=FIRST, to_on=LAST, principal_cents=2**63 - 1, margin_bp=10_000)
    with pytest.raises(AmountTooLarge, match=r"^Die Zinsen einer Forderung sind größer, als Kulanz rechnen kann\.$"):
        frame.interest(huge)
    larger = one_piece(margin_bp=None, fixed_bp=2**31 - 1, principal_cents=2**63 - 1, from_on=date(1, 1, 1), rounding="total")
    with pytest.raises(AmountTooLarge, match=r"^Hauptforderung, Zinssatz und Zeitraum sind zusammen größer, als Kulanz rechnen kann\.$"):
        frame.interest(pl.concat([larger] * 1000))
    with pytest.raises(InvalidQuestion, match=r"^Für die Zinsrechnung fehlen Spalten: margin_bp, rounding\.$"):
        frame.interest(one_piece().drop("rounding", "margin_bp"))
