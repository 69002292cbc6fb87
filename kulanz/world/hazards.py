"""The chance that somebody pays today, and that they say something. Pure: facts and effects in, a probability out."""

from __future__ import annotations

import calendar
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from kulanz.world.effects import Effects
from kulanz.world.temper import Traits

HALF_LIFE_DAYS: Final = 7.0
"""A message is half forgotten after a week (assumption: no source)."""

FATIGUE: Final = 0.7
"""The k-th message within 28 days has 0.7^(k-1) of the first one's effect (assumption: no source)."""

FATIGUE_WINDOW: Final = timedelta(days=28)
NEXT_STEP_TEMPLATES: Final = frozenset({"last_notice"})
BEFORE_DUE_TEMPLATES: Final = frozenset({"friendly_notice"})
TALK: Final = "talk"
"""A talk with an agent counts like a message, with an effect of its own and without tiring anybody."""

MEAN_RESPONSIVENESS: Final = 0.53
"""The population's mean: dividing by it keeps the average effect at what was published."""

_WEEK_DAYS: Final = 7
_WEEKS_TO_DUE: Final = 2


@dataclass(frozen=True, slots=True)
class Noticed:
    """A message somebody has noticed: the day, and which text it was."""

    on: date
    template: str


def pay_chance(traits: Traits, responsiveness: float, effects: Effects, noticed: Sequence[Noticed], *, due_on: date, day: date) -> float:
    """The chance that an invoice is paid on `day`, messages noticed until then considered.

    Weekly log-odds of the type, plus what each noticed message still adds, turned into a day's chance. Before the due date the type's
    chance to pay by then is spread over a fortnight.
    """
    weekly = traits.pays_weekly if day > due_on else 1.0 - math.pow(1.0 - traits.pays_by_due, 1.0 / _WEEKS_TO_DUE)
    odds = _logit(weekly) + message_effect(traits, responsiveness, effects, noticed, day)
    daily = 1.0 - math.pow(1.0 - _logistic(odds), 1.0 / _WEEK_DAYS)
    return min(0.95, daily * _payday_factor(traits, day))


def message_effect(traits: Traits, responsiveness: float, effects: Effects, noticed: Sequence[Noticed], day: date) -> float:
    """The log-odds all noticed messages add together on `day`: decayed, tired, and scaled by how responsive somebody is."""
    total: float = 0.0
    for message in noticed:
        age = (day - message.on).days
        if age < 0:
            continue
        before = sum(1 for other in noticed if other.template != TALK and message.on - FATIGUE_WINDOW < other.on < message.on)
        tired = 1.0 if message.template == TALK else math.pow(FATIGUE, before)
        total += _effect_of(message.template, traits, effects) * math.pow(0.5, age / HALF_LIFE_DAYS) * tired
    return total * responsiveness / MEAN_RESPONSIVENESS


def objects_chance(traits: Traits, noticed: Sequence[Noticed], day: date) -> float:
    """The chance to object on the day a message is noticed: it grows with each message within four weeks."""
    lately = sum(1 for message in noticed if day - FATIGUE_WINDOW < message.on <= day)
    return min(0.9, traits.disputes * (1.0 + 0.3 * max(0, lately - 1)))


def is_payday(day: date) -> bool:
    """Around the turn of the month, when wages and benefits arrive: the last two days of a month, the first three, the fifteenth."""
    last = calendar.monthrange(day.year, day.month)[1]
    return day.day <= 3 or day.day >= last - 1 or day.day == 15


def _effect_of(template: str, traits: Traits, effects: Effects) -> float:
    wording = effects.by_name + effects.simple_words
    if template == TALK:
        return effects.talked
    if template in BEFORE_DUE_TEMPLATES:
        return effects.before_due + wording
    if template in NEXT_STEP_TEMPLATES:
        return effects.reminded + wording + effects.next_step * traits.fears_next_step
    return effects.reminded + wording


def _payday_factor(traits: Traits, day: date) -> float:
    """Whoever waits for money pays on paydays; the mean over a month stays near one. Fridays are a little livelier than other days."""
    friday = 1.15 if day.weekday() == 4 else 0.97
    paydays_a_month, days = 6.0, 30.0
    usual = 1.0 - traits.waits_for_payday
    extra = traits.waits_for_payday * days / paydays_a_month
    return friday * (usual + extra if is_payday(day) else usual)


def _logit(chance: float) -> float:
    return math.log(chance / (1.0 - chance))


def _logistic(odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-odds))
