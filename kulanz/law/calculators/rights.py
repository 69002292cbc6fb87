"""`attachable`, `limitation`, `allocate`, `default-start`: what protects the debtor, and what binds the creditor."""

from __future__ import annotations

from datetime import date

from kulanz.law import jurisdiction
from kulanz.law.allocation import Component, Debt
from kulanz.law.calculators.calculator import COUNTRY, Calculator, country_of
from kulanz.law.calculators.fields import BadField, Field, Given, Kind
from kulanz.law.default import DefaultFacts
from kulanz.law.exempt import Period
from kulanz.law.limitation import LimitationEvent
from kulanz.law.money import format_money


def attachable(given: Given) -> dict[str, object]:
    """How much of a net income could be attached."""
    answer = jurisdiction(country_of(given)).exempt_income(
        given.need_money("net"),
        given.count("dependants") or 0,
        given.need_day("on"),
        Period(given.text("period") or Period.MONTH),
        special_payments=given.flag("special_payments", default=True),
    )
    return {
        "attachable": format_money(answer.attachable_cents),
        "protected": format_money(answer.protected_cents),
        "rule": answer.rule,
    }


def limitation(given: Given) -> dict[str, object]:
    """When a claim lapses, with the story of its period."""
    events = [LimitationEvent(row.need_text("kind"), row.need_day("from"), row.day("to")) for row in given.rows("events")]
    answer = jurisdiction(country_of(given)).limitation(
        given.text("kind") or "regular", given.need_day("arose_on"), given.day("known_on"), events
    )
    return {
        "ends_on": _iso(answer.ends_on),
        "story": [
            {"from": _iso(line.from_on), "to": _iso(line.to_on), "effect": line.effect.value, "rule": line.rule} for line in answer.story
        ],
    }


_SCHEME_COUNTRY = {"367": "de", "497": "de", "at": "at", "ch": "ch"}


def allocate(given: Given) -> dict[str, object]:
    """Which parts of which claims a payment pays."""
    scheme = given.text("scheme") or ""
    country = given.text("country") or _SCHEME_COUNTRY.get(scheme, "de")
    chosen, order = _choice(given)
    answer = jurisdiction(country).allocate(
        given.need_money("payment"),
        [_debt(row) for row in given.rows("claims")],
        scheme=scheme,
        paid_on=given.day("on"),
        debtor_choice=chosen,
        component_order=order,
    )
    return {
        "parts": [{"id": part.id, "component": part.component.value, "amount": format_money(part.amount_cents)} for part in answer.parts],
        "rest": format_money(answer.rest_cents),
        "rule": answer.rule,
    }


def _debt(row: Given) -> Debt:
    return Debt(
        id=row.need_text("id"),
        due_on=row.need_day("due_on"),
        costs_cents=row.money("costs") or 0,
        interest_cents=row.money("interest") or 0,
        principal_cents=row.money("principal") or 0,
        contractual_interest_cents=row.money("contractual_interest") or 0,
        secured=row.flag("secured", default=False),
        rate_bp=row.percent("rate_percent") or 0,
        enforced_on=row.day("enforced_on"),
    )


def _choice(given: Given) -> tuple[list[str], list[Component]]:
    """What the debtor wants paid: claims, and an order of components the creditor accepted (§ 367 (2) BGB).

    A component may also stand in `debtor_choice`, if no claim is called so. Components not named follow in our order of names.
    """
    claims = {row.need_text("id") for row in given.rows("claims")}
    wanted = given.texts("debtor_choice")
    chosen = [name for name in wanted if name in claims or name not in set(Component)]
    named = [*given.texts("component_order"), *(name for name in wanted if name not in chosen)]
    if unknown := [name for name in named if name not in set(Component)]:
        raise BadField(f"Unbekannter Bestandteil: {', '.join(unknown)}.", fix=f"Bekannt sind: {', '.join(Component)}.")
    order = [Component(name) for name in named]
    return chosen, [*order, *(component for component in Component if component not in order)] if order else []


def default_start(given: Given) -> dict[str, object]:
    """When default began and from which day interest runs."""
    facts = DefaultFacts(
        due_on=given.need_day("due_on"),
        consumer=given.flag("consumer", default=True),
        calendar_date=given.day("calendar_date") or (given.need_day("due_on") if given.flag("calendar_date", default=False) else None),
        invoice_received_on=given.day("invoice_received_on"),
        performance_received_on=given.day("performance_received_on"),
        notice_on_invoice=given.flag("notice_on_invoice", default=False),
        reminder_received_on=given.day("reminder_received_on"),
        refused_on=given.day("refused_on"),
        region=given.text("land") or "",
    )
    start = jurisdiction(country_of(given)).default_start(facts)
    return {
        "in_default_from": _iso(start.in_default_from),
        "first_interest_day": _iso(start.first_interest_day),
        "reason": start.reason.value,
        "rule": start.rule,
    }


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


_CLAIM = (
    Field("id", Kind.TEXT, "Kennung", required=True),
    Field("due_on", Kind.DATE, "fällig seit", required=True),
    Field("secured", Kind.FLAG, "gesichert (Vorgabe: nein)"),
    Field("costs", Kind.MONEY, "Kosten"),
    Field("interest", Kind.MONEY, "Verzugszinsen"),
    Field("principal", Kind.MONEY, "Hauptforderung"),
    Field("contractual_interest", Kind.MONEY, "vertragliche Zinsen"),
    Field("rate_percent", Kind.PERCENT, "Zinssatz: je höher, desto lästiger"),
    Field("enforced_on", Kind.DATE, "betrieben seit (Schweiz)"),
)
_EVENT = (
    Field("kind", Kind.TEXT, "Art", required=True),
    Field("from", Kind.DATE, "erster Tag", required=True),
    Field("to", Kind.DATE, "letzter Tag; leer: dauert an"),
)

CALCULATORS = (
    Calculator(
        "attachable",
        "Pfändbares Einkommen (Schätzung)",
        (
            Field("net", Kind.MONEY, "Nettoeinkommen", required=True),
            Field("dependants", Kind.COUNT, "Unterhaltspflichten (Vorgabe: 0)"),
            Field("on", Kind.DATE, "Tag", required=True),
            Field("period", Kind.CHOICE, "Zeitraum (Vorgabe: month)", choices=tuple(member.value for member in Period)),
            Field("special_payments", Kind.FLAG, "13. und 14. Gehalt (nur Österreich, Vorgabe: ja)"),
            COUNTRY,
        ),
        attachable,
    ),
    Calculator(
        "limitation",
        "Verjährung",
        (
            Field("kind", Kind.TEXT, "Art (Vorgabe: regular)"),
            Field("arose_on", Kind.DATE, "entstanden (oder rechtskräftig) am", required=True),
            Field("known_on", Kind.DATE, "bekannt seit (Vorgabe: Entstehung)"),
            Field("events", Kind.LIST, "Ereignisse", items=_EVENT),
            COUNTRY,
        ),
        limitation,
    ),
    Calculator(
        "allocate",
        "Anrechnung einer Zahlung",
        (
            Field("payment", Kind.MONEY, "Zahlung", required=True),
            Field("scheme", Kind.CHOICE, "Reihenfolge", choices=tuple(_SCHEME_COUNTRY)),
            Field("on", Kind.DATE, "Tag der Zahlung (ohne: alles gilt als fällig)"),
            Field("debtor_choice", Kind.LIST, "was bezahlt werden soll, der Reihe nach: Forderungen oder Bestandteile"),
            Field("component_order", Kind.LIST, "vom Gläubiger angenommene andere Reihenfolge der Bestandteile"),
            Field("claims", Kind.LIST, "Forderungen", required=True, items=_CLAIM),
            COUNTRY,
        ),
        allocate,
    ),
    Calculator(
        "default-start",
        "Beginn des Verzugs",
        (
            Field("due_on", Kind.DATE, "fällig am", required=True),
            Field("invoice_received_on", Kind.DATE, "Rechnung zugegangen am"),
            Field("performance_received_on", Kind.DATE, "Leistung erhalten am"),
            Field("consumer", Kind.FLAG, "Verbraucherin oder Verbraucher (Vorgabe: ja)"),
            Field("notice_on_invoice", Kind.FLAG, "Rechnung weist auf die 30 Tage hin (Vorgabe: nein)"),
            Field("calendar_date", Kind.DATE_OR_FLAG, "kalendermäßig bestimmter Zahlungstag; true: der Fälligkeitstag"),
            Field("reminder_received_on", Kind.DATE, "Mahnung zugegangen am"),
            Field("refused_on", Kind.DATE, "ernsthaft und endgültig verweigert am"),
            Field("land", Kind.TEXT, "Land (oder Kanton) des Zahlungsorts; leer: jeder Feiertag zählt"),
            COUNTRY,
        ),
        default_start,
    ),
)
