"""§§ 1000, 1333, 1335 ABGB, § 456 UGB: four percent for consumers, base + 9.2 points between businesses."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Final

from kulanz.law.days import ONE_DAY, Rounding
from kulanz.law.errors import OutsideTable
from kulanz.law.interest import BASIS_POINTS, Interest, InterestRules, InterestTerms, Segment, total_of
from kulanz.law.money import parse_percent
from kulanz.law.rates import BaseRate
from kulanz.law.tables import half_yearly_rates, last_day, rows, table_of, verified

CONSUMER_RATE_BP: Final = 400
BUSINESS_MARGIN_BP: Final = 920
BUSINESS_MARGIN_BEFORE_2013_BP: Final = 800
NEW_BUSINESS_MARGIN_SINCE: Final = date(2013, 3, 16)


def interest_terms(*, consumer: bool, arose_on: date | None) -> InterestTerms:
    """Statutory terms; interest never outgrows the principal (§ 1335 ABGB), also between businesses.

    That § 353 UGB lifts this limit between businesses was not checked, so the debtor keeps it.
    """
    if consumer:
        return InterestTerms(fixed_bp=CONSUMER_RATE_BP)
    old = arose_on is not None and arose_on < NEW_BUSINESS_MARGIN_SINCE
    margin_bp = BUSINESS_MARGIN_BEFORE_2013_BP if old else BUSINESS_MARGIN_BP
    return InterestTerms(margin_bp=margin_bp)


def base_rate(day: date) -> BaseRate:
    """The base rate of the Austrian National Bank; it may change on any day. Values never seen are `NotVerified`."""
    table = table_of("at_base_rate")
    until = last_day(table)
    listed = rows(table.file)
    starts = [date.fromisoformat(row["valid_from"]) for row in listed]
    if day < starts[0] or (until is not None and day > until):
        raise OutsideTable(
            f"{table.title}: für den {day:%d.%m.%Y} ist kein Wert bekannt; "
            f"die Tabelle reicht vom {starts[0]:%d.%m.%Y} bis {until:%d.%m.%Y}."
        )
    ends: list[date | None] = [following - ONE_DAY for _, following in pairwise(starts)]
    for row, start, end in zip(listed, starts, [*ends, until], strict=True):
        if start <= day and (end is None or day <= end):
            rate_bp = parse_percent(verified(row, table.title)["rate_percent"])
            return BaseRate(rate_bp, start, end, "Basiszinssatz der Oesterreichischen Nationalbank (1. Euro-JuBeG)")
    raise OutsideTable(f"{table.title}: für den {day:%d.%m.%Y} ist kein Wert bekannt.")


def capped(interest: Interest, terms: InterestTerms) -> Interest:
    """Stop at the last full day on which interest has not outgrown the principal then open (§ 1335 ABGB).

    A suit lifts the limit for what follows; then ask with terms that are not capped.
    """
    kept: list[Segment] = []
    grown = Fraction(0)
    full_at_cents = 0
    for line in interest.segments:
        # Once full, only a principal that has grown (a bounced payment) makes room again.
        if line.principal_cents <= full_at_cents:
            continue
        room = max(Fraction(0), line.principal_cents - grown)
        fitting = line
        if not room or _owed(line, terms) > room:
            full_at_cents = line.principal_cents
            days = int(room / line.exact_cents * line.days)
            if not days:
                continue
            fitting = _shortened(line, days)
        kept.append(fitting)
        grown += _owed(fitting, terms)
    return Interest(total_of(kept, terms.rounding), tuple(kept))


def _owed(line: Segment, terms: InterestTerms) -> Fraction:
    """What a line adds to the total: rounded if each line is, else exact."""
    return Fraction(line.amount_cents) if terms.rounding is Rounding.SEGMENT else line.exact_cents


def _shortened(segment: Segment, days: int) -> Segment:
    exact_cents = Fraction(segment.principal_cents * segment.rate_bp * days, BASIS_POINTS * segment.year_days)
    to_on = segment.from_on + timedelta(days=days - 1)
    return replace(segment, to_on=to_on, days=days, exact_cents=exact_cents)


RULES: Final = InterestRules(half_yearly_rates("at_half_year_base"), cap=capped)
"""Between businesses only the base rate of 1 January and 1 July counts, whatever it does in between."""
