"""`kulanz check`: recompute every balance from the postings by a second path, and hold the promises of the house against the data."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection

from kulanz.claims.lapsing import lapsing
from kulanz.claims.viewer import Viewer
from kulanz.law.money import format_money
from kulanz.law.tables import TableState, states
from kulanz.ledger.queries import Finding, audit
from kulanz.runs import check_agreements, check_money

LAPSE_AHEAD = timedelta(days=60)

_FINDINGS = {
    "claim_principal_differs_from_ledger": """
        SELECT 'claim ' || c.id FROM claims_claim c LEFT JOIN ledger_posting p ON p.account_id = c.account_id AND p.component = 'principal'
        LEFT JOIN ledger_entry e ON e.id = p.entry_id AND e.kind IN ('claim_opened', 'claim_corrected')
        GROUP BY c.id HAVING coalesce(sum(p.amount_cents) FILTER (WHERE e.id IS NOT NULL), 0) <> c.principal_cents LIMIT 20""",
    "claim_account_of_another_tenant": """
        SELECT 'claim ' || c.id FROM claims_claim c JOIN ledger_account a ON a.id = c.account_id JOIN claims_case k ON k.id = c.case_id
        WHERE a.tenant_id <> c.creditor_id OR k.creditor_id <> c.creditor_id OR a.currency <> c.currency LIMIT 20""",
    "bank_line_not_in_the_books": """
        SELECT 'bank line ' || l.id FROM payments_bankline l
        WHERE l.state = 'booked' AND l.splits = '[]' AND NOT EXISTS (
          SELECT FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id
          WHERE p.entry_id = l.entry_id AND a.kind IN ('bank', 'suspense') AND abs(p.amount_cents) = abs(l.amount_cents) - coalesce((
            SELECT abs(cp.amount_cents) FROM ledger_entry ce JOIN ledger_posting cp ON cp.entry_id = ce.id AND cp.component = 'cash'
            WHERE ce.idempotency_key = 'bankline:' || l.id || ':charge'), 0)) LIMIT 20""",
    "bank_line_not_shared_out_whole": """
        SELECT 'bank line ' || l.id FROM payments_bankline l CROSS JOIN LATERAL jsonb_array_elements(l.splits) s
        LEFT JOIN ledger_posting p ON p.entry_id = (s ->> 'entry')::bigint AND p.component = 'cash'
        WHERE l.state = 'booked' AND l.splits <> '[]' GROUP BY l.id
        HAVING sum(abs(coalesce(p.amount_cents, 0))) <> abs(l.amount_cents) LIMIT 20""",
    "statement_does_not_close": """
        SELECT 'statement ' || s.id FROM payments_bankstatement s JOIN payments_bankline l ON l.statement_id = s.id
        WHERE s.opening_cents IS NOT NULL AND s.closing_cents IS NOT NULL
        GROUP BY s.id HAVING s.opening_cents + sum(l.amount_cents) <> s.closing_cents
          AND NOT EXISTS (SELECT FROM payments_bankline o WHERE o.account_iban = s.account_iban AND o.statement_id <> s.id
                          AND o.booked_on BETWEEN s.from_on AND s.to_on) LIMIT 20""",
    "queued_message_despite_hold": """
        SELECT 'message ' || m.id FROM contact_message m WHERE m.state = 'queued' AND EXISTS (
          SELECT FROM claims_hold h WHERE h.case_id = m.case_id AND h.lifted_at IS NULL AND h.forbids_contact
          AND h.from_on <= m.day AND (h.until_on IS NULL OR h.until_on >= m.day)) AND m.template IN (
          'friendly_notice', 'reminder_1', 'reminder_2', 'last_notice') LIMIT 20""",
    "settled_case_with_open_principal": """
        SELECT 'case ' || k.id FROM claims_case k
        JOIN claims_claim c ON c.case_id = k.id JOIN ledger_posting p ON p.account_id = c.account_id
        WHERE k.state = 'settled' AND p.component = 'principal' GROUP BY k.id HAVING sum(p.amount_cents) > 0 LIMIT 20""",
}

_EQUATION = """
    SELECT a.currency,
      coalesce(sum(p.amount_cents) FILTER (WHERE e.kind IN ('claim_opened', 'claim_corrected')), 0),
      coalesce(sum(p.amount_cents) FILTER (WHERE e.kind = 'charge'), 0),
      coalesce(sum(p.amount_cents) FILTER (WHERE e.kind = 'interest'), 0),
      coalesce(sum(p.amount_cents) FILTER (WHERE e.kind NOT IN ('claim_opened', 'claim_corrected', 'charge', 'interest')), 0),
      coalesce(sum(p.amount_cents), 0)
    FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id JOIN ledger_entry e ON e.id = p.entry_id
    WHERE a.kind = 'claim' GROUP BY a.currency ORDER BY a.currency"""


@dataclass(frozen=True, slots=True)
class Totals:
    """One currency's books in cents: claims + charges + interest + settled (payments, waivers, reversals) = open."""

    currency: str
    claims_cents: int
    charges_cents: int
    interest_cents: int
    settled_cents: int
    open_cents: int


@dataclass(frozen=True, slots=True)
class Report:
    """What was checked, the totals that prove it, and what is wrong or soon will be."""

    entries: int
    postings: int
    accounts: int
    totals: tuple[Totals, ...]
    findings: tuple[Finding, ...]
    warnings: tuple[str, ...]


def check(day: date) -> Report:
    """Audit everything. Findings are errors; warnings say what runs out within 60 days of `day`."""
    books = audit()
    findings = list(books.findings)
    with connection.cursor() as cursor:
        for code, query in (_FINDINGS | check_money.FINDINGS | check_agreements.FINDINGS).items():
            cursor.execute(query)
            findings += [Finding(code, where) for (where,) in cursor.fetchall()]
        cursor.execute(_EQUATION)
        # PostgreSQL sums bigints as numeric.
        totals = tuple(Totals(currency, *(int(cents) for cents in sums)) for currency, *sums in cursor.fetchall())
    warnings = (*table_warnings(day), *lapse_warnings(day), *check_money.warnings(day))
    return Report(books.entries, books.postings, books.accounts, totals, tuple(findings), warnings)


def lapse_warnings(day: date) -> tuple[str, ...]:
    """Open claims that lapse within 60 days, and open ones that have lapsed: how many and how much, by currency; never whose."""
    near: dict[str, list[int]] = defaultdict(list)
    gone: dict[str, list[int]] = defaultdict(list)
    for lapse in lapsing(Viewer.system(), day + LAPSE_AHEAD):
        if lapse.ends_on is not None and lapse.ends_on <= day + LAPSE_AHEAD:
            (gone if lapse.lapsed(day) else near)[lapse.claim.currency].append(lapse.principal_cents)
    told = [
        f"{len(cents)} offene Forderungen über {format_money(sum(cents))} {currency} verjähren bis {day + LAPSE_AHEAD:%d.%m.%Y}; "
        "die Liste zeigt `kulanz limitation`."
        for currency, cents in sorted(near.items())
    ]
    return (
        *told,
        *(
            f"{len(cents)} offene Forderungen über {format_money(sum(cents))} {currency} sind verjährt; gemahnt wird darauf nicht mehr."
            for currency, cents in sorted(gone.items())
        ),
    )


def table_warnings(day: date) -> tuple[str, ...]:
    """Every table of the law that has ended or ends within 60 days: its next value must be added, nothing is calculated without it."""
    return tuple(_warning(state) for state in states(day) if state.needs_attention)


def _warning(state: TableState) -> str:
    title, country = state.table.title, state.table.country.upper()
    if (state.days_left or 0) < 0:
        return f"Die Tabelle „{title}“ ({country}) endete am {state.last_day:%d.%m.%Y}; für spätere Tage wird nichts berechnet."
    return f"Die Tabelle „{title}“ ({country}) endet am {state.last_day:%d.%m.%Y}; ohne den nächsten Wert wird danach nichts berechnet."
