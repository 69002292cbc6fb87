"""What every reader hands back: statements of accounts, their lines, and problems in words a clerk understands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple

INPUT_BYTES_MAX: Final = 100 * 1024 * 1024
"""The largest file taken in one piece (about 120,000 entries of camt); banks split theirs long before."""

ENTRIES_MAX: Final = 200_000
STATEMENTS_MAX: Final = 5_000
TOO_MANY: Final = f"Die Datei hat mehr als {ENTRIES_MAX:,} Umsätze oder {STATEMENTS_MAX:,} Auszüge. Bitte kürzere Zeiträume laden.".replace(
    ",", "."
)
"""Bounds that keep the memory of one file bounded too; no bank reaches them."""

TEXT_MAX: Final = 4_000
NAME_MAX: Final = 200
REFERENCE_MAX: Final = 100

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BLANKS: Final = re.compile(r"\s+")
_AMOUNT: Final = re.compile(r"0*([0-9]{1,15})(?:[.,]([0-9]*))?", re.ASCII)
_NO_REFERENCE: Final = frozenset({"", "NONREF", "NOTPROVIDED", "NOT PROVIDED", "NOREF", "NONE", "KREF+", "0", "NOTAVAILABLE"})


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a file that cannot be taken as it stands: where, and why. ``line`` 0 means the file as a whole.

    ``refuses`` is true if nothing of the statement (or file) is taken because of it; otherwise it is a note to look at.
    """

    file: str
    line: int
    reason: str
    code: str
    column: int = 0
    refuses: bool = True


class StatementLine(NamedTuple):
    """One booked movement as the bank reports it. ``amount_cents`` is signed: positive is money in.

    ``instructed`` is the amount before charges and exchange if the bank names it (``"50.00 EUR"``), ``return_reason`` the R-code of a
    returned payment (``"MS03"``), ``on_behalf_of`` the ultimate debtor or creditor, ``line`` the line in the file.
    """

    booked_on: date
    value_on: date | None
    amount_cents: int
    currency: str
    purpose: str = ""
    counterparty_name: str = ""
    counterparty_iban: str = ""
    end_to_end_id: str = ""
    bank_ref: str = ""
    line: int = 0
    on_behalf_of: str = ""
    reversal: bool = False
    return_reason: str = ""
    charges_cents: int = 0
    instructed: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """What stays known of lines that are at hand no longer: how many, their net sum, their first and last booking day, and for each
    currency the first line of the file that shows it."""

    count: int = 0
    sum_cents: int = 0
    first_on: date | None = None
    last_on: date | None = None
    currencies: tuple[tuple[str, int], ...] = ()

    def with_lines(self, lines: Sequence[StatementLine]) -> Totals:
        """These lines counted in, which come after those before."""
        if not lines:
            return self
        days = [line.booked_on for line in lines]
        currencies = dict(self.currencies)
        for line in lines:
            if line.currency not in currencies:
                currencies[line.currency] = line.line
        return Totals(
            count=self.count + len(lines),
            sum_cents=self.sum_cents + sum(line.amount_cents for line in lines),
            first_on=min(days) if self.first_on is None else min(self.first_on, *days),
            last_on=max(days) if self.last_on is None else max(self.last_on, *days),
            currencies=tuple(currencies.items()),
        )


NO_LINES: Final = Totals()


@dataclass(frozen=True, slots=True)
class ParsedStatement:
    """One statement of one account. ``entries`` counts the file's own entries: a collective entry can hold several lines.

    ``intraday`` statements (camt.052, camt.054, MT942) have no balances that must tie. ``pending`` entries are announced, not booked;
    they are counted and never become lines. ``handed_over`` is what is known of lines that were handed over while the statement was still
    being read (`readers.ahead`) and are not in ``lines``.
    """

    account: str
    number: str
    sequence: str
    currency: str
    opening_cents: int | None
    closing_cents: int | None
    from_on: date | None
    to_on: date | None
    intraday: bool
    entries: int
    pending: int
    lines: tuple[StatementLine, ...]
    problems: tuple[Problem, ...] = ()
    line: int = 0
    handed_over: Totals = NO_LINES

    @property
    def totals(self) -> Totals:
        """All booked lines counted together, those handed over before and ``lines``."""
        return self.handed_over.with_lines(self.lines)

    @property
    def count(self) -> int:
        """How many booked lines the statement has."""
        return self.handed_over.count + len(self.lines)

    @property
    def sum_cents(self) -> int:
        """The net sum of all booked lines."""
        return self.handed_over.sum_cents + sum(line.amount_cents for line in self.lines)

    @property
    def difference_cents(self) -> int | None:
        """Closing minus (opening plus lines): zero if the statement ties, None if it carries no pair of balances."""
        if self.intraday or self.opening_cents is None or self.closing_cents is None:
            return None
        return self.closing_cents - self.opening_cents - self.sum_cents

    @property
    def refused(self) -> bool:
        """True if one of its problems forbids taking it."""
        return any(problem.refuses for problem in self.problems)


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """What one file holds. ``problems`` concern the file as a whole; each statement carries its own."""

    name: str
    format: str
    statements: tuple[ParsedStatement, ...] = ()
    problems: tuple[Problem, ...] = field(default=())

    @property
    def all_problems(self) -> tuple[Problem, ...]:
        """The file's own problems and those of its statements, in file order."""
        return self.problems + tuple(problem for statement in self.statements for problem in statement.problems)


def clean(text: str | None, limit: int = TEXT_MAX) -> str:
    """Text without control characters (the database refuses NUL), blanks folded, cut at ``limit`` characters."""
    if not text:
        return ""
    if text.isprintable() and "  " not in text:
        return text.strip()[:limit]
    return _BLANKS.sub(" ", _CONTROL.sub(" ", text)).strip()[:limit]


def reference(text: str | None) -> str:
    """A reference, or nothing if the bank wrote one of its words for "none"."""
    tidy = clean(text, REFERENCE_MAX)
    return "" if tidy.upper() in _NO_REFERENCE else tidy


def amount_cents(text: str) -> int | None:
    """An unsigned amount in hundredths: ``"8.850"`` → 885, ``"380115,"`` → 38011500; None if it is not one or finer than a cent.

    >>> amount_cents("1,5"), amount_cents("200000"), amount_cents("0.001"), amount_cents("-1")
    (150, 20000000, None, None)
    """
    written = _AMOUNT.fullmatch(text.strip())
    if written is None:
        return None
    units, fraction = written[1], (written[2] or "").rstrip("0")
    if len(fraction) > 2:
        return None
    return int(units) * 100 + int(fraction.ljust(2, "0") or "0")


def euros(cents: int, currency: str) -> str:
    """An amount for a clerk: ``1234.56 EUR`` in German form, ``1.234,56 EUR``."""
    units, fraction = divmod(abs(cents), 100)
    grouped = f"{units:,}".replace(",", ".")
    return f"{'-' if cents < 0 else ''}{grouped},{fraction:02d} {currency}".rstrip()
