"""What a creditor gets out of what came in: pure arithmetic of a remittance run. Entries in, lines and sums out; no clock, no database.

A run takes every entry that no run has taken yet. Chargebacks and back-dated corrections are entries too, so they change the next run
and never an earlier one. What is not paid out (below the threshold, not on the account yet, or negative) is carried over, so that over
all runs: everything handed in − fees − VAT = everything paid out + what the last run carries over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Final

from kulanz.law.money import round_half_up
from kulanz.ledger.components import Component
from kulanz.payments.errors import NoTerms

_BASIS: Final = 10_000


class Via(StrEnum):
    """Which way money of a case took: to our account, to a payment provider, or to the creditor itself."""

    BANK = "bank"
    PROVIDER = "provider"
    DIRECT = "direct"


AT_ONCE_DAYS_MAX: Final = 1
"""Money on an account that is not separate is warned about after this many days, whatever was agreed: "at once" (§ 13g RDG) names none."""


class Why(StrEnum):
    """Why a run pays out what it does."""

    PAID = "paid"
    NOTHING = "nothing"
    BELOW_THRESHOLD = "below_threshold"
    OWED_TO_US = "owed_to_us"
    NOT_HERE_YET = "not_here_yet"


@dataclass(frozen=True, slots=True)
class FeeTerms:
    """What is agreed from `valid_from` on. `fee_bp` on the components `fee_on`; components `kept` are ours; `vat_bp` on both."""

    valid_from: date
    fee_bp: int
    fee_on: frozenset[Component]
    kept: frozenset[Component]
    vat_bp: int


@dataclass(frozen=True, slots=True)
class Moved:
    """One entry that moved money of a case. `components`: cents that came in (positive) or went back (negative).

    `terms_on` is the day of the fact behind it: a chargeback and a correction are settled by the terms of the payment they concern,
    so that a fee taken for money that went back is given back to the cent.
    """

    entry_id: int
    case_id: int
    kind: str
    via: Via
    occurred_on: date
    terms_on: date
    components: Mapping[Component, int]
    line_id: int | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """One entry shared out. `handed` is what we hold for the creditor because of it; `kept` and `fee` are ours, before VAT."""

    moved: Moved
    handed_cents: int
    kept_cents: int
    fee_cents: int
    vat_bp: int

    @property
    def overpaid_cents(self) -> int:
        """What belongs to the payer, not to the creditor; it stays here until it is paid back."""
        return self.moved.components.get(Component.OVERPAID, 0)


@dataclass(frozen=True, slots=True)
class VatLine:
    """VAT of one rate: on the sum, rounded once (half a cent away from zero)."""

    rate_bp: int
    net_cents: int
    vat_cents: int


@dataclass(frozen=True, slots=True)
class Before:
    """What earlier runs left: carried money, fees not kept back yet, fees kept back that still lie on the account."""

    carried_cents: int = 0
    fees_open_cents: int = 0
    lying_cents: int = 0


@dataclass(frozen=True, slots=True)
class Settlement:
    """A run in figures. carried_in + handed − fee − kept − vat = payout + carried_out."""

    before: Before
    shares: tuple[Share, ...]
    handed_cents: int
    direct_cents: int
    fee_cents: int
    kept_cents: int
    vat: tuple[VatLine, ...]
    payout_cents: int
    carried_out_cents: int
    withheld_cents: int
    fees_open_out_cents: int
    transfer_cents: int
    lying_out_cents: int
    why: Why

    @property
    def vat_cents(self) -> int:
        return sum(line.vat_cents for line in self.vat)

    @property
    def after(self) -> Before:
        """What the next run starts from."""
        return Before(self.carried_out_cents, self.fees_open_out_cents, self.lying_out_cents)


def terms_on(terms: Sequence[FeeTerms], day: date) -> FeeTerms:
    """The terms in force on a day; the first ones also for what came before them. Raises `NoTerms` if there are none at all."""
    if not terms:
        raise NoTerms
    ordered = sorted(terms, key=lambda one: one.valid_from)
    return next((one for one in reversed(ordered) if one.valid_from <= day), ordered[0])


def share(moved: Moved, terms: FeeTerms) -> Share:
    """Share out one entry. Money that the creditor got itself is not handed over again, but bears the same fees."""
    ours = {part: cents for part, cents in moved.components.items() if part is not Component.OVERPAID}
    fee_base = sum(cents for part, cents in ours.items() if part in terms.fee_on and part not in terms.kept)
    return Share(
        moved,
        handed_cents=0 if moved.via is Via.DIRECT else sum(ours.values()),
        kept_cents=sum(cents for part, cents in ours.items() if part in terms.kept),
        fee_cents=round_half_up(Fraction(fee_base * terms.fee_bp, _BASIS)),
        vat_bp=terms.vat_bp,
    )


def settle_run(
    moved: Iterable[Moved], terms: Sequence[FeeTerms], before: Before, *, threshold_cents: int, on_account_cents: int, own_account: bool
) -> Settlement:
    """Settle a run.

    `on_account_cents` is what of the creditor's money lies on the bank account and is not promised to an earlier run (fees that were kept
    back already not counted): never more is paid out than that. `own_account`: the agency has an account of its own to move its fees to.
    """
    shares = tuple(share(one, terms_on(terms, one.terms_on)) for one in sorted(moved, key=lambda one: (one.occurred_on, one.entry_id)))
    vat = _vat(shares)
    handed = sum(one.handed_cents for one in shares)
    fee, kept = sum(one.fee_cents for one in shares), sum(one.kept_cents for one in shares)
    fees_gross = fee + kept + sum(line.vat_cents for line in vat)
    fees_open = before.fees_open_cents + fees_gross
    total = before.carried_cents + handed - fees_gross
    payout, why = _payout(total, min(total, on_account_cents - max(0, fees_open)), threshold_cents)
    withheld = fees_open if payout else 0
    lying = before.lying_cents + withheld
    transfer = max(0, lying) if payout and own_account else 0
    return Settlement(
        before=before,
        shares=shares,
        handed_cents=handed,
        direct_cents=sum(sum(one.moved.components.values()) - one.overpaid_cents for one in shares if one.moved.via is Via.DIRECT),
        fee_cents=fee,
        kept_cents=kept,
        vat=vat,
        payout_cents=payout,
        carried_out_cents=total - payout,
        withheld_cents=withheld,
        fees_open_out_cents=fees_open - withheld,
        transfer_cents=transfer,
        lying_out_cents=lying - transfer,
        why=why,
    )


def _payout(total: int, possible: int, threshold: int) -> tuple[int, Why]:
    if total < 0:
        return 0, Why.OWED_TO_US
    if total == 0:
        return 0, Why.NOTHING
    if total < threshold:
        return 0, Why.BELOW_THRESHOLD
    if possible < total:
        return max(0, possible), Why.NOT_HERE_YET
    return total, Why.PAID


def _vat(shares: Sequence[Share]) -> tuple[VatLine, ...]:
    nets: dict[int, int] = defaultdict(int)
    for one in shares:
        nets[one.vat_bp] += one.fee_cents + one.kept_cents
    return tuple(VatLine(rate, net, round_half_up(Fraction(net * rate, _BASIS))) for rate, net in sorted(nets.items()) if net)


def oldest_day(received: Iterable[tuple[date, int]], gone_cents: int) -> date | None:
    """Since when the money that is still here has lain: first in, first out. None if nothing is left.

    `received` are signed cents by day; money that went back makes the latest receipts smaller, as if it had come from them.
    """
    days: list[tuple[date, int]] = []
    for day, cents in sorted(received):
        days.append((day, cents))
        while len(days) > 1 and days[-1][1] <= 0:
            (_, back), (earlier, had) = days.pop(), days.pop()
            days.append((earlier, had + back))
    for day, cents in days:
        gone_cents -= cents
        if gone_cents < 0:
            return day
    return None


def period_end(rhythm: str, day: date) -> date:
    """The last day of the latest period that is over on a day: yesterday, last Sunday, or the end of last month."""
    match rhythm:
        case "daily":
            return day - timedelta(days=1)
        case "weekly":
            return day - timedelta(days=day.isoweekday())
    return day.replace(day=1) - timedelta(days=1)
