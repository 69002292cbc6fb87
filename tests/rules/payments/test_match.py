"""A line books itself only if a number names the case and amount or payer agree."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kulanz.claims.references import draw as drawn
from kulanz.claims.references import is_valid
from kulanz.payments.rules.match import Candidate, Match, Money, Number, OpenClaim, Verdict, decide, judge
from kulanz.payments.rules.names import name_keys, name_likeness
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
    assert verdict == decide(Money(cents, "EUR", payer), cases, [judge(Money(cents, "EUR", payer), case) for case in cases])
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


def test_the_payers_own_name_in_the_text_of_a_third_party_bears_the_number_out() -> None:
    match = decide(Money(5000, "EUR", "Wer Anders", text="für Elif Yilmaz"), [named()]).match
    assert match is not None
    assert match.reason == "Rechnungsnummer stimmt, Name steht im Verwendungszweck"


def test_a_number_is_a_question_if_another_debtor_with_the_payers_name_owes_the_same() -> None:
    neighbour = candidate(1, debtor_names=("Peter Braun",), claim_numbers=((10, Number.INVOICE),))
    verdict = decide(Money(8490, "EUR", "Elif Yılmaz"), [neighbour, candidate(2)])
    assert verdict.match is None
    assert {match.case_id for match in verdict.proposals} == {1, 2}


def test_an_amount_that_is_another_invoice_of_the_same_debtor_is_a_question() -> None:
    claims = (OpenClaim(1, "R-5763", 9000, 9000, 9000), OpenClaim(2, "R-5762", 7429, 7429, 7429))
    one = candidate(1, claims=claims, claim_numbers=((1, Number.INVOICE),))
    verdict = decide(Money(7429, "EUR", "Elif Yılmaz"), [one])
    assert verdict.match is None
    assert verdict.proposals[0].reason.endswith("Betrag gehört zu einer anderen Rechnung")


def test_what_a_letter_of_some_days_ago_asked_for_agrees() -> None:
    one = candidate(1, claims=(OpenClaim(10, "RE-1", 8490, 8400, 8400),), claim_numbers=((10, Number.INVOICE),))
    assert decide(Money(8451, "EUR", "Wer Anders"), [one]).match is not None
    assert decide(Money(8491, "EUR", "Wer Anders"), [one]).match is None
    assert decide(Money(8399, "EUR", "Wer Anders"), [one]).match is None


def test_a_customer_number_needs_amount_and_payer() -> None:
    one = candidate(1, customer_number=True)
    assert decide(Money(8490, "EUR", "Elif Yılmaz"), [one]).match is not None
    assert decide(Money(8490, "EUR", "Wer Anders"), [one]).match is None
    assert decide(Money(5000, "EUR", "Elif Yılmaz"), [one]).match is None


def people(*sums: int) -> list[Candidate]:
    return [
        candidate(
            number, claims=(OpenClaim(number * 10, f"NE-{number}", cents, cents, cents),), claim_numbers=((number * 10, Number.INVOICE),)
        )
        for number, cents in enumerate(sums, start=1)
    ]


def shares(verdict: Verdict) -> dict[int, int]:
    return {split.match.case_id: split.cents for split in verdict.splits}


def test_a_transfer_for_several_cases_is_shared_by_its_list() -> None:
    money = Money(3000, "EUR", "Jobcenter", text="NE-1 10,00, NE-2 20,00")
    assert shares(decide(money, people(1500, 2500))) == {1: 1000, 2: 2000}
    assert decide(money, people(1500, 2500)).match is None


def test_a_transfer_for_several_cases_without_a_list_is_shared_if_it_is_exactly_what_they_owe() -> None:
    assert shares(decide(Money(4000, "EUR", "Jobcenter", text="NE-1 NE-2"), people(1500, 2500))) == {1: 1500, 2: 2500}
    verdict = decide(Money(3999, "EUR", "Jobcenter", text="NE-1 NE-2"), people(1500, 2500))
    assert (shares(verdict), verdict.match) == ({}, None)


@pytest.mark.parametrize("text", ["NE-1 10,00, NE-2 19,00", "NE-1 10,00, NE-9 20,00", "NE-1 30,00, NE-2", "10,00 20,00"])
def test_a_list_that_does_not_add_up_or_names_somebody_else_shares_nothing(text: str) -> None:
    assert shares(decide(Money(3000, "EUR", "Jobcenter", text=text), people(1500, 2500))) == {}


def test_cases_of_two_creditors_are_never_shared_automatically() -> None:
    one, two = people(1500, 2500)
    assert shares(decide(Money(4000, "EUR", "Jobcenter"), [one, two._replace(creditor_id=2)])) == {}


def test_everybody_a_transfer_names_is_proposed_and_so_left_in_peace() -> None:
    many = people(*(1000 + number for number in range(12)))
    verdict = decide(Money(1, "EUR", "Jobcenter"), many)
    assert {match.case_id for match in verdict.proposals} == set(range(1, 13))


@settings(max_examples=100)
@given(st.lists(st.integers(1, 10**7), min_size=2, max_size=8), st.integers(0, 10**8))
def test_shares_always_add_up_to_what_was_paid(sums: list[int], cents: int) -> None:
    for amount in (sum(sums), cents or 1):
        found = shares(decide(Money(amount, "EUR", "Jobcenter"), people(*sums)))
        assert not found or sum(found.values()) == amount


@pytest.mark.parametrize(
    ("payer", "sort_key"),
    [
        ("D'ANGELO SALVATORE", "d angelo salvatore"),
        ("Salvatore D'Angelo", "d angelo salvatore"),
        ("Sanjay und Gisela Kumar", "kumar sanjay"),
        ("Frieda Hartmann-Krämer", "hartmann kraemer frieda"),
        ("Möbelhaus Wolf GmbH & Co. KG", "moebelhaus wolf gmbh co kg"),
        ("FEINKOST BRANDT E. K.", "feinkost brandt e k"),
        ("Dr. Elif Yılmaz", "yilmaz elif"),
    ],
)
def test_a_debtor_is_looked_for_under_every_key_the_name_may_have(payer: str, sort_key: str) -> None:
    assert sort_key in name_keys((payer,), "")
    if " und " not in payer:
        assert sort_key in name_keys((), f"für {payer}")


def test_neighbouring_numbers_of_one_debtor_do_not_hide_whose_payment_it_is() -> None:
    stranger = candidate(1, debtor_names=("Peter Braun",), claim_numbers=((10, Number.INVOICE),))
    claims = (OpenClaim(21, "NE-19", 8490, 8490, 8490), OpenClaim(22, "NE-20", 7000, 7000, 7000))
    payer = candidate(2, claims=claims, claim_numbers=((21, Number.INVOICE_TYPO), (22, Number.INVOICE_TYPO)))
    assert decide(Money(8490, "EUR", "Elif Yılmaz"), [stranger, payer]).match is None
    match = decide(Money(8490, "EUR", "Elif Yılmaz"), [payer]).match
    assert match is not None
    assert match.claim_ids == (21,)
