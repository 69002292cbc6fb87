"""Facts for tests: one plain overdue case, and a strategy that draws cases from all corners."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
from hypothesis import strategies as st

from kulanz.strategy.calendar import calendar_for
from kulanz.strategy.facts import HOLD_REASONS, SCHEMA
from kulanz.strategy.playbook import builtin_text, read_playbook

DAY = date(2026, 3, 2)
SUNDAY = date(2026, 3, 1)
CALENDAR = calendar_for(DAY)
KULANT = read_playbook(builtin_text())
DUE = date(2026, 2, 20)


def case(**values: Any) -> dict[str, Any]:
    """An overdue case ready for its first reminder, ten days late, in Bavaria, with e-mail and letter."""
    due_on = values.get("oldest_due_on", DUE)
    plain: dict[str, Any] = {name: 0 for name, kind in SCHEMA.items() if kind == pl.Int64}
    plain |= {
        "case_id": 1,
        "creditor_id": 1,
        "debtor_kind": "person",
        "language": "de",
        "country": "DE",
        "land": "BY",
        "currency": "EUR",
        "state": "open",
        "in_own_name": True,
        "open_cents": 5000,
        "principal_cents": 5000,
        "overdue_cents": 5000,
        "claims_open": 1,
        "claims_overdue": 1,
        "oldest_due_on": due_on,
        "days_overdue": None if due_on is None else (DAY - due_on).days,
        "days_to_next_due": None,
        "limitation_on": None if due_on is None else date(due_on.year + 3, 12, 31),
        "anchor_on": None,
        "step": "",
        "step_on": None,
        "days_since_step": None,
        "step_undelivered": False,
        "next_step_on": None,
        "needs_human": False,
        "has_email": True,
        "has_letter": True,
        "preferred_channel": "",
        "last_contact_on": None,
        "days_since_contact": None,
        "hold_reason": None,
        "hold_until": None,
        "days_since_payment": None,
        "average_days_late": None,
    }
    unknown = values.keys() - plain.keys()
    assert not unknown, unknown
    return plain | values


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    """The rows as a frame of facts."""
    return pl.DataFrame(list(rows), schema=SCHEMA)


@st.composite
def any_case(draw: st.DrawFn) -> dict[str, Any]:
    """A case from anywhere: most are near a decision, some are held, paid, closed, foreign, very old or far from due."""
    due_on = draw(st.none() | st.dates(date(2026, 1, 1), date(2026, 3, 20)) | st.dates(date(2018, 1, 1), date(2026, 12, 1)))
    step = draw(st.sampled_from(["", "", *(step.key for step in KULANT.steps), "step_of_another_plan"]))
    ago = draw(st.integers(0, 40))
    contact_ago = draw(st.none() | st.integers(0, 40))
    anchor = draw(st.sampled_from([due_on, due_on, due_on, None, date(2025, 12, 24)]))
    return case(
        oldest_due_on=due_on,
        anchor_on=anchor,
        step=step,
        step_on=None if step == "" else DAY - timedelta(days=ago),
        days_since_step=None if step == "" else ago,
        step_undelivered=step != "" and draw(st.sampled_from([False, False, True])),
        last_contact_on=None if contact_ago is None else DAY - timedelta(days=contact_ago),
        days_since_contact=contact_ago,
        open_cents=draw(st.sampled_from([-5, 0, 1, 249, 250, 999, 1000, 5000, 10**12])),
        principal_cents=draw(st.sampled_from([0, 1, 5000])),
        claims_open=draw(st.sampled_from([0, 1, 1, 3])),
        claims_not_issued=draw(st.sampled_from([0, 0, 1])),
        state=draw(st.sampled_from(["open", "open", "open", "open", "settled", "closed"])),
        currency=draw(st.sampled_from(["EUR", "EUR", "EUR", "CHF"])),
        country=draw(st.sampled_from(["DE", "DE", "AT", "CH", "FR", ""])),
        land=draw(st.sampled_from(["BY", "BE", "", "XX"])),
        has_email=draw(st.booleans()),
        has_letter=draw(st.booleans()),
        preferred_channel=draw(st.sampled_from(["", "email", "letter"])),
        contacts_last_7_days=draw(st.sampled_from([0, 0, 0, 1, 2])),
        contacts_last_28_days=draw(st.sampled_from([0, 0, 2, 3])),
        contacts_ahead_today=draw(st.sampled_from([0, 0, 0, 1])),
        hold_reason=draw(st.sampled_from([None, None, None, *HOLD_REASONS])),
        hold_until=draw(st.none() | st.dates(DAY, date(2026, 5, 1))),
        needs_human=draw(st.sampled_from([False, False, True])),
        days_since_payment=draw(st.none() | st.integers(0, 30)),
    )
