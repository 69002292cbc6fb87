"""What the world is made of while it runs: its plan, its firms with their bank accounts, and its customers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

from kulanz.claims.models import Creditor
from kulanz.contact.sending.gateways.base import Gateway
from kulanz.site.clock import LEGAL_ZONE
from kulanz.world.bank import Account, Movement, Statement
from kulanz.world.customers import Bill, Customer
from kulanz.world.debit_bank import Ordered
from kulanz.world.effects import Effects, Kind, draw_effects
from kulanz.world.firms import FIRMS, Firm
from kulanz.world.invoices import Invoice, draw_invoices
from kulanz.world.people import draw_person
from kulanz.world.truth import Truth

BACK_FROM_TODAY_DAYS = 2
"""Invoices of the last days are not handed in by the world: they wait in a file for the visitor."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Which world: its seed and kind, how many debtors, and the days it runs over (both counted)."""

    seed: int
    kind: Kind
    debtors: int
    first_day: date
    last_day: date

    @classmethod
    def ending(cls, last_day: date, *, days: int, debtors: int, seed: int, kind: Kind = Kind.CENTRAL) -> Plan:
        """A world of `days` days that ends on `last_day`."""
        return cls(seed, kind, debtors, last_day - timedelta(days=days - 1), last_day)


@dataclass(slots=True)
class Branch:
    """One firm with what belongs to it. `owners` remembers whose each movement waiting at the bank is (None: nobody's we know)."""

    firm: Firm
    creditor: Creditor
    account: Account
    customers: dict[str, Customer]
    invoices: list[Invoice]
    issued: int = 0
    handed_in: int = 0
    owners: list[tuple[Customer | None, tuple[str, ...]]] = field(default_factory=list)
    meant: dict[str, Customer] = field(default_factory=dict)
    """Bank reference → who paid it: what an agent could find out by asking."""

    undelivered: list[Statement] = field(default_factory=list)


@dataclass(slots=True)
class World:
    """Everything that moves."""

    plan: Plan
    effects: Effects
    branches: list[Branch]
    truth: Truth
    folder: Path
    gateways: Mapping[str, Gateway]
    latest: datetime
    """The real moment at which the world is built: nothing in it may have happened later."""

    transfers: dict[date, list[tuple[Branch, Movement, Customer, tuple[str, ...]]]] = field(default_factory=lambda: defaultdict(list))
    debits: dict[date, list[tuple[Branch, Customer, Ordered, str]]] = field(default_factory=lambda: defaultdict(list))
    """Day → collections the bank books on it: with an empty code they arrive, with an R-code they go back."""

    noticing: dict[date, list[tuple[Branch, Customer, int]]] = field(default_factory=lambda: defaultdict(list))
    """Day → messages that somebody will open on it."""

    @property
    def seed(self) -> int:
        """The seed all draws hang on."""
        return self.plan.seed

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        """A moment of a simulated day; on the last day never later than now."""
        return min(moment(day, hour, minute), self.latest)

    def branch_of(self, creditor_id: int) -> Branch:
        """The branch of a creditor."""
        return next(branch for branch in self.branches if branch.creditor.id == creditor_id)


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment of a simulated day in the legal time zone."""
    return datetime.combine(day, time(hour, minute), LEGAL_ZONE)


def populate(plan: Plan, creditors: Mapping[str, Creditor], folder: Path, gateways: Mapping[str, Gateway], *, latest: datetime) -> World:
    """Draw the people, their invoices and the world's effects; note the hidden truth about them."""
    truth = Truth(folder / "truth.jsonl")
    branches = []
    left = plan.debtors
    for position, firm in enumerate(FIRMS, start=1):
        count = left if position == len(FIRMS) else round(plan.debtors * firm.share)
        left -= count
        people = [draw_person(plan.seed, firm.key, n, home_land=firm.home_land, email_share=firm.email_share) for n in range(count)]
        for person in people:
            truth.note(
                "person",
                plan.first_day,
                creditor=firm.key,
                customer=person.customer_number,
                temper=person.temper.value,
                responsiveness=round(person.responsiveness, 6),
            )
        branches.append(
            Branch(
                firm=firm,
                creditor=creditors[firm.key],
                account=Account(firm.iban, firm.opening_cents),
                customers={person.customer_number: Customer(person) for person in people},
                invoices=draw_invoices(plan.seed, firm, people, first_day=plan.first_day, last_day=plan.last_day),
            )
        )
    return World(plan, draw_effects(plan.kind, plan.seed), branches, truth, folder, gateways, latest)


def receive_invoices(world: World, branch: Branch, day: date) -> None:
    """The customers get the invoices issued until `day`, by post or mail from the firm itself; only the world knows when."""
    while branch.issued < len(branch.invoices) and branch.invoices[branch.issued].invoiced_on <= day:
        invoice = branch.invoices[branch.issued]
        branch.customers[invoice.person.customer_number].bills.append(Bill(invoice))
        world.truth.note(
            "invoice",
            day,
            creditor=branch.firm.key,
            customer=invoice.person.customer_number,
            number=invoice.number,
            cents=invoice.cents,
            due_on=invoice.due_on.isoformat(),
        )
        branch.issued += 1
