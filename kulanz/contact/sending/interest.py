"""Interest in words: the calculation a reader can check with a pocket calculator, or where to find it when it is
long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kulanz.claims.accounts import ClaimBalance
from kulanz.contact.rendering.facts import Language
from kulanz.contact.rendering.format import long_day, money
from kulanz.law.interest import Segment

LINES_MAX: Final = 3
"""More lines than this are for the page behind the link; a letter is not a statement of account."""

_WORDS: Final = {
    "de": {
        "line": "Verzugszinsen {number}: {principal} × {rate} % × {days} Tage ÷ {year} = {amount}.",
        "basis": "Gerechnet bis {day}: Basiszinssatz plus {margin} Prozentpunkte (§ 288 Absatz {paragraph}, § 247 BGB).",
        "long": "Verzugszinsen bis {day}: Basiszinssatz plus {margin} Prozentpunkte (§ 288 Absatz {paragraph}, § 247 BGB). "
        "Jede Rechenzeile steht auf Ihrer Seite.",
    },
    "en": {
        "line": "Default interest {number}: {principal} × {rate} % × {days} days ÷ {year} = {amount}.",
        "basis": "Up to {day}: base rate plus {margin} percentage points (section 288 ({paragraph}), section 247 BGB).",
        "long": "Default interest up to {day}: base rate plus {margin} percentage points (section 288 ({paragraph}), section 247 BGB). "
        "Each line of the calculation is on your page.",
    },
}


def interest_notes(claims: Sequence[ClaimBalance], currency: str, language: Language) -> list[str]:
    """Sentences that explain the interest of these claims; none if there is none."""
    bearing = [claim for claim in claims if claim.interest_cents > 0 and claim.interest.segments]
    if not bearing:
        return []
    words = _WORDS[language]
    margins = {claim.claim.margin_bp or 0 for claim in bearing}
    bases = [
        {
            "day": long_day(max(claim.last_interest_day for claim in bearing), language),
            "margin": f"{margin // 100}" + (f"{',' if language == 'de' else '.'}{margin % 100:02d}" if margin % 100 else ""),
            "paragraph": "1" if margin == 500 else "2",
        }
        for margin in sorted(margins)
    ]
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
