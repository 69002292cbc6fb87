"""Taking over claims in bulk."""

from __future__ import annotations

import random
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from kulanz.claims import references
from kulanz.claims.commands import open_claims
from kulanz.claims.models import Case, Claim, Debtor
from kulanz.ledger.models import Entry, Posting
from kulanz.ledger.queries import audit
from tests.factories import DAY, NOW, claim_row, creditor, frame

pytestmark = pytest.mark.django_db


def _open(*rows: dict[str, object]) -> list[str]:
    opened = open_claims(frame(*rows), creditor(), day=DAY, now=NOW, dice=random.Random(1))
    return opened.claims["status"].to_list()


def test_new_claims_get_case_account_and_a_balanced_opening_entry() -> None:
    assert _open(claim_row(1), claim_row(2)) == ["new", "new"]
    assert Case.objects.count() == Claim.objects.count() == 2
    assert {(p.component, abs(p.amount_cents)) for p in Posting.objects.all()} == {("principal", 8490)}
    assert audit().findings == ()


def test_the_same_claims_again_change_nothing() -> None:
    _open(claim_row(1))
    before = (Entry.objects.count(), Case.objects.get().revision)
    assert _open(claim_row(1)) == ["known"]
    assert (Entry.objects.count(), Case.objects.get().revision) == before


def test_a_known_number_with_other_content_is_reported_as_changed_and_left_alone() -> None:
    _open(claim_row(1))
    assert _open(claim_row(1, principal_cents=1)) == ["changed"]
    assert Claim.objects.get().principal_cents == 8490


def test_several_claims_of_one_debtor_share_a_case_and_two_currencies_do_not() -> None:
    _open(
        claim_row(1, debtor_external_id="A", identity_key="aa" * 32),
        claim_row(2, debtor_external_id="A", identity_key="aa" * 32),
        claim_row(3, debtor_external_id="A", identity_key="aa" * 32, currency="CHF"),
    )
    assert Debtor.objects.count() == 1
    assert sorted(Case.objects.values_list("currency", flat=True)) == ["CHF", "EUR"]
    assert {case.bucket for case in Case.objects.all()} == {0xAA}


def test_a_new_claim_opens_a_settled_case_again() -> None:
    _open(claim_row(1, debtor_external_id="A"))
    Case.objects.update(state="settled")
    _open(claim_row(2, debtor_external_id="A"))
    assert Case.objects.get().state == "open"


def test_a_reference_with_one_wrong_digit_or_swapped_neighbours_is_not_valid() -> None:
    for seed in range(50):
        reference = next(references.draw(random.Random(seed)))
        assert references.is_valid(reference)
        assert references.spaced(reference).replace(" ", "") == reference
        for place in range(4, len(reference)):
            for other in "0123456789".replace(reference[place], ""):
                assert not references.is_valid(reference[:place] + other + reference[place + 1 :])
            swapped = reference[: place - 1] + reference[place] + reference[place - 1] + reference[place + 1 :]
            assert swapped == reference or not references.is_valid(swapped)


def test_the_database_refuses_an_unbalanced_entry_and_any_change_of_what_was_booked() -> None:
    _open(claim_row(1))
    posting = Posting.objects.first()
    assert posting is not None
    statements = [
        f"INSERT INTO ledger_posting (entry_id, account_id, tenant_id, component, amount_cents)"
        f" VALUES ({posting.entry_id}, {posting.account_id}, {posting.tenant_id}, 'principal', 5)",
        "UPDATE ledger_posting SET amount_cents = 1",
        "DELETE FROM ledger_posting",
        "UPDATE ledger_entry SET occurred_on = now()",
        "TRUNCATE ledger_posting",
    ]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # PostgreSQL refuses TRUNCATE while checks are pending
    for statement in statements:
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_an_invoice_of_the_future_is_taken_with_its_own_effective_day() -> None:
    _open(claim_row(1, invoiced_on=date(2027, 1, 1)))
    assert Entry.objects.get().occurred_on == date(2027, 1, 1)
