"""Interest in words: the calculation a reader can check with a pocket calculator, or where to find it when it is
long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kulanz.claims.accounts import ClaimBalance
from kulanz.claims.models import Claim
from kulanz.claims.receipt import cited, interest_rule, rate_origin
from kulanz.contact.rendering.facts import Language
from kulanz.contact.rendering.format import long_day, money
from kulanz.law.grounds import RateOrigin
from kulanz.law.interest import Segment

LINES_MAX: Final = 3
"""More lines than this are for the page behind the link; a letter is not a statement of account."""

_WORDS: Final = {
    "de": {
        "line": "Verzugszinsen {number}: {principal} × {rate} % × {days} Tage ÷ {year} = {amount}.",
        "basis": "Gerechnet bis {day}: {rate}{rule}.",
        "long": "Verzugszinsen bis {day}: {rate}{rule}. Jede Rechenzeile steht auf Ihrer Seite.",
        "margin": "Basiszinssatz plus {percent} Prozentpunkte",
        "fixed": "{percent} % im Jahr",
        "agreed": "{percent} % im Jahr, wie vereinbart",
    },
    "en": {
        "line": "Default interest {number}: {principal} × {rate} % × {days} days ÷ {year} = {amount}.",
        "basis": "Up to {day}: {rate}{rule}.",
        "long": "Default interest up to {day}: {rate}{rule}. Each line of the calculation is on your page.",
        "margin": "base rate plus {percent} percentage points",
        "fixed": "{percent}% a year",
        "agreed": "{percent}% a year, as agreed",
    },
}


def interest_notes(claims: Sequence[ClaimBalance], currency: str, language: Language) -> list[str]:
    """Sentences that explain the interest of these claims; none if there is none."""
    bearing = [claim for claim in claims if claim.interest_cents > 0 and claim.interest.segments]
    if not bearing:
        return []
    words = _WORDS[language]
    day = long_day(max(claim.last_interest_day for claim in bearing), language)
    bases = [{"day": day, "rate": rate, "rule": rule} for rate, rule in sorted({_rate(claim.claim, words, language) for claim in bearing})]
    lines = [
        _line(words["line"], claim.claim.external_id, segment, currency, language)
        for claim in bearing
        for segment in claim.interest.segments
    ]
    # A line shows its own rounded cents; where only the total is rounded, or part of it was paid, lines and total
    # would differ.
    adds_up = all(sum(segment.amount_cents for segment in claim.interest.segments) == claim.interest_cents for claim in bearing)
    if len(lines) > LINES_MAX or not adds_up:
        return [words["long"].format(**basis) for basis in bases]
    return [*lines, *(words["basis"].format(**basis) for basis in bases)]


def _rate(claim: Claim, words: dict[str, str], language: Language) -> tuple[str, str]:
    """The rate of a claim in words, and the paragraph it rests on in brackets."""
    agreed = claim.fixed_bp is not None and rate_origin(claim) is RateOrigin.AGREED
    pattern = words["margin" if claim.fixed_bp is None else "agreed" if agreed else "fixed"]
    basis_points = claim.fixed_bp if claim.fixed_bp is not None else claim.margin_bp or 0
    percent = f"{basis_points // 100}" + (f".{basis_points % 100:02d}" if basis_points % 100 else "")
    rule = cited(interest_rule(claim), language).replace("Abs.", "Absatz")
    return pattern.format(percent=percent.replace(".", ",") if language == "de" else percent), f" ({rule})" if rule else ""


def _line(pattern: str, number: str, segment: Segment, currency: str, language: Language) -> str:
    rate = f"{segment.rate_bp // 100}.{segment.rate_bp % 100:02d}"
    return pattern.format(
        number=number,
        principal=money(segment.principal_cents, currency, language),
        rate=rate.replace(".", ",") if language == "de" else rate,
        days=segment.days,
        year=segment.year_days,
        amount=money(segment.amount_cents, currency, language),
    )
