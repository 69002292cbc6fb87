"""Default interest, exact to the cent and explained line by line. `kulanz.law.frame` is the vectorised twin of this
file.

Every step is integer arithmetic: cents × basis points × days over 10,000 × the days of the year, rounded once per
segment (or once in total, if the claim says so).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from kulanz.law.days import ONE_DAY, DayCount, Rounding
from kulanz.law.errors import InvalidQuestion
from kulanz.law.money import round_half_up
from kulanz.law.rates import RateTable, half_years, years

BASIS_POINTS = 10_000


@dataclass(frozen=True, slots=True)
class InterestTerms:
    """What one claim says about its interest.

    Either a margin over the base rate (`margin_bp`, 5 points = 500) or a fixed rate (`fixed_bp`), or neither: then
    no interest runs and no rate is ever looked up. The other three are the points no statute decides; their defaults
    favour the debtor.
    """

    margin_bp: int | None = None
    fixed_bp: int | None = None
    day_count: DayCount = DayCount.ACT_ACT
    rounding: Rounding = Rounding.SEGMENT
    payment_day_counts: bool = False
    """Does the day a payment arrives still bear interest on the paid amount?"""
    capped_at_principal: bool = True
    """Where the country stops interest that has grown as large as the principal (Austria): does it apply? Not after a suit."""

    def __post_init__(self) -> None:
        if self.margin_bp is not None and self.fixed_bp is not None:
            raise InvalidQuestion("Ein Zins hat entweder einen Aufschlag auf den Basiszins oder einen festen Satz, nicht beides.")
        if self.fixed_bp is not None and self.fixed_bp < 0:
            raise InvalidQuestion("Ein fester Zinssatz kann nicht negativ sein.")


@dataclass(frozen=True, slots=True)
class InterestRules:
    """What a country says about interest: its base rates, where a line of the statement ends, and where interest ends."""

    rates: RateTable | None
    """None: this country has no base rate, only fixed rates."""
    half_yearly_lines: bool = True
    """Lines end on 30 June and 31 December, whether or not the rate changes; else only where the day count needs it."""
    cap: Callable[[Interest, InterestTerms], Interest] | None = None
    """Shortens interest that has outgrown the principal, for terms that say so (Austria)."""

    def windows(self, start: date, end: date, day_count: DayCount) -> Iterator[tuple[date, date]]:
        """Cut [start, end) into the stretches that become one line each."""
        if self.half_yearly_lines:
            return half_years(start, end)
        return years(start, end) if day_count is DayCount.ACT_ACT else iter([(start, end)])

    def base_bp(self, start: date, end: date) -> int:
        """The base rate of a window, in basis points. Raises `OutsideTable` rather than guess."""
        if self.rates is None:
            raise InvalidQuestion("Dieses Land kennt keinen Basiszins; der Zins braucht einen festen Satz.")
        self.rates.require(start, end - ONE_DAY)
        return self.rates.on(start).basis_points


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of days [start, end) with one principal."""

    start: date
    end: date
    principal_cents: int


@dataclass(frozen=True, slots=True)
class Segment:
    """One line of the statement: from and to both count. `exact_cents` is the amount before rounding."""

    from_on: date
    to_on: date
    days: int
    year_days: int
    rate_bp: int
    base_bp: int | None
    principal_cents: int
    exact_cents: Fraction

    @property
    def amount_cents(self) -> int:
        return round_half_up(self.exact_cents)


@dataclass(frozen=True, slots=True)
class Interest:
    """The answer: what is owed and the lines that add up to it (before rounding, if only the total is rounded)."""

    total_cents: int
    segments: tuple[Segment, ...]


def default_interest(
    history: Sequence[tuple[date, int]], first_day: date, last_day: date, terms: InterestTerms, rules: InterestRules
) -> Interest:
    """Interest from `first_day` to `last_day`, both counted, on a principal that changes over time (§ 288 BGB).

    `history` lists, in order of date, from which day on the principal was how many cents (before its first entry it
    is zero). A credit balance bears no interest. Raises `OutsideTable` if a base rate is missing; terms without a
    rate never ask for one.
    """
    if terms.margin_bp is None and terms.fixed_bp is None:
        return Interest(0, ())
    pieces = principal_pieces(history, first_day, last_day, payment_day_counts=terms.payment_day_counts)
    return interest_on_pieces(pieces, terms, rules)


def interest_on_pieces(pieces: Sequence[Piece], terms: InterestTerms, rules: InterestRules) -> Interest:
    """Interest on stretches of days that are already cut by principal, in order of time; terms must have a rate."""
    segments = tuple(
        _segment(start, end, piece.principal_cents, terms, rules)
        for piece in pieces
        if piece.principal_cents > 0
        for start, end in rules.windows(piece.start, piece.end, terms.day_count)
    )
    interest = Interest(total_of(segments, terms.rounding), segments)
    return rules.cap(interest, terms) if rules.cap and terms.capped_at_principal else interest


def total_of(segments: Sequence[Segment], rounding: Rounding) -> int:
    """The total of a statement's lines: the sum of the rounded lines, or the rounded sum of the exact ones."""
    if rounding is Rounding.TOTAL:
        return round_half_up(sum((segment.exact_cents for segment in segments), Fraction(0)))
    return sum(segment.amount_cents for segment in segments)


def principal_pieces(history: Sequence[tuple[date, int]], first_day: date, last_day: date, *, payment_day_counts: bool) -> list[Piece]:
    """Cut the days from first to last (both counted) wherever the principal changes; the pieces cover them without
    gap or overlap.

    A decrease works on its own day, or from the next day on if the payment day still bears interest; an increase
    works on its day.
    """
    end = last_day + ONE_DAY
    changes: dict[date, int] = {}
    known_from, known_cents = date.min, 0
    for from_on, principal_cents in history:
        if from_on < known_from:
            raise InvalidQuestion("Der Verlauf der Hauptforderung ist nicht nach Tagen geordnet.")
        difference = principal_cents - known_cents
        effective = from_on + ONE_DAY if difference < 0 and payment_day_counts else from_on
        changes[effective] = changes.get(effective, 0) + difference
        known_from, known_cents = from_on, principal_cents
    pieces: list[Piece] = []
    start, principal_cents = first_day, 0
    for day in sorted(changes):
        if changes[day] and start < min(day, end):
            pieces.append(Piece(start, min(day, end), principal_cents))
            start = min(day, end)
        principal_cents += changes[day]
    if start < end:
        pieces.append(Piece(start, end, principal_cents))
    return pieces


def _segment(start: date, end: date, principal_cents: int, terms: InterestTerms, rules: InterestRules) -> Segment:
    base_bp: int | None = None
    if terms.margin_bp is None:
        rate_bp = terms.fixed_bp or 0
    else:
        base_bp = rules.base_bp(start, end)
        # The base rate itself may be negative (-0.88 + 5 = 4.12), the sum is not: default never pays the debtor.
        rate_bp = max(0, base_bp + terms.margin_bp)
    days = terms.day_count.serial(end) - terms.day_count.serial(start)
    year_days = terms.day_count.year_days(start.year)
    exact_cents = Fraction(principal_cents * rate_bp * days, BASIS_POINTS * year_days)
    return Segment(start, end - ONE_DAY, days, year_days, rate_bp, base_bp, principal_cents, exact_cents)
