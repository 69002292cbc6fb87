"""The trial of the matching holds its limits on a small scale, and its judge would notice if they did not hold."""

from __future__ import annotations

import pytest

from kulanz.claims.models import Creditor
from kulanz.world.errors import TrialNeedsEmpty
from kulanz.world.match_trial.score import Made, judge, scored
from kulanz.world.match_trial.transfers import Damage, Share, Transfer
from kulanz.world.match_trial.trial import run_trial
from tests import factories
from tests.factories import DAY, NOW

MINE = Share(1, frozenset({10}), 500)


def transfer(*shares: Share, damage: Damage = Damage.CLEAN) -> Transfer:
    return Transfer(damage, "DE1", sum(share.cents for share in shares) or 500, "x", "y", "z", shares=shares)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", [7, 11])
def test_the_limits_hold_for_a_thousand_lines(seed: int) -> None:
    score = run_trial(seed, 1_000, day=DAY, now=NOW, progress=lambda _: None)
    assert score.missed == [], score.mistakes
    assert {damage for damage, row in score.rows.items() if row.lines} == set(Damage)
    assert score.total.owned >= 850


@pytest.mark.django_db(transaction=True)
def test_the_trial_never_mixes_with_real_people() -> None:
    factories.creditor()
    with pytest.raises(TrialNeedsEmpty):
        run_trial(1, 100, day=DAY, now=NOW, progress=lambda _: None)
    assert Creditor.objects.count() == 1


def test_a_booking_counts_as_right_only_with_the_right_case_cents_and_invoice() -> None:
    one = transfer(MINE)
    assert judge(one, Made({1: (500, frozenset({10}))}, ())).right == 1
    assert judge(one, Made({1: (500, frozenset())}, ())).right == 1
    for wrong in (
        {2: (500, frozenset())},
        {1: (400, frozenset())},
        {1: (500, frozenset({11}))},
        {1: (500, frozenset()), 2: (1, frozenset())},
    ):
        assert judge(one, Made(wrong, ())).wrong == 1
    assert judge(transfer(damage=Damage.FOREIGN), Made({1: (500, frozenset())}, ())).wrong == 1


def test_a_line_that_was_left_counts_as_found_only_among_the_first_three() -> None:
    one = transfer(MINE)
    assert judge(one, Made({}, (7, 8, 1))).found == 1
    assert judge(one, Made({}, (7, 8, 9, 1))).found == 0
    two = transfer(MINE, Share(2, frozenset(), 300))
    assert judge(two, Made({}, (1, 2, 9))).found == 1
    assert judge(two, Made({}, (1, 9, 8))).found == 0


def test_every_missed_limit_is_said() -> None:
    good = scored(1, [transfer(MINE)], [Made({1: (500, frozenset())}, ())])
    good.others = 5
    assert good.missed == []
    owned = [transfer(MINE)] * 10
    bad = scored(1, owned, [Made({2: (500, frozenset())}, ())] * 2 + [Made({}, ())] * 8)
    bad.contacts, bad.refused = 3, 1
    assert len(bad.missed) == 6
    assert (bad.wrong_rate, bad.right_rate, bad.found_rate) == (1.0, 0.0, 0.0)
