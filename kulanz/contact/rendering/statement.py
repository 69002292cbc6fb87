"""The statement of account (`Kontoauszug`): the receipt of a case on paper, as PDF/A-2a and PDF/UA-1. Same facts, same bytes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from kulanz.claims.commands.set_off import SOURCE as SET_OFF
from kulanz.claims.models import Claim
from kulanz.claims.receipt import ClaimReceipt, LineKind, Receipt, ReceiptLine, cited, rate_origin
from kulanz.contact.rendering.brand import legible_primary
from kulanz.contact.rendering.facts import Language, Recipient, Sender
from kulanz.contact.rendering.format import address_lines, grouped, long_day, money, percent, points, short_day
from kulanz.contact.rendering.parts import imprint_of, labels
from kulanz.contact.rendering.statement_notes import credited_again, told
from kulanz.contact.rendering.typeset import set_pdf
from kulanz.law.grounds import RateOrigin
from kulanz.law.interest import Segment

_TEMPLATES = Path(__file__).parent / "templates"
_REGIONS = {"de": "DE", "en": "GB"}


@dataclass(frozen=True, slots=True)
class StatementFacts:
    """Whose account it is, between whom, and the receipt that explains it."""

    receipt: Receipt
    reference: str
    sender: Sender
    recipient: Recipient
    language: Language
    liable: tuple[str, ...] = ()
    """The names of all who owe jointly; empty where only one does."""


def render_statement(facts: StatementFacts) -> bytes:
    """Set the statement. Raises `LetterUnprintable` if a sign has no glyph."""
    return set_pdf(_TEMPLATES / "statement.typ", statement_data(facts), day=facts.receipt.day, called="Der Kontoauszug")


def statement_data(facts: StatementFacts) -> dict[str, Any]:
    """Everything the statement says, in words and written amounts; the command line shows the same words."""
    receipt, language = facts.receipt, facts.language
    words, common = statement_words(language), labels(language)
    day = long_day(receipt.day, language)
    return {
        "language": language,
        "region": _REGIONS[language],
        "day": [receipt.day.year, receipt.day.month, receipt.day.day],
        "title": words["title"].format(day=day),
        "intro": " ".join([words["intro"], *_jointly(facts.liable, words)]),
        "how_read": words["how_read"],
        "sender_name": facts.sender.name,
        "brand": legible_primary(facts.sender.brand_primary),
        "reference": grouped(facts.reference),
        "reference_label": common["your_reference"],
        "address": address_lines(facts.recipient, facts.sender),
        "info": [[common["date"], day], [common["your_reference"], grouped(facts.reference)]],
        "columns": [words["day"], words["what"], words["amount"]],
        "claims": [_Told(claim, receipt.currency, language, words).as_data() for claim in receipt.claims],
        "total": [words["total"], _money(receipt.total_cents, receipt.currency, language)],
        "terms_heading": words["terms_heading"],
        "terms_intro": words["terms_intro"],
        "terms": _terms(receipt, words),
        "imprint": imprint_of(facts.sender, language),
        "page": common["page"],
    }


def _jointly(liable: tuple[str, ...], words: dict[str, str]) -> list[str]:
    """One sentence about all who owe, where several do."""
    return [words["jointly"].format(names=", ".join(liable))] if len(liable) > 1 else []


@lru_cache(maxsize=8)
def statement_words(language: Language) -> dict[str, str]:
    """The words of a statement in a language."""
    words: dict[str, str] = yaml.safe_load((_TEMPLATES / language / "statement.yaml").read_text(encoding="utf-8"))
    return words


_NUMBERED = frozenset({LineKind.PAYMENT, LineKind.CHARGEBACK})
"""Lines that a later one may name: they show the number of their booking."""


@dataclass(frozen=True, slots=True)
class _Told:
    """One claim of the receipt in words."""

    told: ClaimReceipt
    currency: str
    language: Language
    words: dict[str, str]

    def as_data(self) -> dict[str, Any]:
        claim = self.told.claim
        about = self.words["claim_with_subject" if claim.subject else "claim_without_subject"]
        return {
            "heading": self.words["claim"].format(number=claim.external_id),
            "about": about.format(
                subject=claim.subject, invoiced=long_day(claim.invoiced_on, self.language), due=long_day(claim.due_on, self.language)
            ),
            "rows": [self._row(line) for line in self.told.lines],
            "total": [self.words["open_claim"].format(number=claim.external_id), self._money(self.told.total_cents)],
        }

    def _row(self, line: ReceiptLine) -> dict[str, Any]:
        return {
            "day": short_day(line.on, self.language),
            "label": self._label(line),
            "notes": self._notes(line),
            "amount": self._money(line.cents),
        }

    def _label(self, line: ReceiptLine) -> str:
        if line.kind is LineKind.CHARGE:
            return self.words[f"charge_{line.component or 'expense'}"]
        if line.source == SET_OFF and line.kind in (LineKind.PAYMENT, LineKind.REFUND):
            return self.words[f"set_off_{line.kind.value}"]
        if line.kind is LineKind.PAYMENT and credited_again(line.source):
            return self.words["refund_back"]
        return self.words[line.kind.value].format(number=self.told.claim.external_id)

    def _notes(self, line: ReceiptLine) -> list[str]:
        """Why first, then the parts, then where it stands in the law and in the books."""
        notes = [self.words["zero_moved"]] if line.kind is LineKind.REALLOCATED and line.cents == 0 else []
        said = told(line.source, line.kind, self.words, self.language)
        notes += [said] if said else []
        notes += [self._child(child) for child in line.children]
        if line.kind is LineKind.INTEREST:
            begun = self.told.claim.first_interest_day is not None
            if line.children:
                notes.append(self._rate())
            notes.append(self.words["until"].format(day=long_day(line.on, self.language)) if begun else self.words["no_interest_yet"])
        if line.named:
            notes.append(self.words["named"].format(numbers=", ".join(line.named)))
        found = " · ".join(self._found(line))
        return [*notes, found] if found else notes

    def _found(self, line: ReceiptLine) -> list[str]:
        """The paragraph, the booking, and the booking it concerns."""
        found = [self.words["rule"].format(rule=cited(line.rule, self.language))] if line.rule else []
        if line.corrects is not None:
            found.append(self.words["corrects"].format(entry=line.corrects))
        if line.entry_id is not None and line.kind in _NUMBERED:
            found.append(self.words["entry"].format(entry=line.entry_id))
        return found

    def _rate(self) -> str:
        """Which rate, and who says so."""
        claim = self.told.claim
        agreed = "rate_agreed" if rate_origin(claim) is RateOrigin.AGREED else "rate"
        if claim.fixed_bp is not None:
            key = "rate_fixed" if agreed == "rate" else agreed
            return self.words[key].format(percent=self._percent(claim.fixed_bp))
        return self.words[f"{agreed}_margin"].format(percent=points(claim.margin_bp or 0, self.language))

    def _child(self, child: ReceiptLine) -> str:
        if child.segment is not None:
            return self._segment(child.segment)
        if child.kind is LineKind.ROUNDING:
            return f"{self.words['rounding']}: {self._money(child.cents)}"
        component = self.words[f"component_{child.component}"]
        return self.words["part"].format(component=component, amount=self._money(child.cents))

    def _segment(self, segment: Segment) -> str:
        line = self.words["segment_day" if segment.days == 1 else "segment"].format(
            first=short_day(segment.from_on, self.language),
            last=short_day(segment.to_on, self.language),
            principal=self._money(segment.principal_cents),
            rate=self._percent(segment.rate_bp),
            days=segment.days,
            year=segment.year_days,
            amount=self._money(segment.amount_cents),
        )
        return line if segment.base_bp is None else f"{line} {self.words['segment_base'].format(base=self._percent(segment.base_bp))}"

    def _money(self, cents: int) -> str:
        return _money(cents, self.currency, self.language)

    def _percent(self, basis_points: int) -> str:
        return percent(basis_points, self.language)


def _money(cents: int, currency: str, language: Language) -> str:
    return money(cents, currency, language).replace("-", "−")


def _terms(receipt: Receipt, words: dict[str, str]) -> list[str]:
    """The parameters nobody prescribes, once if they are the same for all claims."""
    chosen = [(one.claim.external_id, claim_terms(one.claim, words)) for one in receipt.claims]
    if len(chosen) > 1 and len({terms for _, terms in chosen}) == 1:
        return [words["same_terms"].format(terms=chosen[0][1])]
    return [words["terms_claim"].format(number=number, terms=terms) for number, terms in chosen]


def claim_terms(claim: Claim, words: dict[str, str]) -> str:
    """Day count, rounding and payment day of a claim as one sentence."""
    if not claim.bears_interest:
        return words["no_interest"] + "."
    payment_day = words["payment_day_true" if claim.payment_day_counts else "payment_day_false"]
    return "; ".join((words[f"day_count_{claim.day_count}"], words[f"rounding_{claim.rounding}"], payment_day)) + "."
