"""How people fill in a transfer: with the reference, with the invoice number, with a typo, with nothing useful at all."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from kulanz.claims.references import spaced
from kulanz.world.bank import Movement
from kulanz.world.dice import dice, pick
from kulanz.world.names import ORIGINS
from kulanz.world.people import Person, draw_iban

PURPOSE_MAX: Final = 140
_UNBOOKED: Final = date.min


class Habit(StrEnum):
    """What somebody writes into the field for the purpose. Kept for life: people do it the same way every time."""

    REFERENCE = "reference"
    INVOICE = "invoice"
    INVOICE_AND_CUSTOMER = "invoice_and_customer"
    DAMAGED = "damaged"
    TYPO = "typo"
    CUSTOMER_ONLY = "customer_only"
    NOTHING = "nothing"
    THIRD_PARTY = "third_party"


_HABITS: Final = {
    Habit.REFERENCE: 0.40,
    Habit.INVOICE: 0.27,
    Habit.INVOICE_AND_CUSTOMER: 0.13,
    Habit.DAMAGED: 0.05,
    Habit.TYPO: 0.04,
    Habit.CUSTOMER_ONLY: 0.04,
    Habit.NOTHING: 0.04,
    Habit.THIRD_PARTY: 0.03,
}
_EMPTY_WORDS: Final = ("Rechnung", "Danke", "Überweisung", "offener Betrag", "wie besprochen", "")


@dataclass(frozen=True, slots=True)
class Payment:
    """One transfer: what the bank sees, and what only the world knows (whose it is and which invoices were meant)."""

    person: Person
    movement: Movement
    invoices: tuple[str, ...]
    habit: Habit


def habit_of(seed: int, person: Person) -> Habit:
    """The habit of a person. Firms never pay without naming the invoice."""
    if person.kind == "company":
        return Habit.INVOICE_AND_CUSTOMER
    return pick(_HABITS, dice(seed, person.creditor, person.number, "habit").random())


def write_transfer(seed: int, person: Person, *, cents: int, invoices: Sequence[str], reference: str, nth: int, subject: str) -> Payment:
    """A transfer of `cents` for these invoices. `reference` is the case reference if the person knows it, else empty."""
    stream = dice(seed, person.creditor, person.number, "transfer", nth)
    habit = habit_of(seed, person)
    purpose = _purpose(stream, habit, person, list(invoices), reference, subject)
    name, iban = person.name, person.iban
    if habit is Habit.THIRD_PARTY:
        origin = ORIGINS["german"]
        name, iban = f"{stream.choice(origin.women + origin.men)} {stream.choice(origin.families)}", draw_iban(stream)
    uses_code = habit is Habit.REFERENCE and reference and stream.random() < 0.3
    movement = Movement(
        # The bank fills in its dates when it books.
        booked_on=_UNBOOKED,
        value_on=_UNBOOKED,
        amount_cents=cents,
        purpose=purpose[:PURPOSE_MAX],
        name=name[:70],
        iban=iban,
        end_to_end_id=reference if uses_code else "",
    )
    return Payment(person, movement, tuple(invoices), habit)


def damage(stream: random.Random, text: str) -> str:
    """Blanks and dashes where they do not belong, or none where they do: nothing is lost, only shifted."""
    match stream.randrange(4):
        case 0:
            return text.replace("-", "").replace(" ", "")
        case 1:
            return text.replace("-", " - ")
        case 2:
            return " ".join(text.replace(" ", ""))
        case _:
            return text.lower().replace("-", "/")


def mistype(stream: random.Random, text: str) -> str:
    """One wrong digit or two swapped neighbours somewhere among the last eight digits."""
    places = [at for at, letter in enumerate(text) if letter.isdigit()][-8:]
    at = stream.choice(places)
    if stream.random() < 0.5 and at + 1 < len(text) and text[at + 1].isdigit() and text[at] != text[at + 1]:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + str((int(text[at]) + stream.randint(1, 9)) % 10) + text[at + 1 :]


def _purpose(stream: random.Random, habit: Habit, person: Person, invoices: list[str], reference: str, subject: str) -> str:
    numbers = ", ".join(invoices)
    exact = spaced(reference) if reference else f"Rechnung {numbers}"
    match habit:
        case Habit.REFERENCE:
            return exact
        case Habit.INVOICE:
            return f"{stream.choice(('Rechnung', 'RE', 'Rg.-Nr.', 'RNr'))} {numbers}"
        case Habit.INVOICE_AND_CUSTOMER:
            return f"RE {numbers} Kd-Nr {person.customer_number}"
        case Habit.DAMAGED:
            return damage(stream, exact if reference and stream.random() < 0.5 else numbers)
        case Habit.TYPO:
            return mistype(stream, exact if reference and stream.random() < 0.5 else numbers)
        case Habit.CUSTOMER_ONLY:
            return f"Kundennummer {person.customer_number} {subject}"
        case Habit.NOTHING:
            return stream.choice((*_EMPTY_WORDS, subject))
        case Habit.THIRD_PARTY:
            return f"für {person.name} {numbers}" if stream.random() < 0.7 else f"für {person.name}"
