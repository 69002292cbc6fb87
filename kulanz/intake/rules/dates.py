"""Written dates → days. Whether day or month stands first is told by the whole column, or asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from kulanz.intake.readers.table import one_of
from kulanz.intake.rules.problems import ProblemCode, found

OLDEST: Final = date(1950, 1, 1)
"""Nothing older is a claim that is still dunned; such a date is a typing error (or a spreadsheet's zero)."""

_MIXED_SHARE_MAX: Final = 0.05


@dataclass(frozen=True, slots=True)
class DateForm:
    """One way to write a date: its name in profiles, what it looks like to people, its shape, and how it is parsed."""

    name: str
    shown: str
    shape: str
    parse: str

    def days(self, texts: pl.Expr) -> pl.Expr:
        """The dates (Date); null where the text has another shape or the day does not exist."""
        return (
            pl.when(texts.str.contains(self.shape))
            .then(texts.str.slice(0, 10) if self.parse == "%Y-%m-%d" else texts)
            .str.to_date(self.parse, strict=False)
        )


_D: Final = r"[0-9]{1,2}"
_CLOCK: Final = r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?"
FORMS: Final = {
    form.name: form
    for form in (
        DateForm("Y-m-d", "2024-12-31", rf"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}{_CLOCK}$", "%Y-%m-%d"),
        DateForm("d.m.Y", "31.12.2024", rf"^{_D}\.{_D}\.[0-9]{{4}}$", "%d.%m.%Y"),
        DateForm("m/d/Y", "12/31/2024 (Monat zuerst)", rf"^{_D}/{_D}/[0-9]{{4}}$", "%m/%d/%Y"),
        DateForm("d/m/Y", "31/12/2024 (Tag zuerst)", rf"^{_D}/{_D}/[0-9]{{4}}$", "%d/%m/%Y"),
        DateForm("m-d-Y", "12-31-2024 (Monat zuerst)", rf"^{_D}-{_D}-[0-9]{{4}}$", "%m-%d-%Y"),
        DateForm("d-m-Y", "31-12-2024 (Tag zuerst)", rf"^{_D}-{_D}-[0-9]{{4}}$", "%d-%m-%Y"),
        DateForm("Y/m/d", "2024/12/31", rf"^[0-9]{{4}}/{_D}/{_D}$", "%Y/%m/%d"),
        DateForm("Ymd", "20241231", r"^[0-9]{8}$", "%Y%m%d"),
        DateForm("d.m.y", "31.12.24", rf"^{_D}\.{_D}\.[0-9]{{2}}$", "%d.%m.%y"),
        DateForm("m/d/y", "12/31/24 (Monat zuerst)", rf"^{_D}/{_D}/[0-9]{{2}}$", "%m/%d/%y"),
        DateForm("d/m/y", "31/12/24 (Tag zuerst)", rf"^{_D}/{_D}/[0-9]{{2}}$", "%d/%m/%y"),
    )
}
_TWO_DIGIT_YEARS: Final = ("d.m.y", "m/d/y", "d/m/y")
"""Only by a profile: a two-digit year leaves the century open."""

_PAIRS: Final = (("m/d/Y", "d/m/Y"), ("m-d-Y", "d-m-Y"))


def find_form(texts: pl.Series, column: str) -> DateForm:
    """The form most values of a column have; for ``1/2/2024`` the values that fit only one order (a day above 12)
    decide.

    Raises `AmbiguousFormat` if no form fits, the column mixes forms, or nothing tells day from month.
    """
    values = texts.drop_nulls().alias("text").to_frame()
    if values.height == 0:
        return FORMS["Y-m-d"]
    detectable = [form for form in FORMS.values() if form.name not in _TWO_DIGIT_YEARS]
    shaped = values.select([pl.col("text").str.contains(form.shape).sum().alias(form.name) for form in detectable]).row(0, named=True)
    best = max(detectable, key=lambda form: int(shaped[form.name]))
    hint = f"dates: {{{column}: d.m.Y}} (möglich: {', '.join(FORMS)})"
    if shaped[best.name] * 2 <= values.height:
        raise one_of(
            f"Spalte „{column}“: die meisten Werte haben keine erkennbare Datumsform (etwa „{values['text'][0]}“)",
            list(FORMS),
            hint=hint,
        )
    for month_first, day_first in _PAIRS:
        if best.name in (month_first, day_first):
            return _order(values, column, FORMS[month_first], FORMS[day_first], hint)
    return best


def _order(values: pl.DataFrame, column: str, month_first: DateForm, day_first: DateForm, hint: str) -> DateForm:
    """Month or day first, by the values only one of the two can read."""
    month, day = month_first.days(pl.col("text")), day_first.days(pl.col("text"))
    only_month, only_day, differ = values.select(
        a=(month.is_not_null() & day.is_null()).sum(),
        b=(day.is_not_null() & month.is_null()).sum(),
        c=(month != day).sum(),
    ).row(0)
    choices = [month_first.shown, day_first.shown]
    if min(only_month, only_day) > _MIXED_SHARE_MAX * max(only_month, only_day):
        raise one_of(
            f"Spalte „{column}“ mischt Monat zuerst ({only_month} Werte) und Tag zuerst ({only_day} Werte)",
            choices,
            hint=hint,
        )
    if only_month == only_day == 0 and differ:
        raise one_of(f"Spalte „{column}“: Tag und Monat sind nicht zu unterscheiden", choices, hint=hint)
    return day_first if only_day > only_month else month_first


def date_problems(rows: pl.DataFrame, column: str, text: str, value: str, form: DateForm, *, latest: date) -> list[pl.DataFrame]:
    """Problems of one date column: another form, a day that does not exist, a day outside of `OLDEST` … ``latest``."""
    texts, day = pl.col(text), pl.col(value)
    unread = texts.is_not_null() & day.is_null()
    shaped = texts.str.contains(form.shape)
    span = f"{OLDEST:%d.%m.%Y} bis {latest:%d.%m.%Y}"
    return [
        found(rows, unread & ~shaped, ProblemCode.DATE_NOT_READABLE, column, value=texts, detail=form.shown),
        found(rows, unread & shaped, ProblemCode.DATE_IMPOSSIBLE, column, value=texts, detail=form.shown),
        found(rows, (day < OLDEST) | (day > latest), ProblemCode.DATE_IMPLAUSIBLE, column, value=texts, detail=span),
    ]
