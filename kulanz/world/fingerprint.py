"""One short text that two portfolios share only if they are the same: compared by tests, printed by `kulanz world run --json`."""

from __future__ import annotations

import hashlib

from django.db import connection

_QUERIES = (
    # No ids and no moments: the same world in another database has others.
    """SELECT c.key, d.external_id, k.external_id, k.principal_cents, k.first_interest_day, p.component, sum(p.amount_cents)
       FROM claims_claim k JOIN claims_creditor c ON c.id = k.creditor_id JOIN claims_case s ON s.id = k.case_id
       JOIN claims_debtor d ON d.id = s.debtor_id JOIN ledger_posting p ON p.account_id = k.account_id
       GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 6""",
    """SELECT c.key, d.external_id, s.reference, s.state, s.step, s.step_on, s.next_step_on, s.needs_human
       FROM claims_case s JOIN claims_creditor c ON c.id = s.creditor_id JOIN claims_debtor d ON d.id = s.debtor_id ORDER BY 1, 2""",
    """SELECT c.key, d.external_id, m.day, m.step, m.channel, m.template, m.state, m.cancelled_because, m.subject
       FROM contact_message m JOIN claims_creditor c ON c.id = m.creditor_id JOIN claims_debtor d ON d.id = m.debtor_id
       WHERE m.step NOT LIKE 'receipt-%' AND m.step NOT LIKE 'answer-%' ORDER BY 1, 2, 3, 4, 5""",
    """SELECT c.key, d.external_id, m.day, m.template, m.state, count(*)
       FROM contact_message m JOIN claims_creditor c ON c.id = m.creditor_id JOIN claims_debtor d ON d.id = m.debtor_id
       GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5""",
    """SELECT c.key, d.external_id, h.reason, h.from_on, h.until_on, h.lifted_at IS NULL
       FROM claims_hold h JOIN claims_creditor c ON c.id = h.creditor_id JOIN claims_case s ON s.id = h.case_id
       JOIN claims_debtor d ON d.id = s.debtor_id ORDER BY 1, 2, 3, 4, 5, 6""",
    """SELECT l.account_iban, l.bank_ref, l.amount_cents, l.state, l.reason, d.external_id
       FROM payments_bankline l LEFT JOIN claims_case s ON s.id = l.case_id LEFT JOIN claims_debtor d ON d.id = s.debtor_id
       ORDER BY 1, 2""",
    """SELECT o.end_to_end_id, o.due_on, o.amount_cents, o.submitted_cents, o.state, o.because, o.return_code, m.state
       FROM payments_collection o JOIN payments_mandate m ON m.id = o.mandate_id ORDER BY 1""",
)


def fingerprint() -> str:
    """A hash over what is owed, where each case stands, what was sent, what is held, what became of each bank line and direct debit."""
    digest = hashlib.sha256()
    with connection.cursor() as cursor:
        for query in _QUERIES:
            cursor.execute(query)
            for row in cursor.fetchall():
                digest.update("\x1f".join(map(str, row)).encode() + b"\n")
    return digest.hexdigest()[:32]
