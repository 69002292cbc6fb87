"""Money that reached the creditor itself: reported by the creditor or an agent, booked on the case, and taken back if it was an error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from kulanz.claims.commands import close_if_settled, record_event, touch
from kulanz.claims.commands.account import NewFact, book
from kulanz.claims.models import Case, Creditor
from kulanz.failpoints import fp
from kulanz.law.money import CENTS_MAX
from kulanz.ledger.models import AccountKind, Entry, EntryKind
from kulanz.ledger.replay import FactKind
from kulanz.payments.commands.settle import Payment, settle
from kulanz.payments.errors import DirectPaymentRefused, ReasonMissing
from kulanz.payments.models import DirectPayment
from kulanz.payments.readers.direct import DirectRow, read_direct
from kulanz.payments.readers.shape import Problem, euros


@dataclass(frozen=True, slots=True)
class DirectReport:
    """A debtor paid the creditor itself. `key` makes the report count once per creditor (a voucher number, a form's key)."""

    case_id: int
    amount_cents: int
    paid_on: date
    key: str
    note: str = ""


def report_direct(report: DirectReport, *, actor: str, now: datetime, day: date) -> DirectPayment:
    """Book the payment on the case; everything falls silent in the same transaction, as with money on our account.

    The same report again returns the first. Raises `DirectPaymentRefused`.
    """
    if not 0 < report.amount_cents <= CENTS_MAX:
        raise DirectPaymentRefused("Der Betrag muss größer als null sein.")
    if report.paid_on > day:
        raise DirectPaymentRefused("Der Zahltag liegt in der Zukunft.")
    with transaction.atomic():
        case = touch([report.case_id]).get(report.case_id)
        if case is None:
            raise DirectPaymentRefused("Diese Akte gibt es nicht.")
        earlier = DirectPayment.objects.filter(creditor_id=case.creditor_id, key=report.key)
        if known := earlier.filter(undone_at=None).first():
            if (known.case_id, known.amount_cents, known.paid_on) != (case.id, report.amount_cents, report.paid_on):
                raise DirectPaymentRefused("Unter diesem Beleg wurde schon eine andere Zahlung gemeldet.")
            return known
        payment = Payment(
            line_id=0,
            case_id=case.id,
            claim_ids=(),
            amount_cents=report.amount_cents,
            currency=case.currency,
            paid_on=report.paid_on,
            kind=EntryKind.PAYMENT,
            key=f"direct:{case.creditor_id}:{report.key}:{earlier.count()}",
            source=f"Direkt an den Gläubiger gezahlt, gemeldet von {actor}",
            payer="",
            against=AccountKind.DIRECT,
        )
        fp("direct.before_report")
        entry_id = settle([payment], today=day, now=now, actor=actor)[0]
        made = DirectPayment.objects.create(
            creditor_id=case.creditor_id,
            case=case,
            amount_cents=report.amount_cents,
            currency=case.currency,
            paid_on=report.paid_on,
            note=report.note.strip()[:180],
            key=report.key,
            entry_id=entry_id,
            reported_by=actor,
            reported_at=now,
        )
        fp("direct.after_report")
    return made


def undo_direct(payment_id: int, *, reason: str, actor: str, now: datetime, day: date) -> int:
    """Take a reported payment back, effective on its own day; returns the counter-entry. Undone twice it stays undone."""
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        found = DirectPayment.objects.select_for_update().filter(id=payment_id).first()
        if found is None:
            raise DirectPaymentRefused("Diese Meldung gibt es nicht.")
        original = Entry.objects.get(id=found.entry_id)
        if found.undone_at is not None:
            return Entry.objects.get(reverses_id=original.id).id
        case = touch([found.case_id])[found.case_id]
        fact = NewFact(
            case.id,
            FactKind.CHARGEBACK,
            original.occurred_on,
            f"{original.idempotency_key}:undone",
            f"Rücknahme: {reason}",
            payment_entry_id=original.id,
            entry_kind=EntryKind.REVERSAL,
            against=AccountKind.DIRECT,
        )
        fp("direct.before_undo")
        (counter,) = book([fact], now=now)
        found.undone_by, found.undone_at, found.undone_because = actor, now, reason.strip()[:180]
        found.save()
        text = f"Gemeldete Direktzahlung über {euros(found.amount_cents, found.currency)} zurückgenommen: {reason.strip()}"
        record_event(case, "payment_undone", text, actor=actor, now=now, data={"entry": counter, "reverses": original.id})
        close_if_settled(case, day=day, now=now)
        fp("direct.after_undo")
    return counter


@dataclass(frozen=True, slots=True)
class DirectImport:
    """What a list brought: payments booked now, those known before, and what could not be taken, by line."""

    booked: int
    known: int
    sum_cents: int
    problems: tuple[Problem, ...]


def import_direct(data: bytes, name: str, creditor: Creditor, *, actor: str, now: datetime, day: date) -> DirectImport:
    """Book a creditor's list of direct payments in one transaction; a row that cannot be taken is named and changes nothing."""
    read = read_direct(data, name)
    problems = list(read.problems)
    booked = known = cents = 0
    with transaction.atomic():
        cases = _cases(creditor, [row.number for row in read.rows])
        for row in read.rows:
            match cases.get(row.number, []):
                case [case]:
                    before = DirectPayment.objects.filter(creditor=creditor, key=row.key, undone_at=None).exists()
                    try:
                        report_direct(DirectReport(case, row.cents, row.paid_on, row.key, row.note), actor=actor, now=now, day=day)
                    except DirectPaymentRefused as error:
                        problems.append(_problem(name, row, error.message))
                        continue
                    known, booked, cents = known + before, booked + (not before), cents + (0 if before else row.cents)
                case []:
                    problems.append(_problem(name, row, f"Zu „{row.number}“ gibt es bei diesem Mandanten keine Akte."))
                case _:
                    problems.append(_problem(name, row, f"Zu „{row.number}“ gibt es mehrere Akten. Bitte das Aktenzeichen nehmen."))
    return DirectImport(booked, known, cents, tuple(problems))


def _problem(name: str, row: DirectRow, reason: str) -> Problem:
    return Problem(name, row.line, reason, "direct_refused")


def _cases(creditor: Creditor, numbers: Sequence[str]) -> dict[str, list[int]]:
    """The cases behind references and invoice numbers of one creditor: one query for all."""
    wanted = {number: ("".join(number.split()).upper(), number.strip()) for number in numbers}
    by_text = Q(reference__in=[plain for plain, _ in wanted.values()]) | Q(claims__external_id__in=[text for _, text in wanted.values()])
    rows = Case.objects.filter(by_text, creditor=creditor).values_list("id", "reference", "claims__external_id")
    by_name: dict[str, set[int]] = {}
    for case_id, reference, invoice in rows:
        by_name.setdefault(reference, set()).add(case_id)
        by_name.setdefault(invoice, set()).add(case_id)
    return {number: sorted(by_name.get(plain, set()) | by_name.get(text, set())) for number, (plain, text) in wanted.items()}
