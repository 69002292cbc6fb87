"""The account of a case against an independent, naive one: not a cent of difference after any fact of any story."""

from __future__ import annotations

import os
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kulanz.law.interest import InterestTerms
from kulanz.ledger.components import FEES, Component
from kulanz.ledger.replay import ClaimTerms, Fact, FactKind, Lines, MoneyBeforeAnyClaim, differences, replay
from tests.rules.ledger.oracle import NaiveAccount, NaiveClaim

START = date(2024, 11, 1)
STORIES = int(os.environ.get("KULANZ_STORIES", "6000"))
MARGINS = (500, 900, None)
PARTS = (*FEES, Component.INTEREST, Component.PRINCIPAL)
KINDS = (
    FactKind.PAYMENT,
    FactKind.PAYMENT,
    FactKind.CHARGE,
    FactKind.CREDIT_NOTE,
    FactKind.WAIVER,
    FactKind.CHARGEBACK,
    FactKind.REFUND,
    FactKind.WRITE_OFF,
)
CHOICES = ((), (), (1,), (2,), (3, 1))

Step = tuple[int, int, int, int, int, int]
steps = st.lists(
    st.tuples(
        st.integers(0, len(KINDS) - 1),
        st.integers(0, 700),
        st.integers(1, 3),
        st.integers(0, 30_000),
        st.integers(0, len(PARTS) - 1),
        st.integers(0, len(CHOICES) - 1),
    ),
    min_size=20,
    max_size=60,
)
openings = st.tuples(*[st.tuples(st.integers(1, 50_000), st.integers(0, 60), st.integers(-20, 120), st.integers(0, 2))] * 3)
Openings = tuple[tuple[int, int, int, int], ...]


def _terms(opened: Openings) -> list[ClaimTerms]:
    claims = []
    for number, (_, day, default_after, margin) in enumerate(opened, start=1):
        due_on = START + timedelta(days=day + 14)
        first = None if default_after < 0 else due_on + timedelta(days=default_after)
        claims.append(ClaimTerms(number, due_on, first, InterestTerms(margin_bp=MARGINS[margin])))
    return claims


def _story(opened: Openings, told: list[Step]) -> list[Fact]:
    """Facts in order of booking, which is not the order of their effective days."""
    facts = [
        Fact(f"o{number}", FactKind.OPENED, START + timedelta(days=day), number, cents, number)
        for number, (cents, day, _, _) in enumerate(opened, start=1)
    ]
    first_day = min(fact.on for fact in facts)
    returned: set[str] = set()
    for place, (kind_index, day, number, cents, part, choice) in enumerate(told, start=10):
        kind, on = KINDS[kind_index], first_day + timedelta(days=day)
        issued = facts[number - 1].on
        key = f"f{place}"
        match kind:
            case FactKind.PAYMENT:
                known = tuple(wanted for wanted in CHOICES[choice] if facts[wanted - 1].on <= on)
                facts.append(Fact(key, kind, on, place, cents, choice=known))
            case FactKind.CHARGEBACK:
                paid = [f for f in facts if f.kind is FactKind.PAYMENT and f.key not in returned and f.on <= on]
                if paid:
                    returned.add(paid[cents % len(paid)].key)
                    facts.append(Fact(key, kind, on, place, of=paid[cents % len(paid)].key))
            case FactKind.CHARGE:
                facts.append(Fact(key, kind, max(on, issued), place, cents, number, FEES[part % len(FEES)]))
            case _:
                facts.append(Fact(key, kind, max(on, issued), place, cents, number, PARTS[part]))
    return facts


def _oracle(opened: Openings, facts: list[Fact]) -> tuple[dict[tuple[int, str], int], dict[str, dict[tuple[int, str], int]]]:
    """The naive account's end, and what each fact changed (interest that was claimed for it left out)."""
    claims = {terms.claim_id: NaiveClaim(terms.due_on, terms.first_interest_day, terms.interest.margin_bp) for terms in _terms(opened)}
    account = NaiveAccount(claims)
    changed: dict[str, dict[tuple[int, str], int]] = {}

    def picture() -> dict[tuple[int, str], int]:
        return {(number, part): value for number, claim in claims.items() for part, value in claim.open.items() if value}

    for fact in sorted(facts, key=lambda f: (f.on, f.kind.value, f.order)):
        before, claimed = picture(), {number: claim.claimed for number, claim in claims.items()}
        account.tell(fact.kind.name.lower(), fact.on, fact.claim_id or 0, fact.cents, str(fact.component), fact.key, fact.of, fact.choice)
        after = picture()
        delta = {line: after.get(line, 0) - before.get(line, 0) for line in {*before, *after}}
        for number, claim in claims.items():
            delta[number, "interest"] = delta.get((number, "interest"), 0) - (claim.claimed - claimed[number])
        changed[fact.key] = {line: value for line, value in delta.items() if value}
    return picture(), changed


def _equal(opened: Openings, told: list[Step]) -> int:
    """Compare every fact of a story with the naive account; returns how many facts that were."""
    facts = _story(opened, told)
    replayed = replay(_terms(opened), facts)
    end, changed = _oracle(opened, facts)
    assert {key: dict(lines) for key, lines in replayed.lines.items()} == changed
    assert dict(replayed.open) == end
    return len(facts)


@settings(max_examples=min(200, STORIES))
@given(openings, steps)
def test_every_fact_of_a_story_books_what_the_naive_account_says(opened: Openings, told: list[Step]) -> None:
    _equal(opened, told)


@pytest.mark.slow
def test_two_hundred_thousand_facts_differ_by_no_cent() -> None:
    told_facts = 0

    @settings(max_examples=STORIES, database=None)
    @given(openings, steps)
    def tell(opened: Openings, told: list[Step]) -> None:
        nonlocal told_facts
        told_facts += _equal(opened, told)

    tell()
    assert told_facts >= 200_000 or STORIES < 6000, told_facts


@settings(max_examples=min(150, STORIES), database=None)
@given(openings, st.lists(steps.map(lambda told: told[0]), min_size=1, max_size=14))
def test_booking_only_differences_ends_where_one_replay_of_everything_ends(opened: Openings, told: list[Step]) -> None:
    facts = _story(opened, told)
    booked: dict[str, Lines] = {}
    for known in range(3, len(facts) + 1):
        wanted = replay(_terms(opened), facts[:known]).lines
        for key, delta in differences(booked, wanted).items():
            lines = booked.setdefault(key, {})
            for line, cents in delta.items():
                lines[line] = lines.get(line, 0) + cents
    final = replay(_terms(opened), facts).lines
    assert differences(booked, final) == {}
    for fact in facts:
        if fact.kind is FactKind.PAYMENT:
            assert sum(booked.get(fact.key, {}).values()) == -fact.cents


@settings(max_examples=min(150, STORIES), database=None)
@given(openings, steps)
def test_creditor_view_and_debtor_view_close_to_the_same_cash(opened: Openings, told: list[Step]) -> None:
    facts = _story(opened, told)
    debtor, creditor = replay(_terms(opened), facts), replay(_terms(opened), facts, scheme="497")
    for fact in facts:
        if fact.kind in (FactKind.PAYMENT, FactKind.CHARGEBACK):
            assert sum(debtor.lines[fact.key].values()) == sum(creditor.lines[fact.key].values())


@settings(max_examples=min(150, STORIES), database=None)
@given(openings, steps)
def test_nothing_owed_is_ever_negative_and_nothing_overpaid_is_ever_owed(opened: Openings, told: list[Step]) -> None:
    replayed = replay(_terms(opened), _story(opened, told))
    for (_, component), cents in replayed.open.items():
        assert cents < 0 if component is Component.OVERPAID else cents > 0


def test_the_order_in_which_facts_arrive_makes_no_difference() -> None:
    opened: Openings = ((10_000, 0, 0, 0), (5_000, 3, 0, 1), (7_000, 9, 5, 0))
    facts = _story(opened, [(0, 100 + 7 * n, 1 + n % 3, 900 * n, n % 7, 0) for n in range(12)])
    assert replay(_terms(opened), facts) == replay(_terms(opened), reversed(facts))


def test_a_payment_before_any_claim_is_refused() -> None:
    opened: Openings = ((10_000, 0, 0, 0), (5_000, 3, 0, 1), (7_000, 9, 5, 0))
    with pytest.raises(MoneyBeforeAnyClaim):
        replay(_terms(opened), [Fact("p", FactKind.PAYMENT, START - timedelta(days=1), 1, 100)])


def test_which_of_two_joint_debtors_pays_relieves_the_other_to_the_cent() -> None:
    terms = [ClaimTerms(1, START, START, InterestTerms(margin_bp=500))]
    opened = Fact("o", FactKind.OPENED, START, 0, 100_000, 1)
    apart = [
        Fact("anna", FactKind.PAYMENT, START + timedelta(days=30), 1, 40_000),
        Fact("ben", FactKind.PAYMENT, START + timedelta(days=30), 2, 10_000),
    ]
    together = [Fact("anna", FactKind.PAYMENT, START + timedelta(days=30), 1, 50_000)]
    assert replay(terms, [opened, *apart]).open == replay(terms, [opened, *together]).open
