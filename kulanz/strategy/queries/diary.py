"""The decision diary: one decision, the decisions of a day, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from kulanz.claims.viewer import Viewer
from kulanz.strategy.commands import CASES_PER_RUN
from kulanz.strategy.errors import DecisionUnknown
from kulanz.strategy.facts import BY_NAME, Unit
from kulanz.strategy.models import Decision
from kulanz.strategy.queries.playbooks import SavedPlaybook, playbook_version
from kulanz.strategy.reasons import Language, Reason, sentence


@dataclass(frozen=True, slots=True)
class ClaimDecision:
    """What was decided on a day about one open overdue claim."""

    decision: int
    claim: str
    case: str
    action: str
    step: str
    channel: str
    reason: str
    next_step_on: date | None


def decision_by_number(viewer: Viewer, number: int) -> Decision:
    """One decision. Raises `DecisionUnknown`, also where the viewer may not see it."""
    run_id, case_id = divmod(number, CASES_PER_RUN)
    row = viewer.narrow(Decision.objects.filter(case_id=case_id, run_id=run_id)).first()
    if row is None:
        raise DecisionUnknown(f"Eine Entscheidung mit der Nummer {number} gibt es nicht.")
    return row


def decisions_of_day(viewer: Viewer, day: date, *, shadow: bool = False) -> list[ClaimDecision]:
    """One line per claim that was open and overdue on the day, with the decision about its case; by case and claim."""
    tenants = None if viewer.creditor_ids is None else sorted(viewer.creditor_ids)
    cases = None if viewer.case_ids is None else sorted(viewer.case_ids)
    with connection.cursor() as cursor:
        cursor.execute(_OF_DAY, {"day": day, "shadow": shadow, "tenants": tenants, "cases": cases})
        return [ClaimDecision(*row) for row in cursor.fetchall()]


def explain(decision: Decision, *, language: Language = "de", saved: SavedPlaybook | None = None) -> tuple[str, ...]:
    """Why: the decisive reason as a sentence, then whatever else would have forbidden contact.

    Whoever explains many decisions reads their playbooks once and hands them in as ``saved``.
    """
    facts = facts_of(decision)
    saved = saved or playbook_version(decision.playbook_version_id)
    codes = [decision.reason, *(code for code in decision.vetoes if code != decision.reason)]
    return tuple(
        sentence(
            Reason(code),
            facts,
            step_name=saved.playbook.step_name(decision.step, language),
            next_step_on=decision.next_step_on,
            language=language,
        )
        for code in codes
    )


def facts_of(decision: Decision) -> dict[str, Any]:
    """The facts of a decision in their types: days come back as dates."""
    stored: dict[str, Any] = decision.facts
    return {
        name: date.fromisoformat(value) if value is not None and BY_NAME[name].unit is Unit.DATE else value
        for name, value in stored.items()
    }


_OF_DAY = """
SELECT d.id, k.external_id, c.reference, d.action, d.step, d.channel, d.reason, d.next_step_on
FROM strategy_decision d
JOIN claims_case c ON c.id = d.case_id
JOIN claims_claim k ON k.case_id = d.case_id AND k.invoiced_on <= d.day AND k.due_on < d.day
JOIN LATERAL (
  SELECT sum(p.amount_cents) AS open_cents FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id
  WHERE p.account_id = k.account_id AND p.component <> 'overpaid' AND e.occurred_on <= d.day) b ON b.open_cents > 0
WHERE d.day = %(day)s AND d.shadow = %(shadow)s
  AND (%(tenants)s::bigint[] IS NULL OR d.creditor_id = ANY(%(tenants)s)) AND (%(cases)s::bigint[] IS NULL OR d.case_id = ANY(%(cases)s))
ORDER BY c.reference, k.external_id
"""
