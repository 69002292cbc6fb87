"""What people do during an experiment, each in one transaction as their page would do it. Carried out in a process of its own."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from pathlib import Path
from unittest import mock

import polars as pl
from django.db import transaction

from kulanz.claims.commands import lift_holds
from kulanz.claims.commands.costs import Expense, charge_expense
from kulanz.claims.commands.creditor import set_limits
from kulanz.claims.commands.joint import SCHEMA as JOINT_SCHEMA
from kulanz.claims.commands.joint import add_joint_debtors
from kulanz.claims.commands.relief import Relief, decide_proposal, relieve
from kulanz.claims.commands.terms import NewTerms, correct_terms
from kulanz.claims.commands.undo import undo_booking
from kulanz.claims.commands.voice import set_voice
from kulanz.claims.models import Case, Claim, Creditor, Debtor, Hold, HoldReason
from kulanz.contact import links
from kulanz.contact.commands import decided_by_person, hear_paid_already, hear_something_wrong, silence
from kulanz.contact.commands.duties import NewGround, declare_input_tax, note_ground, set_collecting_agency
from kulanz.contact.commands.resolve import mark_sent_by_person, send_again
from kulanz.contact.models import Message, MessageState, PortalLink
from kulanz.contact.sending.prepare import prepare
from kulanz.contact.sending.worker import SendCounts
from kulanz.ledger.models import Entry
from kulanz.payments.commands import HandShare, assign, ignore, import_ahead, import_statement, judge_ahead, share_out, undo
from kulanz.payments.commands.settings import recorded
from kulanz.payments.models import BankLine, LineState
from kulanz.site import clock
from tests.bank import Move, camt053, together

AGENT = "agent"


def hold(case_ids: Sequence[int], day: str) -> None:
    """An agent stops contact with these cases."""
    for case_id in case_ids:
        with transaction.atomic():
            silence(case_id, HoldReason.MANUAL, day=date.fromisoformat(day), now=clock.now(), source="desk", note="")


def lift() -> None:
    """An agent lifts the hold of a case."""
    held = Hold.objects.filter(lifted_at=None).order_by("id").values_list("case_id", flat=True)[0]
    with transaction.atomic():
        lift_holds(held, [HoldReason.MANUAL], because="Geklärt.", actor=AGENT, now=clock.now())


def paid_already() -> None:
    """A debtor with a waiting message says that it is paid."""
    case = _waiting()
    with transaction.atomic():
        hear_paid_already(case.id, day=clock.today(), now=clock.now(), via="portal", idempotency_key="form 1", text="Gestern überwiesen.")


def something_wrong() -> None:
    """A debtor with a waiting message objects."""
    case = _waiting()
    with transaction.atomic():
        hear_something_wrong(case.id, topic="amount", day=clock.today(), now=clock.now(), via="portal", idempotency_key="form 2")


def wrong_answer() -> None:
    """Somebody with a link guesses the second factor."""
    link = PortalLink.objects.order_by("id")[0]
    with transaction.atomic():
        links.check_second_factor(link.id, "nein", now=clock.now())


def assign_line() -> None:
    """An agent gives an unmatched payment to a case."""
    line = _line(LineState.UNMATCHED)
    case = Case.objects.filter(state="open", creditor_id=line.creditor_id).exclude(step="").order_by("id")[0]
    with transaction.atomic():
        assign(line.id, case.id, actor=AGENT, now=clock.now(), day=clock.today())


def share_line() -> None:
    """An agent shares an unmatched payment out over two cases."""
    line = _line(LineState.UNMATCHED)
    cases = Case.objects.filter(state="open", creditor_id=line.creditor_id).exclude(step="").order_by("id")[:2]
    half = line.amount_cents // 2
    shares = [HandShare(case.id, cents) for case, cents in zip(cases, (half, line.amount_cents - half), strict=True)]
    with transaction.atomic():
        share_out(line.id, shares, actor=AGENT, now=clock.now(), day=clock.today())


def change_settings() -> None:
    """A manager changes what one person may decide alone."""
    creditor = Creditor.objects.order_by("id")[0]
    with recorded(creditor.id, actor=AGENT, now=clock.now()):
        set_limits(creditor.id, small_rest_cents=0, alone_cents_max=creditor.alone_cents_max + 1)


def take_ahead(file: str, piece_lines: int = judge_ahead.PIECE_LINES) -> None:
    """A bank file comes in that counts as a long one, with a second statement and something to note; a process of its own reads it."""
    data = ahead_file(Path(file))
    os.environ["TMPDIR"] = str(Path(file).parent)  # by this a test knows its own process again
    with mock.patch.object(import_ahead, "LONG_BYTES", 0), mock.patch.object(judge_ahead, "PIECE_LINES", piece_lines):
        import_statement(data, Path(file).name, actor="cli", now=clock.now(), day=clock.today())


def ahead_file(path: Path) -> bytes:
    """The bank file with more in it (see `take_ahead`)."""
    head, *entries = re.split(rb"(?=<Ntry>)", path.read_bytes())
    counted = b"</Acct><TxsSummry><TtlNtries><NbOfNtries>999</NbOfNtries></TtlNtries></TxsSummry>"
    first = b"".join([head.replace(b"</Acct>", counted), *entries])
    moves = [Move(4_000, "Spende", ref=reference) for reference in ("S1", "S2", "S2")]
    second = camt053(moves, account="DE02120300000000202051")
    return together(first, second)


def ignore_line() -> None:
    """An agent says that a proposed payment is none of ours."""
    line = _line(LineState.PROPOSED)
    with transaction.atomic():
        ignore(line.id, reason="Irrläufer", actor=AGENT, now=clock.now())


def undo_line() -> None:
    """An agent takes the booking of a payment back."""
    line = _line(LineState.BOOKED)
    with transaction.atomic():
        undo(line.id, reason="falsche Akte", actor=AGENT, now=clock.now(), day=clock.today())


def relieve_much() -> None:
    """An agent wants to write off a claim that is too large to do so alone: a second person is asked."""
    with transaction.atomic():
        relieve(_write_off(), actor=AGENT, day=clock.today(), now=clock.now())


def agree() -> None:
    """A second person agrees to what a first one asked for."""
    with transaction.atomic():
        asked = relieve(_write_off(), actor=AGENT, day=clock.today(), now=clock.now())
        assert asked, "one person may decide this alone"
        decide_proposal(asked.id, agree=True, actor="second", day=clock.today(), now=clock.now())


def recompute_case() -> None:
    """The terms of a case turned out to be others: default began when the invoice was due."""
    claim = Claim.objects.filter(first_interest_day=None, margin_bp__isnull=False, due_on__lt=clock.today()).order_by("id")[0]
    with transaction.atomic():
        new = NewTerms(claim.id, claim.due_on + timedelta(days=1), claim.margin_bp, claim.fixed_bp, "calendar_date", "vereinbart", "terms")
        correct_terms(new, actor="lead", day=clock.today(), now=clock.now())


def undo_cost() -> None:
    """An agent charges an expense and finds out that it was the wrong case."""
    claim = Claim.objects.filter(first_interest_day__lt=clock.today()).order_by("id")[0]
    with transaction.atomic():
        charge_expense(Expense(claim.id, 300, clock.today(), "Adresse", "cost 1"), actor=AGENT, day=clock.today(), now=clock.now())
        entry = Entry.objects.get(idempotency_key="cost 1")
        undo_booking(claim.case_id, entry.id, reason="falsche Akte", actor=AGENT, day=clock.today(), now=clock.now())


def join() -> None:
    """A second person turns out to owe a case, too, and gets a way into the portal."""
    claim = Claim.objects.select_related("case", "creditor").order_by("id")[0]
    row = dict.fromkeys(JOINT_SCHEMA, "") | {
        "line": 1,
        "external_id": claim.external_id,
        "debtor_external_id": "joint 1",
        "kind": "person",
        "given_name": "Ben",
        "family_name": "Weber",
        "country": "DE",
        "language": "de",
        "identity_key": "ab" * 32,
    }
    with transaction.atomic():
        add_joint_debtors(pl.DataFrame([row], schema=dict(JOINT_SCHEMA)), claim.creditor, actor=AGENT, now=clock.now())
        person = Debtor.objects.get(external_id="joint 1")
        links.issue_for(claim.case, person, day=clock.today(), now=clock.now())


def _write_off() -> Relief:
    claim = Claim.objects.filter(due_on__lt=clock.today()).order_by("-principal_cents", "id")[0]
    return Relief(claim.id, "write_off", clock.today(), "uneinbringlich", "write off 1")


def decided() -> None:
    """An agent has looked at a case."""
    with transaction.atomic():
        decided_by_person(_waiting().id, text="Angerufen.", actor=AGENT, now=clock.now())


def resolve_sent() -> None:
    """A person finds that a message in doubt did arrive."""
    doubtful = Message.objects.filter(state=MessageState.UNKNOWN).order_by("id")[0]
    with transaction.atomic():
        mark_sent_by_person(doubtful.id, actor=AGENT, now=clock.now())


def resolve_again() -> None:
    """A person wants a message in doubt to be sent again."""
    doubtful = Message.objects.filter(state=MessageState.UNKNOWN).order_by("id")[0]
    with transaction.atomic():
        send_again(doubtful.id, actor=AGENT, now=clock.now())


def resolve(delivered: Collection[str] = ()) -> None:
    """A person looks into the mail server's log for every message in doubt, and says what they saw."""
    for message in Message.objects.filter(state=MessageState.UNKNOWN).order_by("id"):
        with transaction.atomic():
            decide = mark_sent_by_person if message.provider_key in delivered else send_again
            decide(message.id, actor=AGENT, now=clock.now())


def _waiting() -> Case:
    return Case.objects.filter(messages__state=MessageState.QUEUED).order_by("id")[0]


def _line(state: LineState) -> BankLine:
    """The first payment that came in and is in this state."""
    return BankLine.objects.filter(state=state, amount_cents__gt=0).order_by("id")[0]


def agency_writes() -> None:
    """A creditor hands its claims to an agency, notes what one of them rests on, and a letter that lacks something is refused."""
    claim = _waiting().claims.order_by("id")[0]
    message = Message.objects.select_related("case__creditor", "debtor").filter(case=claim.case, state=MessageState.QUEUED)[0]
    now = clock.now()
    with transaction.atomic():
        set_voice(claim.creditor_id, in_own_name=False)
        message.case.creditor.in_own_name = False
        set_collecting_agency(legal_name="Inkasso GmbH", street="Weg 1", postcode="10115", city="Berlin")
        declare_input_tax(claim.creditor_id, deducts=False, actor=AGENT, now=now)
        note_ground(NewGround(claim.id, "Stromlieferung", claim.invoiced_on), actor=AGENT, now=now)
        prepare([message], now=now.replace(hour=10), day=clock.today(), counts=SendCounts())
