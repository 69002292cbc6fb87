"""The bank's side of direct debits and refunds: it takes a pain file, and answers with movements; what came back it books back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from lxml import etree

from kulanz.law.money import parse_money
from kulanz.world.bank import Movement, next_banking_day


class NotAnOrder(ValueError):
    """The file is neither a direct debit nor a transfer order."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """One order of a file: on which day, how much (signed as it will move the account), from or to whom."""

    day: date
    cents: int
    name: str
    iban: str
    end_to_end_id: str
    purpose: str


def read_order(content: bytes) -> list[Ordered]:
    """What a pain.008 or pain.001 file orders, in its order. Raises `NotAnOrder`."""
    root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    found: list[Ordered] = []
    for group in root.iter("{*}PmtInf"):
        debit = _text(group, "{*}PmtMtd") == "DD"
        day = date.fromisoformat(_text(group, "{*}ReqdColltnDt") if debit else _text(group, "{*}ReqdExctnDt/{*}Dt"))
        role = "Dbtr" if debit else "Cdtr"
        for one in group.iter("{*}DrctDbtTxInf" if debit else "{*}CdtTrfTxInf"):
            amount = _text(one, "{*}InstdAmt" if debit else "{*}Amt/{*}InstdAmt")
            cents = parse_money(amount)
            found.append(
                Ordered(
                    day=day,
                    cents=cents if debit else -cents,
                    name=_text(one, f"{{*}}{role}/{{*}}Nm"),
                    iban=_text(one, f"{{*}}{role}Acct/{{*}}Id/{{*}}IBAN"),
                    end_to_end_id=_text(one, "{*}PmtId/{*}EndToEndId"),
                    purpose=_text(one, "{*}RmtInf/{*}Ustrd"),
                )
            )
    if not found:
        raise NotAnOrder
    return found


def carry_out(orders: Sequence[Ordered], day: date) -> list[Movement]:
    """The movements a file makes on a day: what is ordered for it."""
    return [_movement(order, day, order.cents) for order in orders if order.day == day]


def send_back(orders: Sequence[Ordered], day: date, codes: Mapping[str, str]) -> list[Movement]:
    """The returns booked on a day: two banking days after the collection, each with its R-code."""
    return [
        _movement(order, day, -order.cents, codes[order.end_to_end_id])
        for order in orders
        if order.end_to_end_id in codes and next_banking_day(next_banking_day(order.day)) == day
    ]


def _movement(order: Ordered, day: date, cents: int, code: str = "") -> Movement:
    return Movement(
        booked_on=day,
        value_on=day,
        amount_cents=cents,
        purpose=order.purpose,
        name=order.name,
        iban=order.iban,
        end_to_end_id=order.end_to_end_id,
        return_reason=code,
    )


def _text(element: etree._Element, path: str) -> str:
    found = element.find(path)
    return (found.text or "") if found is not None else ""
