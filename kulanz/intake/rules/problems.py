"""What is wrong with one field of one row: a stable code, the place, and a German sentence that says what to do."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import polars as pl

from kulanz.intake.readers.table import LINE, RaggedRow, Table

PROBLEM_SCHEMA: Final = {
    LINE: pl.Int64,
    "column": pl.String,
    "code": pl.String,
    "value": pl.String,
    "detail": pl.String,
}
_VALUE_SHOWN: Final = 60


class ProblemCode(StrEnum):
    """Every reason a row is not taken."""

    WRONG_FIELD_COUNT = "wrong_field_count"
    VALUE_MISSING = "value_missing"
    VALUE_TOO_LONG = "value_too_long"
    VALUE_UNKNOWN = "value_unknown"
    AMOUNT_MISSING = "amount_missing"
    AMOUNT_NOT_A_NUMBER = "amount_not_a_number"
    AMOUNT_NEGATIVE = "amount_negative"
    AMOUNT_ZERO = "amount_zero"
    AMOUNT_BELOW_CENT = "amount_below_cent"
    AMOUNT_TOO_LARGE = "amount_too_large"
    DATE_MISSING = "date_missing"
    DATE_NOT_READABLE = "date_not_readable"
    DATE_IMPOSSIBLE = "date_impossible"
    DATE_IMPLAUSIBLE = "date_implausible"
    DUE_BEFORE_INVOICE = "due_before_invoice"
    PAID_BEFORE_INVOICE = "paid_before_invoice"
    PAID_IN_FUTURE = "paid_in_future"
    PAID_WITHOUT_DATE = "paid_without_date"
    PAID_WITHOUT_AMOUNT = "paid_without_amount"
    NUMBER_TWICE = "number_twice"
    NAME_MISSING = "name_missing"
    DEBTOR_NOT_IDENTIFIABLE = "debtor_not_identifiable"
    DEBTOR_CONTRADICTORY = "debtor_contradictory"
    CURRENCY_UNSUPPORTED = "currency_unsupported"
    EMAIL_INVALID = "email_invalid"
    PHONE_INVALID = "phone_invalid"
    POSTCODE_INVALID = "postcode_invalid"
    COUNTRY_UNKNOWN = "country_unknown"
    RATE_NOT_READABLE = "rate_not_readable"
    RATE_IMPLAUSIBLE = "rate_implausible"
    RATE_NOT_ALLOWED = "rate_not_allowed"
    RATE_CHANGED = "rate_changed"
    JOINT_DIFFERS = "joint_differs"
    JOINT_CHANGED = "joint_changed"
    EVENT_UNKNOWN = "event_unknown"
    CASE_NOT_OPENED = "case_not_opened"
    CASE_OPENED_TWICE = "case_opened_twice"
    EVENT_BEFORE_OPENING = "event_before_opening"
    TOTAL_BELOW_BEFORE = "total_below_before"
    CURRENCY_CHANGED = "currency_changed"
    DEBTOR_CHANGED = "debtor_changed"
    HISTORY_CHANGED = "history_changed"
    HISTORY_MAYBE_BOOKED = "history_maybe_booked"


SENTENCES: Final[dict[ProblemCode, str]] = {
    ProblemCode.WRONG_FIELD_COUNT: ("Die Zeile hat {detail} wie in der Kopfzeile. Steht ein Trennzeichen mitten in einem Wert?"),
    ProblemCode.VALUE_MISSING: "Hier fehlt ein Wert.",
    ProblemCode.VALUE_TOO_LONG: "Der Wert ist länger als {detail} Zeichen.",
    ProblemCode.VALUE_UNKNOWN: "„{value}“ ist hier nicht vorgesehen. Möglich: {detail}.",
    ProblemCode.AMOUNT_MISSING: "Der Betrag fehlt.",
    ProblemCode.AMOUNT_NOT_A_NUMBER: "„{value}“ ist kein Betrag ({detail}).",
    ProblemCode.AMOUNT_NEGATIVE: (
        "Der Betrag {value} ist negativ. Eine Gutschrift ist keine Forderung; bitte mit der Rechnung verrechnen."
    ),
    ProblemCode.AMOUNT_ZERO: "Der Betrag ist null; es gibt nichts zu fordern.",
    ProblemCode.AMOUNT_BELOW_CENT: "Der Betrag {value} hat Bruchteile eines Cents.",
    ProblemCode.AMOUNT_TOO_LARGE: "Der Betrag {value} ist unglaubhaft groß (Grenze: 10 Milliarden).",
    ProblemCode.DATE_MISSING: "Das Datum fehlt.",
    ProblemCode.DATE_NOT_READABLE: "„{value}“ ist kein Datum in der Form {detail}.",
    ProblemCode.DATE_IMPOSSIBLE: "Den Tag „{value}“ gibt es nicht (Form {detail}).",
    ProblemCode.DATE_IMPLAUSIBLE: "Das Datum „{value}“ liegt außerhalb von {detail}.",
    ProblemCode.DUE_BEFORE_INVOICE: "Die Fälligkeit „{value}“ liegt vor dem Rechnungsdatum {detail}.",
    ProblemCode.PAID_BEFORE_INVOICE: "Die Zahlung „{value}“ liegt vor dem Rechnungsdatum {detail}.",
    ProblemCode.PAID_IN_FUTURE: "Die Zahlung „{value}“ liegt in der Zukunft.",
    ProblemCode.PAID_WITHOUT_DATE: "Es ist ein Zahlbetrag angegeben, aber nicht, wann gezahlt wurde.",
    ProblemCode.PAID_WITHOUT_AMOUNT: "Es ist ein Zahltag angegeben, aber kein Betrag.",
    ProblemCode.NUMBER_TWICE: "Die Nummer „{value}“ steht schon in Zeile {detail}. Die erste Zeile gilt, diese nicht.",
    ProblemCode.NAME_MISSING: "Es fehlt der Name des Kunden ({detail}).",
    ProblemCode.DEBTOR_NOT_IDENTIFIABLE: ("Ohne Kundennummer, Anschrift oder E-Mail ist nicht zu unterscheiden, wer gemeint ist."),
    ProblemCode.DEBTOR_CONTRADICTORY: ("Der Kunde „{value}“ ist in dieser Datei einmal Person, einmal Firma (zuerst in Zeile {detail})."),
    ProblemCode.CURRENCY_UNSUPPORTED: "Die Währung „{value}“ wird nicht unterstützt. Möglich: {detail}.",
    ProblemCode.EMAIL_INVALID: "„{value}“ ist keine E-Mail-Adresse.",
    ProblemCode.PHONE_INVALID: "„{value}“ ist keine Telefonnummer.",
    ProblemCode.POSTCODE_INVALID: "„{value}“ ist keine Postleitzahl in {detail}.",
    ProblemCode.COUNTRY_UNKNOWN: "„{value}“ ist kein Länderkürzel mit zwei Buchstaben (zum Beispiel DE).",
    ProblemCode.RATE_NOT_READABLE: "„{value}“ ist kein Zinssatz in Prozent mit höchstens zwei Nachkommastellen, zum Beispiel 8,50.",
    ProblemCode.RATE_IMPLAUSIBLE: "Ein Zinssatz von {value} % im Jahr ist unglaubhaft hoch.",
    ProblemCode.RATE_NOT_ALLOWED: "Der Zinssatz von {value} % wird so nicht übernommen: {detail}",
    ProblemCode.RATE_CHANGED: (
        "Der Zinssatz der schon bekannten Forderung „{value}“ steht jetzt anders in der Datei. Ändern kann ihn die Teamleitung in der Akte."
    ),
    ProblemCode.JOINT_DIFFERS: (
        "Der Kunde „{value}“ hat in Zeile {detail} andere Mithaftende. Wer für alles gemeinsam haftet, braucht eine eigene Kundennummer."
    ),
    ProblemCode.JOINT_CHANGED: (
        "Für die Akte zur Rechnung „{value}“ haften andere als in dieser Zeile. Niemand soll für eine fremde Rechnung gemahnt werden;"
        " bitte unter einer eigenen Kundennummer liefern."
    ),
    ProblemCode.EVENT_UNKNOWN: "Das Ereignis „{value}“ ist im Profil weder zugeordnet noch unter ignore genannt.",
    ProblemCode.CASE_NOT_OPENED: "Zum Vorgang „{value}“ fehlt das Ereignis, das die Forderung begründet.",
    ProblemCode.CASE_OPENED_TWICE: "Der Vorgang „{value}“ wird zweimal eröffnet (zuerst in Zeile {detail}).",
    ProblemCode.EVENT_BEFORE_OPENING: "Das Ereignis vom {value} liegt vor der Eröffnung des Vorgangs am {detail}.",
    ProblemCode.TOTAL_BELOW_BEFORE: "Der neue Gesamtbetrag {value} ist kleiner als der bisherige ({detail} Cent).",
    ProblemCode.CURRENCY_CHANGED: ("Die Währung der schon bekannten Forderung „{value}“ hat sich geändert. Bitte in der Akte klären."),
    ProblemCode.DEBTOR_CHANGED: ("Die schon bekannte Forderung „{value}“ gehört hier zu einem anderen Kunden. Bitte in der Akte klären."),
    ProblemCode.HISTORY_CHANGED: (
        "Schon gebuchte Vorgänge zur Forderung „{value}“ stehen jetzt anders in der Datei. Bitte in der Akte klären."
    ),
    ProblemCode.HISTORY_MAYBE_BOOKED: (
        "Zur Forderung „{value}“ wurde seit der Übernahme schon anderes gebucht. Damit nichts doppelt zählt,"
        " wurde aus der Datei nichts gebucht."
        " Bitte in der Akte klären."
    ),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One field that could not be taken: file, line (1-based, as an editor counts), column as in the header, code,
    sentence."""

    file: str
    line: int
    column: str
    code: ProblemCode
    value: str
    reason: str

    def as_json(self) -> dict[str, str | int]:
        """Plain data for ``--json`` and tables."""
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "code": self.code.value,
            "value": self.value,
            "reason": self.reason,
        }


def sentence(code: ProblemCode, value: str, detail: str) -> str:
    """The German sentence for people."""
    shown = value if len(value) <= _VALUE_SHOWN else value[: _VALUE_SHOWN - 1] + "…"
    return SENTENCES[code].format(value=shown, detail=detail)


def no_problems() -> pl.DataFrame:
    """An empty problem frame."""
    return pl.DataFrame(schema=PROBLEM_SCHEMA)


def found(
    rows: pl.DataFrame,
    bad: pl.Expr,
    code: ProblemCode,
    column: str,
    *,
    value: pl.Expr | None = None,
    detail: pl.Expr | str = "",
) -> pl.DataFrame:
    """The problem rows where ``bad`` is true. The exception path: nothing is built where nothing is wrong.

    ``value`` and ``detail`` see only these rows; what looks at others (a window) must be a column of ``rows`` already.
    """
    what = value if value is not None else pl.lit(None, dtype=pl.String)
    return rows.filter(bad).select(
        LINE,
        column=pl.lit(column),
        code=pl.lit(code.value),
        value=what.cast(pl.String).fill_null(""),
        detail=(pl.lit(detail) if isinstance(detail, str) else detail.cast(pl.String)).fill_null(""),
    )


def ragged_problems(ragged: Sequence[RaggedRow]) -> pl.DataFrame:
    """The rows that do not have as many fields as the header."""
    rows = [(row.line, "", ProblemCode.WRONG_FIELD_COUNT.value, row.text, f"{row.found} statt {row.expected} Felder") for row in ragged]
    return pl.DataFrame(rows, schema=PROBLEM_SCHEMA, orient="row")


def one_per_field(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """All problems in order of line, the first reason for each field of a row: a missing amount is not also a
    missing payment."""
    kept = [frame for frame in frames if frame.height]
    if not kept:
        return no_problems()
    return pl.concat(kept).unique(subset=[LINE, "column"], keep="first", maintain_order=True).sort(LINE, maintain_order=True)


def problems_of(frame: pl.DataFrame, file: str) -> Iterator[Problem]:
    """The rows of a problem frame as `Problem`."""
    for line, column, code, value, detail in frame.iter_rows():
        known = ProblemCode(code)
        yield Problem(file, line, column, known, value, sentence(known, value, detail))


def defused(text: str) -> str:
    """A text that a spreadsheet shows and never computes: a leading quote where a formula could begin (OWASP, CSV
    injection).

    A plain number keeps its sign, so that an amount can be corrected in place.
    """
    risky = text.startswith(("=", "+", "-", "@", "\t", "\r")) and not text.lstrip("+-").replace(".", "").replace(",", "").isdigit()
    return f"'{text}" if risky else text


def problem_file(table: Table, frame: pl.DataFrame) -> bytes:
    """The problem rows as CSV (UTF-8 with mark, same delimiter and columns as the file, plus line and reason) to
    correct and import again.

    The added columns „Kulanz-Zeile" and „Kulanz-Grund" are ignored by every profile, so the corrected file imports
    as it is.
    """
    reasons: dict[int, list[str]] = {}
    for problem in problems_of(frame, table.name):
        reasons.setdefault(problem.line, []).append(f"{problem.column}: {problem.reason}" if problem.column else problem.reason)
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=table.detected.delimiter or ";", lineterminator="\r\n")
    writer.writerow([*map(defused, table.columns), "Kulanz-Zeile", "Kulanz-Grund"])
    wanted = pl.Series(list(reasons), dtype=pl.Int64)
    rows = table.frame.filter(pl.col(LINE).is_in(wanted.implode()))
    complete = {line: [cell or "" for cell in cells] for line, *cells in rows.select(LINE, *table.columns).iter_rows()}
    broken = {row.line: [row.text, *[""] * (len(table.columns) - 1)] for row in table.ragged}
    for line in sorted(reasons):
        cells = complete.get(line) or broken.get(line) or [""] * len(table.columns)
        writer.writerow([*map(defused, cells), line, defused(" | ".join(reasons[line]))])
    return "\ufeff".encode() + out.getvalue().encode()
