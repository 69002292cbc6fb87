"""Draws that depend on a name, not on an order: the same seed and the same question always give the same answer.

A draw added somewhere shifts no other draw, and a world that is continued or run in another order stays the same world.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")

_SCALE = float(1 << 64)


def _digest(seed: int, key: tuple[object, ...]) -> bytes:
    return hashlib.blake2b("\x1f".join(map(str, (seed, *key))).encode(), digest_size=16).digest()


def chance(seed: int, *key: object) -> float:
    """A uniform number in [0, 1) that belongs to this question."""
    return int.from_bytes(_digest(seed, key)[:8], "big") / _SCALE


def dice(seed: int, *key: object) -> random.Random:
    """A whole stream of draws that belongs to this question."""
    return random.Random(int.from_bytes(_digest(seed, key), "big"))


def pick(weights: Mapping[T, float], at: float) -> T:
    """The choice that a uniform number `at` falls on; weights need not sum to one."""
    left = at * sum(weights.values())
    for choice, weight in weights.items():
        left -= weight
        if left < 0:
            return choice
    return next(reversed(list(weights)))
