"""What an agency must tell a private person with its first letter (§ 13a (1) RDG), written out or named as missing. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final

import yaml

from kulanz.claims.receipt import cited
from kulanz.contact.rendering.facts import AgencyVoice, Language, Sender
from kulanz.contact.rendering.format import long_day, money, percent
from kulanz.law.duties import Duty
from kulanz.law.interest import Segment

_TEMPLATES: Final = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class ClaimDuty:
    """One claim as the duties see it. `kind` is "contract" or "tort", empty where nobody noted the ground.

    `statutory_bp` is the statutory rate of default interest today where the claim's rate is above it, else None.
    """

    number: str
    kind: str
    subject: str
    on: date | None
    segments: Sequence[Segment]
    interest_cents: int
    statutory_bp: int | None = None
    circumstances: str = ""
    original_creditor: str = ""


@dataclass(frozen=True, slots=True)
class DutyFacts:
    """Everything the duties can be told from. `costs`: component, open cents, paragraph. `deducts_input_tax` None: nobody asked."""

    duties: Sequence[Duty]
    claims: Sequence[ClaimDuty]
    claim_ids: tuple[int, ...]
    costs: Sequence[tuple[str, int, str]]
    deducts_input_tax: bool | None
    currency: str


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One item of the law's list in plain words: `item` as in the table of duties, a heading, its lines."""

    item: str
    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Disclosures:
    """What can be told, in the order of the law, and the duties for which something is missing."""

    told: tuple[Disclosure, ...]
    missing: tuple[Duty, ...]


@lru_cache(maxsize=4)
def duty_words(language: Language) -> dict[str, str]:
    """The words of the duties in a language."""
    words: dict[str, str] = yaml.safe_load((_TEMPLATES / language / "duties.yaml").read_text(encoding="utf-8"))
    return words


def disclosures(facts: DutyFacts, sender: Sender, language: Language) -> Disclosures:
    """Write out each duty of the law; one whose facts are missing is named, never half told. An item of the law that is unknown here is
    missing too, so that a longer list of the law stops letters instead of shortening them."""
    writer = _Writer(facts, sender, language, duty_words(language))
    told: list[Disclosure] = []
    missing: list[Duty] = []
    for duty in facts.duties:
        lines = writer.lines(duty.item)
        if lines is None:
            missing.append(duty)
        elif lines:
            told.append(Disclosure(duty.item, writer.words[f"{duty.item}_heading"], tuple(lines)))
    return Disclosures(tuple(told), tuple(missing))


def on_request(facts: DutyFacts, language: Language) -> tuple[Disclosure, ...]:
    """What § 13a (2) RDG gives on request, as far as it was noted."""
    words = duty_words(language)
    origin = [words["original_creditor"].format(number=c.number, name=c.original_creditor) for c in facts.claims if c.original_creditor]
    around = [words["circumstances"].format(number=c.number, text=c.circumstances) for c in facts.claims if c.circumstances]
    found = (("original_creditor", origin), ("contract_circumstances", around))
    return tuple(Disclosure(item, words[f"{item}_heading"], tuple(lines)) for item, lines in found if lines)


@dataclass(frozen=True, slots=True)
class _Writer:
    """One letter's duties. Each item gives its lines, an empty list where it does not apply, None where its facts are missing."""

    facts: DutyFacts
    sender: Sender
    language: Language
    words: Mapping[str, str]

    def lines(self, item: str) -> list[str] | None:
        known: dict[str, Callable[[], list[str] | None]] = {
            "client": self._client,
            "ground": self._ground,
            "interest": lambda: list(self._interest()) or [self.words["interest_none"]],
            "interest_above_statutory": lambda: list(self._above()),
            "collection_costs": self._costs,
            "vat": self._vat,
            "address_source": lambda: [self.words["address_source"].format(client=self._client_name)],
            "supervisor": self._supervisor,
        }
        return known[item]() if item in known else None

    @property
    def _client_name(self) -> str:
        return self.sender.legal_name or self.sender.name

    @property
    def _agency(self) -> AgencyVoice | None:
        return self.sender.agency

    def _client(self) -> list[str] | None:
        sender, agency = self.sender, self._agency
        if not (self._client_name and sender.street and sender.postcode and sender.city and agency):
            return None
        client = _address(self._client_name, sender.street, sender.postcode, sender.city)
        writer = _address(agency.legal_name, agency.street, agency.postcode, agency.city)
        return [self.words["client"].format(client=client), self.words["writer"].format(writer=writer)]

    def _ground(self) -> list[str] | None:
        lines = []
        for claim in self.facts.claims:
            if not claim.kind or not claim.subject or claim.on is None:
                return None
            lines.append(
                self.words[f"ground_{claim.kind}"].format(
                    number=claim.number, subject=claim.subject.rstrip("."), day=long_day(claim.on, self.language)
                )
            )
        return lines

    def _interest(self) -> Iterator[str]:
        for claim in self.facts.claims:
            for segment in claim.segments:
                yield self.words["interest_line"].format(
                    number=claim.number,
                    amount=self._money(segment.amount_cents),
                    rate=percent(segment.rate_bp, self.language),
                    principal=self._money(segment.principal_cents),
                    first=long_day(segment.from_on, self.language),
                    last=long_day(segment.to_on, self.language),
                )
            if claim.segments and sum(one.amount_cents for one in claim.segments) != claim.interest_cents:
                yield self.words["interest_open"].format(number=claim.number, amount=self._money(claim.interest_cents))

    def _above(self) -> Iterator[str]:
        for claim in self.facts.claims:
            if claim.statutory_bp is not None:
                yield self.words["interest_above"].format(number=claim.number, rate=percent(claim.statutory_bp, self.language))

    def _costs(self) -> list[str] | None:
        lines = []
        for component, cents, rule in self.facts.costs:
            if not rule or f"cost_{component}" not in self.words:
                return None
            lines.append(self.words[f"cost_{component}"].format(amount=self._money(cents), rule=cited(rule, self.language)))
        return lines or [self.words["costs_none"]]

    def _vat(self) -> list[str] | None:
        if not any(component in ("collection_cost", "settlement_fee") for component, _, _ in self.facts.costs):
            return []
        if self.facts.deducts_input_tax is None:
            return None
        return [self.words["vat_deducts" if self.facts.deducts_input_tax else "vat"].format(client=self._client_name)]

    def _supervisor(self) -> list[str] | None:
        agency = self._agency
        if agency is None or not (agency.supervisor and agency.supervisor_address and agency.supervisor_contact):
            return None
        return [", ".join((agency.supervisor, agency.supervisor_address, agency.supervisor_contact))]

    def _money(self, cents: int) -> str:
        return money(cents, self.facts.currency, self.language)


def _address(name: str, street: str, postcode: str, city: str) -> str:
    return f"{name}, {street}, {postcode} {city}"
