"""Closing the books on many cases at once: those in which nothing is owed any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from django.db import connection

from kulanz.failpoints import fp
from kulanz.frames import id_array


def settle_cases(case_ids: Iterable[int], *, actor: str, now: datetime) -> int:
    """Mark the open cases among ``case_ids`` as settled whose ledger holds nothing open; returns how many.

    The bulk twin of `close_if_settled` for claims that bear no interest (paid before they came to us). Runs inside the
    caller's transaction.
    """
    return sum(ended for _, ended, _ in _settle(dict.fromkeys(case_ids), touched=False, actor=actor, now=now))


def touch_and_settle(owed: Mapping[int, int | None], *, actor: str, now: datetime) -> set[int]:
    """The same, and mark the facts of all these cases as changed; returns those that are settled, whether now or before.

    ``owed`` are cents by case, None where the ledger is to be asked. For cases that the caller has locked (`many.lock_many`) and not
    marked yet: one write a case instead of two.
    """
    return {case_id for case_id, _, settled in _settle(owed, touched=True, actor=actor, now=now) if settled}


def _settle(owed: Mapping[int, int | None], *, touched: bool, actor: str, now: datetime) -> list[tuple[int, bool, bool]]:
    """Settle what can be; returns case, whether it ended here, and whether it is settled, of each that was written."""
    case_ids = sorted(owed)
    cents = ("NULL" if (known := owed[case_id]) is None else known for case_id in case_ids)
    with connection.cursor() as cursor:
        fp("settle_cases.before")
        values: dict[str, str | bool | datetime] = {
            "cases": id_array(case_ids),
            "cents": id_array(cents),
            "touched": touched,
            "actor": actor,
            "now": now,
        }
        cursor.execute(_SETTLE, values)
        written: list[tuple[int, bool, bool]] = cursor.fetchall()
        fp("settle_cases.after")
    return written


_SETTLE: Final = """
    WITH looked_at AS MATERIALIZED (SELECT * FROM unnest(%(cases)s::bigint[], %(cents)s::bigint[]) AS l(case_id, cents)),
    owed AS (
      SELECT case_id, cents FROM looked_at WHERE cents IS NOT NULL
      UNION ALL
      SELECT c.case_id, coalesce(sum(p.amount_cents), 0)
      FROM looked_at l JOIN claims_claim c ON c.case_id = l.case_id
      LEFT JOIN ledger_posting p ON p.account_id = c.account_id AND p.component <> 'overpaid'
      WHERE l.cents IS NULL GROUP BY c.case_id),
    position AS (
      SELECT k.id, o.cents <= 0 AND k.state = 'open' AS ends FROM owed o JOIN claims_case k ON k.id = o.case_id),
    written AS (
      UPDATE claims_case k SET revision = k.revision + CASE WHEN %(touched)s THEN 1 ELSE 0 END,
        state = CASE WHEN ends THEN 'settled' ELSE k.state END,
        needs_human = k.needs_human AND NOT ends, next_step_on = CASE WHEN ends THEN NULL ELSE k.next_step_on END
      FROM position WHERE k.id = position.id AND (ends OR %(touched)s)
      RETURNING k.id, k.creditor_id, k.state, ends),
    told AS (
      INSERT INTO claims_caseevent (case_id, creditor_id, at, kind, text, actor, data)
      SELECT id, creditor_id, %(now)s, 'case_settled', 'Alles ist bezahlt.', %(actor)s, '{}'::jsonb FROM written WHERE ends)
    SELECT id, ends, state = 'settled' FROM written"""
