"""Placing and lifting holds. Edges place them through `contact.commands.silence`, which also cancels what is queued."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from kulanz.claims.commands.case import record_event, touch
from kulanz.claims.models import Case, Hold, HoldReason
from kulanz.failpoints import fp


def place_hold(
    case_id: int,
    reason: HoldReason,
    *,
    day: date,
    now: datetime,
    source: str,
    actor: str,
    until_on: date | None = None,
    note: str = "",
) -> Hold:
    """Put a hold on a case from `day` on; a standing hold of the same reason is kept, and prolonged if the new one ends later."""
    case = touch([case_id])[case_id]
    standing = Hold.objects.filter(case=case, reason=reason, lifted_at=None).first()
    if standing:
        if standing.until_on is not None and (until_on is None or until_on > standing.until_on):
            standing.until_on = until_on
            standing.save(update_fields=["until_on"])
        return standing
    fp("hold.before_insert")
    hold = Hold.objects.create(
        case=case,
        creditor_id=case.creditor_id,
        reason=reason,
        from_on=day,
        until_on=until_on,
        source=source,
        note=note,
        created_at=now,
    )
    record_event(
        case,
        "hold_placed",
        f"Sperre: {describe(reason)}" + (f" bis {until_on:%d.%m.%Y}" if until_on else ""),
        actor=actor,
        now=now,
        data={"hold": hold.id, "reason": str(reason)},
    )
    fp("hold.after_insert")
    return hold


def lift_holds(case_id: int, reasons: Collection[HoldReason], *, because: str, actor: str, now: datetime) -> int:
    """Lift the standing holds of these reasons; returns how many. `because` is a German sentence for the timeline."""
    case: Case = touch([case_id])[case_id]
    standing = list(Hold.objects.filter(case=case, reason__in=list(reasons), lifted_at=None))
    fp("hold.before_lift")
    for hold in standing:
        hold.lifted_at, hold.lifted_because = now, because
        hold.save(update_fields=["lifted_at", "lifted_because"])
        record_event(
            case,
            "hold_lifted",
            f"Sperre aufgehoben: {describe(HoldReason(hold.reason))}. {because}",
            actor=actor,
            now=now,
            data={"hold": hold.id, "reason": hold.reason},
        )
    fp("hold.after_lift")
    return len(standing)


def describe(reason: HoldReason) -> str:
    """The reason of a hold in German, for agents."""
    return _GERMAN[reason]


_GERMAN = {
    HoldReason.DISPUTE: "Einwand",
    HoldReason.PAID_CLAIMED: "sagt, es ist schon bezahlt",
    HoldReason.MAYBE_PAID: "vielleicht schon bezahlt",
    HoldReason.HARDSHIP: "Härtefall",
    HoldReason.DEFERRAL: "Stundung",
    HoldReason.PLAN: "Ratenplan",
    HoldReason.PROMISE: "Zahlungszusage",
    HoldReason.SETTLEMENT: "Vergleich",
    HoldReason.PAUSE: "Pause",
    HoldReason.COLLECTION: "Zahlung ist unterwegs",
    HoldReason.INSOLVENCY: "Insolvenz",
    HoldReason.DEATH: "Todesfall",
    HoldReason.REPRESENTATION: "wird vertreten",
    HoldReason.LIMITATION: "Verjährung",
    HoldReason.WRONG_PERSON: "falsche Person",
    HoldReason.MANUAL: "von Hand gesetzt",
}
