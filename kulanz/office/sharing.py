"""One incoming line shared out by hand: what stands on the sheet, whose it is, and what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest

from django.http import QueryDict
from django.utils.translation import gettext as _

from kulanz.claims.viewer import Viewer
from kulanz.intake.rules.parties import spread_text
from kulanz.payments.commands.share_out import SHARES_MAX, HandShare
from kulanz.payments.models import BankLine
from kulanz.payments.queries_shares import Found, Target, look_up
from kulanz.payments.readers.direct import cents_of
from kulanz.site.templatetags.kulanz_ui import money, plain_amount


@dataclass(frozen=True, slots=True)
class Written:
    """A row as it was typed: a case reference or invoice number, and an amount."""

    number: str
    amount: str


@dataclass(frozen=True, slots=True)
class ShareRow:
    """A row with what it means. ``problem`` says why it cannot be booked; ``cents`` counts as soon as it can be read."""

    number: str
    amount: str
    cents: int
    target: Target | None
    problem: str

    @property
    def above(self) -> int:
        """By how many cents the part exceeds what is open; that is allowed, and shown."""
        return max(0, self.cents - self.target.open_cents) if self.target else 0


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole sheet. It can be booked when nothing is left and no row has a problem."""

    line: BankLine
    rows: Sequence[ShareRow]
    others: Sequence[Target]

    @property
    def shared_cents(self) -> int:
        return sum(row.cents for row in self.rows)

    @property
    def rest_cents(self) -> int:
        return self.line.amount_cents - self.shared_cents

    @property
    def over_cents(self) -> int:
        return max(0, -self.rest_cents)

    @property
    def ready(self) -> bool:
        return 0 < len(self.rows) <= SHARES_MAX and self.rest_cents == 0 and not any(row.problem for row in self.rows)

    def shares(self) -> list[HandShare]:
        """The parts to book; only of a sheet that is ready."""
        return [HandShare(row.target.case.id, row.cents, row.target.claim_id) for row in self.rows if row.target is not None]


def typed(given: QueryDict) -> list[Written]:
    """The rows of the form that hold anything."""
    pairs = zip_longest(given.getlist("number"), given.getlist("amount"), fillvalue="")
    rows = [Written(number.strip()[:100], amount.strip()[:20]) for number, amount in pairs]
    return [row for row in rows if row.number or row.amount]


def first_sheet(viewer: Viewer, line: BankLine, day: date) -> Sheet:
    """What is proposed: the cases this money may belong to, each with what is open there, as far as the money goes."""
    found = look_up(viewer, line, (), day=day)
    left, rows, others = line.amount_cents, [], []
    for target in found.others:
        cents = min(max(target.open_cents, 0), left)
        if not cents or target.case.currency != line.currency:
            others.append(target)
            continue
        left -= cents
        rows.append(ShareRow(target.number, plain_amount(cents), cents, target, ""))
    return Sheet(line, rows, others)


def sheet(viewer: Viewer, line: BankLine, rows: Sequence[Written], *, text: str, fill: bool, day: date) -> Sheet:
    """The sheet as typed, looked up. With ``fill`` an amount left out becomes what is open there, as far as the money goes."""
    numbers = list(dict.fromkeys(row.number for row in rows if row.number))
    found = look_up(viewer, line, numbers, day=day, text=text, words=spread_text(text).split())
    left = line.amount_cents - sum(cents_of(row.amount) or 0 for row in rows)
    judged = []
    for row in rows:
        one = _judged(row, found, line)
        if fill and not row.amount and one.target is not None and (cents := min(max(one.target.open_cents, 0), max(left, 0))):
            left -= cents
            one = ShareRow(row.number, plain_amount(cents), cents, one.target, "")
        judged.append(one)
    taken = {row.target.case.id for row in judged if row.target is not None}
    return Sheet(line, judged, [target for target in found.others if target.case.id not in taken])


def _judged(row: Written, found: Found, line: BankLine) -> ShareRow:
    """One row: what is wrong with its number comes first, then with its amount."""
    cents = cents_of(row.amount)
    targets = found.by_number.get(row.number, ())
    target = targets[0] if len(targets) == 1 else None
    return ShareRow(row.number, row.amount, cents or 0, target, _wrong_number(row, targets, line) or _wrong_amount(row, cents))


def _wrong_number(row: Written, targets: Sequence[Target], line: BankLine) -> str:
    if not row.number:
        return _("Zu diesem Betrag fehlt das Aktenzeichen oder die Rechnungsnummer.")
    if not targets:
        return _("Zu dieser Nummer gibt es bei diesem Mandanten keine Akte.")
    if len(targets) > 1:
        return _("Zu dieser Nummer gibt es mehrere Akten. Bitte das Aktenzeichen (RF …) nehmen.")
    if targets[0].case.currency != line.currency:
        return _("Diese Akte wird in einer anderen Währung geführt.")
    return ""


def _wrong_amount(row: Written, cents: int | None) -> str:
    if not row.amount:
        return _("Hier fehlt der Betrag.")
    if not cents:
        return _("Bitte einen Betrag wie 84,90 eingeben.")
    return ""


def why_not(made: Sheet) -> str:
    """In one sentence why the sheet cannot be booked yet; empty if it can."""
    currency = made.line.currency
    if not made.rows:
        return _("Es ist noch nichts verteilt.")
    if len(made.rows) > SHARES_MAX:
        return _("Höchstens %(most)s Zeilen auf einmal.") % {"most": SHARES_MAX}
    if any(row.problem for row in made.rows):
        return _("Eine oder mehrere Zeilen stimmen noch nicht. Was fehlt, steht dabei.")
    if made.rest_cents > 0:
        return _("Es bleiben noch %(rest)s zu verteilen.") % {"rest": money(made.rest_cents, currency)}
    if made.rest_cents < 0:
        return _("Es sind %(rest)s zu viel verteilt.") % {"rest": money(made.over_cents, currency)}
    return ""
