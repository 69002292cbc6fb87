"""Where a payment through a provider stands, as a function of the set of everything the provider said. Pure.

Deliveries come late, twice and in any order. So nothing here depends on order: a stage only rises, movements of money are kept by the
provider's own name of each, and what must be booked follows from the whole set. The union of two sets of events says at least as much as
each of them; hearing one again says nothing new.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from kulanz.law.money import format_money
from kulanz.payments.providers.port import MoneyKind, Movement, Notice, Stage

_STATES = {
    Stage.STARTED: "created",
    Stage.PENDING: "pending",
    Stage.EXPIRED: "expired",
    Stage.FAILED: "failed",
    Stage.PAID: "paid",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a payment. `booked` movements belong on the case, in this order; `parked` says why a person must look instead."""

    state: str
    booked: tuple[Movement, ...] = ()
    refunded_cents: int = 0
    parked: str = ""

    @property
    def paid(self) -> Movement | None:
        """The payment itself, if it may be booked."""
        return next((move for move in self.booked if move.kind is MoneyKind.PAID), None)


def standing(notices: Iterable[Notice], *, amount_cents: int, currency: str, own_refunds: Collection[str] = ()) -> Standing:
    """The standing of a payment that was started over an amount (or over one that a person has accepted since).

    `own_refunds` are refunds that two people ordered and that are booked as such: the payment itself stays what it was.
    """
    told = sorted(notices, key=lambda notice: notice.event_id)
    stage = max((notice.stage for notice in told), default=Stage.STARTED)
    moves = _movements(told)
    paid = [move for (kind, _), move in sorted(moves.items()) if kind is MoneyKind.PAID]
    attention = next((notice.attention for notice in told if notice.attention), "")
    if not paid:
        return Standing(_STATES[min(stage, Stage.FAILED)] if stage is not Stage.PAID else "pending", parked=attention)
    if why := _unexpected(paid, amount_cents, currency):
        return Standing("pending", parked=why)
    return _after_payment(paid[0], moves, own_refunds, attention or _failed(moves, own_refunds))


def refunds(moves: Iterable[Movement]) -> list[Movement]:
    """The refunds that happened and did not fail afterwards, in order of their names."""
    known = {(move.kind, move.ref): move for move in moves}
    failed = {ref for kind, ref in known if kind is MoneyKind.REFUND_FAILED}
    return [move for (kind, ref), move in sorted(known.items()) if kind is MoneyKind.REFUNDED and ref not in failed]


def _failed(moves: dict[tuple[MoneyKind, str], Movement], own_refunds: Collection[str]) -> str:
    """What a person must know of a refund we did not order that failed."""
    if any(kind is MoneyKind.REFUND_FAILED and ref not in own_refunds for kind, ref in moves):
        return "Eine Erstattung ist gescheitert; das Geld ist wieder beim Anbieter."
    return ""


def _movements(told: list[Notice]) -> dict[tuple[MoneyKind, str], Movement]:
    """Each movement once. Told with two days it counts from the earlier: an answer may only know that it was by then at the latest."""
    found: dict[tuple[MoneyKind, str], Movement] = {}
    for move in (move for notice in told for move in notice.movements):
        known = found.get((move.kind, move.ref))
        if known is None or move.on <= known.on:
            found[move.kind, move.ref] = move
    return found


def _unexpected(paid: list[Movement], wanted_cents: int, currency: str) -> str:
    if len(paid) > 1:
        return f"Der Anbieter meldet {len(paid)} Zahlungen zu diesem einen Auftrag."
    if paid[0].currency != currency:
        return f"Der Anbieter meldet {paid[0].currency} statt {currency}."
    if paid[0].cents != wanted_cents:
        found, expected = (format_money(cents).replace(".", ",") for cents in (paid[0].cents, wanted_cents))
        return f"Der Anbieter meldet {found} {currency} statt {expected} {currency}."
    return ""


def _after_payment(paid: Movement, moves: dict[tuple[MoneyKind, str], Movement], own_refunds: Collection[str], attention: str) -> Standing:
    """What came after the money: refunds and chargebacks, whole ones booked, parts left to a person."""
    gone = refunds(moves.values())
    refunded = sum(move.cents for move in gone)
    foreign = [move for move in gone if move.ref not in own_refunds]
    ended = {ref for kind, ref in moves if kind is MoneyKind.REINSTATED}
    backs = sorted((m for (kind, _), m in moves.items() if kind is MoneyKind.CHARGED_BACK), key=lambda m: (m.on, m.ref))
    standing_backs = [move for move in backs if move.ref not in ended]
    if standing_backs:
        whole = next((move for move in standing_backs if move.cents == paid.cents), None)
        if whole is None:
            return Standing("charged_back", (paid,), refunded, _part("zurückgeholt", standing_backs, paid))
        return Standing("charged_back", (paid, *_ended_before(backs, ended, moves, paid), whole), refunded, attention)
    before = _ended_before(backs, ended, moves, paid)
    if foreign and sum(move.cents for move in foreign) >= paid.cents:
        last = max(foreign, key=lambda move: (move.on, move.ref))
        if len(foreign) == 1:
            return Standing("refunded", (paid, *before, last), refunded, attention)
        whole_back = Movement(MoneyKind.REFUNDED, "all", paid.cents, paid.currency, last.on)
        return Standing("refunded", (paid, *before, whole_back), refunded, attention)
    state = "refunded" if refunded >= paid.cents else "paid"
    return Standing(state, (paid, *before), refunded, _part("erstattet", foreign, paid) if foreign else attention)


def _ended_before(
    backs: list[Movement], ended: set[str], moves: dict[tuple[MoneyKind, str], Movement], paid: Movement
) -> tuple[Movement, ...]:
    """Chargebacks that were decided for us again: there and back, each pair booked."""
    found: list[Movement] = []
    for back in backs:
        if back.ref in ended and back.cents == paid.cents:
            found += [back, moves[MoneyKind.REINSTATED, back.ref]]
    return tuple(found)


def _part(word: str, moves: list[Movement], paid: Movement) -> str:
    cents = sum(move.cents for move in moves)
    back, whole = (format_money(amount).replace(".", ",") for amount in (cents, paid.cents))
    return f"Von {whole} {paid.currency} wurden {back} {paid.currency} {word}. Bitte entscheiden, was das für die Akte heißt."
