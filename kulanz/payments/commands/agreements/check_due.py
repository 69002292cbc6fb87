"""Once a day, before the day is decided: what fell due is looked at, the friendly path opened, what is over ended. Never silently."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Q

from kulanz.claims.commands import record_event, touch
from kulanz.claims.models import Case, CaseEvent, CaseState, Hold, HoldReason
from kulanz.contact.commands import cancel_queued, queue_answer, queue_messages
from kulanz.contact.commands.queue import SCHEMA
from kulanz.failpoints import fp
from kulanz.frames import frame_of
from kulanz.payments.commands.agreements.close import close, tell_ended
from kulanz.payments.commands.agreements.follow import caught_up, is_kept, keep
from kulanz.payments.commands.agreements.words import NOUN
from kulanz.payments.models import Agreement, AgreementKind, AgreementState, BudgetStatement
from kulanz.payments.queries_agreements import PAYING, Told, told
from kulanz.payments.queries_situation import policy_of
from kulanz.payments.rules.plan_progress import Standing, Verdict, judge


@dataclass(slots=True)
class DueCounts:
    """What `check_due` found and did, for the run's record."""

    looked_at: int = 0
    kept: int = 0
    missed: int = 0
    caught_up: int = 0
    broken: int = 0
    expired: int = 0
    reminded: int = 0
    gone_back: int = 0


def check_due(day: date, now: datetime) -> DueCounts:
    """Judge every agreement that something is due on, each in its own transaction; then queue reminders of instalments to come.

    Which ones need a look is one set-based query; called again the same day it finds nothing left to do. Killed in between, the next
    call does the rest.
    """
    counts = DueCounts()
    for agreement_id, case_id in _candidates(day):
        with transaction.atomic():
            touch([case_id])
            _look_at(agreement_id, day, now, counts)
    with transaction.atomic():
        counts.gone_back = _gone_back(day, now)
    with transaction.atomic():
        counts.reminded = _remind(day, now)
    with transaction.atomic():
        fp("agreement.before_forget")
        BudgetStatement.objects.filter(expires_on__lt=day).delete()
        fp("agreement.after_forget")
    return counts


_CANDIDATES: Final = """
    WITH live AS (
      SELECT g.id, g.case_id, g.state, g.kind, g.ledger_mark, g.missed_on, g.ends_on, g.expires_on, g.total_cents, g.terms,
             coalesce(o.tolerance_days, 5) AS tolerance
      FROM payments_agreement g LEFT JOIN payments_agreementpolicy o ON o.creditor_id = g.creditor_id
      WHERE g.state IN ('proposed', 'offered', 'active')),
    due AS (
      SELECT l.id, sum(i.amount_cents) AS cents FROM live l JOIN payments_instalment i ON i.agreement_id = l.id
      WHERE i.due_on + l.tolerance < %(day)s GROUP BY l.id),
    paid AS (
      SELECT l.id, -sum(p.amount_cents) AS cents
      FROM live l JOIN claims_claim c ON c.case_id = l.case_id AND l.terms -> 'claims' @> to_jsonb(c.id)
      JOIN ledger_posting p ON p.account_id = c.account_id
      JOIN ledger_entry e ON e.id = p.entry_id AND e.id > l.ledger_mark AND e.kind = ANY(%(paying)s)
      WHERE e.reverses_id IS NULL OR e.reverses_id > l.ledger_mark GROUP BY l.id)
    SELECT l.id, l.case_id FROM live l LEFT JOIN due d ON d.id = l.id LEFT JOIN paid p ON p.id = l.id
    JOIN claims_case k ON k.id = l.case_id
    WHERE l.missed_on IS NOT NULL
       OR coalesce(d.cents, 0) > coalesce(p.cents, 0)
       OR (l.total_cents > 0 AND coalesce(p.cents, 0) >= l.total_cents)
       OR (l.state <> 'active' AND l.expires_on < %(day)s)
       OR (l.kind = 'pause' AND l.ends_on < %(day)s)
       OR k.state <> 'open'
    ORDER BY l.case_id, l.id"""


def _candidates(day: date) -> list[tuple[int, int]]:
    """The agreements that need a look, with their cases, in order of locking."""
    with connection.cursor() as cursor:
        cursor.execute(_CANDIDATES, {"day": day, "paying": PAYING})
        return [(row[0], row[1]) for row in cursor.fetchall()]


def _look_at(agreement_id: int, day: date, now: datetime, counts: DueCounts) -> None:
    """Judge one agreement under its case's lock, and do what follows."""
    agreement = Agreement.objects.select_related("case", "creditor").get(id=agreement_id)
    each = told([agreement])[0]
    counts.looked_at += 1
    if agreement.state != AgreementState.ACTIVE:
        _offer_over(each, day, now, counts)
        return
    if agreement.kind == AgreementKind.PAUSE:
        if agreement.ends_on < day or agreement.case.state != "open":
            close(agreement, AgreementState.KEPT, "Die Pause ist vorbei.", day=day, now=now, actor="kulanz")
        return
    if is_kept(each, day):
        keep(each, day=day, now=now, actor="kulanz")
        counts.kept += 1
        return
    policy = policy_of(agreement.creditor_id)
    verdict = judge(
        each.progress,
        day=day,
        tolerance_days=policy.tolerance_days,
        recovery_days=policy.recovery_days,
        missed_since=agreement.missed_on,
    )
    if verdict.standing in (Standing.MISSED, Standing.BROKEN) and _money_is_coming(agreement.case_id, day):
        return
    match verdict.standing:
        case Standing.MISSED if agreement.kind != AgreementKind.PLAN:
            _break(each, day, now, counts)
        case Standing.MISSED if agreement.missed_on is None:
            _open_friendly_path(each, verdict, day, now, counts)
        case Standing.BROKEN:
            _break(each, day, now, counts)
        case Standing.ON_TIME | Standing.LATE:
            counts.caught_up += caught_up(each, day=day, now=now, actor="kulanz")
        case _:
            pass  # the friendly path is open and has days left


def _money_is_coming(case_id: int, day: date) -> bool:
    """True while a direct debit or a provider payment is under way, or its return has not yet had its quiet days: nobody is late then."""
    waiting = Hold.objects.filter(case_id=case_id, reason=HoldReason.COLLECTION, lifted_at=None)
    return waiting.filter(Q(until_on=None) | Q(until_on__gte=day)).exists()


def _offer_over(each: Told, day: date, now: datetime, counts: DueCounts) -> None:
    agreement = each.agreement
    if is_kept(each, day):
        keep(each, day=day, now=now, actor="kulanz")
        counts.kept += 1
    elif agreement.case.state != "open" or (agreement.expires_on is not None and agreement.expires_on < day):
        close(agreement, AgreementState.EXPIRED, "Das Angebot ist abgelaufen.", day=day, now=now, actor="kulanz")
        counts.expired += 1


def _open_friendly_path(each: Told, verdict: Verdict, day: date, now: datetime, counts: DueCounts) -> None:
    """The first answer to a missed instalment: a kind message with three ways out. The hold stays."""
    agreement, missed = each.agreement, verdict.missed
    if missed is None or verdict.recover_until is None:
        raise AssertionError("a missed instalment has a number and a last day")
    fp("agreement.before_missed")
    Agreement.objects.filter(id=agreement.id).update(missed_on=day, recover_until=verdict.recover_until)
    cancel_queued(agreement.case_id, "Rate verpasst", now=now, templates=("instalment_reminder",))
    text = f"Ratenplan: Die {missed.number}. Rate vom {missed.due_on:%d.%m.%Y} ist noch nicht da. Freundliche Nachfrage, die Sperre bleibt "
    text += f"bis {verdict.recover_until:%d.%m.%Y}."
    record_event(agreement.case, "instalment_missed", text, actor="kulanz", now=now, data={"agreement": agreement.id})
    params = {
        "particulars": {
            "amounts": {"plan_amount": missed.open_cents},
            "days": {"plan_due": missed.due_on.isoformat(), "plan_recover": verdict.recover_until.isoformat()},
        },
        "pay_cents": missed.open_cents,
    }
    step = f"missed-{agreement.id}-{missed.number}"
    queue_answer(agreement.case_id, "instalment_missed", step=step, params=params, day=day, now=now)
    counts.missed += 1
    fp("agreement.after_missed")


def _break(each: Told, day: date, now: datetime, counts: DueCounts) -> None:
    agreement = each.agreement
    noun = NOUN[AgreementKind(agreement.kind)]
    because = f"{noun} nicht eingehalten, auch nach freundlicher Nachfrage keine Zahlung."
    if agreement.kind != AgreementKind.PLAN:
        because = "Der Tag ist vorbei, die Zahlung ist nicht da."
    close(agreement, AgreementState.BROKEN, because, day=day, now=now, actor="kulanz")
    tell_ended(agreement, day=day, now=now)
    counts.broken += 1


BACK_DAYS: Final = 400
"""How long money can go back: an unauthorised direct debit for thirteen months."""


def _gone_back(day: date, now: datetime) -> int:
    """Kept agreements whose money went back: a person decides whether what was given up stays given up. Told once each."""
    since = day - timedelta(days=BACK_DAYS)
    giving_up = (AgreementKind.PLAN, AgreementKind.DEFERRAL, AgreementKind.SETTLEMENT)
    kept = Agreement.objects.filter(state=AgreementState.KEPT, kind__in=giving_up, closed_on__gte=since, case__state=CaseState.OPEN)
    told_before = set(
        CaseEvent.objects.filter(case_id__in=kept.values("case_id"), kind="agreement_money_back").values_list("data__agreement", flat=True)
    )
    found = [each for each in told(kept.select_related("case")) if each.progress.open_cents and each.agreement.id not in told_before]
    for each in found:
        agreement = each.agreement
        touch([agreement.case_id])
        fp("agreement.before_money_back")
        Case.objects.filter(id=agreement.case_id).update(needs_human=True)
        noun = NOUN[AgreementKind(agreement.kind)]
        text = f"{noun}: Geld, mit dem alles erledigt war, ging zurück. Ob der Nachlass bleibt, entscheidet ein Mensch."
        record_event(agreement.case, "agreement_money_back", text, actor="kulanz", now=now, data={"agreement": agreement.id})
        fp("agreement.after_money_back")
    return len(found)


_REMIND: Final = """
    WITH live AS (
      SELECT g.id, g.case_id, g.ledger_mark, g.terms, coalesce(o.reminder_days, 3) AS ahead
      FROM payments_agreement g LEFT JOIN payments_agreementpolicy o ON o.creditor_id = g.creditor_id
      WHERE g.state = 'active' AND g.kind IN ('plan', 'deferral', 'promise', 'settlement') AND g.missed_on IS NULL),
    paid AS (
      SELECT l.id, -sum(p.amount_cents) AS cents
      FROM live l JOIN claims_claim c ON c.case_id = l.case_id AND l.terms -> 'claims' @> to_jsonb(c.id)
      JOIN ledger_posting p ON p.account_id = c.account_id
      JOIN ledger_entry e ON e.id = p.entry_id AND e.id > l.ledger_mark AND e.kind = ANY(%(paying)s)
      WHERE e.reverses_id IS NULL OR e.reverses_id > l.ledger_mark GROUP BY l.id),
    rows AS (
      SELECT i.id, l.case_id, l.ahead, i.due_on, i.number, i.amount_cents,
             sum(i.amount_cents) OVER (PARTITION BY i.agreement_id ORDER BY i.number) AS upto, coalesce(p.cents, 0) AS paid
      FROM live l JOIN payments_instalment i ON i.agreement_id = l.id LEFT JOIN paid p ON p.id = l.id)
    SELECT DISTINCT ON (r.id) r.case_id, k.revision, a.channel, 'instalment-' || r.id,
           CASE WHEN a.channel = 'email' THEN a.value ELSE '' END, r.due_on, least(r.amount_cents, r.upto - r.paid), r.number
    FROM rows r JOIN claims_case k ON k.id = r.case_id AND k.state = 'open'
    JOIN claims_contactpoint a ON a.debtor_id = k.debtor_id AND a.state = 'usable' AND a.channel IN ('email', 'letter')
    WHERE r.upto > r.paid AND r.due_on > %(day)s AND r.due_on <= %(day)s + r.ahead
      AND NOT EXISTS (SELECT FROM contact_message m WHERE m.case_id = r.case_id AND m.step = 'instalment-' || r.id)
      AND NOT EXISTS (SELECT FROM payments_mandate t WHERE t.case_id = r.case_id AND t.state = 'active')
    ORDER BY r.id, a.preferred DESC, a.channel, a.id"""


def _remind(day: date, now: datetime) -> int:
    """Queue a friendly word some days before each instalment; none where it will be collected by direct debit. Set-based, once each."""
    with connection.cursor() as cursor:
        cursor.execute(_REMIND, {"day": day, "paying": PAYING})
        rows = [_reminder(*row) for row in cursor.fetchall()]
    if not rows:
        return 0
    fp("agreement.before_reminders")
    queued = queue_messages(frame_of(rows, SCHEMA), day=day, run_id=None, now=now)
    fp("agreement.after_reminders")
    return queued.queued


def _reminder(case_id: int, revision: int, channel: str, step: str, to: str, due_on: date, cents: int, number: int) -> tuple[Any, ...]:
    told_of = {"amounts": {"plan_amount": int(cents)}, "days": {"plan_due": due_on.isoformat()}, "words": {"plan_number": str(number)}}
    return (
        case_id,
        revision,
        channel,
        step,
        "instalment_reminder",
        to,
        None,
        json.dumps({"particulars": told_of, "pay_cents": int(cents)}),
    )
