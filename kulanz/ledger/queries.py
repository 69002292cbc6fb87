"""Reading the books."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from kulanz.ledger.models import Component, Posting
from kulanz.ledger.rules import Booked


def lines_of(account_ids: Sequence[int]) -> dict[int, list[Booked]]:
    """All postings of the accounts, by account, in order of effect; one query."""
    rows = (
        Posting.objects.filter(account_id__in=account_ids)
        .order_by("entry__occurred_on", "id")
        .values_list(
            "account_id", "entry_id", "entry__occurred_on", "entry__kind", "entry__source", "component", "amount_cents",
            "entry__corrects_id", "entry__asked__choice",
        )
    )  # fmt: skip
    lines: dict[int, list[Booked]] = defaultdict(list)
    for account_id, entry_id, occurred_on, kind, source, component, cents, corrects, named in rows:
        part = Component(component)
        lines[account_id].append(Booked(entry_id, occurred_on, kind, source, part, cents, corrects, tuple(named or ())))
    return lines


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the audit found wrong: a stable code and where it is. Never personal data."""

    code: str
    where: str


@dataclass(frozen=True, slots=True)
class Audit:
    """What `audit` looked at and what it found."""

    entries: int
    postings: int
    accounts: int
    findings: tuple[Finding, ...]


_CHECKS = {
    "entry_not_balanced": """
        SELECT 'entry ' || p.entry_id FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id
        GROUP BY p.entry_id, a.currency HAVING sum(p.amount_cents) <> 0 LIMIT 20""",
    "entry_without_postings": """
        SELECT 'entry ' || e.id FROM ledger_entry e
        WHERE NOT EXISTS (SELECT FROM ledger_posting p WHERE p.entry_id = e.id) LIMIT 20""",
    "posting_crosses_tenants": """
        SELECT 'posting ' || p.id FROM ledger_posting p
        JOIN ledger_account a ON a.id = p.account_id JOIN ledger_entry e ON e.id = p.entry_id
        WHERE p.tenant_id <> a.tenant_id OR p.tenant_id <> e.tenant_id LIMIT 20""",
    "reversal_is_not_the_mirror": """
        SELECT 'entry ' || e.id FROM ledger_entry e JOIN ledger_posting p ON p.entry_id IN (e.id, e.reverses_id)
        WHERE e.kind = 'reversal' AND NOT EXISTS (SELECT FROM ledger_entry k WHERE k.corrects_id = e.reverses_id)
        GROUP BY e.id, p.account_id, p.component HAVING sum(p.amount_cents) <> 0 LIMIT 20""",
    "component_below_zero": """
        SELECT 'account ' || p.account_id || ' ' || p.component FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id
        WHERE a.kind = 'claim' AND p.component <> 'overpaid' GROUP BY p.account_id, p.component HAVING sum(p.amount_cents) < 0 LIMIT 20""",
}


def audit() -> Audit:
    """Recompute the books from their postings and name everything that is not as it must be."""
    findings = []
    with connection.cursor() as cursor:
        for code, query in _CHECKS.items():
            cursor.execute(query)
            findings += [Finding(code, where) for (where,) in cursor.fetchall()]
        cursor.execute(
            "SELECT (SELECT count(*) FROM ledger_entry), (SELECT count(*) FROM ledger_posting), (SELECT count(*) FROM ledger_account)"
        )
        entries, postings, accounts = cursor.fetchone()
    return Audit(entries, postings, accounts, tuple(findings))
