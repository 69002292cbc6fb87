"""The slow twin of `decide`: one case at a time, in plain Python, conditions evaluated by SQLite instead of Polars."""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta
from typing import Any

from kulanz.strategy.calendar import UNKNOWN_COUNTRY, Calendar
from kulanz.strategy.playbook import Playbook, Step

Row = dict[str, Any]
_ENGINE = sqlite3.connect(":memory:")


def decide_one(facts: Row, playbook: Playbook, calendar: Calendar, *, day: date, draw: int) -> Row:
    """The decision about one case, with the columns of `DECISION_SCHEMA`."""
    limits = playbook.limits
    send_day = calendar.next_open_day(region(facts, calendar), day)
    moved = None not in (facts["anchor_on"], facts["oldest_due_on"]) and facts["anchor_on"] != facts["oldest_due_on"]
    started = facts["step"] != "" and not moved
    keys = [step.key for step in playbook.steps]
    lost = started and facts["step"] not in keys
    reached = keys.index(facts["step"]) - facts["step_undelivered"] if started and not lost else -1
    met = [step.when is None or holds(step.when.condition, facts) for step in playbook.steps]
    rung = None if lost else next_rung(playbook.steps, reached, met, facts, send_day)
    step = playbook.steps[rung] if rung is not None else None
    channel = choose(step, facts) if step else None
    due_on = due(step, facts, started=started) if step else None

    vetoes = case_vetoes(facts, limits, day)
    blocking = list(vetoes)
    if step and step.action == "contact":
        message = message_vetoes(facts, limits, channel)
        vetoes += message
    else:
        message = []
    if blocking:
        action, reason = CASE_ACTIONS[blocking[0]], blocking[0]
    elif lost:
        action, reason = "human", "step_unknown"
    elif step is None:
        action, reason = "wait", "ladder_at_end"
    elif due_on is not None and due_on > day:
        action, reason = "wait", "step_not_due"
    elif rung is not None and not met[rung]:
        action = "human" if step.when and step.when.otherwise == "human" else "wait"
        reason = "condition_not_met"
    elif step.action == "human":
        action, reason = "human", "person_decides"
    elif message:
        action, reason = ("human" if message[0] == "no_channel" else "wait"), message[0]
    else:
        action, reason = "contact", "step_due" if send_day == day else "step_due_after_quiet_day"

    taken = action == "contact" or reason == "person_decides"
    return {
        "case_id": facts["case_id"],
        "action": action,
        "reason": reason,
        "step": step.key if step else "",
        "channel": channel if action == "contact" else "",
        "template": step.templates[draw % len(step.templates)] if step and action == "contact" else "",
        "send_on": send_day if action == "contact" else None,
        "next_step_on": next_day(playbook, facts, reason, step, due_on, day) if not taken else after(playbook, facts, step, day),
        "position": step.key if taken and step else "" if moved else facts["step"],
        "position_on": day if taken else None if moved else facts["step_on"],
        "anchor_on": facts["oldest_due_on"] or facts["anchor_on"],
        "ask_human": reason == "person_decides",
        "candidates": candidates(step, facts),
        "vetoes": " ".join(vetoes),
        "draw": draw,
    }


CASE_ACTIONS = {
    "case_closed": "none",
    "not_issued": "none",
    "nothing_open": "none",
    "hold_stands": "hold",
    "time_barred": "human",
    "currency": "human",
    "needs_human": "human",
    "small_amount": "wait",
}


def case_vetoes(facts: Row, limits: Any, day: date) -> list[str]:
    applies = {
        "case_closed": facts["state"] != "open",
        "not_issued": facts["claims_open"] == 0 and facts["claims_not_issued"] > 0,
        "nothing_open": facts["open_cents"] <= 0 or facts["oldest_due_on"] is None,
        "hold_stands": facts["hold_reason"] is not None,
        "time_barred": facts["limitation_on"] is not None and facts["limitation_on"] < day,
        "currency": facts["currency"] != "EUR",
        "needs_human": facts["needs_human"],
        "small_amount": 0 < facts["open_cents"] < limits.minimum_open_cents,
    }
    return [code for code, is_so in applies.items() if is_so]


def message_vetoes(facts: Row, limits: Any, channel: str | None) -> list[str]:
    since, ahead = facts["days_since_contact"], facts["contacts_ahead_today"]
    applies = {
        "no_channel": channel is None,
        "contacted_recently": since is not None and since < limits.days_between_contacts_min,
        "cap_7_days": facts["contacts_last_7_days"] + ahead >= limits.contacts_per_7_days_max,
        "cap_28_days": facts["contacts_last_28_days"] + ahead >= limits.contacts_per_28_days_max,
    }
    return [code for code, is_so in applies.items() if is_so]


def next_rung(steps: tuple[Step, ...], reached: int, met: list[bool], facts: Row, send_day: date) -> int | None:
    for index, step in enumerate(steps):
        if index <= reached:
            continue
        due_on = facts["oldest_due_on"]
        if step.until_day is not None and (due_on is None or (send_day - due_on).days > step.until_day):
            continue
        if step.when is not None and step.when.otherwise == "skip" and not met[index]:
            continue
        return index
    return None


def due(step: Step, facts: Row, *, started: bool) -> date | None:
    days = []
    if facts["oldest_due_on"] is not None:
        days.append(facts["oldest_due_on"] + timedelta(days=step.from_day))
    if started and facts["step_on"] is not None and not facts["step_undelivered"]:
        days.append(facts["step_on"] + timedelta(days=step.days_after_previous_min))
    return max(days) if days else None


def choose(step: Step, facts: Row) -> str | None:
    usable = [channel for channel in step.channels if facts[f"has_{channel}"]]
    if facts["preferred_channel"] in usable:
        return str(facts["preferred_channel"])
    return usable[0] if usable else None


def candidates(step: Step | None, facts: Row) -> str:
    if step is None:
        return ""
    if step.action == "human":
        return f"{step.key}/person wait"
    return " ".join([*(f"{step.key}/{channel}" for channel in step.channels if facts[f"has_{channel}"]), "wait"])


def after(playbook: Playbook, facts: Row, step: Step | None, day: date) -> date | None:
    assert step is not None
    later = [other for other in playbook.steps[playbook.steps.index(step) + 1 :] if other.until_day is None]
    if not later:
        return None
    first = later[0]
    return max(facts["oldest_due_on"] + timedelta(days=first.from_day), day + timedelta(days=first.days_after_previous_min))


def next_day(playbook: Playbook, facts: Row, reason: str, step: Step | None, due_on: date | None, day: date) -> date | None:
    tomorrow = day + timedelta(days=1)
    match reason:
        case "step_not_due":
            return due_on
        case "contacted_recently":
            return max(facts["last_contact_on"] + timedelta(days=playbook.limits.days_between_contacts_min), tomorrow)
        case "condition_not_met" | "cap_7_days" | "cap_28_days":
            return tomorrow
        case "hold_stands":
            return None if facts["hold_until"] is None else facts["hold_until"] + timedelta(days=1)
    return None


def region(facts: Row, calendar: Calendar) -> str:
    exact = f"{facts['country']}-{facts['land']}"
    if exact in calendar.holidays:
        return exact
    return facts["country"] if facts["country"] in calendar.holidays else UNKNOWN_COUNTRY


def holds(condition: str, facts: Row) -> bool:
    """SQLite's own answer; dates compare as ISO text, so `DATE '…'` becomes the text alone."""
    values = {name: value.isoformat() if isinstance(value, date) else value for name, value in facts.items()}
    columns = ", ".join(f":{name} AS {name}" for name in values)
    query = f"SELECT ({condition.replace('DATE ', '')}) FROM (SELECT {columns})"
    return bool(_ENGINE.execute(query, values).fetchone()[0])
