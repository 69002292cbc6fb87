"""§ 286 BGB: when the debtor of a payment is in default."""

from __future__ import annotations

from datetime import date, timedelta

from kulanz.law.days import ONE_DAY
from kulanz.law.default import DefaultFacts, DefaultReason, DefaultStart, earliest
from kulanz.law.holidays import next_working_day

THIRTY_DAYS = timedelta(days=30)


def default_start(facts: DefaultFacts) -> DefaultStart:
    """The earliest cause of default that the facts prove; if they prove none, the debtor is not in default.

    § 193 BGB moves the last day for payment to the next working day, also at the end of the thirty days
    (BGH III ZR 159/06): default then begins the day after. A reminder counts only if it was received after the due
    day, because on the due day itself payment is still in time.
    """
    causes = [_calendar(facts), _thirty_days(facts), _refusal(facts), _reminder(facts)]
    return earliest(
        [cause for cause in causes if cause is not None],
        otherwise="§ 286 Abs. 1 bis 3 BGB: weder Mahnung nach Fälligkeit noch ein Fall, in dem sie entbehrlich ist",
    )


def _calendar(facts: DefaultFacts) -> DefaultStart | None:
    if facts.calendar_date is None:
        return None
    rule = "§ 286 Abs. 2 Nr. 1 BGB"
    return _after_last_day(max(facts.calendar_date, facts.due_on), facts.region, DefaultReason.CALENDAR_DATE, rule)


def _thirty_days(facts: DefaultFacts) -> DefaultStart | None:
    if facts.consumer and not facts.notice_on_invoice:
        return None
    if facts.invoice_received_on is not None:
        rule = "§ 286 Abs. 3 Satz 1 BGB"
        last_day = max(facts.due_on, facts.invoice_received_on) + THIRTY_DAYS
        return _after_last_day(last_day, facts.region, DefaultReason.THIRTY_DAYS, rule)
    if facts.consumer or facts.performance_received_on is None:
        return None
    rule = "§ 286 Abs. 3 Satz 2 BGB"
    last_day = max(facts.due_on, facts.performance_received_on) + THIRTY_DAYS
    return _after_last_day(last_day, facts.region, DefaultReason.THIRTY_DAYS_AFTER_PERFORMANCE, rule)


def _refusal(facts: DefaultFacts) -> DefaultStart | None:
    if facts.refused_on is None:
        return None
    rule = "§ 286 Abs. 2 Nr. 3 BGB"
    if facts.refused_on <= facts.due_on:
        # Refused before it was due: no reminder is needed, but the due day must pass first.
        return _after_last_day(facts.due_on, facts.region, DefaultReason.REFUSAL, rule)
    return DefaultStart(facts.refused_on, facts.refused_on + ONE_DAY, DefaultReason.REFUSAL, rule)


def _reminder(facts: DefaultFacts) -> DefaultStart | None:
    received_on = facts.reminder_received_on
    if received_on is None or received_on <= next_working_day("de", facts.region, facts.due_on):
        return None
    rule = "§ 286 Abs. 1 BGB; Zinsbeginn am Folgetag, § 187 Abs. 1 BGB entsprechend"
    return DefaultStart(received_on, received_on + ONE_DAY, DefaultReason.REMINDER, rule)


def _after_last_day(last_day: date, region: str, reason: DefaultReason, rule: str) -> DefaultStart:
    """Default from the day after the last day for payment, that day moved to a working day if need be."""
    moved = next_working_day("de", region, last_day)
    first_day = moved + ONE_DAY
    return DefaultStart(first_day, first_day, reason, rule if moved == last_day else f"{rule}, § 193 BGB")
