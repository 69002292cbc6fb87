"""One transfer for several cases: what each gets, read from the list in the text or from the amounts, only if there is one reading."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from kulanz.payments.rules.text import compact, squeeze

_AMOUNT: Final = re.compile(r"(?<![\d.,])(\d{1,3}(?:\.\d{3})+|\d{1,7}),(\d{2})(?!\d)(?:\s*(?:EUR|€|Euro))?", re.IGNORECASE)
_READINGS_MAX: Final = 20_000


@dataclass(frozen=True, slots=True)
class Listed:
    """A case named in the text: the numbers it may be named by, and the sums somebody may pay for what was named, in cents."""

    case_id: int
    numbers: tuple[str, ...]
    sums: frozenset[int]


def listed(text: str, cases: Sequence[Listed], amount_cents: int) -> Mapping[int, int]:
    """The amounts written behind the numbers: ``"RE 17 84,90, RE 23 12,00"``. Empty unless every amount belongs to one of at least two
    cases, every case has an amount, and together they are what was paid.

    >>> cases = [Listed(1, ("RE17",), frozenset()), Listed(2, ("RE23",), frozenset())]
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
    """The only way in which what the named cases owe adds up to the amount; empty if there is none, or more than one.

    >>> shared_out([Listed(1, (), frozenset({8490, 8500})), Listed(2, (), frozenset({1200}))], 9690)
    {1: 8490, 2: 1200}
    """
    readings = 1
    for case in cases:
        readings *= len(case.sums)
    if not 0 < readings <= _READINGS_MAX:
        return {}
    fitting = [chosen for chosen in product(*(sorted(case.sums) for case in cases)) if sum(chosen) == amount_cents]
    if len(fitting) != 1:
        return {}
    return {case.case_id: cents for case, cents in zip(cases, fitting[0], strict=True)}
