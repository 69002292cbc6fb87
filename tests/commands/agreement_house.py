"""Small builders for tests of agreements: a claim in default, an agreement on it, money that comes, what stands afterwards."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from django.db import transaction

from kulanz.claims.accounts import open_amounts
from kulanz.claims.lapsing import Lapse, lapsing
from kulanz.claims.models import CaseEvent, Claim, Hold, HoldReason
from kulanz.claims.viewer import Viewer
from kulanz.contact.models import Message, MessageState
from kulanz.payments.commands import import_statement
from kulanz.payments.commands.agreements import Asked, agree, check_due
from kulanz.payments.models import Agreement, AgreementKind
from kulanz.payments.rules.plan import Wish
from tests import factories
from tests.bank import Move, camt053
from tests.factories import DAY, NOW


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


def lapse_of(claim: Claim) -> Lapse:
    return next(lapse for lapse in lapsing(Viewer.system(), date(2099, 12, 31)) if lapse.claim.id == claim.id)
