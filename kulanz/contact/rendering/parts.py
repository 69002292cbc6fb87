"""The parts every channel shows: the table of claims, how to pay, how to answer, how to check that a message is
genuine.

They are worked out once from the facts as plain strings; a channel only decides how they look.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from kulanz.contact.errors import DutiesIncomplete
from kulanz.contact.rendering.duties import Disclosure, disclosures
from kulanz.contact.rendering.facts import ClaimLine, Language, MessageFacts, Sender
from kulanz.contact.rendering.format import grouped, long_day, money, short_day

_FOLDER = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Table:
    """A table of strings.

    ``right`` holds the numbers of the columns that are set flush right; the last row may be a sum.
    """

    columns: list[str]
    right: list[int]
    rows: list[list[str]]
    total: list[str]
    notes: list[str]


@dataclass(frozen=True, slots=True)
class Way:
    """Something the reader may answer, with what it does and where it is done."""

    label: str
    why: str
    url: str


@dataclass(frozen=True, slots=True)
class Parts:
    """The shared parts of one message in its language."""

    labels: dict[str, str]
    total: str
    due_words: str
    claims: Table | None
    booked: Table | None
    plan: Table | None
    payment: list[tuple[str, str]]
    ways: list[Way]
    imprint: list[str]
    duties: list[Disclosure]


@lru_cache(maxsize=8)
def labels(language: Language) -> dict[str, str]:
    """The short fixed words of a language."""
    words: dict[str, str] = yaml.safe_load((_FOLDER / language / "labels.yaml").read_text(encoding="utf-8"))
    return words


def parts_of(facts: MessageFacts) -> Parts:
    """Work out every shared part of a message. Raises `DutiesIncomplete` where an agency's first letter would lack what it must tell."""
    words = labels(facts.language)
    return Parts(
        labels=words,
        total=money(facts.total_cents, facts.currency, facts.language),
        due_words=_due_words(facts, words),
        claims=_claims_table(facts, words) if facts.claims and facts.total_cents else None,
        booked=_booked_table(facts, words) if facts.payments else None,
        plan=_plan_table(facts, words) if facts.instalments else None,
        payment=_payment_lines(facts, words) if facts.asked_cents and facts.sender.iban else [],
        ways=[
            Way(words["way_paid"], words["way_paid_why"], facts.portal_url + "#schon-bezahlt"),
            Way(words["way_wrong"], words["way_wrong_why"], facts.portal_url + "#stimmt-nicht"),
        ],
        imprint=imprint_of(facts.sender, facts.language),
        duties=_duties(facts),
    )


def _duties(facts: MessageFacts) -> list[Disclosure]:
    """The duties written out; all or none."""
    if facts.duties is None:
        return []
    found = disclosures(facts.duties, facts.sender, facts.language)
    if found.missing:
        lacking = "; ".join(f"{duty.text} ({duty.rule})" for duty in found.missing)
        raise DutiesIncomplete(f"Für den ersten Inkassobrief fehlt: {lacking}.")
    return list(found.told)


def _due_words(facts: MessageFacts, words: dict[str, str]) -> str:
    due_days = {claim.due_on for claim in facts.claims}
    if due_days and min(due_days) >= facts.day:
        return words["amount_due_on"].format(day=long_day(min(due_days), facts.language)) if len(due_days) == 1 else ""
    if facts.pay_until is not None:
        return words["amount_due_by"].format(day=long_day(facts.pay_until, facts.language))
    return ""


def _claims_table(facts: MessageFacts, words: dict[str, str]) -> Table:
    """One row a claim.

    Columns that would hold nothing but zeros are left out, so that a simple invoice stays simple.
    """

    def cents(amount: int) -> str:
        return money(amount, facts.currency, facts.language).replace("-", "−") if amount else "–"

    with_subject = any(claim.subject for claim in facts.claims)
    optional: list[tuple[str, str, list[int]]] = [
        ("paid", words["paid"], [-claim.paid_cents for claim in facts.claims]),
        ("interest", words["interest"], [claim.interest_cents for claim in facts.claims]),
        ("fees", words["fees"], [claim.fees_cents for claim in facts.claims]),
    ]
    shown = [(label, amounts) for _, label, amounts in optional if any(amounts)]
    columns = [words["number"], words["due"]]
    if shown:
        columns.append(words["invoiced_amount"])
    columns += [label for label, _ in shown] + [words["open"]]

    def row(index: int, claim: ClaimLine) -> list[str]:
        name = f"{claim.number}\n{claim.subject}" if with_subject and claim.subject else claim.number
        cells = [name, short_day(claim.due_on, facts.language)]
        if shown:
            cells.append(cents(claim.invoiced_cents))
        return cells + [cents(amounts[index]) for _, amounts in shown] + [cents(claim.open_cents)]

    total = [words["sum"], ""]
    if shown:
        total.append(cents(sum(claim.invoiced_cents for claim in facts.claims)))
    total += [cents(sum(amounts)) for _, amounts in shown] + [cents(facts.total_cents)]
    return Table(
        columns=columns,
        right=list(range(2, len(columns))),
        rows=[row(index, claim) for index, claim in enumerate(facts.claims)],
        total=total if len(facts.claims) > 1 else [],
        notes=list(facts.interest_notes),
    )


def _booked_table(facts: MessageFacts, words: dict[str, str]) -> Table:
    def cents(amount: int) -> str:
        return money(amount, facts.currency, facts.language) if amount else "–"

    parts = [
        (words["booked_principal"], [payment.principal_cents for payment in facts.payments]),
        (words["booked_interest"], [payment.interest_cents for payment in facts.payments]),
        (words["booked_fees"], [payment.fees_cents for payment in facts.payments]),
        (words["booked_overpaid"], [payment.overpaid_cents for payment in facts.payments]),
    ]
    shown = [(label, amounts) for label, amounts in parts if any(amounts)]
    columns = [words["booked_day"], words["booked_amount"]] + [label for label, _ in shown]
    rows = [
        [short_day(payment.received_on, facts.language), cents(payment.amount_cents)] + [cents(amounts[index]) for _, amounts in shown]
        for index, payment in enumerate(facts.payments)
    ]
    return Table(columns, list(range(1, len(columns))), rows, [], [])


def _plan_table(facts: MessageFacts, words: dict[str, str]) -> Table:
    """The instalments of a plan, one row each, and their sum."""

    def cents(amount: int) -> str:
        return money(amount, facts.currency, facts.language)

    columns = [words["plan_number"], words["due"], words["booked_amount"]]
    rows = [[f"{number}.", short_day(day, facts.language), cents(amount)] for number, (day, amount) in enumerate(facts.instalments, 1)]
    total = [words["sum"], "", cents(sum(amount for _, amount in facts.instalments))]
    return Table(columns, [2], rows, total, [])


def _payment_lines(facts: MessageFacts, words: dict[str, str]) -> list[tuple[str, str]]:
    sender = facts.sender
    lines = [
        (words["holder"], sender.account_holder or sender.legal_name or sender.name),
        (words["iban"], grouped(sender.iban)),
        (words["bic"], sender.bic),
        (words["amount"], money(facts.asked_cents, facts.currency, facts.language)),
        (words["purpose"], grouped(facts.reference)),
    ]
    return [(label, value) for label, value in lines if value]


def imprint_of(sender: Sender, language: Language) -> list[str]:
    """Who writes and how to reach them, for the foot of a page."""
    words = labels(language)
    address = ", ".join(part for part in (sender.street, f"{sender.postcode} {sender.city}".strip()) if part)
    reach = [
        f"{words['phone']} {sender.phone}" if sender.phone else "",
        sender.email,
        sender.website.removeprefix("https://").removeprefix("http://").rstrip("/"),
    ]
    who = ", ".join(part for part in (sender.legal_name or sender.name, address) if part)
    agency = sender.agency
    writer = words["agency"].format(agency=f"{agency.legal_name}, {agency.street}, {agency.postcode} {agency.city}") if agency else ""
    lines = [who, " · ".join(part for part in reach if part), writer]
    return [line for line in lines if line]


def genuine_of(sender: Sender, language: Language, key: str) -> str:
    """The sentence with which a reader checks who writes: the creditor for itself, or an agency on its behalf."""
    voice = "_agency" if sender.agency else "" if sender.in_own_name else "_unnamed"
    return labels(language)[key + voice]
