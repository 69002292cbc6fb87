"""Whose payment is this line? Evidence in order of weight, a reason in words, and "safe" only if two kinds of evidence agree.

A line books itself only if a number (case reference or invoice number) names the case **and** the amount or the payer agrees, and no other
case has the same claim to it. A transfer for several cases books itself only if each is named by its number and the amounts leave no
other reading. Everything else is a proposal for a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Final, NamedTuple

from kulanz.payments.rules.names import name_likeness, stands_in
from kulanz.payments.rules.remittance import Listed, listed, shared_out

PROPOSALS_MAX: Final = 5
CONFIDENCE_PROPOSED_MIN: Final = 25
_NAME_AGREES: Final = 88
_NAME_SIMILAR: Final = 75
_TOGETHER_MAX: Final = 6
COLLECTIVE: Final = 90
"""How sure a transfer for several cases is, once every case is named and the amounts leave one reading."""

_NAMED_MAX: Final = 40
_LETTER_INTEREST_MAX_PERCENT: Final = 15


class Number(StrEnum):
    """How a number in the text names the case. Strongest first."""

    END_TO_END = "end_to_end"
    REFERENCE = "reference"
    INVOICE = "invoice"
    REFERENCE_REPAIRED = "reference_repaired"
    INVOICE_GLUED = "invoice_glued"
    CUSTOMER = "customer"
    INVOICE_TYPO = "invoice_typo"


_NUMBER_WEIGHT: Final = {
    Number.END_TO_END: 62,
    Number.REFERENCE: 60,
    Number.INVOICE: 55,
    Number.REFERENCE_REPAIRED: 45,
    Number.INVOICE_GLUED: 40,
    Number.CUSTOMER: 38,
    Number.INVOICE_TYPO: 28,
}
_EXACT: Final = frozenset({Number.END_TO_END, Number.REFERENCE, Number.INVOICE})
_NUMBER_REASON: Final = {
    Number.END_TO_END: "Ende-zu-Ende-Kennung stimmt",
    Number.REFERENCE: "Aktenzeichen stimmt",
    Number.INVOICE: "Rechnungsnummer stimmt",
    Number.REFERENCE_REPAIRED: "Aktenzeichen mit einem Tippfehler, über die Prüfziffer erkannt",
    Number.INVOICE_GLUED: "Rechnungsnummer steckt in anderem Text",
    Number.CUSTOMER: "Kundennummer stimmt",
    Number.INVOICE_TYPO: "Rechnungsnummer mit einem Tippfehler",
}


class OpenClaim(NamedTuple):
    """One claim of a candidate: its number, what is open with interest and fees, and without, on the day of the payment."""

    claim_id: int
    number: str
    total_cents: int
    principal_cents: int
    invoiced_cents: int


class Candidate(NamedTuple):
    """A case that may be meant, with what is known about it. ``claim_numbers`` are the ids of claims named in the text, with how.

    ``customer_number`` is true if the debtor's number at the creditor stands in the text.
    """

    case_id: int
    creditor_id: int
    currency: str
    reference: str
    debtor_names: tuple[str, ...]
    claims: tuple[OpenClaim, ...]
    case_number: Number | None = None
    claim_numbers: tuple[tuple[int, Number], ...] = ()
    iban_known: bool = False
    customer_number: bool = False


class Money(NamedTuple):
    """What a line says that matters for matching; the amount is positive. ``text`` is the purpose."""

    amount_cents: int
    currency: str
    payer: str
    on_behalf_of: str = ""
    text: str = ""


class Match(NamedTuple):
    """A case with the claims the payer named, how sure it is (0 to 100) and why.

    ``amount`` and ``payer`` tell whether these two kinds of evidence agree, ``named`` whether a number that stands in the text as it is
    names the case.
    """

    case_id: int
    claim_ids: tuple[int, ...]
    confidence: int
    reason: str
    safe: bool
    amount: bool = False
    payer: bool = False
    named: bool = False

    @property
    def settled(self) -> bool:
        """True if looking for other payers can change nothing: the number is borne out by who pays, and how much."""
        return self.safe and self.payer and self.amount


@dataclass(frozen=True, slots=True)
class Split:
    """One case's share of a transfer that pays several."""

    match: Match
    cents: int


class Verdict(NamedTuple):
    """What becomes of a line: booked to ``match`` if that is safe, or to ``splits`` if it safely pays several cases, else proposals."""

    match: Match | None
    proposals: tuple[Match, ...]
    splits: tuple[Split, ...] = ()


def decide(money: Money, candidates: Sequence[Candidate], weighed: Sequence[Match] = ()) -> Verdict:
    """Rank the candidates. The first is booked if it is safe and alone: a second case named by a number makes it a question.

    ``weighed`` are the matches of these candidates, in their order, where somebody has judged them already.
    """
    pairs = zip(candidates, weighed or [judge(money, one) for one in candidates], strict=True)
    own = [(one, match) for one, match in pairs if one.currency == money.currency]
    matches = sorted((match for _, match in own), key=_rank)
    likely = tuple(match for match in matches if match.confidence >= CONFIDENCE_PROPOSED_MIN)
    if not likely:
        return Verdict(None, ())
    # Whoever is named by a number must be left in peace until a person has decided, however many they are.
    named = [one for one, match in own if match.named]
    proposals = likely[: min(max(PROPOSALS_MAX, len(named)), _NAMED_MAX)]
    if splits := _splits(money, named, likely):
        return Verdict(None, proposals, splits)
    first, *others = likely
    alone = first.safe and not any(match.safe or _contradicts(first, match) for match in others)
    return Verdict(first if alone else None, proposals)


def _rank(match: Match) -> tuple[bool, int, int]:
    return not match.safe, -match.confidence, match.case_id


def _contradicts(first: Match, other: Match) -> bool:
    """A number names one case, but payer or amount fit another one better, who owes just as much: perhaps only a digit is wrong."""
    return other.payer and other.amount and not (first.payer and first.amount)


def _splits(money: Money, named: Sequence[Candidate], matches: Sequence[Match]) -> tuple[Split, ...]:
    """The shares of a transfer whose text names several cases of one creditor, if the amounts leave one reading only."""
    if len(named) < 2 or len({one.creditor_id for one in named}) > 1:
        return ()
    found = [
        Listed(
            case_id=one.case_id,
            numbers=(one.reference, *(claim.number for claim in one.claims)),
            sums=_measures([claim for claim in one.claims if claim.claim_id in _named_claims(one)] or one.claims),
        )
        for one in named
    ]
    stated = listed(money.text, found, money.amount_cents)
    shares = stated or shared_out(found, money.amount_cents)
    why = "Beträge stehen in der Liste" if stated else "Beträge gehen genau auf"
    by_case = {match.case_id: match for match in matches}
    if not shares or not shares.keys() <= by_case.keys():
        return ()
    return tuple(
        Split(by_case[case_id]._replace(reason=f"{by_case[case_id].reason}; {why}", confidence=COLLECTIVE, safe=True), cents)
        for case_id, cents in shares.items()
    )


def reason_of(splits: Sequence[Split]) -> str:
    """The one reason a line for several cases was booked."""
    why = splits[0].match.reason.rpartition("; ")[2]
    return f"Sammelzahlung für {len(splits)} Akten, alle mit Nummer genannt; {why}"


def _named_claims(candidate: Candidate) -> set[int]:
    return {claim_id for claim_id, how in candidate.claim_numbers if how in _EXACT}


def judge(money: Money, candidate: Candidate) -> Match:
    """Weigh the evidence for one candidate."""
    number = _best_number(candidate)
    named = _meant(money.amount_cents, candidate)
    amount = _amount_agrees(money.amount_cents, candidate, named)
    likeness = name_likeness((money.payer, money.on_behalf_of), candidate.debtor_names)
    name_agrees = likeness >= _NAME_AGREES
    named_in_text = not name_agrees and stands_in(money.text, candidate.debtor_names)
    confidence = _NUMBER_WEIGHT[number] if number else 0
    reasons = [_NUMBER_REASON[number]] if number else []
    if amount:
        confidence += 22 if number else 26
        reasons.append(amount)
    if candidate.iban_known:
        confidence += 15 if number else 30
        reasons.append("von diesem Konto kam schon eine Zahlung")
    if name_agrees or named_in_text:
        confidence += 14 if number else 30
        reasons.append("Name stimmt" if name_agrees else "Name steht im Verwendungszweck")
    elif likeness >= _NAME_SIMILAR:
        confidence += 6 if number else 15
        reasons.append("Name ähnlich")
    if not number and amount is None:
        # A name or an account alone says who pays, not what: below every proposal that knows the amount.
        confidence = min(confidence, 45)
    payer = name_agrees or named_in_text or candidate.iban_known
    other_invoice = amount is None and _is_another_invoice(money.amount_cents, candidate, named)
    if other_invoice:
        reasons.append("Betrag gehört zu einer anderen Rechnung")
    return Match(
        case_id=candidate.case_id,
        claim_ids=named,
        confidence=min(confidence, 99 if number else 70),
        reason=", ".join(reasons),
        safe=not other_invoice and _is_safe(number, amount=amount is not None, payer=payer),
        amount=amount is not None,
        payer=payer,
        named=number in _EXACT,
    )


def _meant(cents: int, candidate: Candidate) -> tuple[int, ...]:
    """The invoices the payer named. Of numbers one slip away only the one whose amount agrees: neighbours are one slip apart as well."""
    named = tuple(claim_id for claim_id, how in candidate.claim_numbers if how != Number.INVOICE_TYPO)
    if named:
        return named
    nearly = {claim_id for claim_id, _ in candidate.claim_numbers}
    fitting = [c.claim_id for c in candidate.claims if c.claim_id in nearly and (_pays(cents, [c]) or _of_a_letter(cents, [c]))]
    return (fitting[0],) if len(fitting) == 1 else ()


def _best_number(candidate: Candidate) -> Number | None:
    found = [how for _, how in candidate.claim_numbers]
    if candidate.case_number:
        found.append(candidate.case_number)
    if candidate.customer_number:
        found.append(Number.CUSTOMER)
    return max(found, key=_NUMBER_WEIGHT.__getitem__) if len(found) > 1 else next(iter(found), None)


def _is_safe(number: Number | None, *, amount: bool, payer: bool) -> bool:
    """Number and (amount or payer); a number that had to be repaired by guessing, or sits inside other text, needs more."""
    match number:
        case None:
            return False
        case Number.INVOICE_TYPO | Number.INVOICE_GLUED | Number.CUSTOMER:
            return amount and payer
        case _:
            return amount or payer


def _amount_agrees(cents: int, candidate: Candidate, named: tuple[int, ...]) -> str | None:
    """Which of the case's sums the amount is, or None."""
    claims = candidate.claims
    if not claims:
        return None
    chosen = [claim for claim in claims if claim.claim_id in named]
    if chosen and _pays(cents, chosen):
        return "Betrag stimmt" if len(chosen) == 1 else f"Betrag stimmt für {len(chosen)} Rechnungen"
    if _pays(cents, claims):
        return "Betrag stimmt" if len(claims) == 1 else "Betrag ist alles, was offen ist"
    if _of_a_letter(cents, chosen or claims):
        return "Betrag eines früheren Briefs (Rechnung mit Zinsen bis dahin)"
    if named:
        return None  # the payer named invoices; that another one happens to cost the same proves nothing
    if any(_pays(cents, [claim]) for claim in claims):
        return "Betrag einer Rechnung stimmt"
    if any(_of_a_letter(cents, [claim]) for claim in claims):
        return "Betrag einer Rechnung mit Zinsen bis zu einem früheren Brief"
    if 2 < len(claims) <= _TOGETHER_MAX:
        for size in range(2, len(claims)):
            if any(_pays(cents, group) for group in combinations(claims, size)):
                return f"Betrag von {size} Rechnungen zusammen stimmt"
    return None


def _is_another_invoice(cents: int, candidate: Candidate, named: tuple[int, ...]) -> bool:
    """The amount is exactly that of an invoice the payer did not name: which of the two was meant is a question."""
    return bool(named) and any(_pays(cents, [claim]) for claim in candidate.claims if claim.claim_id not in named)


def _of_a_letter(cents: int, claims: Sequence[OpenClaim]) -> bool:
    """More than the invoices, less than today's total: what a letter of some days ago asked for, with interest until then."""
    principal = sum(claim.principal_cents for claim in claims)
    total = sum(claim.total_cents for claim in claims)
    return 0 < principal < cents < total and (total - principal) * 100 <= principal * _LETTER_INTEREST_MAX_PERCENT


def _pays(cents: int, claims: Sequence[OpenClaim]) -> bool:
    """True if this is what someone may pay for these claims: all of it, the principal, or what the invoice said. Zero is no amount."""
    return cents > 0 and cents in _measures(claims)


def _measures(claims: Sequence[OpenClaim]) -> tuple[int, int, int]:
    if len(claims) == 1:
        (only,) = claims
        return only.total_cents, only.principal_cents, only.invoiced_cents
    return sum(c.total_cents for c in claims), sum(c.principal_cents for c in claims), sum(c.invoiced_cents for c in claims)
