"""Agreements in the database: made once, everything silent, refused where the creditor does not allow them, ended."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from kulanz.claims.models import Case, CaseState, Hold, HoldReason
from kulanz.claims.viewer import Viewer
from kulanz.contact.models import Message
from kulanz.payments.agreement_errors import (
    AgreementStands,
    DayOutside,
    NothingOpen,
    PlanNeverEnds,
    PlanRefused,
    ScheduleChanged,
)
from kulanz.payments.commands.agreements import Asked, OfferAsked, agree, cancel, offer_settlement
from kulanz.payments.commands.agreements.agree import digest
from kulanz.payments.models import Agreement, AgreementKind, AgreementPolicy, AgreementState
from kulanz.payments.queries_agreements import standing
from kulanz.payments.queries_situation import situation
from kulanz.payments.rules.plan import Rhythm, Wish
from kulanz.runs.check import check
from tests import factories
from tests.commands.agreement_house import due, events, hold, lapse_of, owed, owing, pay, plan, templates, until
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_plan_is_made_once_and_silences_the_case_in_the_same_moment() -> None:
    claim = owing()
    agreed = plan(claim)
    assert plan(claim).id == agreed.id
    assert (agreed.state, agreed.total_cents, agreed.open_cents) == (AgreementState.ACTIVE, owed(claim, DAY), owed(claim, DAY))
    rows = [(row.due_on, row.amount_cents) for row in agreed.instalments.order_by("number")]
    assert [day for day, _ in rows] == [date(2026, 3, 16), date(2026, 4, 16), date(2026, 5, 18)]
    assert sum(cents for _, cents in rows) == agreed.total_cents
    assert hold(claim) is not None and templates(claim) == ["plan_agreed"]
    assert "agreement_made" in events(claim)
    with pytest.raises(AgreementStands):
        plan(claim, key="k2")


def test_what_was_seen_is_what_is_agreed_or_nothing() -> None:
    claim = owing()
    found = situation(Case.objects.select_related("debtor", "creditor").get(id=claim.case_id), DAY)
    seen = digest(found.plan(Wish(4_000, date(2026, 3, 16))))
    with pytest.raises(ScheduleChanged):
        plan(claim, 5_000, seen=seen)
    assert not Agreement.objects.exists() and hold(claim) is None
    assert plan(claim, 4_000, key="k2", seen=seen).state == AgreementState.ACTIVE


def test_a_deferral_until_pay_day_stops_everything_and_is_over_after_its_day() -> None:
    claim = owing()
    agreed = until(claim, AgreementKind.DEFERRAL, date(2026, 3, 28))
    assert agreed.ends_on == date(2026, 3, 30)  # a Saturday moves to Monday
    assert hold(claim, HoldReason.DEFERRAL) is not None and templates(claim) == ["deferral_agreed"]
    assert due(date(2026, 4, 4)).looked_at == 0
    assert due(date(2026, 4, 5)).broken == 1
    assert hold(claim, HoldReason.DEFERRAL) is None and templates(claim)[-1] == "agreement_ended"
    assert owed(claim, date(2026, 4, 5)) == agreed.total_cents


def test_a_deferral_that_is_paid_settles_the_case() -> None:
    claim = owing()
    agreed = until(claim, AgreementKind.DEFERRAL, date(2026, 3, 27))
    pay(claim, agreed.total_cents, date(2026, 3, 27))
    agreed.refresh_from_db()
    assert agreed.state == AgreementState.KEPT and Case.objects.get(id=claim.case_id).state == CaseState.SETTLED


def test_a_promise_may_be_for_a_part_and_gives_up_nothing() -> None:
    claim = owing()
    agreed = until(claim, AgreementKind.PROMISE, date(2026, 3, 10), amount_cents=5_000)
    pay(claim, 5_000, date(2026, 3, 10))
    agreed.refresh_from_db()
    assert agreed.state == AgreementState.KEPT and hold(claim, HoldReason.PROMISE) is None
    assert Case.objects.get(id=claim.case_id).state == CaseState.OPEN and owed(claim, date(2026, 3, 10)) > 7_000


def test_a_pause_ends_by_itself() -> None:
    claim = owing()
    agreed = until(claim, AgreementKind.PAUSE, date(2026, 4, 1))
    assert hold(claim, HoldReason.PAUSE) is not None
    due(date(2026, 4, 1))
    due(date(2026, 4, 2))
    agreed.refresh_from_db()
    assert agreed.state == AgreementState.KEPT and hold(claim, HoldReason.PAUSE) is None


def test_what_the_creditor_does_not_allow_is_refused_and_changes_nothing() -> None:
    claim = owing(500_000)
    AgreementPolicy.objects.create(creditor_id=claim.creditor_id, interest_during="statutory", months_max=12)
    with pytest.raises(PlanNeverEnds):
        plan(claim, 1_500)
    with pytest.raises(PlanRefused):
        plan(claim, 10_000)
    with pytest.raises(DayOutside):
        until(claim, AgreementKind.DEFERRAL, DAY + timedelta(days=43))
    assert not Agreement.objects.exists() and not Hold.objects.exists() and not Message.objects.exists()
    pay(claim, owed(claim, date(2026, 3, 3)), date(2026, 3, 3))
    with pytest.raises(NothingOpen):
        plan(claim, 100_000)


def test_cancelling_lets_the_normal_steps_resume_and_says_so() -> None:
    claim = owing()
    agreed = plan(claim)
    with transaction.atomic():
        cancel(agreed.id, because="Auf Wunsch der Kundin", day=DAY, now=NOW, actor="anna")
    agreed.refresh_from_db()
    assert agreed.state == AgreementState.CANCELLED and hold(claim) is None and templates(claim)[-1] == "agreement_ended"


def test_limitation_stands_still_while_a_plan_runs_and_begins_anew_with_it() -> None:
    claim = owing(invoiced_on=date(2023, 12, 1), due_on=date(2023, 12, 15))
    assert lapse_of(claim).ends_on == date(2026, 12, 31)
    plan(claim)
    assert lapse_of(claim).ends_on is None
    due(date(2026, 3, 22))
    due(date(2026, 4, 2))
    found = lapse_of(claim)
    assert found.ends_on == date(2029, 4, 2)  # three years from the day it was agreed, and the month in which it stood
    assert any("§ 212" in rule for rule in found.rules) and any("§ 205" in rule for rule in found.rules)


def test_a_plan_by_phone_acknowledges_nothing_for_sure_and_a_lapsed_claim_stays_lapsed() -> None:
    claim = owing(invoiced_on=date(2023, 12, 1), due_on=date(2023, 12, 15))
    with transaction.atomic():
        agreed = agree(Asked(claim.case_id, AgreementKind.PLAN, "p", "phone", "anna", Wish(4_000, date(2026, 3, 16))), day=DAY, now=NOW)
        cancel(agreed.id, because="Auf Wunsch", day=date(2026, 3, 11), now=NOW, actor="anna")
    assert lapse_of(claim).ends_on == date(2027, 1, 10)  # ten days longer: 2 to 11 March stood still
    old = factories.claim(factories.creditor("alt", name="Alt"), number=3, invoiced_on=date(2022, 12, 1), due_on=date(2022, 12, 15))
    plan(old, 4_000, key="old")
    assert lapse_of(old).ends_on == date(2025, 12, 31)


def test_the_database_allows_one_active_agreement_a_case() -> None:
    claim = owing()
    agreed = plan(claim)
    agreed.pk, agreed.key = None, "other"
    agreed.public_id = uuid.uuid4()
    with pytest.raises(IntegrityError):
        agreed.save(force_insert=True)


def test_what_stands_is_found_by_case_and_seen_only_by_its_own() -> None:
    claim, other = owing(), factories.claim(factories.creditor("anders", name="Anders"), number=2)
    plan(claim)
    mine = Viewer.debtor(case_id=claim.case_id, creditor_id=claim.creditor_id)
    theirs = Viewer.debtor(case_id=other.case_id, creditor_id=other.creditor_id)
    found = standing(mine, claim.case_id)
    assert found is not None and found.progress.next is not None and found.progress.next.number == 1
    assert standing(theirs, claim.case_id) is None


def test_a_plan_takes_the_place_of_an_offer_and_of_its_hold() -> None:
    claim = owing()
    with transaction.atomic():
        asked = OfferAsked(claim.case_id, 9_000, date(2026, 3, 12), "Kulanz", "o", "phone", "anna")
        offer_settlement(asked, day=DAY, now=NOW)
    plan(claim)
    assert [row.state for row in Agreement.objects.order_by("id")] == ["expired", "active"]
    assert hold(claim, HoldReason.SETTLEMENT) is None and hold(claim) is not None
    assert check(DAY).findings == ()


def test_the_check_finds_sums_that_do_not_tie_and_holds_that_are_missing() -> None:
    claim = owing()
    agreed = plan(claim)
    assert check(DAY).findings == ()
    Hold.objects.filter(case=claim.case_id).update(lifted_at=NOW)
    Agreement.objects.filter(id=agreed.id).update(total_cents=agreed.total_cents + 1)
    assert {finding.code for finding in check(DAY).findings} == {"agreement_sum_differs", "agreement_without_hold"}
    Hold.objects.filter(case=claim.case_id).update(lifted_at=None)
    Agreement.objects.filter(id=agreed.id).update(total_cents=agreed.total_cents, state="cancelled")
    assert {finding.code for finding in check(DAY).findings} == {"hold_of_no_agreement"}


def test_weekly_instalments_are_a_week_apart() -> None:
    claim = owing()
    asked = Asked(claim.case_id, AgreementKind.PLAN, "w", "phone", "anna", Wish(2_000, date(2026, 3, 4), Rhythm.WEEK))
    with transaction.atomic():
        agreed = agree(asked, day=DAY, now=NOW)
    days = [row.due_on for row in agreed.instalments.order_by("number")]
    assert days[1] - days[0] == timedelta(days=7)
