"""A small world, forty days long, driven through the real commands: what it leaves behind must be true."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from kulanz.claims.accounts import open_amounts
from kulanz.claims.models import Claim, Creditor, Hold
from kulanz.contact.models import Message, MessageState, Utterance
from kulanz.contact.rules import REMINDERS
from kulanz.intake.commands import import_claims
from kulanz.intake.rules.profile import read_profile
from kulanz.ledger.models import Posting
from kulanz.ledger.queries import audit
from kulanz.payments.commands import import_statement
from kulanz.payments.models import BankLine, BankStatement
from kulanz.world import truth
from kulanz.world.build import lay_out
from kulanz.world.firms import NORDLICHT
from kulanz.world.state import moment
from tests.commands.small_world import DEBTORS, LAST_DAY, Lived, live

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(scope="module")
def lived(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    """One world for all questions of this file; emptied afterwards."""
    with django_db_blocker.unblock():
        call_command("flush", interactive=False, reset_sequences=True, verbosity=0)
        yield live(tmp_path_factory.mktemp("home"))
        call_command("flush", interactive=False, reset_sequences=True, verbosity=0)


def test_something_of_every_kind_has_happened(lived: Lived) -> None:
    happened = Counter(fact["kind"] for fact in lived.facts)
    assert happened["invoice"] >= DEBTORS
    assert happened["transfer"] > 10
    assert happened["noticed"] > 20
    assert Message.objects.filter(state=MessageState.SENT, channel="letter").exists()
    assert {"booked"} < set(BankLine.objects.values_list("state", flat=True)) | {"booked", "unmatched"}
    assert lived.counts["not_sent"] == 0


def test_the_books_balance(lived: Lived) -> None:
    found = audit()
    assert found.findings == ()
    assert found.postings > 0


def test_what_the_world_issued_and_paid_is_what_the_ledger_holds(lived: Lived) -> None:
    sums = truth.totals(lived.home / "world" / "truth.jsonl")
    for creditor in Creditor.objects.all():
        handed_in = {bill.number: bill.cents for branch in lived.world.branches for bill in branch.invoices[: branch.handed_in]}
        claims = dict(Claim.objects.filter(creditor=creditor).values_list("external_id", "principal_cents"))
        assert claims == {number: cents for number, cents in handed_in.items() if number in claims}
        assert len(claims) == lived.world.branch_of(creditor.id).handed_in
        bank = Posting.objects.filter(account__tenant_id=creditor.id, account__kind="bank")
        assert sum(bank.values_list("amount_cents", flat=True)) == sums[f"imported:{creditor.key}"]
        assert sums[f"imported:{creditor.key}"] == sums[f"meant:{creditor.key}"] + sums[f"foreign:{creditor.key}"]


def test_every_statement_follows_the_one_before_it(lived: Lived) -> None:
    assert BankStatement.objects.exists()
    assert not BankStatement.objects.filter(gap=True).exists()


def test_nobody_was_reminded_after_their_money_was_in_an_imported_file(lived: Lived) -> None:
    paid: dict[tuple[str, str], list[tuple[date, int]]] = defaultdict(list)
    for fact in lived.facts:
        if fact["kind"] == "statement" and fact["imported"]:
            for movement in fact["movements"]:
                paid[fact["creditor"], movement["customer"]].append((date.fromisoformat(fact["day"]), movement["cents"]))
    reminded_then_paid = 0
    for message in _reminders():
        ever = paid.get((message.creditor.key, message.debtor.external_id), [])
        money = [(day, cents) for day, cents in ever if day <= message.day]
        reminded_then_paid += len(ever) > len(money)
        if money:
            balances = open_amounts([message.case_id], message.day)[message.case_id]
            owed = sum(balance.claim.principal_cents + balance.interest.total_cents for balance in balances)
            assert sum(cents for _, cents in money) < owed, f"{message.template} of {message.day} to {message.debtor.external_id}"
    assert reminded_then_paid, "nobody paid after a reminder: this world cannot show anything"


def test_nobody_was_reminded_while_a_hold_stood(lived: Lived) -> None:
    holds = list(Hold.objects.filter(forbids_contact=True))
    assert holds
    for message in _reminders():
        for hold in holds:
            if hold.case_id == message.case_id and message.sent_at is not None:
                over = (hold.lifted_at is not None and hold.lifted_at <= message.sent_at) or (
                    hold.until_on is not None and hold.until_on < message.day
                )
                assert over or message.sent_at < hold.created_at


def test_what_people_said_was_heard_and_answered(lived: Lived) -> None:
    said = [fact for fact in lived.facts if fact["kind"] == "says"]
    assert Utterance.objects.count() == len(said)


def test_the_product_knows_nothing_of_hidden_types(lived: Lived) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM information_schema.columns WHERE column_name IN ('temper', 'responsiveness')")
        assert cursor.fetchone() == (0,)


def test_what_waits_for_the_visitor_can_be_taken_in(lived: Lived) -> None:
    built = lay_out(lived.world, lived.home, lived.counts)
    before = BankLine.objects.count()
    now = moment(LAST_DAY, 10)
    with transaction.atomic():
        taken = import_statement(built.statement.read_bytes(), built.statement.name, actor="test", now=now, day=LAST_DAY)
        assert sum(statement.new for statement in taken.statements) == BankLine.objects.count() - before > 0
        assert not [problem for statement in taken.statements for problem in statement.problems]
        imported = import_claims(
            built.claims,
            Creditor.objects.get(key=NORDLICHT.key),
            read_profile(NORDLICHT.profile_file.read_text(encoding="utf-8")),
            as_of=LAST_DAY,
            actor="test",
            now=now,
            dice=random.Random(1),
        )
        assert imported.problems >= 3
        assert audit().findings == ()
        transaction.set_rollback(True)


def _reminders() -> list[Message]:
    sent = Message.objects.filter(state=MessageState.SENT, template__in=REMINDERS)
    found = list(sent.select_related("creditor", "debtor").order_by("id"))
    assert found
    assert max(message.day for message in found) <= LAST_DAY
    return found
