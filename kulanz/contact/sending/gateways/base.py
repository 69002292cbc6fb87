"""What a gateway promises."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Parcel:
    """One finished message, ready to hand over. `key` names it for good: the gateway's memory and ours meet there."""

    key: str
    channel: str
    day: date
    at: datetime
    to: str
    to_name: str
    from_name: str
    reply_to: str
    subject: str
    text: str
    html: str
    pdf: bytes


class Gateway(Protocol):
    """One channel's way out.

    `deliver` returns the gateway's own reference, or raises `GatewayBusy` (surely not accepted, later perhaps),
    `GatewayRefused` (surely not accepted, never) or `GatewayUnsure` (nobody knows). `seen` answers whether a key was
    accepted; None means that this gateway cannot be asked, and then whatever is in doubt is left to a person.
    """

    channel: str
    batch_size: int
    """How many messages may be in doubt at once if the process dies: many where the gateway can be asked, one where
    it cannot."""

    def deliver(self, parcel: Parcel) -> str: ...

    def seen(self, key: str, day: date) -> bool | None: ...

    def close(self) -> None: ...
