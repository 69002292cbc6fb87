"""Exporting bookings to DATEV: what stands in which batch is written down, so that no booking goes out twice and none is forgotten."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl
from django.db import connection, transaction

from kulanz.claims.models import Creditor
from kulanz.failpoints import fp
from kulanz.frames import read_frame
from kulanz.ledger.components import Component
from kulanz.ledger.models import AccountKind, EntryKind
from kulanz.payments.errors import AccountsMissing, ExportRefused
from kulanz.payments.exports.datev import (
    LINE_SCHEMA,
    ROWS_MAX,
    Batch,
    account_sums,
    paired,
    protocol_text,
    write_batch,
)
from kulanz.payments.models import DatevExport, DatevSettings, ExportState

LEGAL_ZONE: Final = ZoneInfo("Europe/Berlin")
_KEYS: Final = frozenset(AccountKind.values) | {f"{kind}:{part}" for kind in AccountKind.values for part in Component}
_OPENINGS: Final = (EntryKind.CLAIM_OPENED.value, EntryKind.CLAIM_CORRECTED.value)


@dataclass(frozen=True, slots=True)
class NewSettings:
    """How a creditor's books look in DATEV; see `DatevSettings`."""

    consultant: int
    client: int
    accounts: Mapping[str, str]
    year_begins: int = 1
    account_length: int = 4
    chart: str = ""
    with_claims: bool = False


def set_datev(creditor_id: int, new: NewSettings) -> DatevSettings:
    """Store the settings. Raises `AccountsMissing` for a number or name that cannot be."""
    if not 1001 <= new.consultant <= 9_999_999 or not 1 <= new.client <= 99_999:
        raise AccountsMissing("Die Beraternummer hat 4 bis 7 Stellen (ab 1001), die Mandantennummer 1 bis 5.")
    if not 1 <= new.year_begins <= 12 or not 4 <= new.account_length <= 8 or new.chart not in ("", "03", "04"):
        raise AccountsMissing("Wirtschaftsjahr, Länge der Konten oder Kontenrahmen stimmen nicht.")
    if unknown := sorted(set(new.accounts) - _KEYS):
        raise AccountsMissing(f"Diese Konten gibt es nicht: {', '.join(unknown)}.", fix=f"Möglich: {', '.join(AccountKind.values)}.")
    longest = new.account_length + 1  # accounts of debtors and creditors have one digit more
    if wrong := sorted(key for key, number in new.accounts.items() if not re.fullmatch(rf"[0-9]{{1,{longest}}}", number)):
        raise AccountsMissing(f"Keine Kontonummer mit höchstens {longest} Ziffern: {', '.join(wrong)}.")
    values: dict[str, Any] = {
        "consultant": new.consultant,
        "client": new.client,
        "accounts": dict(new.accounts),
        "year_begins": new.year_begins,
        "account_length": new.account_length,
        "chart": new.chart,
        "with_claims": new.with_claims,
    }
    fp("datev.before_settings")
    stored, _ = DatevSettings.objects.update_or_create(creditor_id=creditor_id, defaults=values)
    return stored


def export_datev(creditor_id: int, *, from_on: date, to_on: date, actor: str, now: datetime, day: date) -> DatevExport:
    """Take every booking of the period that is in no batch yet, and those that came late for periods exported before.

    The same period again without new bookings returns the batch that stands. Raises `ExportRefused` and `AccountsMissing`.
    """
    if to_on < from_on or to_on >= day:
        raise ExportRefused("Ausgegeben wird ein Zeitraum, der vorbei ist.")
    settings = DatevSettings.objects.filter(creditor_id=creditor_id).first()
    if settings is None:
        raise AccountsMissing("DATEV ist für diesen Mandanten nicht eingerichtet.", fix="Bitte zuerst die Konten eintragen.")
    if _year_begin(from_on, settings.year_begins) != _year_begin(to_on, settings.year_begins):
        raise ExportRefused("Der Zeitraum reicht über zwei Wirtschaftsjahre.", fix="Bitte je Wirtschaftsjahr ausgeben.")
    with transaction.atomic():
        Creditor.objects.select_for_update(no_key=True).get(id=creditor_id)
        export = DatevExport.objects.create(
            creditor_id=creditor_id,
            currency="EUR",
            from_on=from_on,
            to_on=to_on,
            settings=_frozen(settings),
            created_by=actor,
            created_at=now,
        )
        fp("datev.before_items")
        late = _take(export, with_claims=settings.with_claims)
        pairs = pairs_of(export)
        export.entries, export.late = export.items.count(), late
        if not export.entries:
            standing = DatevExport.objects.filter(creditor_id=creditor_id, from_on=from_on, to_on=to_on, entries__gt=0)
            known = standing.exclude(state=ExportState.DISCARDED).order_by("-id").first()
            export.delete()
            if known is None:
                raise ExportRefused("In diesem Zeitraum gibt es nichts, was noch nicht ausgegeben ist.")
            return known
        if pairs.height > ROWS_MAX:
            raise ExportRefused(f"Das sind mehr als {ROWS_MAX} Zeilen.", fix="Bitte einen kürzeren Zeitraum wählen.")
        export.rows, export.sum_cents = pairs.height, int(pairs["cents"].sum())
        export.sha256 = hashlib.sha256(write_batch(batch_of(export), pairs)).hexdigest()
        export.save()
        fp("datev.after_items")
    return export


def _take(export: DatevExport, *, with_claims: bool) -> int:
    """Write down which entries the batch holds; returns how many of them are late."""
    left_out = () if with_claims else _OPENINGS
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO payments_datevitem (export_id, creditor_id, entry_id)"
            " SELECT %(export)s, %(tenant)s, e.id FROM ledger_entry e"
            " WHERE e.tenant_id = %(tenant)s AND NOT e.kind = ANY(%(left_out)s) AND (%(history)s OR e.idempotency_key NOT LIKE 'import:%%')"
            "  AND EXISTS (SELECT FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id"
            "   WHERE p.entry_id = e.id AND a.currency = %(currency)s)"
            "  AND (e.occurred_on BETWEEN %(from)s AND %(to)s OR e.occurred_on < %(from)s AND EXISTS (SELECT FROM payments_datevexport x"
            "   WHERE x.creditor_id = %(tenant)s AND x.id <> %(export)s AND x.state <> 'discarded'"
            "   AND e.occurred_on BETWEEN x.from_on AND x.to_on))"
            "  AND NOT EXISTS (SELECT FROM payments_datevitem i WHERE i.entry_id = e.id) ORDER BY e.id",
            {
                "export": export.id, "tenant": export.creditor_id, "left_out": list(left_out), "history": with_claims,
                "currency": export.currency, "from": export.from_on, "to": export.to_on,
            },
        )  # fmt: skip
        cursor.execute(
            "SELECT count(*) FROM payments_datevitem i JOIN ledger_entry e ON e.id = i.entry_id"
            " WHERE i.export_id = %s AND e.occurred_on < %s",
            [export.id, export.from_on],
        )
        return int(cursor.fetchone()[0])


_LINES: Final = """
  SELECT e.id, e.occurred_on, greatest(e.occurred_on, %(from)s::date), e.source, coalesce(k.reference, ''), a.kind, p.component,
    p.amount_cents
  FROM payments_datevitem i JOIN ledger_entry e ON e.id = i.entry_id JOIN ledger_posting p ON p.entry_id = e.id
  JOIN ledger_account a ON a.id = p.account_id
  LEFT JOIN LATERAL (SELECT cs.reference FROM ledger_posting q JOIN claims_claim c ON c.account_id = q.account_id
    JOIN claims_case cs ON cs.id = c.case_id WHERE q.entry_id = e.id ORDER BY q.id LIMIT 1) k ON true
  WHERE i.export_id = %(export)s ORDER BY e.id, p.id"""


def pairs_of(export: DatevExport) -> pl.DataFrame:
    """The pairs of a batch, from its stored entries and settings."""
    with connection.cursor() as cursor:
        lines = read_frame(cursor, _LINES, LINE_SCHEMA, {"export": export.id, "from": export.from_on})
    return paired(lines, export.settings["accounts"])


def batch_of(export: DatevExport) -> Batch:
    """The head of a batch as it was when it was made."""
    frozen = export.settings
    return Batch(
        consultant=frozen["consultant"],
        client=frozen["client"],
        year_begins=_year_begin(export.from_on, frozen["year_begins"]),
        account_length=frozen["account_length"],
        from_on=export.from_on,
        to_on=export.to_on,
        label=f"Kulanz {export.id} {export.from_on:%m/%Y}",
        created_at=export.created_at.astimezone(LEGAL_ZONE),
        chart=frozen["chart"],
    )


def datev_file(export: DatevExport) -> tuple[str, bytes]:
    """Name and bytes of a batch. Raises `ExportRefused` if they are not what was given out before."""
    made = write_batch(batch_of(export), pairs_of(export))
    if hashlib.sha256(made).hexdigest() != export.sha256:
        raise ExportRefused("Die Datei wäre eine andere als beim ersten Mal. Bitte den Betrieb verständigen.")
    return f"EXTF_Buchungsstapel_{export.creditor.key}_{export.from_on:%Y%m%d}_{export.to_on:%Y%m%d}_{export.id}.csv", made


def datev_protocol(export: DatevExport) -> str:
    """What is in a batch, what is not, and the sums by account."""
    pairs = pairs_of(export)
    effect = pairs["entry_id"].n_unique()
    facts = [
        ("Mandant", export.creditor.legal_name),
        ("Zeitraum", f"{export.from_on:%d.%m.%Y} bis {export.to_on:%d.%m.%Y}"),
        ("Erstellt", f"{export.created_at.astimezone(LEGAL_ZONE):%d.%m.%Y} von {export.created_by}"),
        ("Buchungen", str(export.entries)),
        ("davon nachträglich", f"{export.late} (Tag liegt in einem früher ausgegebenen Zeitraum)"),
        ("ohne Wirkung zwischen den Konten", str(export.entries - effect)),
        ("Zeilen in der Datei", str(pairs.height)),
        ("Eröffnung von Forderungen", "enthalten" if export.settings["with_claims"] else "nicht enthalten (stehen in den eigenen Büchern)"),
        ("Prüfsumme (SHA-256)", export.sha256),
    ]
    return protocol_text(f"DATEV-Buchungsstapel {export.id}", facts, account_sums(pairs))


def lock_datev(export_id: int, *, actor: str, now: datetime) -> DatevExport:
    """Mark a batch as taken over by the accounts; from then on it stays."""
    with transaction.atomic():
        export = DatevExport.objects.select_for_update(of=("self",)).select_related("creditor").get(id=export_id)
        if export.state == ExportState.DISCARDED:
            raise ExportRefused("Diese Ausgabe ist verworfen.")
        if export.state == ExportState.OPEN:
            export.state, export.locked_by, export.locked_at = ExportState.LOCKED, actor, now
            fp("datev.before_lock")
            export.save()
    return export


def discard_datev(export_id: int) -> None:
    """Take a batch back that nobody took over; its bookings are free for the next one."""
    with transaction.atomic():
        export = DatevExport.objects.select_for_update().get(id=export_id)
        if export.state != ExportState.OPEN:
            raise ExportRefused("Nur eine offene Ausgabe lässt sich verwerfen.")
        fp("datev.before_discard")
        export.items.all().delete()
        export.state = ExportState.DISCARDED
        export.save()


def _year_begin(day: date, month: int) -> date:
    return date(day.year if day.month >= month else day.year - 1, month, 1)


def _frozen(settings: DatevSettings) -> dict[str, Any]:
    """The settings as they are now; a batch keeps them, so that later changes do not change it."""
    return {
        "consultant": settings.consultant,
        "client": settings.client,
        "accounts": dict(settings.accounts),
        "year_begins": settings.year_begins,
        "account_length": settings.account_length,
        "chart": settings.chart,
        "with_claims": settings.with_claims,
    }
