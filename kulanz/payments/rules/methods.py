"""Which way of paying stands first for this person: what they used before, what their device has, what others here use. Pure.

No data about the person but their own earlier payments to the same creditor; the device is only looked at for wallets it cannot have.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from kulanz.payments.providers.port import Method

Device = Literal["apple", "android", "other"]

USUAL: Final = (
    Method.PAYPAL,
    Method.APPLE_PAY,
    Method.GOOGLE_PAY,
    Method.CARD,
    Method.SEPA_DEBIT,
    Method.BANK,
    Method.KLARNA,
    Method.TWINT,
    Method.EPS,
    Method.IDEAL,
    Method.BANCONTACT,
    Method.CASH,
)
"""The order while nothing is known; a debit takes days to be sure, so what is certain at once comes first."""

_WALLETS: Final[Mapping[Method, Device]] = {Method.APPLE_PAY: "apple", Method.GOOGLE_PAY: "android"}


def device_of(user_agent: str) -> Device:
    """What kind of device asks, as far as it matters for wallets."""
    words = user_agent.lower()
    if "iphone" in words or "ipad" in words or ("macintosh" in words and "safari" in words and "chrome" not in words):
        return "apple"
    return "android" if "android" in words else "other"


def ordered(offered: Iterable[Method], *, used: Sequence[Method], popular: Mapping[Method, int], device: Device) -> list[Method]:
    """The methods to show, best first. `used` are this person's successful ones, latest first; `popular` counts everybody's here.

    A wallet the device cannot have is left out: the card page of the provider covers it.
    """
    shown = [method for method in dict.fromkeys(offered) if _WALLETS.get(method, device) == device]

    def rank(method: Method) -> tuple[int, int, int, int]:
        before = used.index(method) if method in used else len(used)
        return (before, 0 if method in _WALLETS else 1, -popular.get(method, 0), USUAL.index(method))

    return sorted(shown, key=rank)


@dataclass(frozen=True, slots=True)
class HitRate:
    """How often the method that would have stood first was the one that was used."""

    payments: int
    hits: int

    @property
    def per_mille(self) -> int:
        return self.hits * 1000 // self.payments if self.payments else 0


def hit_rate(history: Sequence[tuple[int, Method]], offered: Sequence[Method]) -> HitRate:
    """Replay payments in order of time as (person, method used): each is guessed from those before it only.

    The device is not in the history, so wallets are left out of it.
    """
    used: dict[int, list[Method]] = {}
    popular: dict[Method, int] = {}
    hits = payments = 0
    known = [method for method in offered if method not in _WALLETS]
    for person, method in history:
        if method not in known:
            continue
        first = ordered(known, used=used.get(person, []), popular=popular, device="other")[0]
        payments, hits = payments + 1, hits + (first == method)
        used.setdefault(person, []).insert(0, method)
        popular[method] = popular.get(method, 0) + 1
    return HitRate(payments, hits)
