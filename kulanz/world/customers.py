"""One customer over time: what they owe, what they have noticed, what they do about it. No database: the world outside asks and acts."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from kulanz.world.dice import chance, dice
from kulanz.world.effects import Effects
from kulanz.world.hazards import Noticed, objects_chance, pay_chance
from kulanz.world.invoices import Invoice
from kulanz.world.paying_later import Agreed, PayLater, asks, given_up, pays_agreed
from kulanz.world.people import Person
from kulanz.world.temper import TRAITS, Temper, Traits

REMINDERS: Final = frozenset({"friendly_notice", "reminder_1", "reminder_2", "last_notice"})
_PAYS_ALL_AT_ONCE: Final = 0.6
_OVERPAYS: Final = 0.012
_FORGETS_INTEREST: Final = 0.45
_SAYS_PAID: Final = 0.6
_CLAIMS_FALSELY: Final = {Temper.STRATEGIC: 0.05, Temper.SHORT_OF_CASH: 0.01}
_IN_FLIGHT: Final = timedelta(days=8)
_SETTLES_REST: Final = 0.5
_PAYS_AFTER_DISPUTE: Final = 0.55


@dataclass(slots=True)
class Bill:
    """An invoice in the eyes of who got it: what they have transferred for it so far."""

    invoice: Invoice
    transferred_cents: int = 0
    done: bool = False


@dataclass(frozen=True, slots=True)
class Pay:
    """Transfer money now. `cents` None: whatever is open on these invoices, interest included; no invoices: a small rest of interest."""

    bills: tuple[Bill, ...]
    cents: int | None
    overpay_cents: int = 0


@dataclass(frozen=True, slots=True)
class SayPaid:
    """Say that it is paid already."""

    paid_on: date | None
    text: str


@dataclass(frozen=True, slots=True)
class Object:
    """Say that something is wrong."""

    topic: str
    text: str


Act = Pay | SayPaid | Object | PayLater


@dataclass(slots=True)
class Customer:
    """A person and everything they have seen and done so far."""

    person: Person
    bills: list[Bill] = field(default_factory=list)
    noticed: list[Noticed] = field(default_factory=list)
    reference: str = ""
    transfers: int = 0
    last_transfer_on: date | None = None
    objected: bool = False
    answered: bool = False
    said_paid: bool = False
    agreed: Agreed | None = None
    """What they agreed to pay later; while it stands they pay that and nothing else."""

    @property
    def traits(self) -> Traits:
        """What their hidden type makes them do."""
        return TRAITS[self.person.temper]

    @property
    def owes(self) -> bool:
        """True if there is anything they have not dealt with."""
        return any(not bill.done for bill in self.bills)

    def paid_by_debit(self, cents: int) -> None:
        """Money has left their account for the oldest of what they owe."""
        for bill in self.open_bills():
            share = min(cents, bill.invoice.cents - bill.transferred_cents)
            bill.transferred_cents += share
            bill.done = bill.transferred_cents >= bill.invoice.cents
            cents -= share

    def debit_came_back(self, cents: int) -> None:
        """It is on their account again, and the newest of what they had paid is owed once more."""
        for bill in sorted(self.bills, key=lambda each: (each.invoice.due_on, each.invoice.number), reverse=True):
            share = min(cents, bill.transferred_cents)
            bill.transferred_cents -= share
            bill.done = bill.done and share == 0
            cents -= share

    def open_bills(self) -> list[Bill]:
        """What they have not dealt with yet, oldest due first."""
        return sorted((bill for bill in self.bills if not bill.done), key=lambda bill: (bill.invoice.due_on, bill.invoice.number))


def morning(customer: Customer, day: date, *, seed: int, effects: Effects) -> list[Act]:
    """Do they pay today, and what? At most one transfer a day."""
    waiting = customer.open_bills()
    if not waiting or (customer.objected and not (customer.answered and _pays_after_dispute(customer, seed))):
        return []
    person = customer.person
    if customer.agreed is not None and given_up(customer.agreed, day):
        customer.agreed = None
    if customer.agreed is not None:
        return _agreed_payment(customer, customer.agreed, waiting, day, seed=seed)
    for bill in waiting:
        daily = pay_chance(customer.traits, person.responsiveness, effects, customer.noticed, due_on=bill.invoice.due_on, day=day)
        if chance(seed, person.creditor, person.number, "pays", bill.invoice.number, day) < daily:
            return [_transfer(customer, bill, waiting, day, seed=seed)]
    return []


def _agreed_payment(customer: Customer, agreed: Agreed, waiting: Sequence[Bill], day: date, *, seed: int) -> list[Act]:
    if not pays_agreed(customer.person, agreed, day, seed=seed):
        return []
    _, cents = agreed.to_transfer.pop(0)
    agreed.paid += 1
    return [Pay(tuple(waiting), cents)]


def _transfer(customer: Customer, bill: Bill, waiting: Sequence[Bill], day: date, *, seed: int) -> Pay:
    person, invoice = customer.person, bill.invoice
    stream = dice(seed, person.creditor, person.number, "amount", customer.transfers)
    left = invoice.cents - bill.transferred_cents
    if stream.random() < customer.traits.pays_part and left >= 2_000:
        part = round(left * stream.uniform(0.25, 0.6) / 500) * 500
        return Pay((bill,), min(max(part, 500), left - 500))
    together = tuple(waiting) if len(waiting) > 1 and stream.random() < _PAYS_ALL_AT_ONCE else (bill,)
    late = any(day > each.invoice.due_on for each in together) and bool(customer.noticed)
    exact = late and stream.random() >= _FORGETS_INTEREST
    principal = sum(each.invoice.cents - each.transferred_cents for each in together)
    over = -principal % 1_000 if stream.random() < _OVERPAYS else 0
    return Pay(together, None if exact else principal, over)


def notices(customer: Customer, template: str, day: date, *, seed: int) -> list[Act]:
    """They have opened a message: what do they answer at once, if anything? Receipts and answers are read and put away."""
    if template not in REMINDERS:
        return []
    customer.noticed.append(Noticed(day, template))
    person = customer.person
    stream = dice(seed, person.creditor, person.number, "answers", len(customer.noticed))
    if customer.objected:
        return []
    if not customer.open_bills():
        return _answers_though_paid(customer, day, stream)
    if stream.random() < _CLAIMS_FALSELY.get(person.temper, 0.0) and not customer.said_paid:
        customer.said_paid = True
        return [SayPaid(None, "")]
    if stream.random() < objects_chance(customer.traits, customer.noticed, day):
        customer.objected = True
        topic = stream.choice(("amount", "goods", "cancelled", "amount", "other"))
        return [Object(topic, stream.choice(_OBJECTIONS[topic]))]
    if stream.random() < customer.traits.says_hardship:
        customer.objected = True
        return [Object("other", stream.choice(_HARDSHIP_WORDS))]
    open_cents = sum(bill.invoice.cents - bill.transferred_cents for bill in customer.open_bills())
    later = asks(person, open_cents, day, seed=seed, nth=len(customer.noticed)) if customer.agreed is None else None
    return [later] if later else []


def _answers_though_paid(customer: Customer, day: date, stream: random.Random) -> list[Act]:
    """A message about something they have paid: they say so once, or settle the small rest of interest it may be about."""
    paid_on = customer.last_transfer_on
    if paid_on is None:
        return []
    if day - paid_on > _IN_FLIGHT and stream.random() < _SETTLES_REST:
        return [Pay((), None)]
    if stream.random() < _SAYS_PAID and not customer.said_paid:
        customer.said_paid = True
        return [SayPaid(paid_on, stream.choice(_PAID_WORDS))]
    return []


def _pays_after_dispute(customer: Customer, seed: int) -> bool:
    """Whoever objected pays nothing until answered; afterwards some pay as they always would have."""
    person = customer.person
    return (
        chance(seed, person.creditor, person.number, "after dispute") < _PAYS_AFTER_DISPUTE
        and customer.person.temper is not Temper.HARDSHIP
    )


_PAID_WORDS: Final = (
    "Das habe ich schon überwiesen.",
    "Ist vor ein paar Tagen rausgegangen, bitte prüfen.",
    "Überwiesen per Online-Banking.",
    "",
)
_OBJECTIONS: Final = {
    "amount": (
        "Der Zählerstand auf der Rechnung ist falsch abgelesen.",
        "Der Betrag ist höher als im Vertrag vereinbart.",
        "Der Abschlag vom letzten Monat fehlt auf der Rechnung.",
    ),
    "goods": ("Die Lieferung kam nie an.", "Zwei Teile waren beschädigt, ich habe Fotos geschickt.", "Die Heizung blieb eine Woche kalt."),
    "cancelled": ("Ich habe im Sommer gekündigt, die Bestätigung liegt mir vor.", "Ich habe alles zurückgeschickt."),
    "other": ("Ich habe diese Rechnung nie bekommen.", "Bitte rufen Sie mich dazu an."),
}
_HARDSHIP_WORDS: Final = (
    "Ich bin seit zwei Monaten krank und bekomme nur Krankengeld. Kann ich später zahlen?",
    "Mir wurde gekündigt, im Moment geht es leider nicht.",
    "Ich kann die Summe nicht auf einmal zahlen, geht es in kleinen Teilen?",
)
