"""The demo's creditors: a utility in Kiel and a small shop in Leipzig, with what they sell and how their files look. Both are invented."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kulanz.world.bank import german_iban

PROFILES: Final = Path(__file__).parent / "data" / "profiles"


@dataclass(frozen=True, slots=True)
class Firm:
    """A creditor of the world. `share` is its part of all debtors, `export_weekdays` when it hands in new
    invoices (Monday = 0), `statement_weekdays` when it fetches its statements from the bank."""

    key: str
    details: dict[str, str]
    share: float
    email_share: float
    term_days: int
    export_weekdays: frozenset[int]
    number_prefix: str
    typical_cents: int
    subjects: tuple[str, ...]
    statement_format: str
    statement_weekdays: frozenset[int]
    opening_cents: int

    @property
    def iban(self) -> str:
        """The account the firm is paid on."""
        return self.details["iban"]

    @property
    def home_land(self) -> str:
        """The Land the firm is at home in."""
        return self.details["land"]

    @property
    def profile_file(self) -> Path:
        """The mapping profile of the firm's export."""
        return PROFILES / f"{self.key}.yaml"

    def amount_cents(self, stream: random.Random, *, business: bool) -> int:
        """The amount of one invoice: most are near the typical one, a few are several times as high; firms buy more."""
        cents = round(self.typical_cents * stream.lognormvariate(0.0, 0.55)) * (3 if business else 1)
        return max(590, cents)

    def invoice_number(self, year: int, running: int) -> str:
        """The firm's number of an invoice."""
        return f"{self.number_prefix}{year}-{running:05d}"


NORDLICHT: Final = Firm(
    key="nordlicht",
    details={
        "name": "Nordlicht Energie",
        "legal_name": "Nordlicht Energie GmbH",
        "street": "Hafenstraße 12",
        "postcode": "24103",
        "city": "Kiel",
        "land": "SH",
        "email": "hallo@nordlicht.example",
        "phone": "030 23125 100",
        "website": "https://nordlicht.example",
        "iban": german_iban("90011000", "4711002600"),
        "brand_primary": "#1B6A53",
    },
    share=0.8,
    email_share=0.9,
    term_days=14,
    export_weekdays=frozenset({0, 3}),
    number_prefix="NE",
    typical_cents=11_800,
    subjects=("Strom", "Gas", "Strom und Gas", "Wärme", "Jahresabrechnung Strom"),
    statement_format="camt",
    statement_weekdays=frozenset(range(7)),
    opening_cents=18_420_355,
)

PAPIERGARTEN: Final = Firm(
    key="papiergarten",
    details={
        "name": "Papiergarten",
        "legal_name": "Papiergarten Leipzig e. K.",
        "street": "Lindenallee 3",
        "postcode": "04229",
        "city": "Leipzig",
        "land": "SN",
        "email": "laden@papiergarten.example",
        "phone": "030 23125 200",
        "website": "https://papiergarten.example",
        "iban": german_iban("90022000", "815003300"),
        "brand_primary": "#7A3B69",
    },
    share=0.2,
    email_share=0.99,
    term_days=14,
    export_weekdays=frozenset({1}),
    number_prefix="PG",
    typical_cents=4_350,
    subjects=("Briefpapier und Umschläge", "Notizbücher", "Farben und Pinsel", "Bastelkiste", "Kalender", "Geschenkpapier"),
    statement_format="mt940",
    statement_weekdays=frozenset({0, 3}),
    opening_cents=1_204_018,
)

FIRMS: Final = (NORDLICHT, PAPIERGARTEN)
