"""A table and a profile → one text column per field, and the typed reading of every date and amount column."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

import polars as pl

from kulanz.intake.errors import HeaderProblem
from kulanz.intake.readers.table import LINE, Table
from kulanz.intake.rules import amounts, dates
from kulanz.intake.rules.amounts import DecimalStyle
from kulanz.intake.rules.dates import DateForm
from kulanz.intake.rules.profile import Profile, Target, placeholders

ADDED_COLUMNS = ("Kulanz-Zeile", "Kulanz-Grund")
"""The columns a problem file has more than its original; they carry no data."""


@dataclass(slots=True)
class Styles:
    """The date form and the decimal style of each column, stated in the profile or found once and kept to be shown."""

    table: Table
    profile: Profile
    forms: dict[str, DateForm]
    decimals: dict[str, DecimalStyle]

    @classmethod
    def of(cls, table: Table, profile: Profile) -> Styles:
        """Nothing found yet."""
        return cls(table, profile, {}, {})

    def form(self, column: str) -> DateForm:
        """How the column writes dates. Raises `AmbiguousFormat`."""
        if column not in self.forms:
            stated = self.profile.dates.get(column)
            if stated is not None:
                self.forms[column] = dates.FORMS[stated]
            elif column in self.table.typed:
                self.forms[column] = dates.FORMS["Y-m-d"]
            else:
                self.forms[column] = dates.find_form(self.table.frame[column], column)
        return self.forms[column]

    def decimal(self, column: str) -> DecimalStyle:
        """How the column writes amounts. Raises `AmbiguousFormat`."""
        if column not in self.decimals:
            stated = self.profile.decimals.get(column)
            if stated is not None:
                self.decimals[column] = stated
            elif column in self.table.typed:
                self.decimals[column] = DecimalStyle.DOT
            else:
                self.decimals[column] = amounts.find_style(self.table.frame[column], column)
        return self.decimals[column]

    def shown(self) -> dict[str, str]:
        """Column → how it was read, for people."""
        marks = {DecimalStyle.DOT: "Dezimalpunkt (1,234.56)", DecimalStyle.COMMA: "Dezimalkomma (1.234,56)"}
        found = {column: f"Datum wie {form.shown}" for column, form in self.forms.items()}
        return found | {column: marks[style] for column, style in self.decimals.items()}


def require_columns(table: Table, profile: Profile) -> None:
    """Raises `HeaderProblem` if the file lacks columns of the profile, with the nearest name the file has."""
    missing = sorted(profile.columns_used() - set(table.columns))
    if not missing:
        return
    phrases = []
    for name in missing:
        near = difflib.get_close_matches(name, table.columns, n=1)
        phrases.append(f"„{name}“" + (f" (ähnlich: „{near[0]}“)" if near else ""))
    raise HeaderProblem(
        f"In der Kopfzeile fehlen Spalten des Profils „{profile.name}“: {', '.join(phrases)}.",
        fix=f"Gefunden wurden: {', '.join(table.columns[:30])}.",
    )


def map_texts(table: Table, profile: Profile) -> pl.DataFrame:
    """`LINE` and one text column per `Target` (null where the profile says nothing or the row has nothing).

    Columns of amounts that events name are kept under ``amount:<column>``.
    """
    require_columns(table, profile)
    fields = [_field(profile, target).alias(target.value) for target in Target]
    amount_columns = sorted({part.amount_column for part in profile.events.values()})
    kept = [_cell(column).alias(f"amount:{column}") for column in amount_columns]
    return table.frame.select(LINE, *fields, *kept)


def _field(profile: Profile, target: Target) -> pl.Expr:
    """The expression that fills one field."""
    if target in profile.columns:
        text = _cell(profile.columns[target])
    elif target in profile.constants:
        text = pl.lit(profile.constants[target])
    elif target in profile.templates:
        text = _filled(profile.templates[target])
    else:
        return pl.lit(None, dtype=pl.String)
    renamed = profile.values.get(target)
    return text.replace(renamed) if renamed else text


def _cell(column: str) -> pl.Expr:
    """A cell without the quote that the problem file puts before what a spreadsheet could take for a formula."""
    return pl.col(column).str.replace(r"^'([=+\-@])", "$1")


def _filled(template: str) -> pl.Expr:
    """The template with its columns filled in; null if one of them is empty."""
    names = placeholders(template)
    pattern = template
    for name in names:
        pattern = pattern.replace("{" + name + "}", "{}", 1)
    return pl.format(pattern, *(_cell(name) for name in names)) if names else pl.lit(template)
