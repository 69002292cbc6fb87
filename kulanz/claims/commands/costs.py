"""Charging costs by hand: a reminder letter, an expense. The law of the creditor's country says whether and how much."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from kulanz.claims.commands.relief import Relief, relieve, shown
from kulanz.claims.errors import CostNotOwed, NotFound
from kulanz.claims.models import Claim, Proposal
from kulanz.law import jurisdiction
from kulanz.law.reminders import ReminderQuestion
from kulanz.ledger.components import Component


@dataclass(frozen=True, slots=True)
class ReminderCost:
    """What one reminder letter really cost (print, envelope, postage). `on` is the day it left; `key` names the letter: once for each."""

    claim_id: int
    cents: int
    on: date
    by_letter: bool
    key: str


@dataclass(frozen=True, slots=True)
class Expense:
    """What was laid out because of the delay, with its reason, e.g. an address search."""

    claim_id: int
    cents: int
    on: date
    reason: str
    key: str


def charge_reminder(cost: ReminderCost, *, actor: str, day: date, now: datetime) -> Proposal | None:
    """Charge a letter's material cost. Nothing for the reminder that only brings about default, nothing beyond the cap.

    Raises `CostNotOwed` with the rule that forbids it.
    """
    claim = _claim(cost.claim_id)
    question = ReminderQuestion(causes_default=not _in_default(claim, cost.on), by_letter=cost.by_letter, material_cents=cost.cents)
    fee = jurisdiction(claim.creditor.country).reminder_fee(question)
    if fee.fee_cents < cost.cents:
        if not fee.fee_cents:
            raise CostNotOwed(f"Für diese Mahnung darf nichts berechnet werden. {fee.rule}.")
        raise CostNotOwed(f"Für diese Mahnung sind höchstens {shown(fee.fee_cents, claim.currency)} möglich. {fee.rule}.")
    reason = f"Mahnbrief vom {cost.on:%d.%m.%Y}. {fee.rule}"
    relief = Relief(claim.id, "charge", cost.on, reason, cost.key, cost.cents, Component.DUNNING_FEE)
    return relieve(relief, actor=actor, day=day, now=now)


def charge_expense(expense: Expense, *, actor: str, day: date, now: datetime) -> Proposal | None:
    """Charge what was laid out. Before default the creditor bears it himself; then `CostNotOwed`."""
    claim = _claim(expense.claim_id)
    if not _in_default(claim, expense.on):
        raise CostNotOwed(
            "Vor dem Verzug trägt der Gläubiger seine Auslagen selbst.", fix="Der Verzug beginnt zum Beispiel mit einer Mahnung."
        )
    relief = Relief(claim.id, "charge", expense.on, expense.reason, expense.key, expense.cents, Component.EXPENSE)
    return relieve(relief, actor=actor, day=day, now=now)


def _claim(claim_id: int) -> Claim:
    found = Claim.objects.select_related("creditor").filter(id=claim_id).first()
    if found is None:
        raise NotFound
    return found


def _in_default(claim: Claim, on: date) -> bool:
    """Default began before that day: what brings it about costs nothing."""
    return claim.first_interest_day is not None and claim.first_interest_day <= on
