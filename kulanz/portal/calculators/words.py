"""Plain words for the calculators: what each answers, what its fields ask, what its choices and results mean.

Keys are the names of `kulanz.law.calculators`; a test holds that every calculator, field, choice and result has its words here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Words:
    """How a calculator introduces itself. `example` is a question whose answer is known."""

    title: Text
    question: Text
    symbol: str
    example: str


CALCULATORS: Final[dict[str, Words]] = {
    "interest": Words(
        _("Verzugszinsen"),
        _("Wie viel Zinsen kommen zu einer Rechnung dazu, die zu spät bezahlt wird?"),
        "banknote",
        "principal=3089,00&first_interest_day=2025-04-17&last_interest_day=2026-02-20&debtor=consumer",
    ),
    "base-rate": Words(
        _("Basiszinssatz"),
        _("Wie hoch ist der Basiszinssatz an einem Tag, und wie lange gilt er?"),
        "landmark",
        "on=2026-07-01",
    ),
    "costs": Words(
        _("Inkassokosten"),
        _("Was darf es kosten, wenn ein Inkassobüro oder eine Kanzlei eine Rechnung einzieht?"),
        "receipt-text",
        "value=3089,00&mandate_on=2025-07-01",
    ),
    "rvg-fee": Words(
        _("Anwaltsgebühr"),
        _("Wie hoch ist eine Gebühr nach dem Rechtsanwaltsvergütungsgesetz (RVG)?"),
        "scale",
        "value=3089,00&on=2025-07-01&rate=1,3",
    ),
    "court-fee": Words(
        _("Gerichtsgebühr"),
        _("Was kostet ein Mahnbescheid, ein Zahlungsbefehl oder eine Klage?"),
        "building-2",
        "value=3089,00&filed_on=2025-07-01&procedure=payment_order",
    ),
    "attachable": Words(
        _("Geschütztes Einkommen"),
        _("Wie viel von einem Einkommen darf niemand pfänden?"),
        "shield-check",
        "net=2500,00&dependants=1&on=2026-07-01",
    ),
    "limitation": Words(
        _("Verjährung"),
        _("Bis wann kann jemand eine Forderung durchsetzen, und was hat die Frist verlängert?"),
        "hourglass",
        "arose_on=2022-03-15&events-0-kind=part_payment&events-0-from=2024-06-10",
    ),
    "allocate": Words(
        _("Anrechnung einer Zahlung"),
        _("Welche Schuld wird zuerst bezahlt, wenn das Geld nicht für alles reicht?"),
        "list-checks",
        "payment=100,00&claims-0-id=A&claims-0-due_on=2026-01-01&claims-0-costs=10,00&claims-0-interest=5,00&claims-0-principal=120,00",
    ),
    "default-start": Words(
        _("Beginn des Verzugs"),
        _("Ab welchem Tag ist jemand in Verzug, und ab wann laufen Zinsen?"),
        "calendar",
        "due_on=2026-03-02&reminder_received_on=2026-03-10",
    ),
    "court": Words(
        _("Zuständiges Mahngericht"),
        _("Bei welchem Gericht wird ein Mahnbescheid beantragt?"),
        "search",
        "postcode=80331",
    ),
}

FIELDS: Final[dict[str, tuple[Text, Text]]] = {
    "principal": (_("Betrag der Rechnung"), _("Ohne Zinsen und Kosten, zum Beispiel 3.089,00")),
    "first_interest_day": (_("Erster Tag mit Zinsen"), _("Der Tag zählt mit. Meist der erste Tag des Verzugs.")),
    "last_interest_day": (_("Letzter Tag mit Zinsen"), _("Der Tag zählt mit.")),
    "debtor": (_("Wer schuldet das Geld?"), _("Für Verbraucherinnen und Verbraucher gilt der niedrigere Zinssatz.")),
    "margin_pp": (_("Anderer Aufschlag auf den Basiszinssatz, in Prozentpunkten"), _("Nur ausfüllen, wenn nicht der gesetzliche gilt.")),
    "rate_percent": (
        _("Fester Zinssatz, in Prozent im Jahr"),
        _("Nur ausfüllen, wenn ein fester Satz gilt, zum Beispiel aus dem Vertrag."),
    ),
    "arose_on": (_("Entstanden am"), _("Wann die Forderung entstanden ist.")),
    "day_count": (_("Wie Tage gezählt werden"), _("Kein Gesetz legt das fest. Die Vorgabe ist nie teurer als nötig.")),
    "rounding": (_("Wo gerundet wird"), ""),
    "payment_day_counts": (_("Zählt der Tag einer Zahlung noch als Zinstag?"), ""),
    "payments": (_("Zahlungen"), _("Was inzwischen auf die Rechnung gezahlt wurde.")),
    "country": (_("Land"), ""),
    "on": (_("Tag"), ""),
    "value": (_("Betrag der Forderung"), _("Ohne Zinsen und Kosten")),
    "mandate_on": (_("Tag des Auftrags"), _("Wann das Inkassobüro oder die Kanzlei beauftragt wurde.")),
    "undisputed": (_("Ist die Forderung unbestritten?"), _("Wer eine Forderung nicht bezweifelt, zahlt weniger.")),
    "settled_on_first_letter": (_("Wurde gleich auf das erste Schreiben bezahlt?"), ""),
    "rate": (_("Anderer Gebührensatz"), _("Zum Beispiel 1,3. Leer: der übliche.")),
    "expenses_flat": (_("Pauschale für Post und Telefon?"), ""),
    "vat": (_("Umsatzsteuer?"), _("Nur, wenn der Gläubiger sie nicht vom Finanzamt zurückbekommt.")),
    "instalment_agreement": (_("Wurde eine Ratenzahlung vereinbart?"), ""),
    "contractor": (_("Wer zieht ein?"), ""),
    "filed_on": (_("Tag der Einreichung"), _("Wann der Antrag bei Gericht eingeht.")),
    "procedure": (_("Verfahren"), ""),
    "net": (_("Nettoeinkommen"), _("Was nach Steuern und Sozialabgaben übrig bleibt.")),
    "dependants": (_("Für wie viele Menschen wird Unterhalt gezahlt?"), _("Zum Beispiel Kinder, Ehepartner. Leer: niemand.")),
    "period": (_("Zeitraum des Einkommens"), ""),
    "special_payments": (_("13. und 14. Gehalt?"), _("Nur in Österreich von Bedeutung.")),
    "kind": (_("Art"), ""),
    "known_on": (_("Bekannt seit"), _("Seit wann der Gläubiger davon weiß. Leer: seit sie entstanden ist.")),
    "events": (_("Was seither geschah"), _("Zum Beispiel eine Teilzahlung oder ein Mahnbescheid. Eine einfache Mahnung ändert nichts.")),
    "from": (_("vom"), ""),
    "to": (_("bis"), _("Leer: dauert an, oder war ein einzelner Tag.")),
    "payment": (_("Zahlung"), _("Der ganze gezahlte Betrag")),
    "scheme": (_("Reihenfolge"), ""),
    "debtor_choice": (
        _("Was bezahlt werden soll"),
        _("Namen der Forderungen, der Reihe nach, mit Komma getrennt. Leer: das Gesetz entscheidet."),
    ),
    "component_order": (
        _("Andere Reihenfolge innerhalb einer Forderung"),
        _("Nur, wenn der Gläubiger zugestimmt hat, zum Beispiel: Hauptforderung, Kosten."),
    ),
    "claims": (_("Forderungen"), _("Was offen ist. Jede bekommt einen Namen, zum Beispiel A und B.")),
    "id": (_("Name"), ""),
    "due_on": (_("Fällig am"), ""),
    "secured": (_("Gesichert?"), _("Zum Beispiel durch eine Bürgschaft")),
    "costs": (_("Kosten"), ""),
    "interest": (_("Verzugszinsen"), ""),
    "contractual_interest": (_("Vertragliche Zinsen"), ""),
    "enforced_on": (_("Betrieben seit (Schweiz)"), ""),
    "amount": (_("Betrag"), ""),
    "invoice_received_on": (_("Rechnung angekommen am"), ""),
    "performance_received_on": (_("Ware oder Leistung erhalten am"), ""),
    "consumer": (_("Hat eine Privatperson gekauft?"), ""),
    "notice_on_invoice": (_("Steht auf der Rechnung, dass nach 30 Tagen Verzug eintritt?"), ""),
    "calendar_date": (_("Im Vertrag fest vereinbarter Zahlungstag"), _("Ein Tag, der nur auf der Rechnung steht, zählt nicht.")),
    "reminder_received_on": (_("Mahnung angekommen am"), ""),
    "refused_on": (_("Zahlung endgültig verweigert am"), ""),
    "land": (_("Bundesland oder Kanton"), _("Als Kürzel, zum Beispiel NW, 9 oder ZH. Leer: jeder Feiertag zählt.")),
    "postcode": (_("Postleitzahl des Gläubigers"), _("Maßgeblich ist, wo der Gläubiger sitzt.")),
    "higher_regional_court": (_("Oberlandesgericht"), _("Nur in Nordrhein-Westfalen: Hamm, Düsseldorf oder Köln.")),
}
"""Label and hint by field name; `OF` has what a calculator or a list says differently."""

OF: Final[dict[tuple[str, str], tuple[Text, Text]]] = {
    ("payments", "on"): (_("Tag der Zahlung"), ""),
    ("interest", "arose_on"): (_("Entstanden am"), _("Nur für Forderungen zwischen Unternehmen bis 28. Juli 2014 von Bedeutung.")),
    ("rvg-fee", "on"): (_("Tag des Auftrags"), _("Die Tabelle dieses Tages gilt.")),
    ("rvg-fee", "rate"): (_("Gebührensatz"), _("Zum Beispiel 1,3. Leer: 1,0")),
    ("attachable", "on"): (_("Tag"), _("Die Grenzen ändern sich jedes Jahr am 1. Juli.")),
    ("allocate", "on"): (_("Tag der Zahlung"), _("Leer: alles gilt als fällig.")),
    ("claims", "rate_percent"): (_("Zinssatz"), _("Je höher, desto belastender")),
    ("claims", "principal"): (_("Hauptforderung"), ""),
    ("events", "kind"): (_("Was geschah"), ""),
    ("limitation", "kind"): (_("Art der Forderung"), ""),
    ("limitation", "arose_on"): (
        _("Entstanden am"),
        _("Bei Urteilen der Tag der Rechtskraft, sonst meist der Tag des Kaufs oder der Leistung."),
    ),
    ("court", "land"): (_("Bundesland des Gläubigers"), _("Als Kürzel, zum Beispiel NW. Ohne Sitz in Deutschland: Ausland.")),
}

CHOICES: Final[dict[str, Text]] = {
    "consumer": _("eine Privatperson"),
    "business": _("ein Unternehmen"),
    "act_act": _("jeder Tag durch 365, im Schaltjahr durch 366"),
    "act_365": _("jeder Tag durch 365"),
    "30E_360": _("30 Tage je Monat durch 360"),
    "segment": _("jede Zeile"),
    "total": _("erst die Summe"),
    "de": _("Deutschland"),
    "at": _("Österreich"),
    "ch": _("Schweiz"),
    "agency": _("ein Inkassobüro"),
    "lawyer": _("eine Anwaltskanzlei"),
    "creditor": _("der Gläubiger selbst"),
    "payment_order": _("Mahnbescheid oder Zahlungsbefehl"),
    "suit": _("Klage"),
    "month": _("im Monat"),
    "week": _("in der Woche"),
    "day": _("am Tag"),
    "367": _("§ 367 BGB: Kosten, Zinsen, Hauptforderung"),
    "497": _("§ 497 BGB (Verbraucherdarlehen): Kosten, Hauptforderung, Zinsen"),
    "regular": _("gewöhnliche Forderung"),
    "titled": _("durch Urteil festgestellt"),
    "settlement": _("vollstreckbarer Vergleich oder Urkunde"),
    "insolvency_table": _("in der Insolvenztabelle festgestellt"),
    "enforcement_costs": _("Kosten der Vollstreckung"),
    "titled_recurring": _("künftig fällige Teile eines Urteils"),
    "recurring": _("Zinsen und Wiederkehrendes (Österreich)"),
    "damages": _("Schadenersatz (Österreich)"),
    "general": _("allgemeine Frist (Österreich)"),
    "short": _("kurze Frist: Miete, Zinsen, Handwerk, Detailhandel (Schweiz)"),
    "loss_certificate": _("Verlustschein (Schweiz)"),
    "negotiations": _("Verhandlungen"),
    "deferral": _("Stundung"),
    "adr": _("Streitbeilegung"),
    "insolvency_filing": _("Anmeldung zur Insolvenz"),
    "consumer_loan_default": _("Verbraucherdarlehen in Verzug"),
    "acknowledgement": _("Anerkenntnis"),
    "part_payment": _("Teilzahlung"),
    "interest_payment": _("Zinszahlung"),
    "security": _("Sicherheit gestellt"),
    "enforcement_act": _("Vollstreckung"),
    "minor_without_representative": _("minderjährig ohne Vertretung"),
    "estate": _("Nachlass"),
    "payment_order_rejected": _("Mahnantrag zurückgewiesen"),
    "enforcement_request": _("Schuldbetreibung (Schweiz)"),
    "conciliation_request": _("Schlichtungsgesuch (Schweiz)"),
    "waiver": _("Verzicht auf die Verjährung (Schweiz)"),
}

RESULTS: Final[dict[str, Text]] = {
    "total": _("Zusammen"),
    "fee": _("Gebühr"),
    "expenses": _("Pauschale für Post und Telefon"),
    "instalment_fee": _("Gebühr für die Ratenvereinbarung"),
    "vat": _("Umsatzsteuer"),
    "lump_sum": _("Pauschale nach § 288 Abs. 5 BGB, soweit sie noch bleibt"),
    "cap": _("Mehr darf es in diesem Fall nie sein"),
    "rate_percent": _("Basiszinssatz"),
    "valid_from": _("gilt ab"),
    "valid_until": _("gilt bis"),
    "attachable": _("Höchstens pfändbar"),
    "protected": _("Geschützt, bleibt zum Leben"),
    "ends_on": _("Letzter Tag vor der Verjährung"),
    "rest": _("Bleibt übrig"),
    "in_default_from": _("In Verzug ab"),
    "first_interest_day": _("Zinsen ab"),
    "reason": _("Grund"),
    "court": _("Zuständig"),
    "id": _("Forderung"),
    "component": _("wofür"),
    "amount": _("Betrag"),
    "from": _("von"),
    "to": _("bis"),
    "effect": _("Was gilt"),
    "rule": _("Rechtsgrundlage"),
}

VALUES: Final[dict[str, dict[str, Text]]] = {
    "reason": {
        "calendar_date": _("Der Zahlungstag stand nach dem Kalender fest."),
        "refusal": _("Die Zahlung wurde ernsthaft und endgültig verweigert."),
        "reminder": _("Nach der Fälligkeit kam eine Mahnung an."),
        "thirty_days": _("Seit Fälligkeit und Rechnung sind 30 Tage vergangen."),
        "thirty_days_after_performance": _("Seit Fälligkeit und Lieferung sind 30 Tage vergangen."),
        "invoice": _("Die Rechnung wurde nicht unverzüglich bezahlt."),
        "not_in_default": _("Bisher ist niemand in Verzug."),
    },
    "component": {
        "costs": _("Kosten"),
        "interest": _("Verzugszinsen"),
        "contractual_interest": _("vertragliche Zinsen"),
        "principal": _("Hauptforderung"),
    },
    "effect": {
        "waiting": _("Die Frist hat noch nicht begonnen."),
        "running": _("Die Frist läuft."),
        "suspended": _("Die Frist steht still."),
        "restarted": _("Die Frist beginnt von vorn."),
        "delayed": _("Die Frist kann vorher nicht enden."),
        "no_effect": _("Das ändert nichts an der Frist."),
        "lapsed": _("Verjährt: Die Zahlung darf verweigert werden."),
    },
}

SELDOM_NEEDED: Final = frozenset(
    {
        *("margin_pp", "rate_percent", "arose_on", "day_count", "rounding", "payment_day_counts"),
        *("rate", "expenses_flat", "vat", "contractor", "special_payments", "debtor_choice", "component_order", "higher_regional_court"),
    }
)
"""Fields that stand folded away unless they are filled; a required field never does."""
YES_BY_DEFAULT: Final = frozenset({"undisputed", "expenses_flat", "consumer", "special_payments"})


def words_of(part_of: str, field: str) -> tuple[Text, Text]:
    """Label and hint of a field of a calculator or of one of its lists."""
    return OF.get((part_of, field)) or FIELDS[field]
