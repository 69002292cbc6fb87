"""Two fences between tenants: the viewer in each query, and row security in the database."""

from __future__ import annotations

import pytest
from django.db import ProgrammingError, connection, transaction

from kulanz.claims.models import Case, Claim, Creditor, Debtor, User
from kulanz.claims.staff import viewer_of
from kulanz.claims.viewer import Viewer, viewing
from kulanz.ledger.models import Posting
from kulanz.site.row_security import fenced_tables
from tests.factories import NOW, case, creditor

pytestmark = pytest.mark.django_db


def _two_tenants() -> tuple[Case, Case]:
    return case(creditor("a")), case(creditor("b", iban="DE02120300000000202051"))


def test_row_security_hides_the_other_tenant_even_from_a_query_without_a_viewer() -> None:
    ours, theirs = _two_tenants()
    with viewing(Viewer("staff", frozenset({ours.creditor_id}))):
        for model in (Case, Claim, Debtor):
            assert set(model.objects.values_list("creditor_id", flat=True)) == {ours.creditor_id}
        assert set(Posting.objects.values_list("tenant_id", flat=True)) == {ours.creditor_id}
        assert list(Creditor.objects.all()) == [ours.creditor]
        assert not Case.objects.filter(id=theirs.id).exists()


def test_without_row_security_the_same_query_would_see_both_tenants() -> None:
    _two_tenants()
    assert len(set(Case.objects.values_list("creditor_id", flat=True))) == 2


def test_a_viewer_cannot_write_into_another_tenant() -> None:
    ours, theirs = _two_tenants()
    with pytest.raises(ProgrammingError), viewing(Viewer("staff", frozenset({ours.creditor_id}))):
        Case.objects.create(
            creditor_id=theirs.creditor_id, debtor_id=ours.debtor_id, reference="X", bucket=1, currency="CHF", opened_on=NOW.date()
        )


def test_a_debtor_sees_one_case_and_nothing_else_of_the_same_creditor() -> None:
    mine, other = case(creditor("a")), case(creditor("a"), number=2)
    with viewing(Viewer.debtor(case_id=mine.id, creditor_id=mine.creditor_id)):
        assert list(Case.objects.values_list("id", flat=True)) == [mine.id]
        assert set(Claim.objects.values_list("case_id", flat=True)) == {mine.id}
    assert other.id != mine.id


def test_the_fence_falls_with_the_transaction() -> None:
    ours, _ = _two_tenants()
    with viewing(Viewer("staff", frozenset({ours.creditor_id}))):
        pass
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone()[0] != "kulanz_viewer"


def test_a_viewer_of_no_creditor_sees_nothing() -> None:
    _two_tenants()
    with viewing(Viewer("staff", frozenset())):
        assert not Case.objects.exists()


def test_every_table_with_a_tenant_has_a_policy() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_policies WHERE policyname = 'tenant'")
        assert {table for (table,) in cursor.fetchall()} >= set(fenced_tables())
    assert {"claims_case", "ledger_posting", "contact_message", "payments_bankline", "strategy_decision"} <= set(fenced_tables())


def test_only_an_admin_without_creditors_sees_the_whole_installation() -> None:
    ours, _ = _two_tenants()
    agent, admin = User.objects.create(username="agent", role="agent"), User.objects.create(username="admin", role="admin")
    agent_viewer, admin_viewer = viewer_of(agent), viewer_of(admin)
    assert agent_viewer is not None
    assert agent_viewer.creditor_ids == frozenset()
    assert admin_viewer is not None
    assert admin_viewer.creditor_ids is None
    admin.creditors.add(ours.creditor)
    narrowed = viewer_of(admin)
    assert narrowed is not None
    assert narrowed.creditor_ids == frozenset({ours.creditor_id})
    with transaction.atomic():
        assert viewer_of(None) is None


def test_a_person_who_has_proven_two_cases_sees_these_and_no_third_of_their_creditors() -> None:
    owner, other = creditor(), creditor("anders", iban="DE02120300000000202051")
    mine, theirs = case(owner), case(other, number=2)
    for number, tenant in ((3, owner), (4, other)):
        case(tenant, number=number)
    viewer = Viewer.person({mine.id: owner.id, theirs.id: other.id})
    with viewing(viewer):
        assert set(Case.objects.values_list("id", flat=True)) == {mine.id, theirs.id}
        assert set(Claim.objects.values_list("case_id", flat=True)) == {mine.id, theirs.id}
    assert set(viewer.narrow(Case.objects.all(), case="id").values_list("id", flat=True)) == {mine.id, theirs.id}
    with viewing(Viewer.person({})):
        assert not Case.objects.exists() and not Claim.objects.exists()
