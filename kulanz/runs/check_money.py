"""The promises about money of others, held against the data: every account ties to its statements, every payout to its run."""

from __future__ import annotations

from datetime import date
from typing import Final

from django.db import connection

from kulanz.claims.viewer import Viewer
from kulanz.law.money import format_money
from kulanz.payments.client_money import client_money

FINDINGS: Final = {
    "bank_posting_without_bank_line": """
        SELECT 'entry ' || e.id FROM ledger_entry e JOIN ledger_posting p ON p.entry_id = e.id
        JOIN ledger_account a ON a.id = p.account_id AND a.kind = 'bank'
        WHERE e.idempotency_key NOT LIKE 'import:%'
          AND NOT EXISTS (SELECT FROM payments_bankline l WHERE l.carried_entry_id = e.id AND l.amount_cents = p.amount_cents) LIMIT 20""",
    "account_does_not_tie_to_its_statements": """
        WITH complete AS (
          SELECT account_iban, currency FROM payments_bankstatement WHERE NOT intraday GROUP BY account_iban, currency
          HAVING bool_and(opening_cents IS NOT NULL AND closing_cents IS NOT NULL AND from_on IS NOT NULL AND to_on IS NOT NULL)
             AND NOT bool_or(gap)),
        ends AS (
          SELECT DISTINCT ON (s.account_iban, s.currency) s.account_iban, s.currency,
            first_value(s.opening_cents) OVER o AS opening, first_value(s.from_on) OVER o AS since,
            last_value(s.closing_cents) OVER o AS closing, last_value(s.to_on) OVER o AS until
          FROM payments_bankstatement s JOIN complete c USING (account_iban, currency) WHERE NOT s.intraday
          WINDOW o AS (PARTITION BY s.account_iban, s.currency ORDER BY s.from_on, s.to_on,
            CASE WHEN s.number ~ '^[0-9]{1,15}$' THEN s.number::bigint END,
            CASE WHEN s.sequence ~ '^[0-9]{1,15}$' THEN s.sequence::bigint END, s.id
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING))
        SELECT 'account ' || right(e.account_iban, 4) || ' ' || e.currency FROM ends e
        JOIN payments_bankline l ON l.account_iban = e.account_iban AND l.currency = e.currency AND l.booked_on BETWEEN e.since AND e.until
        GROUP BY e.account_iban, e.currency, e.opening, e.closing HAVING e.opening + sum(l.amount_cents) <> e.closing LIMIT 20""",
    "paid_out_differs_from_runs": """
        SELECT 'creditor ' || coalesce(b.tenant_id, r.creditor_id) FROM (
          SELECT a.tenant_id, a.currency, sum(p.amount_cents) AS cents FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id
          WHERE a.kind = 'remitted' GROUP BY 1, 2) b
        FULL JOIN (SELECT creditor_id, currency, sum(payout_cents) AS cents FROM payments_remittance WHERE state = 'paid' GROUP BY 1, 2) r
          ON r.creditor_id = b.tenant_id AND r.currency = b.currency
        WHERE coalesce(b.cents, 0) <> coalesce(r.cents, 0) LIMIT 20""",
    "fees_kept_back_differ_from_runs": """
        SELECT 'creditor ' || coalesce(b.tenant_id, r.creditor_id) FROM (
          SELECT a.tenant_id, a.currency, sum(p.amount_cents) FILTER (WHERE p.component = 'collection_cost') AS kept,
            sum(p.amount_cents) FILTER (WHERE p.component <> 'expense') AS moved
          FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id JOIN ledger_entry e ON e.id = p.entry_id
          WHERE a.kind = 'withheld' AND e.kind <> 'payout' GROUP BY 1, 2) b
        FULL JOIN (SELECT creditor_id, currency, sum(withheld_cents) FILTER (WHERE state = 'paid' OR attempt > 1) AS kept,
            sum(transfer_cents) FILTER (WHERE fee_line_id IS NOT NULL) AS moved
          FROM payments_remittance WHERE state <> 'dropped' GROUP BY 1, 2) r ON r.creditor_id = b.tenant_id AND r.currency = b.currency
        WHERE coalesce(b.kept, 0) <> coalesce(r.kept, 0) OR coalesce(b.moved, 0) <> coalesce(r.moved, 0) LIMIT 20""",
    "run_differs_from_its_lines": """
        SELECT 'remittance ' || r.id FROM payments_remittance r LEFT JOIN payments_remittanceitem i ON i.remittance_id = r.id
        WHERE r.state <> 'dropped' GROUP BY r.id
        HAVING coalesce(sum(i.handed_cents), 0) <> r.handed_cents OR coalesce(sum(i.kept_cents), 0) <> r.kept_cents
            OR coalesce(sum(i.fee_cents), 0) <> r.fee_cents LIMIT 20""",
    "run_does_not_carry_on": """
        SELECT 'remittance ' || r.id FROM payments_remittance r JOIN payments_remittance b ON b.creditor_id = r.creditor_id
          AND b.currency = r.currency AND b.number = r.number - 1 AND b.state <> 'dropped'
        WHERE r.state <> 'dropped' AND (r.carried_in_cents, r.fees_open_in_cents, r.lying_in_cents)
            <> (b.carried_out_cents, b.fees_open_out_cents, b.lying_out_cents) LIMIT 20""",
}

_UNOWNED: Final = """
    SELECT right(account_iban, 4), currency, count(*), sum(amount_cents) FROM payments_bankline
    WHERE carried_entry_id IS NULL AND amount_cents <> 0 GROUP BY account_iban, currency ORDER BY 1, 2"""


def warnings(day: date) -> tuple[str, ...]:
    """What a person should look at: money that lies too long, money nobody owns yet, creditors for whom too little is here."""
    told = []
    for one in client_money(Viewer.system(), day):
        if one.is_late:
            told.append(
                f"Für Mandant {one.creditor_id} liegen {_money(one.client_cents, one.currency)} seit {one.age_days} Tagen hier"
                f" (vereinbart: {one.pass_on_days}); § 13g RDG."
            )
        if one.client_cents < 0:
            told.append(
                f"Für Mandant {one.creditor_id} fehlen {_money(-one.client_cents, one.currency)}: es ging mehr zurück, als noch hier lag."
            )
        if one.unassigned_cents:
            told.append(f"Für Mandant {one.creditor_id} sind {_money(one.unassigned_cents, one.currency)} noch keiner Akte zugeordnet.")
    with connection.cursor() as cursor:
        cursor.execute(_UNOWNED)
        told += [
            f"Konto …{ending}: {count} Umsätze über zusammen {_money(int(cents), currency)} gehören noch niemandem."
            for ending, currency, count, cents in cursor.fetchall()
        ]
    return tuple(told)


def _money(cents: int, currency: str) -> str:
    return f"{format_money(cents).replace('.', ',')} {currency}"
