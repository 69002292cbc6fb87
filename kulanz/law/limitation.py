"""When a claim lapses, told as a dated story: every stretch of time with its effect and its rule.

One engine for all countries; what an event does is data of the country. The engine is careful with the creditor's
deadline and the debtor's right alike: it never counts a day twice, and it does not let a lapsed claim come back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from kulanz.law.days import ONE_DAY, add_months, add_years
from kulanz.law.errors import InvalidQuestion, NotVerified


class Effect(StrEnum):
    """What a stretch of time does to the limitation period."""

    WAITING = "waiting"
    """The claim exists, the period has not begun."""
    RUNNING = "running"
    SUSPENDED = "suspended"
    """The time is not counted."""
    RESTARTED = "restarted"
    """The period begins anew."""
    DELAYED = "delayed"
    """The period cannot end before this stretch does."""
    NO_EFFECT = "no_effect"
    LAPSED = "lapsed"
    """The debtor may refuse to pay; what was paid stays paid."""


@dataclass(frozen=True, slots=True)
class LimitationEvent:
    """Something that happened. `to_on` None: it lasts still, or it was an act of one day."""

    kind: str
    from_on: date
    to_on: date | None = None

    def __post_init__(self) -> None:
        if self.to_on is not None and self.to_on < self.from_on:
            raise InvalidQuestion(f"Das Ereignis {self.kind} endet, bevor es beginnt.")


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One line of the story; both days count, `to_on` None: no end is known."""

    from_on: date
    to_on: date | None
    effect: Effect
    rule: str


@dataclass(frozen=True, slots=True)
class Limitation:
    """`ends_on` is the last day on which the claim is not lapsed; None while something unfinished stops the clock."""

    ends_on: date | None
    story: tuple[StoryLine, ...]


class Act(StrEnum):
    """What an event does, before it is dated."""

    SUSPEND = "suspend"
    RESTART = "restart"
    RESTART_AT_END = "restart_at_end"
    """Interrupts at once; the new period begins when the matter ends."""
    NEW_PERIOD = "new_period"
    """Another period takes the place of the old one, even if that has lapsed (a judgment)."""
    DELAY = "delay"


@dataclass(frozen=True, slots=True)
class EventRule:
    """What one kind of event does in one country."""

    act: Act
    rule: str
    months_after: int = 0
    """A suspension lasts so many months longer than its event; a delay keeps the end away so many months after it."""
    delay_months: int = 0
    """A suspension that besides keeps the end away for so many months after it (§ 203 BGB)."""
    years: int | None = None
    """The length of the new period; None: as long as the one before."""
    source_missing: str = ""
    """Why this event cannot be computed yet; then it is an error, not a guess."""


@dataclass(frozen=True, slots=True)
class RunningPeriod:
    """A period that begins on `first_day` and, if nothing happens, ends on `ends_on`."""

    arose_on: date
    first_day: date
    ends_on: date
    years: int
    rule: str


@dataclass(slots=True)
class _Clock:
    """The state while the events are told. Time before `counted_from` was taken out of the count already."""

    first_day: date
    ends_on: date | None
    years: int
    counted_from: date = date.min
    story: list[StoryLine] = field(default_factory=list)

    def tell(self, from_on: date, to_on: date | None, effect: Effect, rule: str) -> None:
        self.story.append(StoryLine(from_on, to_on, effect, rule))

    def runs(self, from_on: date, rule: str) -> None:
        if self.ends_on is not None and from_on <= self.ends_on:
            self.tell(from_on, self.ends_on, Effect.RUNNING, rule)

    def stop(self, day: date) -> None:
        """The period no longer runs from this day on: the story told so far ends the day before."""
        for position, line in reversed(list(enumerate(self.story))):
            if line.effect is Effect.RUNNING and line.from_on >= day:
                del self.story[position]
            elif line.effect is Effect.RUNNING and (line.to_on is None or line.to_on >= day):
                self.story[position] = replace(line, to_on=day - ONE_DAY)


def tell(period: RunningPeriod, events: Sequence[LimitationEvent], rules: Mapping[str, EventRule]) -> Limitation:
    """Let a period run through its events in order of time."""
    clock = _Clock(period.first_day, period.ends_on, period.years)
    if period.arose_on < period.first_day:
        clock.tell(period.arose_on, period.first_day - ONE_DAY, Effect.WAITING, period.rule)
    clock.runs(period.first_day, period.rule)
    for event in sorted(events, key=lambda each: (each.from_on, each.kind)):
        rule = _rule_for(event, rules)
        if rule.act is Act.NEW_PERIOD:
            _begin_anew(clock, event.from_on, rule)
        elif clock.ends_on is None:
            clock.tell(event.from_on, event.to_on, Effect.NO_EFFECT, f"{rule.rule}; die Frist ist bereits angehalten")
        elif event.from_on > clock.ends_on:
            clock.tell(event.from_on, event.to_on, Effect.NO_EFFECT, f"{rule.rule}; die Frist war schon abgelaufen")
        else:
            _apply(clock, clock.ends_on, event, rule)
    if clock.ends_on is not None:
        clock.tell(clock.ends_on + ONE_DAY, None, Effect.LAPSED, "Die Leistung darf verweigert werden")
    return Limitation(clock.ends_on, tuple(clock.story))


def _rule_for(event: LimitationEvent, rules: Mapping[str, EventRule]) -> EventRule:
    rule = rules.get(event.kind)
    if rule is None:
        raise InvalidQuestion(f"Das Ereignis „{event.kind}“ ist nicht bekannt.", fix=f"Möglich sind: {', '.join(rules)}.")
    if rule.source_missing:
        raise NotVerified(f"{event.kind}: {rule.source_missing}")
    return rule


def _apply(clock: _Clock, ends_on: date, event: LimitationEvent, rule: EventRule) -> None:
    match rule.act:
        case Act.SUSPEND:
            _suspend(clock, ends_on, event, rule)
        case Act.RESTART:
            _restart(clock, event.from_on, rule)
        case Act.RESTART_AT_END:
            _interrupt(clock, event, rule)
        case Act.DELAY:
            _delay(clock, ends_on, event, rule)
        case Act.NEW_PERIOD:
            _begin_anew(clock, event.from_on, rule)


def _suspend(clock: _Clock, ends_on: date, event: LimitationEvent, rule: EventRule) -> None:
    if event.to_on is None:
        clock.stop(event.from_on)
        clock.tell(event.from_on, None, Effect.SUSPENDED, rule.rule)
        clock.ends_on = None
        return
    until = add_months(event.to_on, rule.months_after)
    start = max(event.from_on, clock.first_day, clock.counted_from)
    if until < clock.first_day:
        clock.tell(event.from_on, until, Effect.NO_EFFECT, f"{rule.rule}; die Frist hatte noch nicht begonnen")
        return
    if start <= until:
        ends_on += (until - start) + ONE_DAY
        clock.counted_from = until + ONE_DAY
    if rule.delay_months:
        ends_on = max(ends_on, add_months(event.to_on, rule.delay_months))
    clock.ends_on = ends_on
    begins_on = max(event.from_on, clock.first_day)
    clock.stop(begins_on)
    clock.tell(begins_on, until, Effect.SUSPENDED, rule.rule)
    resumes_on = max(until + ONE_DAY, clock.counted_from)
    clock.runs(resumes_on, f"{rule.rule}; die angehaltene Zeit zählt nicht mit")


def _restart(clock: _Clock, day: date, rule: EventRule) -> None:
    if day < clock.first_day:
        clock.tell(day, day, Effect.NO_EFFECT, f"{rule.rule}; die Frist hatte noch nicht begonnen")
        return
    clock.stop(day)
    clock.first_day = day + ONE_DAY
    clock.years = rule.years or clock.years
    clock.ends_on = add_years(day, clock.years)
    # A restart while time is not counted: the new period waits for the suspension to end.
    if clock.counted_from > clock.first_day:
        clock.ends_on += clock.counted_from - clock.first_day
    clock.tell(day, day, Effect.RESTARTED, rule.rule)
    clock.runs(max(clock.first_day, clock.counted_from), rule.rule)


def _interrupt(clock: _Clock, event: LimitationEvent, rule: EventRule) -> None:
    clock.stop(event.from_on)
    clock.tell(event.from_on, event.to_on, Effect.SUSPENDED, rule.rule)
    if event.to_on is None:
        clock.ends_on = None
        return
    clock.first_day = min(clock.first_day, event.to_on)
    _restart(clock, event.to_on, rule)


def _begin_anew(clock: _Clock, day: date, rule: EventRule) -> None:
    clock.first_day, clock.counted_from = day, date.min
    _restart(clock, day, rule)


def _delay(clock: _Clock, ends_on: date, event: LimitationEvent, rule: EventRule) -> None:
    if event.to_on is None:
        clock.tell(event.from_on, None, Effect.DELAYED, rule.rule)
        clock.ends_on = None
        return
    until = add_months(event.to_on, rule.months_after)
    clock.tell(event.from_on, until, Effect.DELAYED, rule.rule)
    clock.ends_on = max(ends_on, until)
