"""§ 1334 ABGB: when the debtor is in default."""

from __future__ import annotations

from datetime import date

from kulanz.law.days import ONE_DAY
from kulanz.law.default import DefaultFacts, DefaultReason, DefaultStart, earliest
from kulanz.law.holidays import next_working_day


def default_start(facts: DefaultFacts) -> DefaultStart:
    """Default by a fixed day of payment, else by a reminder after the due day.

    "Without undue delay after the invoice" has no fixed length, so it alone never puts anyone in default here. A due
    day on a Sunday or holiday moves (§ 903 ABGB); a Saturday moves too, which favours the debtor.
    """
    causes = [_calendar(facts), _reminder(facts)]
    return earliest(
        [cause for cause in causes if cause is not None],
        otherwise="§ 1334 ABGB: weder ein bestimmter Zahlungstag versäumt noch nach Fälligkeit gemahnt",
    )


def _last_day(day: date, facts: DefaultFacts) -> date:
    return next_working_day("at", facts.region, day)


def _calendar(facts: DefaultFacts) -> DefaultStart | None:
    if facts.calendar_date is None:
        return None
    last_day = max(facts.calendar_date, facts.due_on)
    moved = _last_day(last_day, facts)
    rule = "§ 1334 ABGB: bestimmter Zahlungstag versäumt"
    first_day = moved + ONE_DAY
    moved_rule = rule if moved == last_day else f"{rule}, § 903 ABGB"
    return DefaultStart(first_day, first_day, DefaultReason.CALENDAR_DATE, moved_rule)


def _reminder(facts: DefaultFacts) -> DefaultStart | None:
    received_on = facts.reminder_received_on
    if received_on is None or received_on <= _last_day(facts.due_on, facts):
        return None
    rule = "§ 1334 ABGB: Mahnung nach Fälligkeit; Zinsbeginn am Folgetag"
    return DefaultStart(received_on, received_on + ONE_DAY, DefaultReason.REMINDER, rule)
