"""Ending an agreement: kept, broken, cancelled, revised, expired; what stood because of it stands no longer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from django.db import connection

from kulanz.claims.accounts import ClaimBalance, balance_of, open_amounts
from kulanz.claims.commands import lift_holds, record_event, touch
from kulanz.claims.commands.account import NewFact, book
from kulanz.claims.commands.limitation import note_limitation
from kulanz.claims.errors import NothingToBook
from kulanz.claims.models import Case, Claim
from kulanz.contact.commands import cancel_queued, queue_answer
from kulanz.failpoints import fp
from kulanz.ledger.components import Component
from kulanz.ledger.queries import lines_of
from kulanz.ledger.replay import FactKind
from kulanz.ledger.rules import Booked
from kulanz.payments.agreement_errors import AgreementNotFound, AgreementOver
from kulanz.payments.commands.agreements.store import ABOUT_MONEY, STANDSTILL, source_of
from kulanz.payments.commands.agreements.words import HOLD, NOUN
from kulanz.payments.models import LIVE, Agreement, AgreementKind, AgreementState
from kulanz.payments.queries_situation import INTEREST_FREE, forgiven, interest_to_forgive

_EVENT: Final = {
    AgreementState.KEPT: "agreement_kept",
    AgreementState.BROKEN: "agreement_broken",
    AgreementState.CANCELLED: "agreement_cancelled",
    AgreementState.REVISED: "agreement_revised",
    AgreementState.EXPIRED: "agreement_expired",
}


def close(
    agreement: Agreement, state: AgreementState, because: str, *, day: date, now: datetime, actor: str, lift: bool = True
) -> Agreement:
    """End an agreement. `because` is a German sentence; `lift` False keeps the hold for the agreement that follows.

    In the caller's transaction, under the case lock. Interest of the time it ran is given up first where that was agreed.
    """
    case = Case.objects.get(id=agreement.case_id)
    was_active = agreement.state == AgreementState.ACTIVE
    if was_active:
        forgive_interest(agreement, until_on=day, now=now)
    fp("agreement.before_close")
    agreement.state, agreement.closed_on, agreement.closed_because = state, day, because[:200]
    agreement.missed_on = agreement.recover_until = None
    agreement.save(update_fields=["state", "closed_on", "closed_because", "missed_on", "recover_until"])
    kind = AgreementKind(agreement.kind)
    if was_active and kind in STANDSTILL and agreement.agreed_on is not None:
        ended_on = max(agreement.agreed_on, day)
        source = source_of(agreement)
        note_limitation(case, "deferral", from_on=agreement.agreed_on, to_on=ended_on, source=source, actor=actor, now=now)
    cancel_queued(case.id, because, now=now, templates=ABOUT_MONEY, actor=actor)
    if lift:
        lift_holds(case.id, [HOLD[kind]], because=because, actor=actor, now=now)
    data = {"agreement": agreement.id, "kind": kind.value}
    record_event(case, _EVENT[state], f"{NOUN[kind]}: {because}", actor=actor, now=now, data=data)
    fp("agreement.after_close")
    return agreement


def cancel(agreement_id: int, *, because: str, day: date, now: datetime, actor: str, tell: bool = True) -> Agreement:
    """End a live agreement because somebody wants it; the debtor is told, unless it was their own wish (`tell` False).

    Normal steps resume with the next run. Raises `AgreementNotFound`, `AgreementOver`.
    """
    agreement = locked(agreement_id)
    close(agreement, AgreementState.CANCELLED, because, day=day, now=now, actor=actor)
    if tell:
        tell_ended(agreement, day=day, now=now)
    return agreement


def tell_ended(agreement: Agreement, *, day: date, now: datetime) -> None:
    """Nothing ends silently: say that the agreement is over and what can be done now."""
    queue_answer(agreement.case_id, "agreement_ended", step=f"agreement-end-{agreement.id}", params={}, day=day, now=now)


def locked(agreement_id: int) -> Agreement:
    """A live agreement under its case's lock. Raises `AgreementNotFound`, `AgreementOver`."""
    case_id = Agreement.objects.filter(id=agreement_id).values_list("case_id", flat=True).first()
    if case_id is None:
        raise AgreementNotFound
    touch([case_id])
    agreement = Agreement.objects.select_related("case", "creditor").get(id=agreement_id)
    if agreement.state not in LIVE:
        raise AgreementOver
    return agreement


def forgive_interest(agreement: Agreement, *, until_on: date, now: datetime) -> int:
    """Give up the interest that ran while an interest-free agreement stood; returns cents.

    Effective on each day money came and on `until_on`, before that day's money: so every instalment pays what was owed when the
    agreement was made, and the account stays explained to the cent. Called again for the same days it books nothing.
    """
    if agreement.kind not in INTEREST_FREE or agreement.agreed_on is None or until_on <= agreement.agreed_on:
        return 0
    total = 0
    claims = list(Claim.objects.filter(case_id=agreement.case_id).select_related("creditor").order_by("due_on", "id"))
    lines: dict[int, list[Booked]] | None = None  # read once for many days, and anew after each booking
    for day in (*_payment_days(agreement, until_on), until_on):
        lines = lines_of([claim.account_id for claim in claims]) if lines is None else lines
        for balance in [balance_of(claim, lines.get(claim.account_id, []), day) for claim in claims if claim.invoiced_on <= day]:
            if cents := _forgive(agreement, balance, day, now=now):
                total, lines = total + cents, None
    return total


def _forgive(agreement: Agreement, balance: ClaimBalance, day: date, *, now: datetime) -> int:
    """Waive what has run on one claim since the agreement was made and was not waived yet."""
    claim, cents = balance.claim, interest_to_forgive(agreement, balance)
    if cents <= 0:
        return 0
    fact = NewFact(
        case_id=agreement.case_id,
        kind=FactKind.WAIVER,
        on=day,
        key=f"{source_of(agreement)}:interest:{claim.id}:{day}:{forgiven(agreement, claim.id)}",
        source=f"{NOUN[AgreementKind(agreement.kind)]}: keine Zinsen, solange er läuft",
        cents=cents,
        claim_id=claim.id,
        component=Component.INTEREST,
    )
    try:
        book([fact], now=now)
    except NothingToBook:
        return 0  # the claim was written off meanwhile: there is no interest left to give up
    return cents


def _payment_days(agreement: Agreement, until_on: date) -> list[date]:
    """The days money came for the agreement's claims since it was made, up to `until_on`, in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT e.occurred_on FROM ledger_entry e JOIN ledger_posting p ON p.entry_id = e.id"
            " JOIN claims_claim c ON c.account_id = p.account_id WHERE c.case_id = %s AND e.id > %s"
            " AND e.kind IN ('payment', 'assignment') AND e.occurred_on > %s AND e.occurred_on < %s ORDER BY 1",
            [agreement.case_id, agreement.ledger_mark, agreement.agreed_on, until_on],
        )
        return [row[0] for row in cursor.fetchall()]


def rest_waivers(agreement: Agreement, *, day: date, limit_cents: int | None) -> list[NewFact]:
    """What is still open on the agreement's claims on a day, to be given up because it was kept; at most `limit_cents` (None: all)."""
    left, facts = limit_cents, []
    source = f"{NOUN[AgreementKind(agreement.kind)]} eingehalten: auf den Rest wird verzichtet"
    for balance in open_amounts([agreement.case_id], day)[agreement.case_id]:
        if balance.claim.id not in agreement.terms["claims"]:
            continue
        parts = [(Component.INTEREST, balance.interest_cents), *balance.fees.items(), (Component.PRINCIPAL, balance.principal_cents)]
        for component, open_cents in parts:
            cents = open_cents if left is None else min(open_cents, left)
            if cents > 0:
                left = None if left is None else left - cents
                key = f"{source_of(agreement)}:rest:{balance.claim.id}:{component.value}"
                facts.append(NewFact(agreement.case_id, FactKind.WAIVER, day, key, source, cents, balance.claim.id, component))
    return facts
