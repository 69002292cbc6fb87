"""The creditors' agents: now and then they answer an objection and find out whose money an unclear line is."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from django.db import transaction

from kulanz.claims.commands import lift_holds
from kulanz.claims.models import Case, Hold, HoldReason
from kulanz.contact.commands import decided_by_person
from kulanz.contact.models import Utterance
from kulanz.payments.commands import assign, ignore
from kulanz.payments.models import BankLine, LineState
from kulanz.world.dice import chance
from kulanz.world.hazards import TALK, Noticed
from kulanz.world.state import Branch, World, moment

ACTOR: Final = "anna.agentin"
_ANSWERS_AFTER_DAYS: Final = 6
_ANSWERS_A_DAY: Final = 0.18
_CLEARS_AFTER_DAYS: Final = 3
_CLEARS_A_DAY: Final = 0.25
_CONFIRMS_A_DAY: Final = 0.5
_DECIDES_A_DAY: Final = 0.10
_REACHED: Final = 0.45
_LEAVES_FOR_VISITOR_DAYS: Final = 9


def agents_work(world: World, day: date) -> None:
    """A working day at the desk. The last days' work is left for the visitor, so that there is something to do."""
    if day.weekday() >= 5 or day > world.plan.last_day - timedelta(days=_LEAVES_FOR_VISITOR_DAYS):
        return
    for branch in world.branches:
        _answer_objections(world, branch, day)
        _confirm_payments(world, branch, day)
        _clear_lines(world, branch, day)
        _decide_cases(world, branch, day)


def _answer_objections(world: World, branch: Branch, day: date) -> None:
    """Whoever objected gets their answer after about ten days; the hold ends with it."""
    old = Hold.objects.filter(
        creditor=branch.creditor, reason=HoldReason.DISPUTE, lifted_at=None, from_on__lte=day - timedelta(days=_ANSWERS_AFTER_DAYS)
    )
    now = moment(day, 11)
    for case_id, number in old.order_by("case_id").values_list("case_id", "case__debtor__external_id"):
        if chance(world.seed, branch.firm.key, number, "answered", day) >= _ANSWERS_A_DAY:
            continue
        with transaction.atomic():
            lift_holds(case_id, [HoldReason.DISPUTE], because="Mit dem Kunden geklärt: Die Rechnung stimmt.", actor=ACTOR, now=now)
            decided_by_person(case_id, text="Einwand beantwortet.", actor=ACTOR, now=now)
        branch.customers[number].answered = True
        world.truth.note("answered", day, creditor=branch.firm.key, customer=number)


def _confirm_payments(world: World, branch: Branch, day: date) -> None:
    """Whoever said that it is paid, and it is: the agent ticks it off."""
    said = Utterance.objects.filter(creditor=branch.creditor, kind="paid_already", answered_at=None, case__state="settled")
    for case_id, number in sorted(set(said.values_list("case_id", "case__debtor__external_id"))):
        if chance(world.seed, branch.firm.key, number, "confirmed", day) < _CONFIRMS_A_DAY:
            with transaction.atomic():
                decided_by_person(case_id, text="Die Zahlung ist da.", actor=ACTOR, now=moment(day, 11, 15))


def _clear_lines(world: World, branch: Branch, day: date) -> None:
    """Unclear lines are asked about: the agent finds the customer, or that the money is none of ours."""
    unclear = BankLine.objects.filter(
        account_iban=branch.firm.iban,
        state__in=[LineState.PROPOSED, LineState.UNMATCHED],
        booked_on__lte=day - timedelta(days=_CLEARS_AFTER_DAYS),
    ).order_by("booked_on", "bank_ref")
    for line in unclear:
        if chance(world.seed, branch.firm.key, line.bank_ref, "cleared", day) >= _CLEARS_A_DAY:
            continue
        owner = branch.meant.get(line.bank_ref)
        now = moment(day, 11, 30)
        with transaction.atomic():
            if owner is None:
                ignore(line.id, reason="Gehört nicht zu einer Rechnung", actor=ACTOR, now=now)
                continue
            number = owner.person.customer_number
            case = Case.objects.filter(creditor=branch.creditor, debtor__external_id=number).first()
            if case is not None:
                assign(line.id, case.id, actor=ACTOR, now=now, day=day)


def _decide_cases(world: World, branch: Branch, day: date) -> None:
    """Where the playbook asks for a person, the agent calls; who is reached may well pay, and the case goes on."""
    waiting = Case.objects.filter(creditor=branch.creditor, needs_human=True, state="open", step="human_decision").exclude(
        id__in=Hold.objects.filter(creditor=branch.creditor, lifted_at=None).values("case_id")
    )
    now = moment(day, 14)
    for case_id, number in waiting.order_by("id").values_list("id", "debtor__external_id"):
        customer = branch.customers[number]
        if chance(world.seed, branch.firm.key, number, "decided", day) >= _DECIDES_A_DAY:
            continue
        reached = chance(world.seed, branch.firm.key, number, "reached", day) < _REACHED
        text = "Gespräch geführt: möchte zahlen, sobald es geht." if reached else "Nicht erreicht; in einem Monat noch einmal versuchen."
        with transaction.atomic():
            decided_by_person(case_id, text=text, actor=ACTOR, now=now)
        if reached:
            customer.noticed.append(Noticed(day, TALK))
        world.truth.note("called", day, creditor=branch.firm.key, customer=number, reached=reached)
