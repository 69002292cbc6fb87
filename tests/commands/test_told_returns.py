"""Money that goes back is told once and kindly: in the debtor's channel and language, and never where writing is forbidden."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction

from kulanz.claims.models import Case, CaseEvent, Claim, ContactPoint, Debtor, HoldReason
from kulanz.contact.commands import silence
from kulanz.contact.models import Message, MessageState
from kulanz.contact.return_reasons import RETURN_REASONS
from kulanz.contact.rules import ABOUT_RETURNS, CONTACTS_PER_WEEK_MAX, FORBIDS_RETURNS, REMINDERS
from kulanz.contact.sending.facts import present
from kulanz.contact.sending.prepare import render
from kulanz.payments.commands import assign, import_statement, undo
from kulanz.payments.commands.tell_returned import Returned, tell_returned
from kulanz.payments.models import BankLine, CollectorIdentity
from tests import factories
from tests.bank import Move, camt053
from tests.commands import debit_house
from tests.commands.outbox import MemoryGateway, send
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db(transaction=True)
PAID, BACK = date(2026, 2, 20), date(2026, 2, 25)
QUIET = DAY + timedelta(days=7)


def paid(language: str = "de", **values: object) -> Claim:
    """A claim that a transfer has paid in full."""
    claim = factories.claim(language=language, **values)
    import_statement(camt053([Move(8490, claim.case.reference, "Elif", end_to_end="E2E-1", on=PAID)], number=1), "1", **_by())
    return claim


def back(code: str = "AC04", cents: int = 8490, *, number: int = 2) -> BankLine:
    """The bank takes it back."""
    text = camt053([Move(-cents, "Rückgabe", "Elif", end_to_end="E2E-1", on=BACK, ref=f"B{number}")], number=number).decode()
    text = text.replace("</TxDtls>", f"<RtrInf><Rsn><Cd>{code}</Cd></Rsn></RtrInf></TxDtls>")
    import_statement(text.encode(), f"{number}", **_by())
    return BankLine.objects.get(bank_ref=f"B{number}")


def _by() -> dict[str, object]:
    return {"actor": "test", "now": NOW, "day": DAY}


def said(case: Case) -> list[Message]:
    return list(Message.objects.filter(case=case, template__in=ABOUT_RETURNS).order_by("id"))


def words(message: Message) -> str:
    return " ".join(render(message, now=NOW, day=DAY).text.split())


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("de", ("84,90", "20. Februar 2026", "Das Konto ist geschlossen.", "Jetzt passiert erst einmal nichts.", "9. März 2026")),
        ("en", ("€84.90", "20 February 2026", "The account is closed.", "Nothing happens for now.", "9 March 2026")),
    ],
)
def test_a_payment_the_bank_takes_back_is_told_in_the_debtors_language(language: str, expected: tuple[str, ...]) -> None:
    claim = paid(language)
    back()
    (message,) = said(claim.case)
    assert (message.template, message.channel, message.to) == ("payment_returned", "email", "k1@example.com")
    text = words(message).replace("\u00a0", " ")
    assert [part for part in expected if part not in text] == []
    assert f"{claim.case.reference[:4]}" in text and "0431 555010" in text


def test_who_prefers_letters_gets_a_letter() -> None:
    claim = paid()
    ContactPoint.objects.create(debtor=claim.case.debtor, creditor=claim.creditor, channel="letter", value="x", preferred=True)
    back()
    (message,) = said(claim.case)
    assert message.channel == "letter"
    made = render(message, now=NOW, day=DAY)
    assert made.pdf.startswith(b"%PDF") and "Wir halten dann alles an." in made.text


@pytest.mark.parametrize("code", ["MD06", "MS02", "CUST"])
def test_who_had_the_money_fetched_back_is_asked_what_is_wrong_and_not_how_to_pay(code: str) -> None:
    claim = paid()
    back(code)
    (message,) = said(claim.case)
    text = words(message)
    assert message.template == "payment_disputed"
    assert RETURN_REASONS[code].german in text and "Das ist Ihr Recht" in text and "Wir halten dann alles an" in text
    assert "IBAN" not in text


@pytest.mark.parametrize("passed_on", [True, False])
def test_the_banks_charge_is_named_only_where_the_creditor_passes_it_on(passed_on: bool) -> None:
    claim = paid()
    CollectorIdentity.objects.create(creditor=claim.creditor, sepa_creditor_id="DE98ZZZ09999999999", pass_on_return_charge=passed_on)
    charge = '<Chrgs><Rcrd><Amt Ccy="EUR">3.00</Amt><CdtDbtInd>DBIT</CdtDbtInd></Rcrd></Chrgs>'
    text = camt053([Move(-8790, "Rückgabe", "Elif", end_to_end="E2E-1", on=BACK, ref="B2")], number=2).decode()
    text = text.replace("</TxDtls>", f"{charge}<RtrInf><Rsn><Cd>AM04</Cd></Rsn></RtrInf></TxDtls>")
    import_statement(text.encode(), "2", **_by())
    (message,) = said(claim.case)
    told = words(message).replace("\u00a0", " ")
    assert ("Für die Rückgabe hat die Bank 3,00 € berechnet." in told) is passed_on
    assert ("Die Rückgabe kostet Sie bei uns nichts." in told) is not passed_on
    assert "ein neues Mandat" in told, "the creditor collects, so a mandate is one of the ways"


@pytest.mark.parametrize("reason", sorted(FORBIDS_RETURNS))
def test_where_a_hold_forbids_it_nothing_is_written_and_a_person_decides(reason: HoldReason) -> None:
    claim = paid()
    with transaction.atomic():
        silence(claim.case_id, reason, day=DAY, now=NOW, source="desk")
    back()
    assert said(claim.case) == []
    assert Case.objects.get(id=claim.case_id).needs_human
    assert CaseEvent.objects.get(kind="return_untold").text.startswith("Die Rückgabe wurde nicht von selbst mitgeteilt. Sperre: ")


@pytest.mark.parametrize("reason", sorted(set(HoldReason) - FORBIDS_RETURNS))
def test_an_agreement_or_a_pause_leaves_nobody_in_the_dark(reason: HoldReason) -> None:
    claim = paid()
    with transaction.atomic():
        silence(claim.case_id, reason, day=DAY, now=NOW, source="desk")
    back()
    assert len(said(claim.case)) == 1


@pytest.mark.parametrize("reason", sorted(FORBIDS_RETURNS))
def test_a_hold_that_comes_after_the_message_was_queued_still_stops_it(reason: HoldReason) -> None:
    claim = paid()
    back()
    with transaction.atomic():
        silence(claim.case_id, reason, day=DAY, now=NOW, source="desk")
    send(MemoryGateway(), now=NOW)
    (message,) = said(claim.case)
    assert (message.state, message.cancelled_because) == (MessageState.CANCELLED, "hold")


def test_after_a_death_nothing_is_said() -> None:
    claim = paid()
    back("MD07")
    case = Case.objects.get(id=claim.case_id)
    assert said(case) == [] and case.needs_human
    assert list(case.holds.values_list("reason", flat=True)) == [HoldReason.DEATH]


def test_the_same_return_is_told_once_however_often_the_file_comes() -> None:
    claim = paid()
    back()
    back()
    assert len(said(claim.case)) == 1


def test_a_return_that_a_person_moves_to_another_case_is_told_there_and_no_longer_here() -> None:
    owner = factories.creditor()
    first, second = factories.claim(owner, number=1), factories.claim(owner, number=2)
    moves = [Move(8490, one.case.reference, "Elif", ref=one.external_id, on=PAID) for one in (first, second)]
    import_statement(camt053(moves, number=1), "1", **_by())
    line = back()
    assert (said(first.case), said(second.case)) == ([], []), "it could be either's, so nobody is told yet"
    with transaction.atomic():
        assign(line.id, first.case_id, actor="mia", now=NOW, day=DAY)
        undo(line.id, reason="Irrtum", actor="mia", now=NOW, day=DAY)
    with transaction.atomic():
        assign(line.id, second.case_id, actor="mia", now=NOW, day=DAY)
    assert [message.state for message in said(first.case)] == [MessageState.CANCELLED]
    assert [message.state for message in said(second.case)] == [MessageState.QUEUED]


@pytest.mark.parametrize("state", sorted(set(MessageState) - {MessageState.CANCELLED}))
def test_once_told_a_return_is_not_told_again_on_another_day_or_channel(state: MessageState) -> None:
    claim = paid()
    line = back()
    Message.objects.filter(case=claim.case, template__in=ABOUT_RETURNS).update(state=state)
    ContactPoint.objects.create(debtor=claim.case.debtor, creditor=claim.creditor, channel="letter", value="x", preferred=True)
    what = Returned(f"returned-{line.id}", "payment_returned", RETURN_REASONS["AC04"], 8490, 0, QUIET)
    tell_returned(claim.case, what, {}, day=DAY + timedelta(days=1), now=NOW + timedelta(days=1))
    assert len(said(claim.case)) == 1


def test_who_has_paid_again_meanwhile_is_not_asked_to_pay() -> None:
    claim = paid()
    back()
    import_statement(camt053([Move(8490, claim.case.reference, "Elif", end_to_end="E2E-2", on=DAY)], number=3), "3", **_by())
    send(MemoryGateway(), now=NOW)
    assert said(claim.case)[0].cancelled_because == "nothing_open"


def test_it_waits_for_a_decent_hour_and_counts_as_no_reminder() -> None:
    assert not ABOUT_RETURNS & REMINDERS
    claim = paid()
    back()
    night = datetime(2026, 3, 7, 22, 0, tzinfo=UTC)
    send(MemoryGateway(), now=night)
    (message,) = said(claim.case)
    assert message.state == MessageState.QUEUED and message.not_before is not None
    assert message.not_before.astimezone(UTC).date() == date(2026, 3, 9), "Saturday night: Monday morning"
    for number in range(CONTACTS_PER_WEEK_MAX):
        others = {"creditor": claim.creditor, "debtor": claim.case.debtor, "identity_key": claim.case.debtor.identity_key}
        Message.objects.create(
            case=claim.case, channel="email", step=f"x{number}", day=DAY, template="reminder_1", to="k1@example.com", queued_at=NOW,
            state=MessageState.SENT, sending_at=message.not_before, sent_at=message.not_before, provider_key=f"x{number}", **others,
        )  # fmt: skip
    (found,) = present([message], message.not_before, date(2026, 3, 9))
    assert found.check.reminders_in_week == CONTACTS_PER_WEEK_MAX
    send(MemoryGateway(), now=message.not_before)
    message.refresh_from_db()
    assert message.state == MessageState.SENT


def test_without_a_usable_address_the_case_waits_for_a_person() -> None:
    claim = paid()
    ContactPoint.objects.filter(debtor=claim.case.debtor).update(state="bounced")
    back()
    assert said(claim.case) == [] and Case.objects.get(id=claim.case_id).needs_human
    assert "Es gibt keine nutzbare Anschrift." in CaseEvent.objects.get(kind="return_untold").text


def test_no_code_of_a_bank_is_left_to_the_reader() -> None:
    claim = paid()
    Debtor.objects.filter(id=claim.case.debtor_id).update(kind="company", company_name="Bäckerei Sönke KG")
    back("")
    assert "Die Bank hat keinen Grund genannt." in words(said(claim.case)[0])


@pytest.mark.parametrize(("code", "template"), [("AM04", "debit_returned"), ("MD06", "payment_disputed"), ("MS02", "payment_disputed")])
@pytest.mark.parametrize("held", [False, True])
def test_a_collection_that_comes_back_is_told_by_the_same_rules(code: str, template: str, held: bool) -> None:
    case = factories.case(debit_house.collector())
    collection = debit_house.announced(debit_house.mandate(case))
    debit_house.submitted(collection)
    day, number = collection.due_on, collection.end_to_end_id
    came = Move(8490, "LASTSCHRIFT", "Elif", debit_house.PAYER, end_to_end=number, ref="C1", on=day)
    import_statement(camt053([came], number=1), "1", actor="bank", now=debit_house.at(day), day=day)
    if held:
        with transaction.atomic():
            silence(case.id, HoldReason.REPRESENTATION, day=day, now=debit_house.at(day), source="desk")
    went = Move(-8490, "RUECKLASTSCHRIFT", "Elif", debit_house.PAYER, end_to_end=number, ref="C2", on=day)
    text = camt053([went], number=2).decode().replace("<RmtInf>", f"<RtrInf><Rsn><Cd>{code}</Cd></Rsn></RtrInf><RmtInf>", 1)
    import_statement(text.encode(), "2", actor="bank", now=debit_house.at(day), day=day)
    assert [message.template for message in said(case)] == ([] if held else [template])
    assert Case.objects.get(id=case.id).needs_human is held
    if not held:
        assert "2051" in render(said(case)[0], now=debit_house.at(day), day=day).text
