"""The facts a decision may know: one row per case, one documented column per fact.

The list is the contract between the query that reads facts, the playbook's conditions, the guardrails and the diary.
A fact that is not listed here cannot be used. ``docs/reference/facts.md`` is this list as a page; a test keeps the
two equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import polars as pl

from kulanz.strategy.errors import FactsIncomplete


class Unit(Enum):
    """What a number counts."""

    ID = "id"
    CENTS = "cents"
    DAYS = "days"
    COUNT = "count"
    DATE = "date"
    TRUTH = "yes/no"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class Fact:
    """One column: its name, unit (which fixes the Polars type), meaning in German and English, and whether it may be
    unknown (null).

    ``values`` closes the list of words a WORD fact may take; empty means any word (a playbook step, a country code).
    """

    name: str
    unit: Unit
    meaning_de: str
    meaning_en: str
    nullable: bool = False
    values: tuple[str, ...] = ()

    @property
    def dtype(self) -> pl.DataType:
        """The Polars type of the column."""
        return _DTYPE[self.unit]()


_DTYPE: dict[Unit, type[pl.DataType]] = {
    Unit.ID: pl.Int64,
    Unit.CENTS: pl.Int64,
    Unit.DAYS: pl.Int64,
    Unit.COUNT: pl.Int64,
    Unit.DATE: pl.Date,
    Unit.TRUTH: pl.Boolean,
    Unit.WORD: pl.String,
}

# Strongest first: what stands in law or ends the claim goes before what a person asked for, and that before our own
# caution.
HOLD_REASONS: tuple[str, ...] = (
    "insolvency",
    "death",
    "wrong_person",
    "limitation",
    "representation",
    "dispute",
    "paid_claimed",
    "maybe_paid",
    "hardship",
    "plan",
    "deferral",
    "settlement",
    "promise",
    "collection",
    "pause",
    "manual",
)
CHANNELS: tuple[str, ...] = ("email", "letter")

FACTS: tuple[Fact, ...] = (
    Fact("case_id", Unit.ID, "Nummer der Akte", "number of the case"),
    Fact("creditor_id", Unit.ID, "Nummer des Gläubigers", "number of the creditor"),
    Fact(
        "bucket",
        Unit.COUNT,
        "Teil des Bestands (0 bis 255), in dem die Akte liegt",
        "part of the portfolio (0 to 255) that holds the case",
    ),
    Fact(
        "revision",
        Unit.COUNT,
        "Stand der Akte: steigt mit jeder Änderung",
        "state of the case: grows with every change",
    ),
    Fact("debtor_kind", Unit.WORD, "Privatperson oder Firma", "private person or company", values=("person", "company")),
    Fact("language", Unit.WORD, "Sprache der Ansprache", "language of contact"),
    Fact("country", Unit.WORD, "Land des Wohnsitzes", "country of residence"),
    Fact("land", Unit.WORD, "Bundesland, leer wenn unbekannt", "Bundesland, empty if unknown"),
    Fact("currency", Unit.WORD, "Währung der Akte", "currency of the case"),
    Fact("state", Unit.WORD, "Zustand der Akte", "state of the case", values=("open", "settled", "closed")),
    Fact(
        "in_own_name",
        Unit.TRUTH,
        "Gläubiger mahnt selbst, kein Inkasso",
        "the creditor duns itself, no collection agency",
    ),
    Fact(
        "open_cents",
        Unit.CENTS,
        "alles, was offen ist, mit Zinsen bis zum Tag",
        "all that is open, interest up to the day included",
    ),
    Fact("principal_cents", Unit.CENTS, "offene Hauptforderung", "open principal"),
    Fact("interest_cents", Unit.CENTS, "offene Zinsen bis zum Tag", "open interest up to the day"),
    Fact("fees_cents", Unit.CENTS, "offene Mahn- und andere Kosten", "open fees and costs"),
    Fact(
        "overdue_cents",
        Unit.CENTS,
        "davon fällig: Rechnungen, deren Zahltag vorbei ist",
        "of that overdue: invoices past their due date",
    ),
    Fact("claims_open", Unit.COUNT, "offene Rechnungen", "open invoices"),
    Fact("claims_overdue", Unit.COUNT, "offene Rechnungen nach dem Zahltag", "open invoices past their due date"),
    Fact("claims_not_issued", Unit.COUNT, "Rechnungen mit späterem Rechnungsdatum", "invoices dated later than the day"),
    Fact(
        "oldest_due_on",
        Unit.DATE,
        "ältester Zahltag der offenen Rechnungen",
        "earliest due date of open invoices",
        nullable=True,
    ),
    Fact(
        "days_overdue",
        Unit.DAYS,
        "Tage seit dem ältesten offenen Zahltag, negativ davor",
        "days since the earliest open due date, negative before it",
        nullable=True,
    ),
    Fact(
        "days_to_next_due",
        Unit.DAYS,
        "Tage bis zum nächsten Zahltag",
        "days to the next due date (today = 0)",
        nullable=True,
    ),
    Fact(
        "limitation_on",
        Unit.DATE,
        "letzter Tag vor der Verjährung nach dem Recht des Gläubigerlandes; ist der früheste schon vorbei, mit Zahlungen, Stundung und"
        " Raten gerechnet (leer: die Frist ruht)",
        "last day before the claim lapses by the law of the creditor's country; once the earliest is over, with payments, deferral and"
        " instalments counted (empty: the clock stands still)",
        nullable=True,
    ),
    Fact(
        "anchor_on",
        Unit.DATE,
        "Tag, von dem an die Schritte gezählt werden",
        "day from which steps are counted",
        nullable=True,
    ),
    Fact("step", Unit.WORD, "letzter getaner Schritt, leer am Anfang", "last step taken, empty at the start"),
    Fact("step_on", Unit.DATE, "Tag des letzten Schritts", "day of the last step", nullable=True),
    Fact("days_since_step", Unit.DAYS, "Tage seit dem letzten Schritt", "days since the last step", nullable=True),
    Fact(
        "step_undelivered",
        Unit.TRUTH,
        "die Nachricht des letzten Schritts wurde angehalten und ging nie hinaus",
        "the message of the last step was cancelled and never left",
    ),
    Fact("next_step_on", Unit.DATE, "vorgemerkter Tag des nächsten Schritts", "noted day of the next step", nullable=True),
    Fact("needs_human", Unit.TRUTH, "ein Mensch soll entscheiden", "a person is to decide"),
    Fact("has_email", Unit.TRUTH, "nutzbare E-Mail-Adresse vorhanden", "a usable e-mail address is known"),
    Fact("has_letter", Unit.TRUTH, "nutzbare Postanschrift vorhanden", "a usable postal address is known"),
    Fact("preferred_channel", Unit.WORD, "gewünschter Weg, leer ohne Wunsch", "wished channel, empty without a wish"),
    Fact(
        "contacts_last_7_days",
        Unit.COUNT,
        "Ansprachen dieser Person in 7 Tagen, über alle Gläubiger, auch noch nicht versandte",
        "contacts of this person in 7 days across all creditors, those still queued included",
    ),
    Fact(
        "contacts_last_28_days",
        Unit.COUNT,
        "Ansprachen dieser Person in 28 Tagen, über alle Gläubiger, auch noch nicht versandte",
        "contacts of this person in 28 days across all creditors, those still queued included",
    ),
    Fact(
        "contacts_ahead_today",
        Unit.COUNT,
        "Ansprachen, die derselbe Lauf dieser Person schon zugedacht hat",
        "contacts that the same run has already given to this person",
    ),
    Fact("last_contact_on", Unit.DATE, "letzte Ansprache in dieser Akte", "last contact in this case", nullable=True),
    Fact("days_since_contact", Unit.DAYS, "Tage seit der letzten Ansprache", "days since the last contact", nullable=True),
    Fact(
        "hold_reason",
        Unit.WORD,
        "stärkste Sperre, die Kontakt verbietet",
        "strongest hold that forbids contact",
        nullable=True,
        values=HOLD_REASONS,
    ),
    Fact(
        "hold_until",
        Unit.DATE,
        "Ende der letzten Sperre, leer ohne Ende",
        "end of the last hold, empty if open-ended",
        nullable=True,
    ),
    Fact("paid_total_cents", Unit.CENTS, "bisher gezahlt", "paid so far"),
    Fact("paid_last_30_days_cents", Unit.CENTS, "gezahlt in 30 Tagen", "paid in 30 days"),
    Fact("days_since_payment", Unit.DAYS, "Tage seit der letzten Zahlung", "days since the last payment", nullable=True),
    Fact("claims_paid", Unit.COUNT, "bezahlte Rechnungen", "invoices paid in full"),
    Fact("claims_paid_late", Unit.COUNT, "davon nach dem Zahltag bezahlt", "of these paid after the due date"),
    Fact(
        "average_days_late",
        Unit.DAYS,
        "mittlere Verspätung bezahlter Rechnungen, ganze Tage, früh = 0",
        "mean delay of paid invoices, whole days, early = 0",
        nullable=True,
    ),
)

BY_NAME: dict[str, Fact] = {fact.name: fact for fact in FACTS}
SCHEMA: pl.Schema = pl.Schema({fact.name: fact.dtype for fact in FACTS})


def check_facts(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the fact columns of ``frame`` in their order, or raise :class:`FactsIncomplete` naming what is missing
    or mistyped.

    Extra columns stay behind: a decision sees only what is documented.
    """
    wrong = [f"{name} ({frame.schema.get(name)} statt {dtype})" for name, dtype in SCHEMA.items() if frame.schema.get(name) != dtype]
    if wrong:
        raise FactsIncomplete("Falsche oder fehlende Spalten: " + ", ".join(wrong))
    required = [fact.name for fact in FACTS if not fact.nullable]
    nulls = frame.select(pl.col(required).null_count()).row(0, named=True) if frame.height else {}
    unknown = [name for name, count in nulls.items() if count]
    if unknown:
        raise FactsIncomplete("Ohne Wert, obwohl Pflicht: " + ", ".join(unknown))
    return frame.select(SCHEMA.names())


def facts_page() -> str:
    """``docs/reference/facts.md`` in full: every fact with unit and meaning."""
    lines = [
        "# Facts",
        "",
        "What a decision may know about a case on the day of the run. Conditions of a playbook are SQL",
        "expressions over these names.",
        "This page is made from `kulanz/strategy/facts.py`; a test keeps it equal.",
        "",
        "| Fact | Unit | May be unknown | Meaning | Bedeutung |",
        "|---|---|---|---|---|",
    ]
    for fact in FACTS:
        words = f" (one of: {', '.join(fact.values)})" if fact.values else ""
        lines.append(
            f"| `{fact.name}` | {fact.unit.value} | {'yes' if fact.nullable else 'no'} | {fact.meaning_en}{words} | {fact.meaning_de} |"
        )
    lines += [
        "",
        "A comparison with an unknown fact is neither true nor false; the condition then does not hold.",
        "Allowed in a condition:",
        "`AND OR NOT`, `= <> < <= > >=`, `BETWEEN`, `IN (…)`, `IS [NOT] NULL/TRUE/FALSE`, `+ - *`, `ABS()`,",
        "`COALESCE()`, whole numbers,",
        "words in single quotes, `TRUE`, `FALSE`, `DATE 'YYYY-MM-DD'`. Nothing else: no sub-selects, no other",
        "functions.",
        "",
    ]
    return "\n".join(lines)
