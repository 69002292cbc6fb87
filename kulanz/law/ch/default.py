"""Art. 102 OR: when the debtor is in default."""

from __future__ import annotations

from kulanz.law.days import ONE_DAY
from kulanz.law.default import DefaultFacts, DefaultReason, DefaultStart, earliest
from kulanz.law.holidays import next_working_day


def default_start(facts: DefaultFacts) -> DefaultStart:
    """Default by a reminder, or by the end of a day of payment the contract fixed.

    A payment period that the invoice alone prints is no such day: then the first reminder counts. A due day on a
    Saturday, Sunday or holiday of the canton moves to the next working day (Art. 78 OR).
    """
    causes = [_fixed_day(facts), _reminder(facts)]
    return earliest(
        [cause for cause in causes if cause is not None],
        otherwise="Art. 102 OR: weder gemahnt noch ein vereinbarter Verfalltag abgelaufen",
    )


def _fixed_day(facts: DefaultFacts) -> DefaultStart | None:
    if facts.calendar_date is None:
        return None
    last_day = max(facts.calendar_date, facts.due_on)
    moved = next_working_day("ch", facts.region, last_day)
    rule = "Art. 102 Abs. 2 OR: Verfalltag"
    first_day = moved + ONE_DAY
    moved_rule = rule if moved == last_day else f"{rule}, Art. 78 OR"
    return DefaultStart(first_day, first_day, DefaultReason.CALENDAR_DATE, moved_rule)


def _reminder(facts: DefaultFacts) -> DefaultStart | None:
    received_on = facts.reminder_received_on
    if received_on is None or received_on <= next_working_day("ch", facts.region, facts.due_on):
        return None
    rule = "Art. 102 Abs. 1 OR: Mahnung; Zinsbeginn am Folgetag"
    return DefaultStart(received_on, received_on + ONE_DAY, DefaultReason.REMINDER, rule)
