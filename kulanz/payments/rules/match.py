"""Whose payment is this line? Evidence in order of weight, a reason in words, and "safe" only if two kinds of evidence agree.

A line books itself only if a number (case reference or invoice number) names the case **and** the amount or the payer agrees, and no other
case has the same claim to it. Everything else is a proposal for a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Final

from rapidfuzz import fuzz

from kulanz.payments.rules.text import fold_name

PROPOSALS_MAX: Final = 5
CONFIDENCE_PROPOSED_MIN: Final = 25
_NAME_AGREES: Final = 88
_NAME_SIMILAR: Final = 75
_TOGETHER_MAX: Final = 6


class Number(StrEnum):
    """How a number in the text names the case. Strongest first."""

    END_TO_END = "end_to_end"
    REFERENCE = "reference"
    INVOICE = "invoice"
    REFERENCE_REPAIRED = "reference_repaired"
    INVOICE_GLUED = "invoice_glued"
    INVOICE_TYPO = "invoice_typo"


_NUMBER_WEIGHT: Final = {
    Number.END_TO_END: 62,
    Number.REFERENCE: 60,
    Number.INVOICE: 55,
    Number.REFERENCE_REPAIRED: 45,
    Number.INVOICE_GLUED: 40,
    Number.INVOICE_TYPO: 28,
}
_NUMBER_REASON: Final = {
    Number.END_TO_END: "Ende-zu-Ende-Kennung stimmt",
    Number.REFERENCE: "Aktenzeichen stimmt",
    Number.INVOICE: "Rechnungsnummer stimmt",
    Number.REFERENCE_REPAIRED: "Aktenzeichen mit einem Tippfehler, über die Prüfziffer erkannt",
    Number.INVOICE_GLUED: "Rechnungsnummer steckt in anderem Text",
    Number.INVOICE_TYPO: "Rechnungsnummer mit einem Tippfehler",
}


@dataclass(frozen=True, slots=True)
class OpenClaim:
    """One claim of a candidate: its number, what is open with interest and fees, and without, on the day of the payment."""

    claim_id: int
    number: str
    total_cents: int
    principal_cents: int
    invoiced_cents: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case that may be meant, with what is known about it. ``numbers`` maps the ids of claims named in the text to how."""

    case_id: int
    creditor_id: int
    currency: str
    reference: str
    debtor_names: tuple[str, ...]
    claims: tuple[OpenClaim, ...]
    case_number: Number | None = None
    claim_numbers: tuple[tuple[int, Number], ...] = ()
    iban_known: bool = False


@dataclass(frozen=True, slots=True)
class Money:
    """What a line says that matters for matching; the amount is positive."""

    amount_cents: int
    currency: str
    payer: str
    on_behalf_of: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """A case with the claims the payer named, how sure it is (0 to 100) and why."""

    case_id: int
    claim_ids: tuple[int, ...]
    confidence: int
    reason: str
    safe: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a line: booked to ``match`` if that is safe, else proposals in order, perhaps none."""

    match: Match | None
    proposals: tuple[Match, ...]


def decide(money: Money, candidates: Sequence[Candidate]) -> Verdict:
    """Rank the candidates. The first is booked if it is safe and alone: a second case named by a number makes it a question."""
    matches = sorted((judge(money, one) for one in candidates if one.currency == money.currency), key=_rank)
    likely = tuple(match for match in matches if match.confidence >= CONFIDENCE_PROPOSED_MIN)[:PROPOSALS_MAX]
    if not likely:
        return Verdict(None, ())
    first = likely[0]
    rivals = [match for match in likely[1:] if match.safe]
    return Verdict(first if first.safe and not rivals else None, likely)


def _rank(match: Match) -> tuple[bool, int, int]:
    return not match.safe, -match.confidence, match.case_id


def judge(money: Money, candidate: Candidate) -> Match:
    """Weigh the evidence for one candidate."""
    number = _best_number(candidate)
    named = tuple(claim_id for claim_id, how in candidate.claim_numbers if how != Number.INVOICE_TYPO or number == how)
    amount = _amount_agrees(money.amount_cents, candidate, named)
    likeness = name_likeness((money.payer, money.on_behalf_of), candidate.debtor_names)
    name_agrees = likeness >= _NAME_AGREES
    confidence = _NUMBER_WEIGHT[number] if number else 0
    reasons = [_NUMBER_REASON[number]] if number else []
    if amount:
        confidence += 22 if number else 26
        reasons.append(amount)
    if candidate.iban_known:
        confidence += 15 if number else 30
        reasons.append("von diesem Konto kam schon eine Zahlung")
    if name_agrees:
        confidence += 14 if number else 30
        reasons.append("Name stimmt")
    elif likeness >= _NAME_SIMILAR:
        confidence += 6 if number else 15
        reasons.append("Name ähnlich")
    if not number and amount is None:
        # A name or an account alone says who pays, not what: below every proposal that knows the amount.
        confidence = min(confidence, 45)
    return Match(
        case_id=candidate.case_id,
        claim_ids=named,
        confidence=min(confidence, 99 if number else 70),
        reason=", ".join(reasons),
        safe=_is_safe(number, amount=amount is not None, payer=name_agrees or candidate.iban_known),
    )


def _best_number(candidate: Candidate) -> Number | None:
    found = [how for _, how in candidate.claim_numbers]
    if candidate.case_number:
        found.append(candidate.case_number)
    return max(found, key=_NUMBER_WEIGHT.__getitem__, default=None)


def _is_safe(number: Number | None, *, amount: bool, payer: bool) -> bool:
    """Number and (amount or payer); a number that had to be repaired by guessing, or sits inside other text, needs more."""
    match number:
        case None:
            return False
        case Number.INVOICE_TYPO | Number.INVOICE_GLUED:
            return amount and payer
        case _:
            return amount or payer


def _amount_agrees(cents: int, candidate: Candidate, named: tuple[int, ...]) -> str | None:
    """Which of the case's sums the amount is, or None."""
    claims = candidate.claims
    if not claims:
        return None
    chosen = [claim for claim in claims if claim.claim_id in named]
    if chosen and cents in _sums(chosen):
        return "Betrag stimmt" if len(chosen) == 1 else f"Betrag stimmt für {len(chosen)} Rechnungen"
    if cents in _sums(claims):
        return "Betrag stimmt" if len(claims) == 1 else "Betrag ist alles, was offen ist"
    if named:
        return None  # the payer named invoices; that another one happens to cost the same proves nothing
    if any(cents in _sums([claim]) for claim in claims):
        return "Betrag einer Rechnung stimmt"
    if 2 < len(claims) <= _TOGETHER_MAX:
        for size in range(2, len(claims)):
            if any(cents in _sums(group) for group in combinations(claims, size)):
                return f"Betrag von {size} Rechnungen zusammen stimmt"
    return None


def _sums(claims: Sequence[OpenClaim]) -> set[int]:
    """What someone may pay for these claims: all of it, the principal, or what the invoice said. Zero is no amount."""
    sums = {sum(c.total_cents for c in claims), sum(c.principal_cents for c in claims), sum(c.invoiced_cents for c in claims)}
    return {cents for cents in sums if cents > 0}


def name_likeness(payers: Sequence[str], debtor_names: Sequence[str]) -> int:
    """0 to 100: how alike the best pair of names is, whatever the order of their words."""
    best = 0.0
    for payer in filter(None, map(fold_name, payers)):
        for name in filter(None, map(fold_name, debtor_names)):
            if payer == name:
                return 100
            best = max(best, fuzz.token_sort_ratio(payer, name), _whole_inside(payer, name))
    return int(best)


def _whole_inside(payer: str, name: str) -> float:
    """Joint accounts ("Erika und Max Muster") and middle names: every word of the shorter name appears in the longer one."""
    shorter, longer = sorted((payer.split(), name.split()), key=len)
    return 95.0 if len(shorter) >= 2 and set(shorter) <= set(longer) else 0.0
