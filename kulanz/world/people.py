"""The population: who the customers of a creditor are, where they live, how they are reached, and of which hidden type they are."""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass

from kulanz.world.bank import german_iban
from kulanz.world.dice import dice, pick
from kulanz.world.names import FIRM_FORMS, ORIGINS, STREETS, TITLES, TRADES, Origin
from kulanz.world.places import PLACES, weights
from kulanz.world.temper import TRAITS, Temper

_SPREAD = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ı": "i", "ł": "l", "đ": "d", "ø": "o", "æ": "ae"})


@dataclass(frozen=True, slots=True)
class Person:
    """One customer of one creditor, human or firm, with what only the world knows: `temper`, `responsiveness`, `iban`."""

    creditor: str
    number: int
    customer_number: str
    kind: str
    salutation: str
    title: str
    given_name: str
    family_name: str
    company_name: str
    street: str
    postcode: str
    city: str
    land: str
    language: str
    email: str
    phone: str
    temper: Temper
    responsiveness: float
    iban: str

    @property
    def name(self) -> str:
        """The name as it stands on the bank account."""
        return self.company_name or f"{self.given_name} {self.family_name}"


def draw_person(seed: int, creditor: str, number: int, *, home_land: str, email_share: float) -> Person:
    """The `number`-th customer of a creditor. `email_share` of them left an e-mail address."""
    stream = dice(seed, creditor, "person", number)
    temper = pick({each: traits.share for each, traits in TRAITS.items()}, stream.random())
    place = stream.choice(PLACES[pick(weights(home_land), stream.random())])
    origin_name = pick({name: each.weight for name, each in ORIGINS.items()}, stream.random())
    origin = ORIGINS[origin_name]
    company = temper is Temper.BUSINESS
    salutation, given, family = _human(stream, origin)
    firm = _firm(stream, family, place.city) if company else ""
    has_email = stream.random() < (0.95 if company else email_share)
    return Person(
        creditor=creditor,
        number=number,
        customer_number=f"{100_000 + number * 7}",
        kind="company" if company else "person",
        salutation="" if company else salutation,
        title="" if company or stream.random() > 0.02 else stream.choice(TITLES),
        given_name="" if company else given,
        family_name="" if company else family,
        company_name=firm,
        street=f"{stream.choice(STREETS)} {stream.randint(1, 148)}{stream.choice(['', '', '', '', 'a', 'b'])}",
        postcode=place.postcode,
        city=place.city,
        land=place.land,
        language="en" if origin_name == "english_speaking" or stream.random() < _ENGLISH.get(origin_name, 0.0) else "de",
        email=_email(stream, given, family, firm, number) if has_email else "",
        phone=_phone(stream) if stream.random() < 0.6 else "",
        temper=temper,
        responsiveness=stream.betavariate(*TRAITS[temper].responds),
        iban=draw_iban(stream),
    )


_ENGLISH = {"african": 0.3, "asian": 0.2, "arabic": 0.06, "balkan": 0.02, "german": 0.005}
"""Who asked to be written to in English, by origin."""


def draw_iban(stream: random.Random) -> str:
    """A well-formed IBAN that cannot exist: no German bank code begins with 9."""
    return german_iban(f"9{stream.randrange(10**7):07d}", str(stream.randrange(10**9, 10**10)))


def plain(text: str) -> str:
    """Lower case in ASCII letters, digits and dots: how a name looks in an e-mail address."""
    spread = unicodedata.normalize("NFKD", text.casefold().translate(_SPREAD))
    return "".join(letter for letter in spread if letter.isascii() and (letter.isalnum() or letter == "."))


def _human(stream: random.Random, origin: Origin) -> tuple[str, str, str]:
    """Salutation (as the person gave it, often not at all), given and family name."""
    woman = stream.random() < 0.5
    given = stream.choice(origin.women if woman else origin.men)
    family = stream.choice(origin.families_of_women if woman and origin.families_of_women else origin.families)
    if stream.random() < 0.04:
        family = f"{family}-{stream.choice(ORIGINS['german'].families)}"
    at = stream.random()
    salutation = "" if at < 0.3 else "divers" if at < 0.305 else "frau" if woman else "herr"
    return salutation, given, family


def _firm(stream: random.Random, family: str, city: str) -> str:
    trade, form = stream.choice(TRADES), pick(FIRM_FORMS, stream.random())
    if form == "OHG":
        return f"{family} & {stream.choice(ORIGINS['german'].families)} {trade} OHG"
    return f"{trade} {city.split(' ')[0]} {form}" if stream.random() < 0.2 and form.startswith("GmbH") else f"{trade} {family} {form}"


def _email(stream: random.Random, given: str, family: str, firm: str, number: int) -> str:
    domain = stream.choice(("example.com", "example.org", "example.net", "post.example", "mail.example"))
    if firm:
        return f"buchhaltung{number}@{plain(firm.split(' ')[0])}.example"
    return f"{plain(given)}.{plain(family)}{number}@{domain}"


def _phone(stream: random.Random) -> str:
    """A number from the ranges the regulator keeps for films: calling it reaches nobody."""
    kind = stream.randrange(4)
    if kind == 0:
        return f"0171 39200{stream.randrange(100):02d}"
    if kind == 1:
        return f"0176 040690{stream.randrange(100):02d}"
    area = stream.choice(("030 23125", "0221 4710", "040 66969", "069 90009", "089 99998"))
    return f"{area}{stream.randrange(1000):03d}"
