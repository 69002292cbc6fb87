"""Money has come (or gone back): the agreements of those cases follow it, in the same transaction."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from django.db import connection

from kulanz.claims.accounts import open_amounts
from kulanz.claims.commands import close_if_settled, record_event
from kulanz.claims.commands.account import book
from kulanz.claims.models import Case
from kulanz.contact.commands import cancel_queued
from kulanz.failpoints import fp
from kulanz.frames import id_array
from kulanz.payments.commands.agreements.close import close, forgive_interest, rest_waivers
from kulanz.payments.commands.agreements.store import ABOUT_MONEY
from kulanz.payments.models import Agreement, AgreementKind, AgreementState
from kulanz.payments.queries_agreements import Told, told
from kulanz.payments.queries_situation import policy_of
from kulanz.payments.rules.plan_progress import Standing, judge

WAITING = (AgreementState.ACTIVE, AgreementState.OFFERED)


def follow_money(case_ids: Collection[int], *, day: date, now: datetime, actor: str = "kulanz") -> set[int]:
    """Let the agreements of these cases follow what is booked: covered, caught up, kept. Returns the cases that have some.

    In the caller's transaction, after the booking and under the case locks. A settlement offer that is paid in full and in time is
    taken by paying it. Nothing about instalments is stored: it is read from the ledger each time.
    """
    with connection.cursor() as cursor:
        states = [state.value for state in WAITING]
        cursor.execute(
            "SELECT id FROM payments_agreement WHERE case_id = ANY(%s::bigint[]) AND state = ANY(%s)", [id_array(case_ids), states]
        )
        found = [row[0] for row in cursor.fetchall()]
    if not found:
        return set()
    rows = list(Agreement.objects.filter(id__in=found).select_related("case", "creditor").order_by("case_id", "id"))
    for each in told(rows):
        if each.agreement.state == AgreementState.ACTIVE:
            forgive_interest(each.agreement, until_on=day, now=now)
        if is_kept(each, day):
            keep(each, day=day, now=now, actor=actor)
        elif each.agreement.state == AgreementState.ACTIVE:
            caught_up(each, day=day, now=now, actor=actor)
    return {row.case_id for row in rows}


def is_kept(each: Told, day: date) -> bool:
    """True if everything agreed is paid, or nothing is open any more on what the agreement is about."""
    agreement, progress = each.agreement, each.progress
    if not progress.rows:
        return False
    if progress.open_cents == 0:
        late = agreement.expires_on is not None and day > agreement.expires_on
        return agreement.state == AgreementState.ACTIVE or not late
    balances = open_amounts([agreement.case_id], day)[agreement.case_id]
    covered = [balance for balance in balances if balance.claim.id in agreement.terms["claims"]]
    return agreement.state == AgreementState.ACTIVE and sum(balance.total_cents for balance in covered) <= 0


def keep(each: Told, *, day: date, now: datetime, actor: str) -> None:
    """The agreement is kept: what it gave up is given up, it ends, and the case closes if nothing else is open."""
    agreement = each.agreement
    limit = None if agreement.kind == AgreementKind.SETTLEMENT else _interest_since(agreement, day)
    fp("agreement.before_keep")
    if agreement.kind in (AgreementKind.SETTLEMENT, AgreementKind.PLAN):
        book(rest_waivers(agreement, day=day, limit_cents=limit), now=now)
    close(agreement, AgreementState.KEPT, "Alles wie vereinbart bezahlt. Danke.", day=day, now=now, actor=actor)
    close_if_settled(Case.objects.get(id=agreement.case_id), day=day, now=now)
    fp("agreement.after_keep")


def _interest_since(agreement: Agreement, day: date) -> int:
    """Interest that ran since the agreement was made: the most that a kept plan gives up, so that no other debt falls away with it."""
    if agreement.agreed_on is None:
        return 0
    before = {b.claim.id: b.interest.total_cents for b in open_amounts([agreement.case_id], agreement.agreed_on)[agreement.case_id]}
    after = open_amounts([agreement.case_id], day)[agreement.case_id]
    claims = agreement.terms["claims"]
    return sum(max(0, b.interest.total_cents - before.get(b.claim.id, 0)) for b in after if b.claim.id in claims)


def caught_up(each: Told, *, day: date, now: datetime, actor: str) -> bool:
    """Close the friendly path if nothing is behind any more; True if it was open and is closed now."""
    agreement = each.agreement
    cancel_queued(agreement.case_id, "Zahlung eingegangen", now=now, templates=ABOUT_MONEY, actor=actor)
    if agreement.missed_on is None:
        return False
    policy = policy_of(agreement.creditor_id)
    verdict = judge(
        each.progress,
        day=day,
        tolerance_days=policy.tolerance_days,
        recovery_days=policy.recovery_days,
        missed_since=agreement.missed_on,
    )
    if verdict.standing not in (Standing.ON_TIME, Standing.LATE):
        return False
    fp("agreement.before_caught_up")
    Agreement.objects.filter(id=agreement.id).update(missed_on=None, recover_until=None)
    text = "Ratenplan: Die verspätete Rate ist da, der Plan läuft weiter."
    record_event(agreement.case, "agreement_caught_up", text, actor=actor, now=now, data={"agreement": agreement.id})
    fp("agreement.after_caught_up")
    return True
