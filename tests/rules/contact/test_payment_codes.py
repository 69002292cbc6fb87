"""Payment codes, amounts, names and colours: what a reader pays by must be right to the cent and the digit."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulanz.claims.references import check_digits
from kulanz.contact.errors import PaymentDataInvalid
from kulanz.contact.rendering.brand import contrast_to_white, legible_primary
from kulanz.contact.rendering.format import address_lines, count_words, long_day, money, salutation, short_day
from kulanz.contact.rendering.girocode import giro_svg, valid_creditor_reference
from tests.rules.contact.facts_of import COMPANY, PERSON, SENDER

IBAN = "DE89370400440532013000"


@given(
    body=st.text(alphabet="0123456789", min_size=12, max_size=12),
    place=st.integers(4, 15),
    wrong=st.sampled_from("0123456789"),
)
def test_a_reference_with_one_wrong_sign_is_refused(body: str, place: int, wrong: str) -> None:
    reference = f"RF{check_digits(body)}{body}"
    assert valid_creditor_reference(reference)
    typo = reference[:place] + wrong + reference[place + 1 :]
    assert valid_creditor_reference(typo) == (typo == reference)


@pytest.mark.parametrize(
    ("iban", "cents", "reference"),
    [
        ("DE89370400440532013001", 100, "RF18539007547034"),
        ("DE8937040044053201300", 100, "RF18539007547034"),
        (IBAN, 0, "RF18539007547034"),
        (IBAN, -5, "RF18539007547034"),
        (IBAN, 100_000_000_000, "RF18539007547034"),
        (IBAN, 100, "RF18539007547035"),
        (IBAN, 100, "2026-1"),
    ],
)
def test_a_code_that_would_pay_wrongly_is_not_made(iban: str, cents: int, reference: str) -> None:
    with pytest.raises(PaymentDataInvalid):
        giro_svg("Nordlicht", iban, "", cents, reference)


def test_money_and_days_are_written_as_people_write_them() -> None:
    assert money(123456, "EUR", "de") == "1.234,56\u00a0€"
    assert money(5, "EUR", "en") == "€0.05"
    assert money(-100, "EUR", "de") == "-1,00\u00a0€"
    assert long_day(date(2026, 3, 1), "de") == "1.\u00a0März\u00a02026"
    assert short_day(date(2026, 3, 1), "de") == "01.03.2026"
    assert short_day(date(2026, 3, 1), "en") == "1 Mar 2026"


@given(cents=st.integers(-(10**12), 10**12))
def test_no_amount_loses_a_cent_on_its_way_to_paper(cents: int) -> None:
    written = money(cents, "EUR", "de").replace(".", "").replace(",", "").replace("\u00a0€", "")
    assert int(written) == cents


@pytest.mark.parametrize(
    ("form", "title", "given_name", "family", "german", "english"),
    [
        ("", "", "Elif", "Yılmaz", "Guten Tag Elif Yılmaz", "Dear Elif Yılmaz"),
        ("frau", "Dr.", "Elif", "Yılmaz", "Guten Tag Frau Dr. Yılmaz", "Dear Ms Dr. Yılmaz"),
        ("herr", "", "Jan", "Otto", "Guten Tag Herr Otto", "Dear Mr Otto"),
        ("divers", "", "Kim", "Otto", "Guten Tag Kim Otto", "Dear Kim Otto"),
        ("frau", "", "Elif", "", "Guten Tag Elif", "Dear Elif"),
        ("", "", "", "", "Guten Tag", "Hello"),
    ],
)
def test_nobody_is_given_a_gender_they_did_not_name(form: str, title: str, given_name: str, family: str, german: str, english: str) -> None:
    person = PERSON.__class__("person", form, title, given_name, family, "", "", "", "", "DE")
    assert (salutation(person, "de"), salutation(person, "en")) == (german, english)


def test_a_company_is_not_called_by_its_register_name() -> None:
    assert salutation(COMPANY, "de") == "Guten Tag"
    assert address_lines(COMPANY, SENDER) == ["Bäckerei Sönke & Söhne KG", "Am Markt 3", "23552 Lübeck"]


def test_small_counts_are_words() -> None:
    assert [count_words(n, "de") for n in (1, 2, 12, 13)] == ["1", "zwei", "zwölf", "13"]
    assert count_words(24, "en") == "24"


def test_a_foreign_address_ends_with_its_country() -> None:
    abroad = PERSON.__class__("person", "", "", "Ana", "Novak", "", "Trg 1", "1000", "Ljubljana", "SI")
    assert address_lines(abroad, SENDER)[-1] == "SLOWENIEN"


@given(red=st.integers(0, 255), green=st.integers(0, 255), blue=st.integers(0, 255))
def test_any_brand_colour_ends_up_legible(red: int, green: int, blue: int) -> None:
    colour = legible_primary(f"#{red:02x}{green:02x}{blue:02x}")
    assert contrast_to_white(*(int(colour[i : i + 2], 16) for i in (1, 3, 5))) >= 4.5
