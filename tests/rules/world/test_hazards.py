"""What messages do to people, in each kind of world."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulanz.world.effects import Effects, Kind, draw_effects
from kulanz.world.hazards import (
    MEAN_RESPONSIVENESS,
    TALK,
    Noticed,
    is_payday,
    message_effect,
    objects_chance,
    pay_chance,
)
from kulanz.world.temper import TRAITS, Temper

DUE = date(2026, 9, 10)
tempers = st.sampled_from(list(Temper))
templates = st.sampled_from(["friendly_notice", "reminder_1", "reminder_2", "last_notice"])
histories = st.lists(st.builds(Noticed, st.integers(-20, 60).map(lambda days: DUE + timedelta(days=days)), templates), max_size=6)


@given(temper=tempers, noticed=histories, after=st.integers(-20, 80), responsiveness=st.floats(0, 1), seed=st.integers(0, 999))
def test_a_chance_to_pay_is_a_probability(temper: Temper, noticed: list[Noticed], after: int, responsiveness: float, seed: int) -> None:
    effects = draw_effects(Kind.CENTRAL, seed)
    daily = pay_chance(TRAITS[temper], responsiveness, effects, noticed, due_on=DUE, day=DUE + timedelta(days=after))
    assert 0.0 < daily <= 0.95


@given(temper=tempers, noticed=histories, after=st.integers(-20, 80), seed=st.integers(0, 999))
def test_in_a_dead_world_no_message_changes_anything(temper: Temper, noticed: list[Noticed], after: int, seed: int) -> None:
    effects = draw_effects(Kind.DEAD, seed)
    day = DUE + timedelta(days=after)
    silent = pay_chance(TRAITS[temper], 0.7, effects, [], due_on=DUE, day=day)
    assert pay_chance(TRAITS[temper], 0.7, effects, noticed, due_on=DUE, day=day) == silent


@given(seed=st.integers(0, 10_000))
def test_in_a_null_world_wording_does_nothing_but_being_reminded_does(seed: int) -> None:
    effects = draw_effects(Kind.NULL, seed)
    assert (effects.by_name, effects.simple_words, effects.next_step) == (0.0, 0.0, 0.0)
    assert effects.reminded == draw_effects(Kind.CENTRAL, seed).reminded != 0.0


def test_central_effects_average_to_the_shrunk_means_over_many_worlds() -> None:
    drawn = [draw_effects(Kind.CENTRAL, seed) for seed in range(2000)]
    for name, mean in {
        "reminded": 0.12,
        "by_name": 0.09,
        "simple_words": 0.09,
        "next_step": 0.10,
        "before_due": 0.12,
        "talked": 0.8,
    }.items():
        assert abs(sum(getattr(each, name) for each in drawn) / len(drawn) - mean) < 0.03


def test_the_same_message_works_more_on_the_responsive_and_less_when_it_is_old_or_the_third() -> None:
    effects = Effects(before_due=0.1, reminded=0.2, by_name=0.0, simple_words=0.0, next_step=0.0, talked=0.0)
    traits = TRAITS[Temper.FORGETFUL]
    once = [Noticed(DUE, "reminder_1")]
    assert message_effect(traits, 0.9, effects, once, DUE) > message_effect(traits, 0.2, effects, once, DUE)
    assert message_effect(traits, 0.9, effects, once, DUE + timedelta(days=7)) == message_effect(traits, 0.9, effects, once, DUE) / 2
    third = [Noticed(DUE - timedelta(days=days), "reminder_1") for days in (10, 5, 0)]
    assert message_effect(traits, 0.9, effects, third, DUE) < 3 * message_effect(traits, 0.9, effects, once, DUE)


def test_a_message_nobody_has_noticed_yet_does_nothing() -> None:
    effects = draw_effects(Kind.OPTIMISTIC, 1)
    assert message_effect(TRAITS[Temper.BUSY], 0.5, effects, [Noticed(DUE + timedelta(days=1), "reminder_1")], DUE) == 0.0


def test_the_mean_responsiveness_is_that_of_the_population() -> None:
    shares = sum(traits.share for traits in TRAITS.values())
    mean = sum(traits.share * traits.responds[0] / sum(traits.responds) for traits in TRAITS.values()) / shares
    assert abs(mean - MEAN_RESPONSIVENESS) < 0.01


def test_shares_of_types_add_up_to_one() -> None:
    assert abs(sum(traits.share for traits in TRAITS.values()) - 1.0) < 1e-9


@given(temper=tempers, messages=st.integers(1, 8))
def test_each_further_message_makes_objecting_likelier(temper: Temper, messages: int) -> None:
    noticed = [Noticed(DUE - timedelta(days=index), "reminder_1") for index in range(messages)]
    less, more = objects_chance(TRAITS[temper], noticed, DUE), objects_chance(TRAITS[temper], [*noticed, Noticed(DUE, "reminder_1")], DUE)
    assert 0.0 <= less <= more <= 0.9


@pytest.mark.parametrize("temper", [Temper.SHORT_OF_CASH, Temper.HARDSHIP])
def test_people_without_money_pay_on_paydays(temper: Temper) -> None:
    effects = draw_effects(Kind.CENTRAL, 3)
    payday, other = date(2026, 10, 1), date(2026, 10, 8)
    assert is_payday(payday)
    assert not is_payday(other)
    chances = [pay_chance(TRAITS[temper], 0.4, effects, [], due_on=DUE, day=day) for day in (payday, other)]
    assert chances[0] > 5 * chances[1]


def test_a_talk_moves_more_than_a_letter_and_tires_nobody() -> None:
    effects = draw_effects(Kind.OPTIMISTIC, 1)
    traits = TRAITS[Temper.SHORT_OF_CASH]
    letters = [Noticed(DUE - timedelta(days=1), "reminder_1")]
    talk = [*letters, Noticed(DUE, TALK)]
    assert message_effect(traits, 0.5, effects, talk, DUE) - message_effect(traits, 0.5, effects, letters, DUE) > 0.5
    later = Noticed(DUE + timedelta(days=1), "reminder_2")
    after = DUE + timedelta(days=1)
    with_talk = message_effect(traits, 0.5, effects, [*talk, later], after) - message_effect(traits, 0.5, effects, talk, after)
    without = message_effect(traits, 0.5, effects, [*letters, later], after) - message_effect(traits, 0.5, effects, letters, after)
    assert abs(with_talk - without) < 1e-9
