"""One transfer for several cases: what each gets, read from the list in the text or from the amounts, only if there is one reading."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from kulanz.payments.rules.text import compact, squeeze

_AMOUNT: Final = re.compile(r"(?<![\d.,])(\d{1,3}(?:\.\d{3})+|\d{1,7}),(\d{2})(?!\d)(?:\s*(?:EUR|€|Euro))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Listed:
    """A case named in the text: the numbers it may be named by, and what was named costs, in cents: today in all, without interest,
    and as invoiced."""

    case_id: int
    numbers: tuple[str, ...]
    sums: tuple[int, int, int]


def listed(text: str, cases: Sequence[Listed], amount_cents: int) -> Mapping[int, int]:
    """The amounts written behind the numbers: ``"RE 17 84,90, RE 23 12,00"``. Empty unless every amount belongs to one of at least two
    cases, every case has an amount, and together they are what was paid.

    >>> cases = [Listed(1, ("RE17",), (0, 0, 0)), Listed(2, ("RE23",), (0, 0, 0))]
    >>> listed("RE 17 84,90, RE 23 12,00", cases, 9690)
    {1: 8490, 2: 1200}
    """
    shares: dict[int, int] = {}
    start = 0
    for written in _AMOUNT.finditer(text):
        before = squeeze(text[start : written.start()]).text
        start = written.end()
        meant = [case.case_id for case in cases if any(compact(number) in before for number in case.numbers)]
        if len(meant) != 1:
            return {}
        shares[meant[0]] = shares.get(meant[0], 0) + int(written[1].replace(".", "")) * 100 + int(written[2])
    whole = len(shares) >= 2 and len(shares) == len(cases) and sum(shares.values()) == amount_cents
    return shares if whole and all(cents > 0 for cents in shares.values()) else {}


def shared_out(cases: Sequence[Listed], amount_cents: int) -> Mapping[int, int]:
    """What each gets if all were paid by the same measure (today's totals, without interest, as invoiced) and it is the amount exactly.

    Mixed measures are not tried: a few cents of interest here and there add up to any amount by chance.
    Empty if no measure fits, or two do.

    >>> shared_out([Listed(1, (), (8500, 8490, 8490)), Listed(2, (), (1210, 1200, 1200))], 9690)
    {1: 8490, 2: 1200}
    """
    readings = {tuple(case.sums[measure] for case in cases) for measure in range(3)}
    fitting = [reading for reading in readings if sum(reading) == amount_cents and min(reading, default=0) > 0]
    if len(fitting) != 1:
        return {}
    return {case.case_id: cents for case, cents in zip(cases, fitting[0], strict=True)}
