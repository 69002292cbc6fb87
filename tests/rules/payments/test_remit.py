"""A remittance run is arithmetic: every cent once, differences in the next run, never more out than in."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulanz.ledger.components import Component
from kulanz.payments.errors import NoTerms
from kulanz.payments.rules.remit import (
    Before,
    FeeTerms,
    Moved,
    Settlement,
    Via,
    Why,
    oldest_day,
    period_end,
    settle_run,
    share,
    terms_on,
)

DAY = date(2026, 3, 2)
TERMS = FeeTerms(date(2026, 1, 1), 1000, frozenset({Component.PRINCIPAL}), frozenset({Component.COLLECTION_COST}), 1900)


def moved(entry: int = 1, via: Via = Via.BANK, on: date = DAY, terms: date | None = None, **cents: int) -> Moved:
    return Moved(entry, 1, "payment", via, on, terms or on, {Component(part): amount for part, amount in cents.items()})


def run(*entries: Moved, before: Before | None = None, threshold: int = 0, on_account: int = 10**9, own: bool = True) -> Settlement:
    return settle_run(entries, [TERMS], before or Before(), threshold_cents=threshold, on_account_cents=on_account, own_account=own)


def test_the_creditor_gets_principal_and_interest_less_fees_and_vat() -> None:
    settled = run(moved(principal=10_000, interest=55, collection_cost=3_240, overpaid=7))
    assert (settled.handed_cents, settled.kept_cents, settled.fee_cents) == (13_295, 3_240, 1_000)
    assert [(line.rate_bp, line.net_cents, line.vat_cents) for line in settled.vat] == [(1900, 4_240, 806)]
    assert (settled.payout_cents, settled.carried_out_cents, settled.why) == (13_295 - 4_240 - 806, 0, Why.PAID)
    assert (settled.withheld_cents, settled.transfer_cents, settled.lying_out_cents) == (5_046, 5_046, 0)


def test_half_a_cent_of_vat_goes_up_and_back_again_by_the_same_cent() -> None:
    terms = FeeTerms(DAY, 10_000, frozenset({Component.PRINCIPAL}), frozenset(), 1000)
    for cents, vat in ((5, 1), (-5, -1), (4, 0), (-4, 0), (15, 2)):
        settled = settle_run([moved(principal=cents)], [terms], Before(), threshold_cents=0, on_account_cents=10**6, own_account=False)
        assert settled.vat_cents == vat, cents


def test_money_paid_to_the_creditor_itself_bears_fees_and_is_not_paid_out_again() -> None:
    settled = run(moved(via=Via.DIRECT, principal=10_000))
    assert (settled.handed_cents, settled.direct_cents, settled.payout_cents) == (0, 10_000, 0)
    assert (settled.carried_out_cents, settled.why, settled.fees_open_out_cents) == (-1_190, Why.OWED_TO_US, 1_190)
    next_run = run(moved(2, principal=10_000), before=settled.after)
    assert (next_run.payout_cents, next_run.withheld_cents, next_run.carried_out_cents) == (10_000 - 2_380, 2_380, 0)


def test_a_chargeback_after_the_payout_takes_back_money_and_fee_to_the_cent() -> None:
    first = run(moved(principal=10_005))
    back = run(moved(2, on=DAY + timedelta(days=9), terms=DAY, principal=-10_005), before=first.after)
    assert (back.payout_cents, back.why) == (0, Why.OWED_TO_US)
    assert first.payout_cents + back.carried_out_cents == 0


def test_a_chargeback_is_settled_by_the_terms_of_its_payment() -> None:
    later = FeeTerms(date(2026, 3, 5), 2000, frozenset({Component.PRINCIPAL}), frozenset(), 1900)
    back = moved(2, on=date(2026, 3, 9), terms=DAY, principal=-10_000)
    assert terms_on([later, TERMS], back.terms_on) is TERMS
    assert share(back, TERMS).fee_cents == -1_000


def test_what_is_below_the_threshold_waits_with_its_fees() -> None:
    first = run(moved(principal=1_000), threshold=1_000)
    assert (first.payout_cents, first.withheld_cents, first.why) == (0, 0, Why.BELOW_THRESHOLD)
    second = run(moved(2, principal=1_000), before=first.after, threshold=1_000)
    assert (second.payout_cents, second.withheld_cents) == (2_000 - 238, 238)


def test_money_that_is_not_on_the_account_yet_is_not_paid_out() -> None:
    settled = run(moved(principal=5_000), moved(2, via=Via.PROVIDER, principal=5_000), on_account=5_000)
    assert (settled.payout_cents, settled.why) == (5_000 - 1_190, Why.NOT_HERE_YET)
    assert settled.carried_out_cents == 5_000
    assert run(moved(principal=5_000), on_account=0).payout_cents == 0


def test_fees_stay_on_the_account_of_an_agency_without_an_account_of_its_own() -> None:
    settled = run(moved(principal=10_000), own=False)
    assert (settled.transfer_cents, settled.lying_out_cents) == (0, 1_190)


def test_nothing_agreed_is_an_error_and_no_guess() -> None:
    with pytest.raises(NoTerms):
        terms_on([], DAY)


def test_the_oldest_money_goes_first() -> None:
    days = [DAY + timedelta(days=n) for n in range(4)]
    received = [(days[0], 100), (days[1], 50), (days[2], 70)]
    assert [oldest_day(received, gone) for gone in (0, 99, 100, 149, 150, 219, 220)] == [
        days[0], days[0], days[1], days[1], days[2], days[2], None,
    ]  # fmt: skip
    assert oldest_day([*received, (days[3], -70)], 100) == days[1]
    assert oldest_day([(days[0], 100), (days[1], -100)], 0) is None
    assert oldest_day([], 0) is None


def test_a_period_ends_before_today() -> None:
    assert period_end("daily", DAY) == date(2026, 3, 1)
    assert period_end("weekly", DAY) == date(2026, 3, 1)
    assert period_end("weekly", date(2026, 3, 1)) == date(2026, 2, 22)
    assert period_end("monthly", DAY) == date(2026, 2, 28)


cents = st.integers(-100_000, 100_000)
parts = st.fixed_dictionaries({"principal": cents, "interest": cents, "collection_cost": cents, "overpaid": st.integers(0, 500)})
entry = st.tuples(st.sampled_from(Via), parts)


@given(st.lists(st.lists(entry, max_size=5), min_size=1, max_size=8), st.integers(0, 50_000), st.booleans(), st.data())
def test_over_any_runs_every_cent_is_found_once_and_never_more_goes_out_than_came_in(
    runs: list[list[tuple[Via, dict[str, int]]]], threshold: int, own: bool, data: st.DataObject
) -> None:
    before, number = Before(), 0
    on_bank = handed = fees = paid = moved_out = 0
    for entries in runs:
        told = []
        for via, parts in entries:
            number += 1
            told.append(moved(number, via, **parts))
            if via is not Via.DIRECT:
                value = sum(parts.values()) - parts["overpaid"]
                handed += value
                on_bank += value if via is Via.BANK or data.draw(st.booleans()) else 0
        settled = run(*told, before=before, threshold=threshold, on_account=on_bank - max(0, before.lying_cents), own=own)
        gross = settled.fee_cents + settled.kept_cents + settled.vat_cents
        assert before.carried_cents + settled.handed_cents - gross == settled.payout_cents + settled.carried_out_cents
        assert settled.payout_cents == 0 or settled.payout_cents + settled.transfer_cents <= max(on_bank, 0)
        on_bank -= settled.payout_cents + settled.transfer_cents
        fees, paid, moved_out = fees + gross, paid + settled.payout_cents, moved_out + settled.transfer_cents
        before = settled.after
        assert before.fees_open_cents + before.lying_cents + moved_out == fees, "a fee is open, lies here, or was taken"
    assert handed - fees == paid + before.carried_cents
