"""From a line of interest to the public calculator with the same figures, so that anybody can check it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse

from kulanz.law.days import ONE_DAY
from kulanz.law.interest import InterestTerms, Segment
from kulanz.law.money import format_money, format_percent

PAYMENTS_MAX = 10
"""The page of the calculator has rows for so many; more are better told by the statement of account."""


def interest_link(segments: Sequence[Segment], last_day: date, terms: InterestTerms, country: str) -> str:
    """The address of the calculator that gives the same total; empty where the calculator cannot (the principal grew meanwhile)."""
    payments = _payments(segments, last_day, payment_day_counts=terms.payment_day_counts)
    if not segments or payments is None or len(payments) > PAYMENTS_MAX:
        return ""
    rate = {"margin_pp": terms.margin_bp} if terms.margin_bp is not None else {"rate_percent": terms.fixed_bp or 0}
    asked = {
        "principal": format_money(segments[0].principal_cents),
        "first_interest_day": segments[0].from_on.isoformat(),
        "last_interest_day": last_day.isoformat(),
        **{name: format_percent(basis_points) for name, basis_points in rate.items()},
        "day_count": terms.day_count.value,
        "rounding": terms.rounding.value,
        "payment_day_counts": "yes" if terms.payment_day_counts else "no",
        "country": country,
    }
    for row, (on, cents) in enumerate(payments):
        asked |= {f"payments-{row}-on": on.isoformat(), f"payments-{row}-amount": format_money(cents)}
    return f"{reverse('law:calculator', args=['interest'])}?{urlencode(asked)}"


def _payments(segments: Sequence[Segment], last_day: date, *, payment_day_counts: bool) -> list[tuple[date, int]] | None:
    """What lowered the principal from line to line, by day; None if it ever grew."""
    earlier = ONE_DAY if payment_day_counts else ONE_DAY - ONE_DAY
    ends = [(segment.from_on, segment.principal_cents) for segment in segments[1:]]
    if segments and segments[-1].to_on < last_day:
        ends.append((segments[-1].to_on + ONE_DAY, 0))
    payments = []
    known_cents = segments[0].principal_cents if segments else 0
    for before, (from_on, cents) in zip(segments, ends, strict=False):
        if cents > known_cents or from_on != before.to_on + ONE_DAY:
            return None
        if cents < known_cents:
            payments.append((from_on - earlier, known_cents - cents))
        known_cents = cents
    return payments
