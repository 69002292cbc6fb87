"""Reading remittance runs, direct payments and exports: lists and single ones, always for a viewer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import Q, QuerySet

from kulanz.claims.viewer import Viewer, unfenced
from kulanz.payments.client_money import MOVED_SQL
from kulanz.payments.errors import RunNotFound
from kulanz.payments.models import DatevExport, DatevSettings, DirectPayment, MandateTerms, Remittance, RemittanceItem, RunState

RUN_SORTS: Final = ("to_on", "creditor__name", "payout_cents", "carried_out_cents", "number", "state")
DIRECT_SORTS: Final = ("paid_on", "amount_cents", "case__debtor__sort_key", "reported_at")


def runs(
    viewer: Viewer, *, state: str = "", search: str = "", creditor_id: int | None = None, final_only: bool = False
) -> QuerySet[Remittance]:
    """Remittance runs the viewer may see, dropped ones left out. ``final_only``: what was approved, for the creditor's own people."""
    rows = viewer.narrow(Remittance.objects.exclude(state=RunState.DROPPED), case="id").select_related("creditor", "terms")
    if final_only:
        rows = rows.exclude(state=RunState.DRAFT)
    if state:
        rows = rows.filter(state=state)
    if creditor_id is not None:
        rows = rows.filter(creditor_id=creditor_id)
    for word in search.split():
        rows = rows.filter(Q(creditor__name__icontains=word) | Q(invoice_number__icontains=word))
    return rows


def run(viewer: Viewer, run_id: int) -> Remittance:
    """One run; not found and not allowed look the same. Raises `RunNotFound`."""
    found = viewer.narrow(Remittance.objects.filter(id=run_id), case="id").select_related("creditor", "terms").first()
    if found is None:
        raise RunNotFound
    return found


def items(viewer: Viewer, run: Remittance) -> list[RemittanceItem]:
    """The lines of a run, in order of their days."""
    return list(viewer.narrow(RemittanceItem.objects.filter(remittance=run), case="case_id").order_by("occurred_on", "id"))


def current_terms(viewer: Viewer, day: date) -> list[MandateTerms]:
    """The terms in force for each creditor, by name."""
    rows = viewer.narrow(MandateTerms.objects.filter(valid_from__lte=day), case="id").select_related("creditor")
    return list(rows.order_by("creditor__name", "creditor_id", "-valid_from").distinct("creditor__name", "creditor_id"))


def direct_payments(viewer: Viewer, *, search: str = "") -> QuerySet[DirectPayment]:
    """Payments reported as made to the creditor itself."""
    rows = viewer.narrow(DirectPayment.objects.select_related("case__debtor", "creditor"))
    for word in search.split():
        compact = word.upper()
        rows = rows.filter(Q(case__debtor__search_key__contains=word.lower()) | Q(case__reference=compact) | Q(note__icontains=word))
    return rows


def exports(viewer: Viewer, *, limit: int = 50) -> list[DatevExport]:
    """The last DATEV batches, newest first."""
    return list(viewer.narrow(DatevExport.objects.select_related("creditor"), case="id").order_by("-id")[:limit])


def datev_settings(viewer: Viewer) -> dict[int, DatevSettings]:
    """DATEV settings by creditor."""
    return {row.creditor_id: row for row in viewer.narrow(DatevSettings.objects.all(), case="id")}


@dataclass(frozen=True, slots=True)
class Rate:
    """How much of what was handed over has been paid (`Zahlungseingangsquote`), in cents of principal, by the way it took.

    `bank_cents` is the sum of principal in entries that each come from one bank line; `lines` counts those lines.
    """

    claims: int
    principal_cents: int
    bank_cents: int
    provider_cents: int
    direct_cents: int
    lines: int

    @property
    def paid_cents(self) -> int:
        return self.bank_cents + self.provider_cents + self.direct_cents

    @property
    def permille(self) -> int | None:
        """Paid per thousand of principal; None where nothing was handed over."""
        return None if not self.principal_cents else self.paid_cents * 1000 // self.principal_cents


_HANDED_OVER: Final = """
    SELECT count(DISTINCT c.id), coalesce(sum(p.amount_cents), 0) FROM claims_claim c
    JOIN ledger_posting p ON p.account_id = c.account_id AND p.component = 'principal'
    JOIN ledger_entry e ON e.id = p.entry_id AND e.kind IN ('claim_opened', 'claim_corrected')
    WHERE c.creditor_id = ANY(%(tenants)s) AND e.occurred_on <= %(until)s AND c.currency = 'EUR'"""


def payment_rate(creditor_ids: Sequence[int], until: date) -> Rate:
    """The rate of these creditors (found through a viewer before) up to a day.

    What was paid before a claim came here is not counted as paid.
    """
    wanted: dict[str, Any] = {"tenants": list(creditor_ids), "until": until}
    with unfenced(), connection.cursor() as cursor:
        cursor.execute(_HANDED_OVER, wanted)
        claims, principal = cursor.fetchone()
        cursor.execute(
            f"SELECT via, sum(cents), count(DISTINCT line_id) FROM ({MOVED_SQL}) m"  # noqa: S608  (a constant)
            " WHERE component = 'principal' AND currency = 'EUR' GROUP BY 1",
            wanted,
        )
        found = {via: (int(cents), lines) for via, cents, lines in cursor.fetchall()}
    bank, lines = found.get("suspense", (0, 0))
    return Rate(claims, int(principal), bank, found.get("provider", (0, 0))[0], found.get("direct", (0, 0))[0], lines)


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A claim whose payment is in doubt (`Einzelwertberichtigung`): what is open, since when, and what speaks for doubt.

    How much to write down is for the accountant to say; Kulanz names the facts.
    """

    creditor: str
    reference: str
    number: str
    due_on: date
    overdue_days: int
    principal_cents: int
    other_cents: int
    last_paid_on: date | None
    reasons: tuple[str, ...]


DOUBT: Final = {
    "insolvency": "Insolvenz",
    "death": "Todesfall",
    "dispute": "bestritten",
    "limitation": "Verjährung",
    "hardship": "Härtefall",
    "wrong_person": "falsche Person",
}
_DOUBTFUL: Final = """
    SELECT cr.name, cs.reference, c.external_id, c.due_on, %(day)s::date - c.due_on,
      sum(p.amount_cents) FILTER (WHERE p.component = 'principal'),
      sum(p.amount_cents) FILTER (WHERE p.component NOT IN ('principal', 'overpaid')),
      max(e.occurred_on) FILTER (WHERE e.kind IN ('payment', 'assignment') AND p.amount_cents < 0),
      (SELECT array_agg(DISTINCT h.reason) FROM claims_hold h
        WHERE h.case_id = cs.id AND h.lifted_at IS NULL AND h.reason = ANY(%(doubts)s))
    FROM claims_claim c JOIN claims_case cs ON cs.id = c.case_id JOIN claims_creditor cr ON cr.id = c.creditor_id
    JOIN ledger_posting p ON p.account_id = c.account_id JOIN ledger_entry e ON e.id = p.entry_id AND e.occurred_on <= %(day)s
    WHERE c.creditor_id = ANY(%(tenants)s) AND c.currency = 'EUR' AND c.due_on < %(day)s
    GROUP BY cr.name, cs.id, cs.reference, c.id, c.external_id, c.due_on
    HAVING sum(p.amount_cents) FILTER (WHERE p.component = 'principal') > 0 AND (c.due_on <= %(before)s OR EXISTS (
      SELECT FROM claims_hold h WHERE h.case_id = cs.id AND h.lifted_at IS NULL AND h.reason = ANY(%(doubts)s)))
    ORDER BY 6 DESC, c.id"""


def doubtful(creditor_ids: Sequence[int], day: date, *, overdue_days: int, limit: int | None = None) -> list[Doubtful]:
    """Open claims of these creditors (found through a viewer before), overdue for so many days or with another reason; largest first."""
    wanted: dict[str, Any] = {
        "tenants": list(creditor_ids), "day": day, "before": day - timedelta(days=overdue_days), "doubts": list(DOUBT),
    }  # fmt: skip
    with unfenced(), connection.cursor() as cursor:
        cursor.execute(_DOUBTFUL + (f" LIMIT {int(limit)}" if limit else ""), wanted)
        return [
            Doubtful(creditor, reference, number, due, days, int(principal), int(other or 0), paid, _doubts(reasons, days, overdue_days))
            for creditor, reference, number, due, days, principal, other, paid, reasons in cursor.fetchall()
        ]


def _doubts(reasons: Sequence[str] | None, days: int, overdue_days: int) -> tuple[str, ...]:
    old = (f"{days} Tage überfällig",) if days >= overdue_days else ()
    return (*old, *(DOUBT[reason] for reason in sorted(reasons or ())))
