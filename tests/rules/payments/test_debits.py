"""Direct debits by the rules: days, terms, amounts, numbers, and files the bank takes."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from kulanz.claims.models import HoldReason
from kulanz.contact.return_reasons import RETURN_REASONS, return_reason, says_died
from kulanz.law.money import format_money
from kulanz.payments.debit_errors import IbanInvalid, IbanOutsideSepa, OrderInvalid
from kulanz.payments.rules.accounts import read_account
from kulanz.payments.rules.bank_days import add_bank_days, is_bank_day, on_or_after
from kulanz.payments.rules.debits import (
    COMPATIBLE_HOLDS,
    WHY_NOT,
    NotCollected,
    Sequence,
    Terms,
    collectable_cents,
    lapses_on,
    move_if_late,
    noticed_in_time,
    plan_collection,
    sequence_of,
    stopping_hold,
)
from kulanz.payments.rules.mandate_text import MandateWords, mandate_text, text_hash
from kulanz.payments.rules.refunds import payable_cents, proposed_by_itself, share_out
from kulanz.payments.rules.sepa_ids import collection_id, creditor_id_is_valid, sepa_text
from kulanz.payments.writers import Debit, Party, Transfer, debit_file, transfer_file

DAYS = st.dates(date(2025, 1, 1), date(2035, 12, 31))
CENTS = st.integers(0, 10_000_000)


@pytest.mark.parametrize(
    ("day", "open_"),
    [
        (date(2026, 4, 2), True),  # Maundy Thursday
        (date(2026, 4, 3), False),  # Good Friday
        (date(2026, 4, 6), False),  # Easter Monday
        (date(2026, 5, 1), False),
        (date(2026, 10, 3), False),  # a Saturday
        (date(2028, 10, 3), True),  # German Unity Day on a Tuesday: banks move euros all the same
        (date(2026, 12, 24), True),
        (date(2026, 12, 25), False),
        (date(2027, 1, 1), False),
    ],
)
def test_money_moves_by_the_calendar_of_the_central_bank(day: date, open_: bool) -> None:
    assert is_bank_day(day) is open_


@given(DAYS, st.integers(0, 15))
def test_counting_bank_days_forth_and_back_ends_on_the_same_bank_day(day: date, count: int) -> None:
    start = on_or_after(day)
    there = add_bank_days(start, count)
    assert is_bank_day(there)
    assert add_bank_days(there, -count) == start


@given(DAYS, DAYS, st.integers(1, 60), st.integers(1, 10))
def test_a_collection_is_due_on_a_bank_day_never_before_it_was_wanted_and_always_after_the_whole_notice(
    announced_on: date, wanted_on: date, prenotice_days: int, lead: int
) -> None:
    planned = plan_collection(Terms(prenotice_days, lead), announced_on=announced_on, wanted_on=wanted_on)
    assert is_bank_day(planned.due_on) and planned.due_on >= wanted_on
    assert noticed_in_time(announced_on, planned.due_on, prenotice_days)
    assert announced_on < planned.submit_on < planned.due_on
    assert is_bank_day(planned.submit_on) and add_bank_days(planned.submit_on, lead) == planned.due_on
    # and it is not later than needed: one bank day earlier breaks one of these
    earlier = add_bank_days(planned.due_on, -1)
    late_file = add_bank_days(earlier, -lead) <= announced_on
    assert earlier < wanted_on or not noticed_in_time(announced_on, earlier, prenotice_days) or late_file


@given(DAYS, st.integers(0, 60), st.integers(1, 10))
def test_a_late_file_moves_the_day_back_a_little_or_not_at_all_never_forward(today: date, ahead: int, lead: int) -> None:
    due_on = on_or_after(today - timedelta(days=20) + timedelta(days=ahead))
    moved = move_if_late(due_on, today=today, lead_bank_days=lead)
    if moved is not None:
        assert moved >= due_on and moved <= add_bank_days(due_on, 5)
        assert moved == due_on or add_bank_days(today, lead) == moved
    else:
        assert add_bank_days(today, lead) > add_bank_days(due_on, 5)


@given(CENTS, CENTS, CENTS)
def test_what_is_asked_for_never_exceeds_what_was_announced_or_what_is_open(announced: int, open_cents: int, under_way: int) -> None:
    cents = collectable_cents(announced, open_cents, under_way)
    assert 0 <= cents <= announced and cents + min(under_way, open_cents) <= max(open_cents, under_way)


def test_a_notice_that_never_went_out_is_never_in_time() -> None:
    assert not noticed_in_time(None, date(2030, 1, 1), 1)


def test_the_first_collection_is_told_from_later_ones_and_from_the_only_one() -> None:
    assert sequence_of(one_off=False, used_before=False) is Sequence.FIRST
    assert sequence_of(one_off=False, used_before=True) is Sequence.RECURRING
    assert sequence_of(one_off=True, used_before=False) is Sequence.ONE_OFF


@pytest.mark.parametrize("reason", list(HoldReason))
def test_every_hold_that_is_not_about_the_same_money_stops_a_collection(reason: HoldReason) -> None:
    same_money = {HoldReason.COLLECTION, HoldReason.PLAN, HoldReason.PROMISE, HoldReason.SETTLEMENT}
    assert same_money == COMPATIBLE_HOLDS
    assert (stopping_hold([reason, HoldReason.COLLECTION]) is None) is (reason in same_money)


def test_a_mandate_lapses_36_months_after_its_last_use() -> None:
    assert lapses_on(date(2026, 3, 2), None) == date(2029, 3, 2)
    assert lapses_on(date(2026, 3, 2), date(2028, 2, 29)) == date(2031, 2, 28)


@pytest.mark.parametrize("number", ["DE98ZZZ09999999999", "DE98ABC09999999999", "AT61ZZZ01234567890"])
def test_creditor_identifiers_are_checked_by_their_digits(number: str) -> None:
    assert creditor_id_is_valid(number)
    broken = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert not creditor_id_is_valid(broken)


@pytest.mark.parametrize("number", ["", "DE98", "DE98ZZZ0999999999", "98DEZZZ09999999999", "DE98ZZZ099999999999", "de98zzz09999999999"])
def test_what_is_no_creditor_identifier_is_refused(number: str) -> None:
    assert not creditor_id_is_valid(number)


@given(st.sampled_from(sorted(RETURN_REASONS)))
def test_every_return_code_has_a_sentence_in_both_languages(code: str) -> None:
    reason = return_reason(code.lower())
    assert reason.code == code and reason.german.endswith(".") and reason.english.endswith(".")
    assert not re.search(r"Schuldner|Mahnung|debtor", reason.german + reason.english)


def test_codes_that_say_the_account_or_the_mandate_is_wrong_stop_the_mandate_and_want_of_money_does_not() -> None:
    assert {return_reason(code).ends for code in ("AC01", "AC04", "MD01", "MD06", "MS02", "SL01")} == {"suspended"}
    assert {return_reason(code).ends for code in ("AM04", "MS03")} == {""}
    assert says_died("MD07") and not says_died("AM04")


def test_a_code_nobody_knows_is_shown_and_nobody_is_debited_on_a_guess() -> None:
    reason = return_reason("XY99")
    assert "XY99" in reason.german and reason.ends == "suspended"
    assert return_reason("").ends == "suspended"


def test_accounts_are_read_however_they_are_typed_and_wrong_ones_refused() -> None:
    assert read_account(" de89 3704 0044 0532 0130 00 ").bic == "COBADEFFXXX"
    for wrong in ("DE88370400440532013000", "", "DE8937040044053201300", "nonsense"):
        with pytest.raises(IbanInvalid):
            read_account(wrong)
    with pytest.raises(IbanOutsideSepa):
        read_account("TR330006100519786457841326")


WORDS = MandateWords(
    creditor="Nordlicht Energie GmbH",
    address="Hafenstraße 4, 24103 Kiel",
    creditor_id="DE98ZZZ09999999999",
    reference="RF63558676920462-M1",
    holder="Elif Yılmaz",
    iban="DE02120300000000202051",
    bic="BYLADEM1001",
    one_off=False,
    prenotice_days=14,
    language="de",
)


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("one_off", [True, False])
def test_the_mandate_names_everything_the_scheme_asks_for(language: str, one_off: bool) -> None:
    text = mandate_text(dataclasses.replace(WORDS, language=language, one_off=one_off))
    for needed in (WORDS.creditor, WORDS.address, WORDS.creditor_id, WORDS.reference, WORDS.holder, "DE02 1203 0000 0000 2020 51", "14"):
        assert needed in text
    assert ("acht Wochen" in text) if language == "de" else ("eight weeks" in text)
    assert "{" not in text
    assert len(text_hash(text)) == 64


def debit(number: int = 1, **values: object) -> Debit:
    given: dict[str, object] = {
        "name": "Jörg Müller-Łukasz & Söhne 'Ş'",
        "iban": "DE02120300000000202051",
        "bic": "",
        "cents": 8490 + number,
        "mandate": f"RF63558676920462-M{number}",
        "signed_on": date(2026, 3, 2),
        "due_on": date(2026, 3, 23),
        "sequence": "FRST",
        "end_to_end_id": collection_id("RF63558676920462", number),
        "purpose": "RF63558676920462 Nordlicht Energie",
    }
    return Debit(**(given | values))  # type: ignore[arg-type]


PARTY = Party("Nordlicht Energie GmbH & Co. KG", "DE89370400440532013000", "", "DE98ZZZ09999999999")
NOW = datetime(2026, 3, 19, 6, 30, tzinfo=UTC)


def texts(content: bytes, tag: str) -> list[str]:
    return [element.text or "" for element in etree.fromstring(content).iter(f"{{*}}{tag}")]


def test_a_debit_file_is_what_the_bank_wants_and_the_same_order_is_the_same_file() -> None:
    debits = [debit(2, sequence="RCUR"), debit(1), debit(3, due_on=date(2026, 3, 24))]
    made = debit_file(PARTY, debits, message_id="KLZL1-20260319-1", now=NOW)
    assert made.content == debit_file(PARTY, list(reversed(debits)), message_id="KLZL1-20260319-1", now=NOW).content
    assert b"urn:iso:std:iso:20022:tech:xsd:pain.008.001.08" in made.content
    assert (made.count, made.sum_cents) == (3, 3 * 8490 + 6)
    assert texts(made.content, "MsgId") == ["KLZL1-20260319-1"]
    assert texts(made.content, "CreDtTm") == ["2026-03-19T07:30:00"]
    assert texts(made.content, "PmtInfId") == [f"KLZL1-20260319-1-{number}" for number in (1, 2, 3)]
    assert texts(made.content, "BtchBookg") == ["false"] * 3
    assert texts(made.content, "SeqTp") == ["FRST", "RCUR", "FRST"]
    assert texts(made.content, "ReqdColltnDt") == ["2026-03-23", "2026-03-23", "2026-03-24"]
    assert texts(made.content, "CtrlSum")[0] == format_money(made.sum_cents)
    assert texts(made.content, "EndToEndId") == ["RF63558676920462-L1", "RF63558676920462-L2", "RF63558676920462-L3"]
    assert "Joerg Mueller-Lukasz + Soehne 'S'" in texts(made.content, "Nm")
    assert set(texts(made.content, "Cd")) == {"SEPA", "CORE"}


def test_a_transfer_file_is_valid_with_and_without_the_banks_codes() -> None:
    transfers = [Transfer("Elif Yılmaz", "DE02120300000000202051", bic, 2310, f"RF63558676920462-E{n}", "Erstattung") for n, bic in
                 enumerate(("", "BYLADEM1001"), start=1)]  # fmt: skip
    made = transfer_file(PARTY, transfers, message_id="KLZE1-20260319-1", on=date(2026, 3, 19), now=NOW)
    assert b"urn:iso:std:iso:20022:tech:xsd:pain.001.001.09" in made.content
    assert (made.count, made.sum_cents) == (2, 4620)
    assert made.content == transfer_file(PARTY, transfers, message_id="KLZE1-20260319-1", on=date(2026, 3, 19), now=NOW).content


@given(st.lists(st.integers(1, 99_999_999), min_size=1, max_size=12))
def test_the_control_sum_of_a_file_is_the_sum_to_the_cent(cents: list[int]) -> None:
    made = debit_file(PARTY, [debit(n, cents=c) for n, c in enumerate(cents, 1)], message_id="KLZL1-20260319-1", now=NOW)
    assert made.sum_cents == sum(cents) and texts(made.content, "CtrlSum")[0] == format_money(sum(cents))


@pytest.mark.parametrize("wrong", [{"iban": "no iban at all"}, {"cents": 0}, {"cents": -5}, {"mandate": "x" * 36}, {"name": ""}])
def test_a_file_the_standard_does_not_take_never_leaves(wrong: dict[str, object]) -> None:
    with pytest.raises(OrderInvalid):
        debit_file(PARTY, [debit(1), debit(2, **wrong)], message_id="KLZL1-20260319-1", now=NOW)


def test_an_empty_order_is_no_file() -> None:
    with pytest.raises(OrderInvalid):
        debit_file(PARTY, [], message_id="KLZL1-20260319-1", now=NOW)


@given(st.text(max_size=200))
def test_text_for_banks_has_only_signs_every_bank_knows(text: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9/\-?:().,'+ ]{0,70}", sepa_text(text, 70))


@given(st.integers(1, 10**9), st.dictionaries(st.integers(1, 50), st.integers(0, 10**8), max_size=6))
def test_a_refund_is_shared_to_the_cent_and_never_beyond_the_credit(cents: int, credit: dict[int, int]) -> None:
    if cents > sum(credit.values()):
        with pytest.raises(ValueError, match="credit"):
            share_out(cents, credit)
    else:
        parts = share_out(cents, credit)
        assert sum(parts.values()) == cents and all(0 < part <= credit[claim_id] for claim_id, part in parts.items())


@given(CENTS, CENTS)
def test_nothing_leaves_that_is_not_a_credit(wanted: int, credit: int) -> None:
    assert 0 <= payable_cents(wanted, credit) <= min(wanted, credit)


def test_by_default_every_cent_goes_back_by_itself() -> None:
    assert proposed_by_itself(1, 0) and not proposed_by_itself(0, 0)
    assert not proposed_by_itself(99, 100) and proposed_by_itself(100, 100)


@pytest.mark.parametrize("why", list(NotCollected))
def test_every_reason_not_to_collect_is_said_in_both_languages(why: NotCollected) -> None:
    assert all(sentence.endswith(".") for sentence in WHY_NOT[why])
