"""A line books itself only if a number names the case and amount or payer agree."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kulanz.claims.references import draw as drawn
from kulanz.claims.references import is_valid
from kulanz.payments.rules.match import Candidate, Match, Money, Number, OpenClaim, decide, judge
from kulanz.payments.rules.names import name_likeness
from kulanz.payments.rules.numbers import Shapes, numbers_in, shape_of
from kulanz.payments.rules.references import references_in
from kulanz.payments.rules.text import compact, squeeze

references = st.integers(0, 10**6).map(lambda seed: next(drawn(random.Random(seed))))


def candidate(case_id: int = 1, *, total: int = 8490, **values: object) -> Candidate:
    claim = OpenClaim(case_id * 10, f"RE-2026-{case_id:04d}", total, total - 90, total - 90)
    given: dict[str, Any] = {"claims": (claim,), "debtor_names": ("Elif Yılmaz",), "currency": "EUR", "creditor_id": 1}
    return Candidate(case_id=case_id, reference="RF1", **(given | values))


def named(case_id: int = 1, how: Number = Number.INVOICE, **values: object) -> Candidate:
    return candidate(case_id, claim_numbers=((case_id * 10, how),), **values)


@pytest.mark.parametrize("how", list(Number))
@pytest.mark.parametrize("amount", [8490, 5000])
@pytest.mark.parametrize("payer", ["Elif Yilmaz", "Wer Anders"])
def test_what_books_itself(how: Number, amount: int, payer: str) -> None:
    amount_agrees, payer_agrees = amount == 8490, payer == "Elif Yilmaz"
    guessed = how in {Number.INVOICE_GLUED, Number.INVOICE_TYPO, Number.CUSTOMER}
    wanted = (amount_agrees and payer_agrees) if guessed else (amount_agrees or payer_agrees)
    assert (decide(Money(amount, "EUR", payer), [named(how=how)]).match is not None) == wanted


def test_amount_name_and_known_account_without_a_number_are_only_a_proposal() -> None:
    verdict = decide(Money(8490, "EUR", "Elif Yılmaz"), [candidate(iban_known=True)])
    assert verdict.match is None
    assert verdict.proposals[0].reason == "Betrag stimmt, von diesem Konto kam schon eine Zahlung, Name stimmt"


def test_two_equally_well_founded_cases_are_a_question() -> None:
    verdict = decide(Money(8490, "EUR", "Elif Yılmaz"), [named(1), named(2)])
    assert verdict.match is None
    assert [match.case_id for match in verdict.proposals] == [1, 2]


def test_the_case_whose_number_stands_in_the_text_comes_before_the_one_with_the_right_amount() -> None:
    verdict = decide(Money(5000, "EUR", "Wer Anders"), [candidate(1, total=5000), named(2)])
    assert [match.case_id for match in verdict.proposals] == [2, 1]


def test_a_case_in_another_currency_is_never_a_candidate() -> None:
    assert decide(Money(8490, "CHF", "Elif Yılmaz"), [named()]).proposals == ()


def test_several_invoices_in_one_transfer_are_recognised_by_their_sum() -> None:
    claims = (OpenClaim(1, "A-1", 1000, 1000, 1000), OpenClaim(2, "A-2", 2500, 2500, 2500), OpenClaim(3, "A-3", 700, 700, 700))
    both = candidate(1, claims=claims, claim_numbers=((1, Number.INVOICE), (2, Number.INVOICE)))
    match = decide(Money(3500, "EUR", "Wer Anders"), [both]).match
    assert match is not None
    assert (match.claim_ids, match.reason) == ((1, 2), "Rechnungsnummer stimmt, Betrag stimmt für 2 Rechnungen")


@settings(max_examples=200)
@given(st.integers(1, 10**7), st.text(max_size=30), st.lists(st.sampled_from([named(1), named(2), candidate(3), candidate(4)]), max_size=4))
def test_a_booked_match_is_always_the_first_proposal_and_safe(cents: int, payer: str, cases: list[Candidate]) -> None:
    verdict = decide(Money(cents, "EUR", payer), cases)
    if verdict.match is not None:
        assert verdict.match == verdict.proposals[0]
        assert verdict.match.safe
    assert all(0 <= match.confidence <= 99 for match in verdict.proposals)


@pytest.mark.parametrize(
    ("payer", "name", "alike"),
    [
        ("YILMAZ, ELIF", "Elif Yılmaz", True),
        ("Elif und Deniz Yilmaz", "Elif Yılmaz", True),
        ("Dr. Jürgen Müller-Groß", "Juergen Mueller-Gross", True),
        ("Musterfirma GmbH & Co. KG", "Musterfirma GmbH & Co KG", True),
        ("Hans Müller", "Petra Müller", False),
        ("", "Elif Yılmaz", False),
    ],
)
def test_names_agree_whatever_their_order_and_spelling(payer: str, name: str, alike: bool) -> None:
    assert (name_likeness((payer,), (name,)) >= 88) == alike


@settings(max_examples=200)
@given(references, st.data())
def test_a_reference_is_found_with_blanks_dashes_and_lower_case(reference: str, data: st.DataObject) -> None:
    written = "".join(character + data.draw(st.sampled_from(["", "", " ", "-", "."])) for character in reference)
    found = references_in(squeeze("Rechnung " + data.draw(st.sampled_from([written, written.lower()])) + " danke"))
    assert [(item.reference, item.repaired) for item in found] == [(reference, False)]


@settings(max_examples=200)
@given(references, st.integers(2, 15), st.integers(1, 9))
def test_one_wrong_digit_is_repaired_by_the_check_digits(reference: str, place: int, shift: int) -> None:
    wrong = reference[:place] + str((int(reference[place]) + shift) % 10) + reference[place + 1 :]
    assert not is_valid(wrong)
    found = references_in(squeeze(f"Az {wrong}"))
    assert reference in [item.reference for item in found]
    assert all(item.repaired for item in found)
    assert len(found) <= 12


@settings(max_examples=200)
@given(references, st.integers(2, 14))
def test_a_missing_digit_two_swapped_digits_and_missing_letters_are_repaired(reference: str, place: int) -> None:
    without = reference[:place] + reference[place + 1 :]
    swapped = reference[:place] + reference[place + 1] + reference[place] + reference[place + 2 :]
    for written in (without, swapped, reference[2:]):
        assert reference in [item.reference for item in references_in(squeeze(f"Az {written} Miete"))]


def test_an_iban_in_the_text_is_not_taken_for_a_reference() -> None:
    assert references_in(squeeze("IBAN DE89 3704 0044 0532 0130 00 BIC COBADEFFXXX")) == []


@settings(max_examples=200)
@given(st.from_regex(r"[A-Z]{0,3}-?[0-9]{4}-[0-9]{3,6}", fullmatch=True), st.sampled_from(["Rg {}", "{}", "RE{}KDNR77", "zu {} vom 3.2."]))
def test_an_invoice_number_is_found_by_its_shape(number: str, sentence: str) -> None:
    shapes = Shapes.of([shape_of(compact(number))])
    found = numbers_in([squeeze(sentence.format(number))], shapes)
    assert compact(number) in [written.number for written in found]


def test_short_numbers_count_only_as_words_of_their_own() -> None:
    shapes = Shapes.of(["9999"])
    assert numbers_in([squeeze("IBAN DE89370400440532013000")], shapes) == []
    assert [written.number for written in numbers_in([squeeze("Rechnung 4711")], shapes)] == ["4711"]


def test_every_judgement_says_why() -> None:
    match: Match = judge(Money(1, "EUR", "x"), named())
    assert match.reason == "Rechnungsnummer stimmt"
