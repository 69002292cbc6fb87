"""What no playbook can switch off: each guardrail is one veto with its basis in law or decency, as a column
expression.

Guardrails of the stage CASE look at the case alone and stop every step, also one for a person. Guardrails of the
stage CONTACT look at a message about to be queued. All that apply are written into the diary; the first one in the
order of this list is the reason given. Quiet days do not forbid a message, they move it: see
:func:`kulanz.strategy.calendar.send_on`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import Enum

import polars as pl

from kulanz.strategy.playbook import Limits
from kulanz.strategy.reasons import Action, Reason


class Stage(Enum):
    """What a guardrail looks at."""

    CASE = "case"
    CONTACT = "contact"


@dataclass(frozen=True, slots=True)
class Guardrail:
    """One veto. ``forbids`` gives the condition under which it applies, from the limits of the playbook and the day.

    Besides the facts, a guardrail of the stage CONTACT may read ``chosen_channel`` (null where no channel can be used).
    """

    reason: Reason
    action: Action
    stage: Stage
    basis: str
    forbids: Callable[[Limits, date], pl.Expr]


def _contacts(fact: str) -> pl.Expr:
    return pl.col(fact) + pl.col("contacts_ahead_today")


GUARDRAILS: tuple[Guardrail, ...] = (
    Guardrail(
        Reason.CASE_CLOSED,
        Action.NONE,
        Stage.CASE,
        "A person ended the case, or it is settled: nothing is owed that may be asked for.",
        lambda limits, day: pl.col("state") != "open",
    ),
    Guardrail(
        Reason.NOT_ISSUED,
        Action.NONE,
        Stage.CASE,
        "§ 271, § 286 (3) BGB: nobody is asked for an invoice that bears a later date.",
        lambda limits, day: (pl.col("claims_open") == 0) & (pl.col("claims_not_issued") > 0),
    ),
    Guardrail(
        Reason.NOTHING_OPEN,
        Action.NONE,
        Stage.CASE,
        "§ 362 BGB: what is paid is extinguished. Never dun a payer.",
        lambda limits, day: (pl.col("open_cents") <= 0) | pl.col("oldest_due_on").is_null(),
    ),
    Guardrail(
        Reason.HOLD_STANDS,
        Action.HOLD,
        Stage.CASE,
        "Insolvency §§ 87, 89 InsO; death §§ 1958, 2014 BGB; deferral and plan § 205 BGB; dispute § 31 (2) "
        "no. 4 d BDSG, Art. 18 GDPR;"
        " representation, hardship, 'paid already': own rule.",
        lambda limits, day: pl.col("hold_reason").is_not_null(),
    ),
    Guardrail(
        Reason.TIME_BARRED,
        Action.HUMAN,
        Stage.CASE,
        "§§ 195, 199, 214 BGB and the like in Austria and Switzerland: a time-barred claim is not dunned. Only what is certain makes the "
        "period longer (money that stayed, a deferral, instalments), so the question reaches a person too early rather than too late.",
        lambda limits, day: pl.col("limitation_on") < day,
    ),
    Guardrail(
        Reason.CURRENCY,
        Action.HUMAN,
        Stage.CASE,
        "Letters and payment codes exist in euro only; an amount in another currency must not be printed as euro.",
        lambda limits, day: pl.col("currency") != "EUR",
    ),
    Guardrail(
        Reason.NEEDS_HUMAN,
        Action.HUMAN,
        Stage.CASE,
        "Art. 22 GDPR: a person asked to decide is not overtaken by the machine.",
        lambda limits, day: pl.col("needs_human"),
    ),
    Guardrail(
        Reason.SMALL_AMOUNT,
        Action.WAIT,
        Stage.CASE,
        "§ 254 (2) BGB (no cost out of proportion) and decency: the effort of reminding exceeds the amount.",
        lambda limits, day: (pl.col("open_cents") > 0) & (pl.col("open_cents") < limits.minimum_open_cents),
    ),
    Guardrail(
        Reason.NO_CHANNEL,
        Action.HUMAN,
        Stage.CONTACT,
        "Art. 5 (1) d, 6 GDPR: only addresses that are known, usable and not withdrawn. Without one a person looks for contact.",
        lambda limits, day: pl.col("chosen_channel").is_null(),
    ),
    Guardrail(
        Reason.CONTACTED_RECENTLY,
        Action.WAIT,
        Stage.CONTACT,
        "§ 4a UWG (time, kind and duration of pressure): whoever was written to gets time to answer.",
        lambda limits, day: pl.col("days_since_contact") < limits.days_between_contacts_min,
    ),
    Guardrail(
        Reason.CAP_7_DAYS,
        Action.WAIT,
        Stage.CONTACT,
        "§§ 4a, 7 (1) UWG: contacts of one person within a week, counted across all creditors of the installation.",
        lambda limits, day: _contacts("contacts_last_7_days") >= limits.contacts_per_7_days_max,
    ),
    Guardrail(
        Reason.CAP_28_DAYS,
        Action.WAIT,
        Stage.CONTACT,
        "§§ 4a, 7 (1) UWG: contacts of one person within four weeks, counted across all creditors of the installation.",
        lambda limits, day: _contacts("contacts_last_28_days") >= limits.contacts_per_28_days_max,
    ),
)


def guardrails_page() -> str:
    """``docs/reference/guardrails.md`` in full."""
    lines = [
        "# Guardrails",
        "",
        "What no playbook can switch off. Each guardrail is one veto; all that apply stand in the decision",
        "diary, the first in this order",
        "is the reason given. A playbook can only set the limits, within bounds. This page is made from",
        "`kulanz/strategy/guardrails.py`;",
        "a test keeps it equal.",
        "",
        "| Code | Stops | What happens instead | Basis |",
        "|---|---|---|---|",
    ]
    for guardrail in GUARDRAILS:
        stops = "every step" if guardrail.stage is Stage.CASE else "messages"
        lines.append(f"| `{guardrail.reason.value}` | {stops} | {guardrail.action.value} | {guardrail.basis} |")
    lines += [
        "",
        "Quiet days (Sundays, public holidays at the debtor's place; any Land's holiday where the Land is",
        "unknown) do not stop a message,",
        "they move it: it is queued and leaves on the next day that is not quiet. Before it leaves,",
        "everything is checked again.",
        "",
    ]
    return "\n".join(lines)
