"""A provider's settlement file: every row stored once and compared with our payments, payouts tied to the bank, fees booked.

The rows of an endpoint are one set, whatever files they came in: what follows is worked out from the set each time, so files may be cut,
overlap, repeat and come in any order. Stripe names the payout of each row, so the payout carries the fees, as with Stripe's own answers.
PayPal pays out on demand and a rest stays there, so each row carries its own fee and the payout is what left.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import connection, transaction

from kulanz.claims.models import Creditor
from kulanz.failpoints import fp
from kulanz.ledger.commands import Line, NewEntry, post, tenant_account
from kulanz.ledger.components import Component
from kulanz.ledger.models import AccountKind, EntryKind
from kulanz.payments.commands.checkouts.problems import Trouble, keep_differences
from kulanz.payments.commands.checkouts.reconcile import checkouts_named, compared, store_payout, tie
from kulanz.payments.models import ProblemKind, ProviderPayout, ProviderRow
from kulanz.payments.providers import config
from kulanz.payments.providers.config import Endpoint
from kulanz.payments.providers.errors import NoSuchEndpoint
from kulanz.payments.providers.port import LineKind, Settlement, SettlementLine
from kulanz.payments.readers.settlement_csv import SettlementFile, SettlementRow
from kulanz.payments.readers.shape import Problem, euros

BY_ROW: Final = "paypal"
"""The provider that pays out on demand: there each row carries its own fee."""

ROWS_BACK: Final = timedelta(days=120)
"""Rows of so many days are compared again: their payment or their bank line may come later."""

_LOCKS: Final = 0x4B51
_SEVERAL: Final = (
    "Diese Datei gehört zu keinem eindeutigen Anschluss: Ihre Zeilen nennen keine Zahlung, die hier begonnen wurde, oder die mehrerer"
    " Anschlüsse. Bitte mit `kulanz import statement DATEI --endpoint …` einlesen."
)
_NONE: Final = "Für diesen Anbieter ist kein Anschluss eingerichtet; die Datei lässt sich mit nichts vergleichen."


@dataclass(frozen=True, slots=True)
class SettlementTaken:
    """What a settlement file brought: ``new`` + ``known`` rows; of all its rows ``matched`` fit a payment or are a fee or a payout."""

    file: str
    provider: str
    endpoint: str
    creditor: str
    rows: int
    net_cents: int
    new: int
    known: int
    matched: int
    tied: int
    problems: tuple[Problem, ...]


def take_settlement_file(
    file: SettlementFile, *, endpoint_id: str = "", creditor_ids: Collection[int] | None = None, day: date, now: datetime
) -> SettlementTaken:
    """Take a settlement file in, in one transaction. A file that belongs to no endpoint leaves nothing behind and says why.

    ``creditor_ids`` are the creditors the person works for (None: all); endpoints of others are not considered.
    """
    found = [one for one in config.endpoints() if one.provider == file.provider and endpoint_id in ("", one.id)]
    if creditor_ids is not None:
        keys = set(Creditor.objects.filter(id__in=creditor_ids).values_list("key", flat=True))
        found = [one for one in found if one.creditor in keys]
    refused = [problem for problem in file.problems if problem.refuses]
    endpoint = None if refused else _endpoint_of(file, found)
    if endpoint is None:
        why = () if refused else (Problem(file.name, 0, _SEVERAL if found else _NONE, "settlement_no_endpoint"),)
        return SettlementTaken(file.name, file.provider, "", "", len(file.rows), file.net_cents, 0, 0, 0, 0, (*file.problems, *why))
    creditor = Creditor.objects.filter(key=endpoint.creditor).first()
    if creditor is None:
        raise NoSuchEndpoint
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCKS, zlib.crc32(endpoint.id.encode()) - 2**31])
        new, changed = _store(file, endpoint, creditor, now=now)
        tied = settle_rows(endpoint, creditor, day=day, now=now)
    own = ProviderRow.objects.filter(endpoint=endpoint.id, row_ref__in=[row.ref for row in file.rows])
    wrong = _wrong(endpoint, list(own))
    told = [
        Problem(file.name, row.line, wrong[row.ref], "settlement_row_fits_nothing", refuses=False) for row in file.rows if row.ref in wrong
    ]
    return SettlementTaken(
        file.name, file.provider, endpoint.id, creditor.key, len(file.rows), file.net_cents, new, len(file.rows) - new,
        len(file.rows) - len(told), tied, (*file.problems, *changed, *told),
    )  # fmt: skip


def _endpoint_of(file: SettlementFile, candidates: Sequence[Endpoint]) -> Endpoint | None:
    """Whose file it is: of the one endpoint whose payments it names, else of the only one there is."""
    by_id = {one.id: one for one in candidates}
    named = {checkout.endpoint for checkout in checkouts_named(by_id, (name for row in file.rows for name in row.refs)).values()}
    chosen = named or set(by_id)
    return by_id[chosen.pop()] if len(chosen) == 1 else None


def _store(file: SettlementFile, endpoint: Endpoint, creditor: Creditor, *, now: datetime) -> tuple[int, list[Problem]]:
    """Store what is new; returns how many rows are, and a problem for each that says something else than when it was first read."""
    known = {row.row_ref: row for row in ProviderRow.objects.filter(endpoint=endpoint.id, row_ref__in=[row.ref for row in file.rows])}
    fresh: dict[str, ProviderRow] = {}
    problems = []
    for row in file.rows:
        before = known.get(row.ref) or fresh.get(row.ref)
        if before is None:
            fresh[row.ref] = _row(row, file, endpoint, creditor, now)
        elif (before.gross_cents, before.fee_cents, before.currency) != (row.gross_cents, row.fee_cents, row.currency):
            reason = f"{row.ref} ist schon mit anderem Betrag eingelesen ({before.file}, Zeile {before.line}). Es bleibt beim ersten."
            problems.append(Problem(file.name, row.line, reason, "settlement_row_differs", refuses=False))
        elif row.payout_ref and not before.payout_ref:  # the report about payouts says what the one about the balance could not
            before.payout_ref, before.arrival_on = row.payout_ref, row.arrival_on
            before.refs = sorted({*before.refs, *row.refs})
            if before.id:
                before.save(update_fields=["payout_ref", "arrival_on", "refs"])
    fp("settlement_file.before_rows")
    ProviderRow.objects.bulk_create(fresh.values(), batch_size=1000)
    fp("settlement_file.after_rows")
    return len(fresh), problems


def _row(row: SettlementRow, file: SettlementFile, endpoint: Endpoint, creditor: Creditor, now: datetime) -> ProviderRow:
    return ProviderRow(
        creditor=creditor, endpoint=endpoint.id, provider=endpoint.provider, row_ref=row.ref, kind=row.kind.value, refs=list(row.refs),
        gross_cents=row.gross_cents, fee_cents=row.fee_cents, currency=row.currency, booked_on=row.on, payout_ref=row.payout_ref,
        arrival_on=row.arrival_on, file=file.name[:255], line=row.line, read_at=now,
    )  # fmt: skip


def settle_again(endpoint: Endpoint, *, day: date, now: datetime) -> int:
    """Compare the rows of an endpoint again: a payment or a bank line may have come since. Part of the daily run and of `reconcile`."""
    creditor = Creditor.objects.filter(key=endpoint.creditor).first()
    if creditor is None:
        raise NoSuchEndpoint
    with transaction.atomic():
        return settle_rows(endpoint, creditor, day=day, now=now)


def settle_rows(endpoint: Endpoint, creditor: Creditor, *, day: date, now: datetime) -> int:
    """Compare all rows of an endpoint that may still matter, tie what can be tied; returns how many payouts of theirs are tied by now.

    In the caller's transaction. Repeatable: what is booked is not booked again, what fits by now is no problem any more.
    """
    rows = list(ProviderRow.objects.filter(endpoint=endpoint.id, booked_on__gte=day - ROWS_BACK).order_by("booked_on", "row_ref"))
    if not rows:
        return 0
    wrong = _wrong(endpoint, rows)
    troubles = [
        Trouble(ProblemKind.ROW, f"row:{row.row_ref}:", f"{row.file}, Zeile {row.line}: {wrong[row.row_ref]}")
        for row in rows
        if row.row_ref in wrong
    ]
    keep_differences(endpoint, troubles, about=["row:"], now=now)
    if endpoint.provider == BY_ROW:
        _book_fees(endpoint, creditor, [row for row in rows if row.row_ref not in wrong], now=now)
    tied = 0
    for settlement in _settlements(endpoint, rows):
        payout = ProviderPayout.objects.filter(endpoint=endpoint.id, payout_ref=settlement.payout_ref).first()
        if payout is None or _says_more(settlement, payout):
            payout = store_payout(endpoint, creditor, settlement, now=now)
        tied += tie(payout, settlement, now=now)
    return tied


def _says_more(settlement: Settlement, payout: ProviderPayout) -> bool:
    """True if the rows say more than what is kept: the provider's own answer, if it was fuller, stays."""
    if payout.entry_id is None:
        return len(settlement.lines) >= len(payout.lines)
    return bool(settlement.lines) and len(settlement.lines) > len(payout.lines)


def _wrong(endpoint: Endpoint, rows: Sequence[ProviderRow]) -> dict[str, str]:
    """What does not fit between rows and our own notes, by the row's name, as sentences."""
    wrong: dict[str, str] = {}
    by_currency: dict[str, list[ProviderRow]] = defaultdict(list)
    for row in rows:
        if row.kind == LineKind.OTHER.value and row.payout_ref != row.row_ref:
            amount = euros(row.gross_cents, row.currency)
            wrong[row.row_ref] = f"{row.row_ref} über {amount} ist weder Zahlung noch Erstattung noch Gebühr."
        by_currency[row.currency].append(row)
    for currency, some in by_currency.items():
        for line, sentence in compared(endpoint, [_line(row) for row in some], currency):
            wrong.setdefault(line.ref, sentence)
    return wrong


def _line(row: ProviderRow) -> SettlementLine:
    return SettlementLine(LineKind(row.kind), row.row_ref, tuple(row.refs), row.gross_cents, row.fee_cents, row.booked_on)


def _settlements(endpoint: Endpoint, rows: Iterable[ProviderRow]) -> Iterable[Settlement]:
    """The payouts the rows tell of. One whose rows lie partly before the period is read whole."""
    refs = {row.payout_ref for row in rows if row.payout_ref}
    groups: dict[tuple[str, str], list[ProviderRow]] = defaultdict(list)
    for row in ProviderRow.objects.filter(endpoint=endpoint.id, payout_ref__in=refs).order_by("booked_on", "row_ref"):
        groups[row.payout_ref, row.currency].append(row)
    for (payout_ref, currency), some in sorted(groups.items()):
        arrival_on = max(row.arrival_on or row.booked_on for row in some)
        if endpoint.provider == BY_ROW:
            yield Settlement(payout_ref, currency, arrival_on, -sum(row.gross_cents for row in some), keeps_balance=True)
        else:
            net = sum(row.gross_cents - row.fee_cents for row in some)
            yield Settlement(payout_ref, currency, arrival_on, net, tuple(_line(row) for row in some))


def _book_fees(endpoint: Endpoint, creditor: Creditor, rows: Sequence[ProviderRow], *, now: datetime) -> None:
    """Book the fee of each row once: a cost of the creditor, and so much less the provider owes. What a payout has carried is left out."""
    carried = {
        str(line["ref"])
        for lines in ProviderPayout.objects.filter(endpoint=endpoint.id, entry_id__isnull=False).values_list("lines", flat=True)
        for line in lines
    }
    wanted = [row for row in rows if row.fee_cents and row.fee_entry_id is None and row.row_ref not in carried]
    if not wanted:
        return
    accounts = {
        currency: (tenant_account(creditor.id, AccountKind.WITHHELD, currency), tenant_account(creditor.id, AccountKind.PROVIDER, currency))
        for currency in {row.currency for row in wanted}
    }
    entries = []
    for row in wanted:
        withheld, provider = accounts[row.currency]
        lines = (Line(withheld, Component.EXPENSE, row.fee_cents), Line(provider, Component.CASH, -row.fee_cents))
        source, key = f"Gebühr des Anbieters zu {row.row_ref}", f"providerfee:{row.id}"
        entries.append(NewEntry(creditor.id, row.booked_on, EntryKind.PAYOUT, source, key, lines))
    fp("settlement_file.before_fees")
    for row, entry_id in zip(wanted, post(entries, now=now), strict=True):
        row.fee_entry_id = entry_id
    ProviderRow.objects.bulk_update(wanted, ["fee_entry_id"], batch_size=1000)
    fp("settlement_file.after_fees")
