"""What the timeline, the holds and the messages say about agreements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from kulanz.claims.models import HoldReason
from kulanz.payments.agreement_errors import euros
from kulanz.payments.models import Agreement, AgreementKind
from kulanz.payments.rules.plan_progress import Planned

NOUN: Final = {
    AgreementKind.PLAN: "Ratenplan",
    AgreementKind.DEFERRAL: "Stundung",
    AgreementKind.PROMISE: "Zahlungszusage",
    AgreementKind.SETTLEMENT: "Vergleich",
    AgreementKind.PAUSE: "Pause",
}
HOLD: Final = {
    AgreementKind.PLAN: HoldReason.PLAN,
    AgreementKind.DEFERRAL: HoldReason.DEFERRAL,
    AgreementKind.PROMISE: HoldReason.PROMISE,
    AgreementKind.SETTLEMENT: HoldReason.SETTLEMENT,
    AgreementKind.PAUSE: HoldReason.PAUSE,
}
CONFIRMATION: Final = {
    AgreementKind.PLAN: "plan_agreed",
    AgreementKind.DEFERRAL: "deferral_agreed",
    AgreementKind.PROMISE: "promise_agreed",
    AgreementKind.SETTLEMENT: "settlement_agreed",
}


def summary(agreement: Agreement, rows: Sequence[Planned]) -> str:
    """One German sentence for the timeline."""
    kind = AgreementKind(agreement.kind)
    if kind is AgreementKind.PAUSE:
        return f"Pause bis {agreement.ends_on:%d.%m.%Y}."
    amount, last = euros(agreement.total_cents), rows[-1]
    if kind is AgreementKind.PLAN:
        rates = "einer Rate" if len(rows) == 1 else f"{len(rows)} Raten"
        return f"Ratenplan über {amount} in {rates}, die erste am {rows[0].due_on:%d.%m.%Y}, die letzte am {last.due_on:%d.%m.%Y}."
    return f"{NOUN[kind]}: {amount} bis {last.due_on:%d.%m.%Y}."


def particulars(agreement: Agreement, rows: Sequence[Planned], **days: date) -> dict[str, Any]:
    """What a message about this agreement may say, as `contact` takes it: amounts, days, words, and the instalments."""
    amounts = {"plan_total": agreement.total_cents, "plan_amount": rows[0].amount_cents if rows else 0}
    if agreement.interest_cents:
        amounts["plan_interest"] = agreement.interest_cents
    if agreement.fee_cents:
        amounts["plan_fee"] = agreement.fee_cents
    if agreement.waived_cents:
        amounts["plan_waived"] = agreement.waived_cents
    told = {"plan_first_day": rows[0].due_on, "plan_end": rows[-1].due_on} if rows else {"plan_end": agreement.ends_on}
    return {
        "particulars": {
            "amounts": amounts,
            "days": {name: day.isoformat() for name, day in (told | days).items()},
            "words": {"plan_count": str(len(rows))},
        },
        "pay_cents": agreement.total_cents if agreement.kind == AgreementKind.SETTLEMENT else None,
        "instalments": [[row.due_on.isoformat(), row.amount_cents] for row in rows] if len(rows) > 1 else [],
    }
