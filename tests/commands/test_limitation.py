"""Limitation watch: what lapses when, with what ledger and holds know."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
import typer
from django.db import transaction
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from kulanz.claims.commands import place_hold
from kulanz.claims.commands.account import NewFact, book
from kulanz.claims.lapsing import ends_by_story, lapsing
from kulanz.claims.lapsing_ends import ends_of_cases
from kulanz.claims.models import Claim, Creditor, HoldReason
from kulanz.claims.viewer import Viewer
from kulanz.cli import limitation as command
from kulanz.ledger.replay import FactKind
from kulanz.runs.check import lapse_warnings
from kulanz.strategy.queries import read_facts
from tests.factories import NOW, claim, creditor

pytestmark = pytest.mark.django_db
UNTIL = date(2027, 3, 2)


def _old(number: int, invoiced_on: date, **values: object) -> Claim:
    return claim(number=number, invoiced_on=invoiced_on, **values)  # type: ignore[arg-type]  # options of single tests


def _days(viewer: Viewer | None = None, until: date = UNTIL) -> dict[str, tuple[date | None, date]]:
    found = lapsing(viewer or Viewer.system(), until)
    return {lapse.claim.external_id[-1]: (lapse.ends_on, lapse.careful_on) for lapse in found}


def _book(one: Claim, kind: FactKind, on: date, key: str, **more: object) -> int:
    cents = 0 if kind is FactKind.CHARGEBACK else 1_000
    return book([NewFact(one.case_id, kind, on, key, "test", cents, **more)], now=NOW)[0]  # type: ignore[arg-type]


def test_a_claim_lapses_three_years_after_its_year_and_the_nearest_comes_first() -> None:
    owner = creditor()
    _old(1, date(2023, 11, 20), owner=owner)  # due on 20 December 2023
    _old(2, date(2022, 3, 1), owner=owner)
    _old(3, date(2024, 3, 1), owner=owner)  # lapses with 2027: not yet in view
    assert _days() == {"2": (date(2025, 12, 31),) * 2, "1": (date(2026, 12, 31),) * 2}
    assert list(_days()) == ["2", "1"]
    assert list(_days(until=date(2027, 12, 31))) == ["2", "1", "3"]


def test_the_year_it_fell_due_counts_and_the_year_of_the_invoice_is_the_careful_one() -> None:
    _old(1, date(2022, 12, 20))  # due on 19 January 2023
    assert _days() == {"1": (date(2026, 12, 31), date(2025, 12, 31))}


def test_money_that_stayed_begins_the_period_anew_and_money_that_went_back_does_not() -> None:
    one = _old(1, date(2022, 3, 1))
    paid = _book(one, FactKind.PAYMENT, date(2024, 5, 6), "p")
    assert _days() == {"1": (date(2027, 5, 6), date(2025, 12, 31))}
    _book(one, FactKind.CHARGEBACK, date(2024, 5, 9), "back", payment_entry_id=paid)
    assert _days() == {"1": (date(2025, 12, 31),) * 2}


def test_a_deferral_stops_the_clock_and_a_dispute_does_not() -> None:
    one = _old(1, date(2023, 3, 1))
    with transaction.atomic():
        place_hold(one.case_id, HoldReason.DISPUTE, day=date(2026, 1, 1), now=NOW, source="test", actor="test")
    assert _days() == {"1": (date(2026, 12, 31),) * 2}
    with transaction.atomic():
        place_hold(one.case_id, HoldReason.DEFERRAL, day=date(2026, 3, 2), until_on=date(2026, 3, 31), now=NOW, source="test", actor="test")
    assert _days() == {"1": (date(2027, 1, 30), date(2026, 12, 31))}


def test_what_is_paid_or_of_another_creditor_is_not_in_the_list() -> None:
    one, two = creditor(), creditor("other", iban="DE02120300000000202051")
    paid, _ = _old(1, date(2022, 3, 1), owner=one), _old(2, date(2022, 3, 1), owner=two)
    assert list(_days(Viewer("staff", frozenset({two.id})))) == ["2"]
    book([NewFact(paid.case_id, FactKind.PAYMENT, date(2026, 2, 2), "p", "test", 1_000_000)], now=NOW)
    assert list(_days()) == ["2"]


def test_the_command_tells_the_story_as_json() -> None:
    _old(1, date(2022, 3, 1))
    app = typer.Typer()
    app.command()(command.limitation)
    answer = CliRunner().invoke(app, ["--until", UNTIL.isoformat(), "--json"])
    (told,) = json.loads(answer.stdout)
    assert told["ends_on"] == told["careful_on"] == "2025-12-31"
    assert [line["effect"] for line in told["story"]] == ["waiting", "running", "lapsed"]
    assert "2025" in CliRunner().invoke(app, ["--until", UNTIL.isoformat()]).stdout


def test_check_warns_sixty_days_ahead_and_of_what_is_lost() -> None:
    _old(1, date(2023, 6, 1))
    assert lapse_warnings(date(2026, 10, 31)) == ()
    (ahead,) = lapse_warnings(date(2026, 11, 2))
    assert "1 offene Forderungen über 84.90 EUR verjähren bis 01.01.2027" in ahead
    (gone,) = lapse_warnings(date(2027, 1, 1))
    assert "sind verjährt" in gone


@pytest.mark.parametrize(("country", "last"), [("DE", date(2026, 12, 31)), ("AT", date(2026, 7, 1)), ("CH", date(2028, 7, 1))])
def test_nobody_is_dunned_for_a_claim_that_has_lapsed_by_the_law_of_its_country(country: str, last: date) -> None:
    owner = creditor("c" + country.lower(), country=country)
    one = _old(1, date(2023, 6, 1), owner=owner, margin_bp=None, fixed_bp=None)
    for day, over in ((last, False), (last + timedelta(days=1), True)):
        facts = read_facts(bucket_from=0, bucket_to=255, day=day).row(0, named=True)
        assert facts["limitation_on"] == last and (facts["limitation_on"] < day) is over
    assert one.case_id == facts["case_id"]


def test_a_payment_or_an_agreement_makes_the_period_longer_for_the_daily_run_too() -> None:
    one = _old(1, date(2021, 6, 1))
    day = date(2026, 3, 2)
    assert read_facts(bucket_from=0, bucket_to=255, day=day)["limitation_on"].to_list() == [date(2024, 12, 31)]
    _book(one, FactKind.PAYMENT, date(2024, 5, 10), "p")
    told = read_facts(bucket_from=0, bucket_to=255, day=day)["limitation_on"].to_list()
    assert told == [_days(until=UNTIL)["1"][0]] and told[0] >= date(2027, 5, 10)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 1_500),
            st.lists(st.tuples(st.integers(0, 1_400), st.booleans(), st.sampled_from([1_000, 8_490])), max_size=3),
            st.sampled_from([None, None, HoldReason.DISPUTE, HoldReason.DEFERRAL]),
        ),
        min_size=1,
        max_size=4,
    ),
    st.integers(0, 1_600),
)
@settings(max_examples=25, phases=[Phase.generate])  # each example books; a failing one is told as it is
def test_the_days_by_column_are_those_of_the_stories(
    stories: list[tuple[int, list[tuple[int, bool, int]], HoldReason | None]], asked: int
) -> None:
    """Whatever was paid, went back, was deferred or is paid up: both ways give the same day for the same cases."""
    first, owner = date(2020, 1, 1), creditor(f"c{Creditor.objects.count()}", iban="")
    claims = [_old(number, first + timedelta(days=ahead), owner=owner) for number, (ahead, _, _) in enumerate(stories, 1)]
    for one, (ahead, payments, reason) in zip(claims, stories, strict=True):
        for number, (later, goes_back, cents) in enumerate(payments):
            on = first + timedelta(days=ahead + later)
            (paid,) = book([NewFact(one.case_id, FactKind.PAYMENT, on, f"{one.id}:{number}", "test", cents)], now=NOW)
            if goes_back:
                _book(one, FactKind.CHARGEBACK, on + timedelta(days=9), f"{one.id}:{number}:back", payment_entry_id=paid)
        if reason is not None:
            with transaction.atomic():
                place_hold(one.case_id, reason, day=first + timedelta(days=ahead + 90), now=NOW, source="test", actor="test")
    day = first + timedelta(days=asked)
    issued = [one for one in claims if one.invoiced_on <= day]
    assert ends_of_cases([one.case_id for one in claims], day) == dict(ends_by_story([one.id for one in issued], until=day))
