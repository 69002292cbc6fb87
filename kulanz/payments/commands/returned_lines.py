"""Money that went back: the bank returns a payment that was booked. The case is open again, and for some days nobody asks for anything.

The original is found by its end-to-end id, else by amount and account among the last bookings, and only if one alone fits. Whatever fits
more than once is proposed to a person, who confirms it like any other line (`assign`) and takes it back with one counter-entry (`undo`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import connection

from kulanz.claims.commands import close_if_settled, record_event, touch
from kulanz.claims.commands.account import NewFact, book
from kulanz.claims.models import Case, Claim, HoldReason
from kulanz.contact.commands import silence
from kulanz.contact.return_reasons import return_reason, says_died
from kulanz.failpoints import fp
from kulanz.ledger.commands import Line, NewEntry, post, tenant_account
from kulanz.ledger.components import Component
from kulanz.ledger.models import AccountKind, EntryKind
from kulanz.ledger.replay import FactKind
from kulanz.payments.commands.states import Outcome
from kulanz.payments.commands.tell_returned import Returned, tell_returned, untell
from kulanz.payments.models import BankLine, CollectorIdentity, LineState
from kulanz.payments.readers.shape import euros

SOURCE: Final = "bank"
DAYS_BACK: Final = 400
"""A debit without a mandate may be returned for thirteen months."""
QUIET_DAYS: Final = 7
"""How long nobody asks for anything after a return, unless the creditor has set it (`CollectorIdentity.return_quiet_days`)."""

SURE, POSSIBLE = 100, 60
_INSTRUCTED: Final = re.compile(r"([0-9]{1,15})\.([0-9]{2}) ")

# Booked lines of the same account that one returned line may take back, and that nothing has taken back yet: the strongest evidence first.
_ORIGINALS: Final = """
    SELECT o.id, o.case_id, o.entry_id, c.reference, o.amount_cents, o.booked_on,
      CASE WHEN o.end_to_end_id <> '' AND o.end_to_end_id = %(end_to_end_id)s THEN 1
        WHEN o.bank_ref <> '' AND position(o.bank_ref IN %(text)s) > 0 THEN 2
        WHEN o.counterparty_iban <> '' AND o.counterparty_iban = %(iban)s THEN 3
        ELSE 4 END AS rank
    FROM payments_bankline o JOIN claims_case c ON c.id = o.case_id
    WHERE o.account_iban = %(account)s AND o.state = 'booked' AND o.amount_cents = ANY(%(amounts)s) AND o.currency = %(currency)s
      AND o.entry_id IS NOT NULL AND o.booked_on BETWEEN %(since)s AND %(until)s
      AND (%(case_id)s::bigint IS NULL OR o.case_id = %(case_id)s)
      AND NOT EXISTS (SELECT FROM ledger_entry r WHERE r.reverses_id = o.entry_id)
    ORDER BY rank, o.booked_on DESC, o.id LIMIT 20"""


@dataclass(frozen=True, slots=True)
class Original:
    """A booked line that a returned one may take back. ``rank`` 1: the same end-to-end id, 2: its bank reference is named, 3: the same
    account, 4: only the amount."""

    line_id: int
    case_id: int
    entry_id: int
    reference: str
    amount_cents: int
    booked_on: date
    rank: int


def book_returns(outcomes: Sequence[Outcome], *, now: datetime, day: date) -> int:
    """Take back what the returned lines among ``outcomes`` return; returns how many were booked. In the import's transaction."""
    wanted = [each.line_id for each in outcomes if each.state == LineState.UNMATCHED and _is_return(each) and each.creditor_id]
    if not wanted:
        return 0
    booked = 0
    for line in BankLine.objects.filter(id__in=wanted, state=LineState.UNMATCHED).order_by("id"):
        found = originals(line)
        sure = [one for one in found if one.rank == found[0].rank and one.rank < 4]
        if len(sure) == 1:
            take_back(line, sure[0], actor="kulanz", reason=_WHY[sure[0].rank], now=now, day=day)
            booked += 1
        elif found:
            _propose(line, found)
    return booked


_WHY: Final = {
    1: "Rückgabe: Ende-zu-Ende-Kennung stimmt",
    2: "Rückgabe: die Bank nennt die ursprüngliche Buchung",
    3: "Rückgabe: Betrag und Konto stimmen",
    4: "Rückgabe: Betrag stimmt",
}


def _is_return(outcome: Outcome) -> bool:
    line = outcome.new.line
    return line.amount_cents < 0 and bool(line.return_reason or line.reversal)


def originals(line: BankLine, case_id: int | None = None) -> list[Original]:
    """The booked lines (of one case) that this returned line may take back, likeliest first."""
    amount = abs(line.amount_cents)
    amounts = {amount, amount - line.charges_cents}
    if instructed := _INSTRUCTED.match(line.instructed):
        amounts.add(int(instructed[1]) * 100 + int(instructed[2]))
    given: dict[str, Any] = {
        "end_to_end_id": line.end_to_end_id,
        "text": f"{line.purpose} {line.end_to_end_id} {line.bank_ref}",
        "iban": line.counterparty_iban,
        "account": line.account_iban,
        "amounts": sorted(cents for cents in amounts if cents > 0),
        "currency": line.currency,
        "since": line.booked_on - timedelta(days=DAYS_BACK),
        "until": line.booked_on,
        "case_id": case_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ORIGINALS, given)
        return [Original(*row) for row in cursor.fetchall()]


def take_back(line: BankLine, original: Original, *, actor: str, reason: str, now: datetime, day: date) -> int:
    """Book a return against its original payment, effective on the day of the return; returns the chargeback's entry.

    The debtor is told once, kindly. The bank's charge is a cost of the creditor, unless its settings pass it on
    (`CollectorIdentity.pass_on_return_charge`).
    """
    case = touch([original.case_id])[original.case_id]
    line.bookings += 1
    key = f"bankline:{line.id}:{line.bookings}"
    fp("assign.before_book")
    source = f"Rückgabe {line.return_reason}, Bankumsatz {line.id}".replace(" ,", ",")
    back = NewFact(case.id, FactKind.CHARGEBACK, line.booked_on, key, source, payment_entry_id=original.entry_id)
    (entry_id,) = book([back], now=now)
    collector = CollectorIdentity.objects.filter(creditor_id=case.creditor_id).first()
    charge_cents = max(0, abs(line.amount_cents) - original.amount_cents)
    passed_on = collector is not None and collector.pass_on_return_charge
    if charge_cents:
        book_charge(line, case, key, charge_cents, passed_on=passed_on, now=now)
    line.state, line.case_id, line.creditor_id, line.entry_id = LineState.BOOKED, case.id, case.creditor_id, entry_id
    line.reason, line.confidence, line.decided_by, line.decided_at = reason, SURE, actor, now
    line.save()
    fp("assign.after_book")
    amount = euros(original.amount_cents, line.currency)
    why = f" ({line.return_reason})" if line.return_reason.strip("?") else ""
    text = f"Die Zahlung über {amount} vom {original.booked_on:%d.%m.%Y} hat die Bank zurückgegeben{why}."
    record_event(
        case, "payment_returned", text, actor=actor, now=now, data={"line": line.id, "entry": entry_id, "returns": original.line_id}
    )
    close_if_settled(case, day=day, now=now)
    quiet_until = day + timedelta(days=QUIET_DAYS if collector is None else collector.return_quiet_days)
    what = Returned(
        step=_step(line),
        template="payment_returned",
        reason=return_reason(line.return_reason),
        amount_cents=original.amount_cents,
        charge_cents=charge_cents if passed_on else 0,
        quiet_until=quiet_until,
    )
    _answer(case, line, what, original, note=text, day=day, now=now)
    return entry_id


def _answer(case: Case, line: BankLine, what: Returned, original: Original, *, note: str, day: date, now: datetime) -> None:
    """Some quiet days and one message; whoever has died is told nothing."""
    if says_died(line.return_reason):
        silence(case.id, HoldReason.DEATH, day=day, now=now, source=SOURCE, note=note)
        Case.objects.filter(id=case.id).update(needs_human=True)
        return
    silence(case.id, HoldReason.PAUSE, day=day, now=now, source=SOURCE, until_on=what.quiet_until, note=note)
    tell_returned(case, what, {"days": {"paid_day": original.booked_on.isoformat()}}, day=day, now=now)


def take_back_no_more(line: BankLine) -> None:
    """A person undoes a return: what was to be written about it is not written."""
    if line.amount_cents < 0 and line.case_id is not None:
        untell(line.case_id, _step(line), because="Die Rückgabe gehörte nicht zu dieser Akte.")


def _step(line: BankLine) -> str:
    return f"returned-{line.id}"


def book_charge(line: BankLine, case: Case, key: str, cents: int, *, passed_on: bool, now: datetime) -> None:
    """The bank's charge as a fact of its own: out of suspense as a cost, and onto the account only where that is wanted."""
    suspense = tenant_account(case.creditor_id, AccountKind.SUSPENSE, line.currency)
    income = tenant_account(case.creditor_id, AccountKind.INCOME, line.currency)
    source = f"Entgelt der Bank für die Rückgabe, Bankumsatz {line.id}"
    lines = (Line(income, Component.EXPENSE, cents), Line(suspense, Component.CASH, -cents))
    post([NewEntry(case.creditor_id, line.booked_on, EntryKind.CHARGE, source, f"bankline:{line.id}:charge", lines)], now=now)
    if passed_on:
        claim_id = Claim.objects.filter(case_id=case.id).order_by("due_on", "id").values_list("id", flat=True)[0]
        fact = NewFact(case.id, FactKind.CHARGE, line.booked_on, f"{key}:charge", source, cents, claim_id, Component.EXPENSE)
        book([fact], now=now)


def _propose(line: BankLine, found: Sequence[Original]) -> None:
    """Several bookings fit: a person says which one came back."""
    by_case: dict[int, dict[str, Any]] = {}
    for one in found:
        text = f"{_WHY[one.rank]} (Zahlung vom {one.booked_on:%d.%m.%Y})"
        confidence = POSSIBLE - 10 * (one.rank - 1)
        proposal = {"case": one.case_id, "reference": one.reference, "claims": [], "numbers": [], "confidence": confidence, "reason": text}
        by_case.setdefault(one.case_id, proposal)
    line.proposals = list(by_case.values())[:5]
    line.state, line.reason, line.confidence = LineState.PROPOSED, line.proposals[0]["reason"], line.proposals[0]["confidence"]
    line.save(update_fields=["proposals", "state", "reason", "confidence"])
