"""Who owes whom in the trial: four creditors with numbers of different shapes, families, namesakes and firms among their customers."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

import polars as pl
from django.db import transaction

from kulanz.claims.accounts import open_amounts
from kulanz.claims.commands import add_creditor, open_claims
from kulanz.claims.commands.open_claims import SCHEMA
from kulanz.claims.models import Claim, Creditor
from kulanz.intake.rules.parties import spread
from kulanz.world.bank import german_iban
from kulanz.world.dice import chance, dice
from kulanz.world.people import Person, draw_person

FAMILY, NAMESAKE = 0.06, 0.01
"""Customers who live with the one before them and share the family name, and customers who bear another one's whole name by chance."""

_SECOND_INVOICE, _THIRD_INVOICE = 0.22, 0.08
_LETTER_DAYS: Final = 6
"""So long ago was the letter whose total some people pay."""


@dataclass(frozen=True, slots=True)
class House:
    """A creditor of the trial: how it numbers its invoices and what they cost. ``fixed`` are prices that very many invoices share."""

    key: str
    name: str
    account: str
    share: float
    number: Callable[[int, random.Random], str]
    typical_cents: int
    fixed: tuple[int, ...] = ()


def _iban(account: str) -> str:
    return german_iban("90033000", account)


HOUSES: Final = (
    House("trial-energy", "Stadtwerke Musterau GmbH", _iban("1000000001"), 0.4, lambda n, _: f"NE2026-{10_000 + n}", 11_800),
    House("trial-gym", "Sportpark Musterau GmbH", _iban("1000000002"), 0.2, lambda n, _: f"{40_100_000 + n}", 3_990, (2_990, 3_990, 4_990)),
    House("trial-clinic", "Praxisverbund Musterau", _iban("1000000003"), 0.25, lambda n, _: f"R{1000 + n}/26", 8_700),
    House(
        "trial-shop",
        "Versandhaus Musterau e. K.",
        # An agency's account: money for the practice and for the shop arrives here.
        _iban("1000000003"),
        0.15,
        lambda n, stream: f"2026-{n * 37 % 1_000_000:06d}-{stream.randrange(10)}",
        6_200,
    ),
)
"""Energy and clinic number their invoices one after the other, so that a wrong digit names a neighbour; the gym's cost the same, too."""


@dataclass(frozen=True, slots=True)
class Due:
    """One invoice: its number, what it said, and what the letter of some days ago asked for in all."""

    claim_id: int
    number: str
    cents: int
    letter_cents: int


@dataclass(frozen=True, slots=True)
class Owed:
    """One customer's case with everything the generator may write into a transfer."""

    house: House
    person: Person
    case_id: int
    reference: str
    dues: tuple[Due, ...]


def lay_out(seed: int, customers: int, *, day: date, now: datetime) -> list[Owed]:
    """Open the portfolio and return it, in an order that depends on the seed alone."""
    owed: list[Owed] = []
    for house in HOUSES:
        creditor = add_creditor(
            key=house.key, name=house.name, iban=house.account, street="Marktplatz 1", postcode="24103", city="Kiel",
            email=f"{house.key}@kulanz.example", phone="030 23125 100", website="https://kulanz.example",
        )  # fmt: skip
        people = _people(seed, house, max(3, round(customers * house.share)))
        rows = list(_rows(seed, house, people, day))
        frame = pl.DataFrame(rows, schema=dict(SCHEMA)).with_columns(
            sort_key=spread(pl.concat_str("family_name", "given_name", "company_name", separator=" "))
        )
        with transaction.atomic():
            open_claims(frame, creditor, day=day - timedelta(days=30), now=now, dice=dice(seed, house.key, "references"))
        owed += _owed(house, creditor, {person.customer_number: person for person in people}, day)
    return owed


def _people(seed: int, house: House, count: int) -> list[Person]:
    people: list[Person] = []
    for number in range(count):
        person = draw_person(seed, house.key, number, home_land="SH", email_share=1.0)
        at = chance(seed, house.key, number, "relation")
        if people and not person.company_name and not people[-1].company_name:
            if at < FAMILY and person.given_name != people[-1].given_name:
                person = replace(person, family_name=people[-1].family_name, street=people[-1].street, postcode=people[-1].postcode)
            elif FAMILY <= at < FAMILY + NAMESAKE:
                other = people[int(chance(seed, house.key, number, "namesake") * len(people))]
                if not other.company_name:
                    person = replace(person, family_name=other.family_name, given_name=other.given_name)
        people.append(person)
    return people


def _rows(seed: int, house: House, people: Sequence[Person], day: date) -> list[dict[str, object]]:
    stream = dice(seed, house.key, "invoices")
    rows: list[dict[str, object]] = []
    for person in people:
        at = stream.random()
        count = 3 if at < _THIRD_INVOICE else 2 if at < _THIRD_INVOICE + _SECOND_INVOICE else 1
        for _ in range(count):
            cents = stream.choice(house.fixed) if house.fixed else max(590, round(house.typical_cents * stream.lognormvariate(0.0, 0.6)))
            rows.append(_row(house, person, len(rows) + 1, cents, stream, day))
    return rows


def _row(house: House, person: Person, line: int, cents: int, stream: random.Random, day: date) -> dict[str, object]:
    # Due long enough ago that tomorrow's run would write to everybody.
    invoiced_on = day - timedelta(days=40 + stream.randrange(30))
    return {
        "line": line,
        "debtor_external_id": person.customer_number,
        "kind": person.kind,
        "salutation": person.salutation,
        "title": person.title,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "company_name": person.company_name,
        "street": person.street,
        "postcode": person.postcode,
        "city": person.city,
        "country": "DE",
        "land": person.land,
        "language": person.language,
        "identity_key": hashlib.sha256(f"{house.key} {person.number}".encode()).hexdigest(),
        "search_key": person.name.lower(),
        "sort_key": "",
        "email": person.email or None,
        "phone": None,
        "external_id": house.number(line, stream),
        "subject": "Rechnung",
        "invoiced_on": invoiced_on,
        "due_on": invoiced_on + timedelta(days=14),
        "principal_cents": cents,
        "currency": "EUR",
        "consumer": person.kind == "person",
        "first_interest_day": invoiced_on + timedelta(days=31),
        "default_reason": "reminder",
        "margin_bp": 500 if person.kind == "person" else 900,
        "content_hash": hashlib.sha256(f"{house.key} {line}".encode()).hexdigest(),
        "source": f"trial line {line}",
        "document_ref": "",
    }


def _owed(house: House, creditor: Creditor, people: dict[str, Person], day: date) -> list[Owed]:
    cases = (
        Claim.objects.filter(creditor=creditor)
        .order_by("case_id", "id")
        .values_list("case_id", "case__reference", "case__debtor__external_id")
    )
    found = {case_id: (reference, people[number]) for case_id, reference, number in cases}
    balances = open_amounts(found, day - timedelta(days=_LETTER_DAYS))
    return [
        Owed(
            house,
            person,
            case_id,
            reference,
            tuple(Due(b.claim.id, b.claim.external_id, b.claim.principal_cents, b.total_cents) for b in balances[case_id]),
        )
        for case_id, (reference, person) in found.items()
    ]
