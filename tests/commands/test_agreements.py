"""Agreements in the database: made once, everything silent, followed by money, kept, missed kindly, broken, ended."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from kulanz.claims.accounts import open_amounts
from kulanz.claims.lapsing import Lapse, lapsing
from kulanz.claims.models import Case, CaseEvent, CaseState, Claim, Hold, HoldReason
from kulanz.claims.viewer import Viewer
from kulanz.contact.models import Message, MessageState
from kulanz.ledger.queries import audit
from kulanz.payments.agreement_errors import (
    AgreementStands,
    DayOutside,
    NothingOpen,
    PlanNeverEnds,
    PlanRefused,
    ScheduleChanged,
    TooManyRevisions,
)
from kulanz.payments.commands import import_statement, undo
from kulanz.payments.commands.agreements import Asked, OfferAsked, agree, cancel, check_due, offer_settlement, revise, shift
from kulanz.payments.commands.agreements.agree import digest
from kulanz.payments.models import Agreement, AgreementKind, AgreementPolicy, AgreementState, BankLine
from kulanz.payments.queries_agreements import instalments_due, standing, told
from kulanz.payments.queries_situation import situation
from kulanz.payments.rules.plan import Rhythm, Wish
from kulanz.runs.check import check
from tests import factories
from tests.bank import Move, camt053
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db(transaction=True)


def moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 7, tzinfo=UTC)


def owing(cents: int = 12_000, **values: Any) -> Claim:
    """One claim in default since 4 February, with an interest of 5 points over the base rate."""
    return factories.claim(principal_cents=cents, first_interest_day=date(2026, 2, 5), default_reason="calendar_date", **values)


def plan(claim: Claim, cents: int = 4_000, *, first_on: date = date(2026, 3, 16), key: str = "k1", **values: Any) -> Agreement:
    asked = Asked(claim.case_id, AgreementKind.PLAN, key, "portal", "debtor", Wish(cents, first_on), **values)
    with transaction.atomic():
        return agree(asked, day=DAY, now=NOW)


def until(claim: Claim, kind: AgreementKind, day: date, **values: Any) -> Agreement:
    with transaction.atomic():
        return agree(Asked(claim.case_id, kind, "k1", "portal", "debtor", until_on=day, **values), day=DAY, now=NOW)


def pay(claim: Claim, cents: int, on: date, ref: str = "") -> None:
    move = Move(cents, claim.case.reference, "Elif Yılmaz1", ref=ref or f"R{cents}{on}", on=on)
    file = camt053([move], account=claim.creditor.iban, number=ref or f"{on:%m%d}{cents}")
    import_statement(file, f"{on}{cents}.xml", actor="test", now=moment(on), day=on)


def owed(claim: Claim, day: date) -> int:
    return sum(balance.total_cents for balance in open_amounts([claim.case_id], day)[claim.case_id])


def hold(claim: Claim, reason: HoldReason = HoldReason.PLAN) -> Hold | None:
    return Hold.objects.filter(case=claim.case_id, reason=reason, lifted_at=None).first()


def due(day: date) -> Any:
    return check_due(day, moment(day))


def events(claim: Claim) -> list[str]:
    return list(CaseEvent.objects.filter(case=claim.case_id).order_by("id").values_list("kind", flat=True))


def templates(claim: Claim, state: MessageState = MessageState.QUEUED) -> list[str]:
    return list(Message.objects.filter(case=claim.case_id, state=state).order_by("id").values_list("template", flat=True))


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


def test_a_plan_paid_on_time_settles_the_case_to_the_cent_and_costs_no_interest() -> None:
    claim = owing()
    agreed = plan(claim)
    for row in agreed.instalments.order_by("number"):
        pay(claim, row.amount_cents, row.due_on)
    agreed.refresh_from_db()
    assert (agreed.state, owed(claim, date(2026, 6, 30))) == (AgreementState.KEPT, 0)
    assert Case.objects.get(id=claim.case_id).state == CaseState.SETTLED
    assert hold(claim) is None and audit().findings == ()


def test_with_statutory_interest_the_last_instalment_closes_the_account_too() -> None:
    claim = owing(200_000)
    AgreementPolicy.objects.create(creditor_id=claim.creditor_id, interest_during="statutory")
    agreed = plan(claim, 50_000)
    assert agreed.interest_cents > 0 and agreed.total_cents == agreed.open_cents + agreed.interest_cents
    for row in agreed.instalments.order_by("number"):
        pay(claim, row.amount_cents, row.due_on)
    agreed.refresh_from_db()
    assert (agreed.state, owed(claim, date(2026, 12, 1))) == (AgreementState.KEPT, 0)
    assert audit().findings == ()


def test_paying_early_and_more_covers_later_instalments_and_ends_the_plan_sooner() -> None:
    claim = owing()
    agreed = plan(claim)
    pay(claim, 9_000, date(2026, 3, 5))
    each = told([agreed])[0].progress
    assert [row.paid_cents for row in each.rows] == [4_000, 4_000, 1_000]
    pay(claim, each.open_cents, date(2026, 3, 6))
    agreed.refresh_from_db()
    assert agreed.state == AgreementState.KEPT and Case.objects.get(id=claim.case_id).state == CaseState.SETTLED


def test_a_missed_instalment_gets_the_kind_path_and_only_then_the_plan_ends_with_a_word() -> None:
    claim = owing()
    agreed = plan(claim)
    assert due(date(2026, 3, 21)).looked_at == 0
    assert due(date(2026, 3, 22)).missed == 1
    assert due(date(2026, 3, 22)).missed == 0
    agreed.refresh_from_db()
    assert (agreed.state, agreed.missed_on, agreed.recover_until) == ("active", date(2026, 3, 22), date(2026, 4, 1))
    assert hold(claim) is not None and templates(claim)[-1] == "instalment_missed"
    assert due(date(2026, 4, 1)).broken == 0
    assert due(date(2026, 4, 2)).broken == 1
    agreed.refresh_from_db()
    assert agreed.state == AgreementState.BROKEN and hold(claim) is None
    assert templates(claim)[-1] == "agreement_ended" and "instalment_missed" not in templates(claim)
    assert due(date(2026, 4, 3)).looked_at == 0


def test_a_broken_plan_owes_no_interest_for_the_time_it_stood() -> None:
    claim = owing(100_000)
    before = owed(claim, DAY)
    plan(claim, 20_000)
    pay(claim, 20_000, date(2026, 3, 16))
    due(date(2026, 4, 22))
    due(date(2026, 5, 3))
    assert owed(claim, date(2026, 5, 3)) == before - 20_000
    assert owed(claim, date(2026, 6, 3)) > before - 20_000
    assert audit().findings == ()


def test_money_ends_the_kind_path() -> None:
    claim = owing()
    agreed = plan(claim)
    due(date(2026, 3, 22))
    pay(claim, 4_000, date(2026, 3, 23))
    agreed.refresh_from_db()
    assert (agreed.state, agreed.missed_on) == ("active", None)
    assert "agreement_caught_up" in events(claim) and "instalment_missed" not in templates(claim)
    assert due(date(2026, 4, 2)).broken == 0


def test_a_missed_instalment_can_be_shifted_and_the_plan_lives_on() -> None:
    claim = owing()
    agreed = plan(claim)
    due(date(2026, 3, 22))
    day = date(2026, 3, 24)
    with transaction.atomic():
        new = shift(agreed.id, to=date(2026, 4, 10), key="s1", via="portal", actor="debtor", day=day, now=moment(day))
    assert shift(agreed.id, to=date(2026, 4, 10), key="s1", via="portal", actor="debtor", day=day, now=moment(day)).id == new.id
    agreed.refresh_from_db()
    assert (agreed.state, new.state, new.replaces_id) == ("revised", "active", agreed.id)
    assert [row.due_on for row in new.instalments.order_by("number")] == [date(2026, 4, 10), date(2026, 4, 16), date(2026, 5, 18)]
    assert new.total_cents == agreed.total_cents and hold(claim) is not None
    assert due(date(2026, 4, 2)).looked_at == 0
    for row in new.instalments.order_by("number"):
        pay(claim, row.amount_cents, row.due_on)
    new.refresh_from_db()
    assert new.state == AgreementState.KEPT and owed(claim, date(2026, 7, 1)) == 0


def test_a_plan_can_be_made_smaller_a_few_times_but_not_without_end() -> None:
    claim = owing(60_000)
    agreed = plan(claim, 20_000)
    pay(claim, 10_000, date(2026, 3, 10))
    day = date(2026, 3, 20)
    for number in range(3):
        with transaction.atomic():
            agreed = revise(
                agreed.id, Wish(5_000 - number, date(2026, 4, 1)), key=f"r{number}", via="portal", actor="debtor", day=day, now=moment(day)
            )
    assert agreed.total_cents == owed(claim, day)
    with pytest.raises(TooManyRevisions), transaction.atomic():
        revise(agreed.id, Wish(6_000, date(2026, 4, 1)), key="r9", via="portal", actor="debtor", day=day, now=moment(day))


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


def test_each_instalment_is_announced_once_and_only_if_it_is_open() -> None:
    claim = owing()
    agreed = plan(claim)
    assert due(date(2026, 3, 12)).reminded == 0
    assert due(date(2026, 3, 13)).reminded == 1
    assert due(date(2026, 3, 14)).reminded == 0
    message = Message.objects.get(template="instalment_reminder")
    assert (message.params["pay_cents"], message.state) == (4_000, MessageState.QUEUED)
    pay(claim, 8_000, date(2026, 3, 14))
    message.refresh_from_db()
    assert message.state == MessageState.CANCELLED
    assert due(date(2026, 4, 14)).reminded == 0
    assert [row.open_cents for row in instalments_due(None, date(2026, 12, 31))] == [told([agreed])[0].progress.open_cents]


def test_a_payment_that_goes_back_is_owed_again_in_the_plan() -> None:
    claim = owing()
    agreed = plan(claim)
    pay(claim, 4_000, date(2026, 3, 16))
    assert told([agreed])[0].progress.done == 1
    with transaction.atomic():
        undo(BankLine.objects.get().id, reason="falsch zugeordnet", actor="mia", now=moment(date(2026, 3, 17)), day=date(2026, 3, 17))
    assert told([agreed])[0].progress.done == 0


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


def lapse_of(claim: Claim) -> Lapse:
    return next(lapse for lapse in lapsing(Viewer.system(), date(2099, 12, 31)) if lapse.claim.id == claim.id)


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


def test_money_that_goes_back_after_a_kept_settlement_is_put_to_a_person_once() -> None:
    claim = owing()
    with transaction.atomic():
        asked = OfferAsked(claim.case_id, 9_000, date(2026, 3, 12), "Kulanz", "o", "phone", "anna")
        offer_settlement(asked, day=DAY, now=NOW)
    assert hold(claim, HoldReason.SETTLEMENT) is not None and templates(claim) == ["settlement_offer"]
    pay(claim, 9_000, date(2026, 3, 10))
    made = Agreement.objects.get()
    assert (made.state, owed(claim, date(2026, 3, 10))) == (AgreementState.KEPT, 0)
    assert Case.objects.get(id=claim.case_id).state == CaseState.SETTLED and hold(claim, HoldReason.SETTLEMENT) is None
    with transaction.atomic():
        undo(BankLine.objects.get().id, reason="falsch", actor="mia", now=moment(date(2026, 3, 12)), day=date(2026, 3, 12))
    assert due(date(2026, 3, 13)).gone_back == 1
    assert due(date(2026, 3, 14)).gone_back == 0
    assert Case.objects.get(id=claim.case_id).needs_human and "agreement_money_back" in events(claim)


def test_a_plan_takes_the_place_of_an_offer_and_of_its_hold() -> None:
    claim = owing()
    with transaction.atomic():
        asked = OfferAsked(claim.case_id, 9_000, date(2026, 3, 12), "Kulanz", "o", "phone", "anna")
        offer_settlement(asked, day=DAY, now=NOW)
    plan(claim)
    assert [row.state for row in Agreement.objects.order_by("id")] == ["expired", "active"]
    assert hold(claim, HoldReason.SETTLEMENT) is None and hold(claim) is not None
    assert check(DAY).findings == ()


def test_an_agency_may_charge_the_fee_once_and_a_creditor_in_its_own_name_never() -> None:
    own, agency = factories.creditor(), factories.creditor("inkasso", name="Inkasso", iban="DE02120300000000202051", in_own_name=False)
    for number, owner in enumerate((own, agency), 1):
        AgreementPolicy.objects.create(creditor=owner, charge_fee=True)
        claim = owing(60_000, owner=owner, number=number)
        before = owed(claim, DAY)
        agreed = plan(claim, 20_000, key=f"k{number}")
        assert (agreed.fee_cents > 0) is (owner is agency)
        assert agreed.total_cents == before + agreed.fee_cents == owed(claim, DAY)
        with transaction.atomic():
            wish = Wish(30_000, date(2026, 3, 16))
            changed = revise(agreed.id, wish, key=f"r{number}", via="portal", actor="debtor", day=DAY, now=NOW)
        assert (changed.total_cents, changed.fee_cents) == (agreed.total_cents, 0)
        for row in changed.instalments.order_by("number"):
            pay(claim, row.amount_cents, row.due_on, ref=f"{number}-{row.number}")
        changed.refresh_from_db()
        assert (changed.state, owed(claim, date(2026, 12, 1))) == (AgreementState.KEPT, 0)
    assert check(DAY).findings == ()


def test_a_settlement_paid_too_late_settles_nothing() -> None:
    claim = owing()
    with transaction.atomic():
        asked = OfferAsked(claim.case_id, 9_000, date(2026, 3, 12), "Kulanz", "o", "phone", "anna")
        offer_settlement(asked, day=DAY, now=NOW)
    assert due(date(2026, 3, 13)).expired == 1
    pay(claim, 9_000, date(2026, 3, 14))
    assert Agreement.objects.get().state == AgreementState.EXPIRED and owed(claim, date(2026, 3, 14)) > 3_000


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


@pytest.mark.parametrize("seed", range(6))
def test_any_run_of_payments_ends_with_the_books_and_the_plan_in_agreement(seed: int) -> None:
    """Late, early, part and double payments in any order: what is open on the account is always what is open in the plan."""
    dice = random.Random(seed)
    claim = owing(dice.randint(5_000, 90_000))
    agreed = plan(claim, dice.randint(4_000, 9_000))
    day = DAY
    while Agreement.objects.get(id=agreed.id).state == AgreementState.ACTIVE and day < date(2028, 6, 1):
        day += timedelta(days=dice.randint(1, 12))
        left = told([agreed])[0].progress.open_cents
        pay(claim, min(left, dice.randint(1_000, 12_000)), day, ref=f"R{day}")
        standing_now = told([agreed])[0].progress
        assert owed(claim, day) == standing_now.open_cents, (day, standing_now)
    assert Agreement.objects.get(id=agreed.id).state == AgreementState.KEPT
    assert check(day).findings == ()


def test_weekly_instalments_are_a_week_apart() -> None:
    claim = owing()
    asked = Asked(claim.case_id, AgreementKind.PLAN, "w", "phone", "anna", Wish(2_000, date(2026, 3, 4), Rhythm.WEEK))
    with transaction.atomic():
        agreed = agree(asked, day=DAY, now=NOW)
    days = [row.due_on for row in agreed.instalments.order_by("number")]
    assert days[1] - days[0] == timedelta(days=7)
