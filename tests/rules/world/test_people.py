"""The population: reproducible, reachable only in reserved places, varied."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from schwifty import IBAN

from kulanz.claims.references import draw, is_valid
from kulanz.law.holidays import REGIONS
from kulanz.world.dice import chance, dice, pick
from kulanz.world.people import Person, draw_person
from kulanz.world.places import PLACES
from kulanz.world.temper import TRAITS, Temper
from kulanz.world.transfers import PURPOSE_MAX, Habit, damage, habit_of, mistype, write_transfer

RESERVED = re.compile(r"[a-z0-9.]+@(example\.(com|org|net)|[a-z0-9.]+\.example)")


def people(count: int, seed: int = 7) -> list[Person]:
    return [draw_person(seed, "nordlicht", number, home_land="SH", email_share=0.8) for number in range(count)]


def test_the_same_seed_draws_the_same_people_in_any_order() -> None:
    forward = people(50)
    backward = [draw_person(7, "nordlicht", number, home_land="SH", email_share=0.8) for number in reversed(range(50))]
    assert forward == backward[::-1]
    assert forward != people(50, seed=8)


def test_everybody_has_a_valid_address_in_reserved_places_only() -> None:
    for person in people(1500):
        assert re.fullmatch(r"\d{5}", person.postcode)
        assert person.land in REGIONS["de"]
        assert not person.email or RESERVED.fullmatch(person.email)
        assert IBAN(person.iban).is_valid
        assert person.iban[4] == "9"  # no German bank code begins with 9: nobody's real account
        assert bool(person.company_name) != bool(person.family_name)
        assert person.name.strip() == person.name


def test_every_hidden_type_and_every_land_occurs_about_as_often_as_meant() -> None:
    found = Counter(person.temper for person in people(3000))
    for temper, traits in TRAITS.items():
        assert abs(found[temper] / 3000 - traits.share / sum(each.share for each in TRAITS.values())) < 0.03
    assert {person.land for person in people(3000)} == set(PLACES) == set(REGIONS["de"])


def test_customer_numbers_and_mail_addresses_are_unique() -> None:
    drawn = people(2000)
    assert len({person.customer_number for person in drawn}) == 2000
    addresses = [person.email for person in drawn if person.email]
    assert len(set(addresses)) == len(addresses)


@given(weights=st.dictionaries(st.text(min_size=1), st.floats(0.01, 10), min_size=1, max_size=6), at=st.floats(0, 0.9999))
def test_a_pick_is_always_one_of_the_choices(weights: dict[str, float], at: float) -> None:
    assert pick(weights, at) in weights


@given(seed=st.integers(0, 2**32), key=st.text())
def test_a_chance_is_a_number_below_one_that_belongs_to_its_question(seed: int, key: str) -> None:
    assert 0.0 <= chance(seed, key) < 1.0
    assert chance(seed, key) == chance(seed, key)


@given(seed=st.integers(0, 2**32))
def test_a_typo_is_one_wrong_digit_or_a_swap_and_the_reference_exposes_it(seed: int) -> None:
    stream = dice(seed, "typo")
    reference = next(draw(stream))
    wrong = mistype(stream, reference)
    assert sorted(wrong) == sorted(reference) or sum(a != b for a, b in zip(wrong, reference, strict=True)) == 1
    assert wrong != reference
    assert not is_valid(wrong)


@given(seed=st.integers(0, 2**32), number=st.integers(1, 99_999))
def test_damage_shifts_blanks_and_dashes_but_loses_no_digit(seed: int, number: int) -> None:
    written = f"NL-2026-{number:05d}"
    damaged = damage(dice(seed, "damage"), written)
    assert [letter for letter in damaged if letter.isdigit()] == [letter for letter in written if letter.isdigit()]


@given(seed=st.integers(0, 2**32), number=st.integers(0, 5000), cents=st.integers(1, 10**7))
def test_a_transfer_carries_the_amount_and_fits_the_field(seed: int, number: int, cents: int) -> None:
    person = draw_person(seed, "nordlicht", number, home_land="SH", email_share=0.8)
    payment = write_transfer(
        seed, person, cents=cents, invoices=["NL-2026-00012"], reference="RF42173904528816", nth=0, subject="Strom September"
    )
    assert payment.movement.amount_cents == cents
    assert len(payment.movement.purpose) <= PURPOSE_MAX
    if payment.habit is Habit.REFERENCE:
        assert "RF42 1739 0452 8816" in payment.movement.purpose
    assert (payment.movement.iban == person.iban) == (payment.habit is not Habit.THIRD_PARTY)


@pytest.mark.parametrize("temper", [Temper.BUSINESS])
def test_firms_always_name_the_invoice(temper: Temper) -> None:
    firms = [person for person in people(600) if person.temper is temper]
    assert firms
    assert {habit_of(7, firm) for firm in firms} == {Habit.INVOICE_AND_CUSTOMER}
    assert {firm.kind for firm in firms} == {"company"}


def test_a_date_is_no_part_of_a_draw_by_accident() -> None:
    assert chance(1, "a", date(2026, 1, 1)) != chance(1, "a", date(2026, 1, 2))
