"""Money that lies here for creditors (`Fremdgeld`, § 13g RDG): how much, whose, since when; read from the books (decision 7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db import connection

from kulanz.claims.models import Creditor
from kulanz.claims.viewer import Viewer, unfenced
from kulanz.ledger.components import Component
from kulanz.payments.models import BankLine, MandateTerms, Remittance, RemittanceItem, RunState
from kulanz.payments.rules.remit import AT_ONCE_DAYS_MAX, Moved, Via, oldest_day

MOVED_SQL: Final = """
  SELECT e.id AS entry_id, e.tenant_id, e.kind, e.occurred_on, e.booked_at, ac.currency, cl.case_id, cl.id AS claim_id, p.component,
    -p.amount_cents AS cents, coalesce(own.kind, first.kind) AS via, root.occurred_on AS terms_on,
    substring(root.idempotency_key FROM '^bankline:([0-9]+)')::bigint AS line_id
  FROM ledger_entry e
  JOIN ledger_posting p ON p.entry_id = e.id
  JOIN ledger_account ac ON ac.id = p.account_id AND ac.kind = 'claim'
  JOIN claims_claim cl ON cl.account_id = ac.id
  LEFT JOIN ledger_entry up ON up.id = coalesce(e.corrects_id, e.reverses_id)
  LEFT JOIN ledger_entry top ON top.id = coalesce(up.corrects_id, up.reverses_id)
  JOIN ledger_entry root ON root.id = coalesce(top.id, up.id, e.id)
  LEFT JOIN LATERAL (SELECT ao.kind FROM ledger_posting po JOIN ledger_account ao ON ao.id = po.account_id
    WHERE po.entry_id = e.id AND po.component = 'cash' AND ao.kind IN ('suspense', 'provider', 'direct') LIMIT 1) own ON true
  LEFT JOIN LATERAL (SELECT ar.kind FROM ledger_posting pr JOIN ledger_account ar ON ar.id = pr.account_id
    WHERE pr.entry_id = root.id AND pr.component = 'cash' AND ar.kind IN ('suspense', 'provider', 'direct') LIMIT 1) first
    ON own.kind IS NULL
  WHERE e.kind IN ('payment', 'assignment', 'chargeback', 'refund', 'reversal', 'correction')
    AND e.tenant_id = ANY(%(tenants)s) AND e.occurred_on <= %(until)s AND root.idempotency_key NOT LIKE 'import:%%'
    AND coalesce(own.kind, first.kind) IS NOT NULL"""
"""Each claim posting of an entry that moved money of a case, or corrects one that did: signed cents that came in, and which way.

What was booked before the claim came to us (`import:`) went to the creditor long ago and is left out. The creditors are named one by
one and were found through the viewer; the query itself runs as the owner, because the fence of each joined row makes it 200 times slower.
"""

_VIA: Final = {"suspense": Via.BANK, "provider": Via.PROVIDER, "direct": Via.DIRECT}


_PROVIDER_FEES: Final = """
  SELECT e.id, e.kind, e.occurred_on, sum(p.amount_cents) FROM ledger_entry e
  JOIN ledger_posting p ON p.entry_id = e.id AND p.component = 'expense'
  JOIN ledger_account a ON a.id = p.account_id AND a.kind = 'withheld' AND a.currency = %(currency)s
  WHERE e.tenant_id = %(tenant)s AND e.occurred_on <= %(until)s
    AND NOT EXISTS (SELECT FROM payments_remittanceitem i WHERE i.entry_id = e.id) GROUP BY 1, 2, 3"""
"""What a payment provider kept of a payout: it never reached the account, so it is not handed on."""


def moved_entries(creditor_id: int, currency: str, until: date) -> list[Moved]:
    """What no remittance run has taken yet, one per entry, effective up to a day: money of cases, and fees payment providers kept."""
    with unfenced(), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT entry_id, case_id, kind, occurred_on, terms_on, via, line_id, component, sum(cents)"  # noqa: S608  (MOVED_SQL is text of this file)
            f" FROM ({MOVED_SQL}) m WHERE m.currency = %(currency)s"
            " AND NOT EXISTS (SELECT FROM payments_remittanceitem i WHERE i.entry_id = m.entry_id)"
            " GROUP BY 1, 2, 3, 4, 5, 6, 7, 8",
            {"tenants": [creditor_id], "until": until, "currency": currency},
        )
        rows = cursor.fetchall()
        cursor.execute(_PROVIDER_FEES, {"tenant": creditor_id, "until": until, "currency": currency})
        fees = [Moved(entry, 0, kind, Via.PROVIDER, on, on, {Component.CASH: -int(cents)}) for entry, kind, on, cents in cursor.fetchall()]
    parts: dict[tuple[int, int, str, date, date, str, int | None], dict[Component, int]] = defaultdict(dict)
    for *key, component, cents in rows:
        parts[tuple(key)][Component(component)] = int(cents)
    paid = [
        Moved(entry_id, case_id, kind, _VIA[via], occurred_on, terms_day, components, line_id)
        for (entry_id, case_id, kind, occurred_on, terms_day, via, line_id), components in parts.items()
    ]
    return paid + fees


@dataclass(frozen=True, slots=True)
class ClientMoney:
    """One creditor's money on a day, in cents.

    on_account = unassigned + overpaid + own_fees + client: what arrived and has no case yet, what belongs to payers, fees kept back that
    still lie here, and what is to be passed on. `at_provider` is on its way here, `direct` was paid to the creditor itself.
    `in_flight` is part of `client`: approved, and not yet on a bank statement.
    """

    creditor_id: int
    creditor: str
    currency: str
    on_account_cents: int
    unassigned_cents: int
    overpaid_cents: int
    own_fees_cents: int
    at_provider_cents: int
    direct_cents: int
    received_cents: int
    remitted_cents: int
    withheld_cents: int
    in_flight_cents: int
    oldest_on: date | None
    pass_on_days: int | None
    day: date

    @property
    def client_cents(self) -> int:
        """What is to be passed on: the creditor's share and the fees not kept back yet."""
        return self.on_account_cents - self.unassigned_cents - self.overpaid_cents - self.own_fees_cents

    @property
    def missing_cents(self) -> int:
        """What more went back than still lay here."""
        return max(0, -self.client_cents)

    @property
    def payable_cents(self) -> int:
        """What a new run may promise: never more than lies here and is not promised yet."""
        return self.client_cents + min(0, self.own_fees_cents) - self.in_flight_cents

    @property
    def due_on(self) -> date | None:
        """The day by which the oldest money must have gone, as agreed; None where nothing lies or nothing is agreed."""
        if self.oldest_on is None or self.pass_on_days is None:
            return None
        return self.oldest_on + timedelta(days=self.pass_on_days)

    @property
    def is_late(self) -> bool:
        """True if money has lain longer than agreed."""
        return self.due_on is not None and self.client_cents > 0 and self.due_on < self.day

    @property
    def age_days(self) -> int:
        """How many days the oldest money has lain."""
        return (self.day - self.oldest_on).days if self.oldest_on else 0


_BALANCES: Final = """
  SELECT a.tenant_id, a.currency,
    coalesce(sum(p.amount_cents) FILTER (WHERE a.kind = 'bank'), 0), -coalesce(sum(p.amount_cents) FILTER (WHERE a.kind = 'suspense'), 0),
    coalesce(sum(p.amount_cents) FILTER (WHERE a.kind = 'provider'), 0), coalesce(sum(p.amount_cents) FILTER (WHERE a.kind = 'direct'), 0),
    coalesce(sum(p.amount_cents) FILTER (WHERE a.kind = 'remitted'), 0),
    coalesce(sum(p.amount_cents) FILTER (WHERE a.kind = 'withheld' AND p.component = 'collection_cost'), 0),
    -coalesce(sum(p.amount_cents) FILTER (WHERE a.kind = 'withheld' AND p.component = 'cash'), 0),
    coalesce(sum(p.amount_cents) FILTER (WHERE a.kind = 'withheld' AND p.component = 'expense'), 0)
  FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id JOIN ledger_entry e ON e.id = p.entry_id
  WHERE a.tenant_id = ANY(%(tenants)s) AND a.kind <> 'claim' AND e.occurred_on <= %(until)s AND e.idempotency_key NOT LIKE 'import:%%'
  GROUP BY 1, 2 ORDER BY 1, 2"""


def client_money(viewer: Viewer, day: date, *, creditor_ids: Collection[int] | None = None) -> list[ClientMoney]:
    """Every creditor's money on a day, for those whose money we collect; a creditor that collects itself is left out."""
    terms = _terms(viewer, day, creditor_ids)
    if not terms:
        return []
    names = dict(Creditor.objects.filter(id__in=terms).values_list("id", "name"))
    overpaid, received = _received(terms, day)
    flying = _in_flight(terms)
    with unfenced(), connection.cursor() as cursor:
        cursor.execute(_BALANCES, {"tenants": list(terms), "until": day})
        rows = cursor.fetchall()
    found = []
    for tenant, currency, *sums in rows:
        bank, unassigned, provider, direct, remitted, withheld, own_fees, provider_fees = (int(cents) for cents in sums)
        days = received.get((tenant, currency), [])
        found.append(
            ClientMoney(
                creditor_id=tenant,
                creditor=names[tenant],
                currency=currency,
                on_account_cents=bank,
                unassigned_cents=unassigned,
                overpaid_cents=overpaid.get((tenant, currency), 0),
                own_fees_cents=own_fees,
                at_provider_cents=provider,
                direct_cents=direct,
                received_cents=sum(cents for _, cents in days),
                remitted_cents=remitted,
                withheld_cents=withheld,
                in_flight_cents=flying.get((tenant, currency), 0),
                oldest_on=oldest_day(days, remitted + withheld + provider_fees),
                pass_on_days=_days_agreed(terms[tenant]),
                day=day,
            )
        )
    return sorted(found, key=lambda one: (not one.is_late, -one.client_cents, one.creditor))


def _days_agreed(terms: MandateTerms) -> int:
    """How long money may lie. On an account that is not separate it must go at once, also under terms made before that was checked."""
    return terms.pass_on_days if terms.separate_account else min(terms.pass_on_days, AT_ONCE_DAYS_MAX)


def money_of(creditor_id: int, currency: str, day: date) -> ClientMoney | None:
    """One creditor's money, read as the installation; None if nothing was ever booked."""
    return next((one for one in client_money(Viewer.system(), day, creditor_ids=[creditor_id]) if one.currency == currency), None)


def _terms(viewer: Viewer, day: date, creditor_ids: Collection[int] | None) -> dict[int, MandateTerms]:
    """The terms in force on a day by creditor; before the first ones the first ones."""
    rows = viewer.narrow(MandateTerms.objects.order_by("creditor_id", "valid_from"), case="id")
    if creditor_ids is not None:
        rows = rows.filter(creditor_id__in=creditor_ids)
    found: dict[int, MandateTerms] = {}
    for row in rows:
        if row.creditor_id not in found or row.valid_from <= day:
            found[row.creditor_id] = row
    return found


Sums = dict[tuple[int, str], int]


def _received(creditor_ids: Iterable[int], day: date) -> tuple[Sums, dict[tuple[int, str], list[tuple[date, int]]]]:
    """Overpaid money that is here or at a provider, and what came in for each creditor by day, overpaid left out."""
    overpaid: Sums = defaultdict(int)
    received: dict[tuple[int, str], list[tuple[date, int]]] = defaultdict(list)
    with unfenced(), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT tenant_id, currency, occurred_on, sum(cents) FILTER (WHERE component = 'overpaid'),"  # noqa: S608  (MOVED_SQL is text of this file)
            f" sum(cents) FILTER (WHERE component <> 'overpaid') FROM ({MOVED_SQL}) m WHERE via <> 'direct' GROUP BY 1, 2, 3",
            {"tenants": list(creditor_ids), "until": day},
        )
        for tenant, currency, on, over, cents in cursor.fetchall():
            overpaid[tenant, currency] += int(over or 0)
            received[tenant, currency].append((on, int(cents or 0)))
    return overpaid, received


def _in_flight(creditor_ids: Iterable[int]) -> Sums:
    """What approved runs have promised and no bank line has shown yet: the payout, and with the first attempt the fees kept back."""
    flying: Sums = defaultdict(int)
    runs = Remittance.objects.filter(creditor_id__in=list(creditor_ids), state=RunState.APPROVED)
    for creditor_id, currency, payout, withheld, attempt in runs.values_list(
        "creditor_id", "currency", "payout_cents", "withheld_cents", "attempt"
    ):
        flying[creditor_id, currency] += payout + (withheld if attempt == 1 else 0)
    return flying


@dataclass(frozen=True, slots=True)
class Receipt:
    """One bank line that brought or took money of a creditor's case, and the run that accounts for it."""

    line: BankLine
    run_number: int | None
    run_state: str


def receipts(viewer: Viewer, creditor_id: int, *, until: date, limit: int = 200) -> list[Receipt]:
    """The latest lines booked to a creditor's cases, each with its remittance run."""
    rows = viewer.narrow(BankLine.objects.filter(creditor_id=creditor_id, entry_id__isnull=False, case__isnull=False, booked_on__lte=until))
    lines = list(rows.select_related("case").order_by("-booked_on", "-id")[:limit])
    items = RemittanceItem.objects.filter(entry_id__in=[line.entry_id for line in lines]).select_related("remittance")
    runs = {item.entry_id: item.remittance for item in viewer.narrow(items)}
    return [
        Receipt(line, run.number if run else None, run.state if run else "") for line in lines for run in [runs.get(line.entry_id or 0)]
    ]
