"""The facts of all open cases of a part: one set-based query, one more for the history of the principal, then columns.

What happened after the day does not count: invoices issued later, postings that take effect later, messages of later days. So a run
for a past day decides what it would have decided then, except that a case settled since is left alone.
"""

from __future__ import annotations

from datetime import date

import polars as pl
from django.db import connection

from kulanz.contact.rules import REMINDERS
from kulanz.frames import read_frame
from kulanz.law import frame as law_frame
from kulanz.law import jurisdiction
from kulanz.strategy.facts import HOLD_REASONS, SCHEMA
from kulanz.strategy.queries.limitation import with_limitation

TRANSPORT: dict[str, type[pl.DataType]] = {"playbook_key": pl.String, "identity_key": pl.String, "email": pl.String}
"""Columns that travel with the facts but are none: no rule sees them, and they are not written into the diary."""

_READ: dict[str, pl.DataType | type[pl.DataType]] = {
    **{name: kind for name, kind in SCHEMA.items() if name != "contacts_ahead_today"},
    **TRANSPORT,
    "law_country": pl.String,
}
_PIECES: dict[str, pl.DataType | type[pl.DataType]] = {
    "claim_id": pl.Int64,
    "case_id": pl.Int64,
    "country": pl.String,
    "from_on": pl.Date,
    "to_on": pl.Date,
    "principal_cents": pl.Int64,
    "margin_bp": pl.Int32,
    "fixed_bp": pl.Int32,
    "day_count": pl.String,
    "rounding": pl.String,
}


def read_facts(*, bucket_from: int, bucket_to: int, day: date) -> pl.DataFrame:
    """The facts of the open cases in these buckets (both counted) on `day`, ordered by case, with the columns of `TRANSPORT`.

    Raises `OutsideTable` of the law room if interest runs beyond the known base rates.
    """
    given = {
        "day": day,
        "first": bucket_from,
        "last": bucket_to,
        "reminders": sorted(REMINDERS),
        "holds": list(HOLD_REASONS),
    }
    with connection.cursor() as cursor:
        # Compiling a query costs more than this one runs, and its hash tables should not go to disk.
        cursor.execute("SET LOCAL jit = off; SET LOCAL work_mem = '64MB'")
        cases = read_frame(cursor, _CASES, _READ, given)
        pieces = read_frame(cursor, _HISTORY, _PIECES, given)
    cases = with_limitation(cases, day)
    accrued = accrued_by_case(pieces)
    interest = pl.col("accrued_cents").fill_null(0)
    # Interest runs on overdue claims only, so what has accrued is open and overdue.
    return (
        cases.join(accrued, on="case_id", how="left", maintain_order="left")
        .with_columns(
            interest_cents=pl.col("interest_cents") + interest,
            open_cents=pl.col("open_cents") + interest,
            overdue_cents=pl.col("overdue_cents") + interest,
            contacts_ahead_today=pl.lit(0, dtype=pl.Int64),
        )
        .select([*SCHEMA.names(), *TRANSPORT])
    )


def accrued_by_case(pieces: pl.DataFrame) -> pl.DataFrame:
    """All interest that has run per case, whatever of it was booked or paid: `case_id`, `accrued_cents`."""
    sums = [
        law_frame.interest(group, jurisdiction(str(country).lower()).interest_rules)
        for (country,), group in pieces.group_by("country", maintain_order=True)
    ]
    if not sums:
        return pl.DataFrame(schema={"case_id": pl.Int64, "accrued_cents": pl.Int64})
    claims = pieces.select("claim_id", "case_id").unique()
    return pl.concat(sums).join(claims, on="claim_id").group_by("case_id").agg(accrued_cents=pl.col("interest_cents").sum())


# A claim's booked interest (entries of kind `interest`) is part of what has accrued; only what was paid or waived of it remains here, as
# a negative number, and the accrued total is added outside. See `claims.accounts.balance_of`, the exact twin for one claim.
_CASES = """
WITH part AS MATERIALIZED (
  SELECT c.* FROM claims_case c WHERE c.bucket BETWEEN %(first)s AND %(last)s AND c.state = 'open'),
claim AS (
  SELECT k.id, k.case_id, k.due_on, k.invoiced_on,
    coalesce(sum(p.amount_cents) FILTER (WHERE p.component = 'principal'), 0) AS principal,
    coalesce(sum(p.amount_cents) FILTER (WHERE p.component = 'interest'), 0) AS interest_booked_open,
    coalesce(sum(p.amount_cents) FILTER (WHERE p.component = 'interest' AND e.kind <> 'interest'), 0) AS interest_settled,
    coalesce(sum(p.amount_cents) FILTER (WHERE p.component NOT IN ('principal', 'interest', 'overpaid', 'cash')), 0) AS fees,
    coalesce(-sum(p.amount_cents) FILTER (WHERE e.kind IN ('payment', 'assignment', 'chargeback')), 0) AS paid,
    coalesce(-sum(p.amount_cents) FILTER (WHERE e.kind IN ('payment', 'assignment', 'chargeback')
      AND e.occurred_on > %(day)s::date - 30), 0) AS paid_lately,
    max(e.occurred_on) FILTER (WHERE e.kind IN ('payment', 'assignment')) AS paid_on,
    max(e.occurred_on) FILTER (WHERE p.component = 'principal' AND p.amount_cents < 0) AS reduced_on
  FROM part JOIN claims_claim k ON k.case_id = part.id JOIN ledger_posting p ON p.account_id = k.account_id
  JOIN ledger_entry e ON e.id = p.entry_id AND e.occurred_on <= %(day)s::date
  WHERE k.invoiced_on <= %(day)s::date GROUP BY k.id),
standing AS (
  SELECT *, principal > 0 OR principal + interest_booked_open + fees > 0 AS is_open FROM claim),
money AS (
  SELECT case_id, sum(principal)::bigint AS principal, sum(interest_settled)::bigint AS interest, sum(fees)::bigint AS fees,
    coalesce(sum(principal + interest_settled + fees) FILTER (WHERE due_on < %(day)s::date), 0)::bigint AS overdue,
    count(*) FILTER (WHERE is_open) AS claims_open,
    count(*) FILTER (WHERE is_open AND due_on < %(day)s::date) AS claims_overdue,
    min(due_on) FILTER (WHERE is_open) AS oldest_due_on,
    min(due_on) FILTER (WHERE is_open AND due_on >= %(day)s::date) AS next_due_on,
    sum(paid)::bigint AS paid, sum(paid_lately)::bigint AS paid_lately, max(paid_on) AS paid_on,
    count(*) FILTER (WHERE NOT is_open AND paid > 0) AS claims_paid,
    count(*) FILTER (WHERE NOT is_open AND paid > 0 AND reduced_on > due_on) AS claims_paid_late,
    round(avg(greatest(reduced_on - due_on, 0)) FILTER (WHERE NOT is_open AND paid > 0))::bigint AS average_days_late
  FROM standing GROUP BY case_id),
later AS (
  SELECT k.case_id, count(*) AS claims FROM part JOIN claims_claim k ON k.case_id = part.id
  WHERE k.invoiced_on > %(day)s::date GROUP BY k.case_id),
hold AS (
  SELECT h.case_id, (array_agg(h.reason ORDER BY array_position(%(holds)s::text[], h.reason::text)))[1] AS reason,
    CASE WHEN bool_and(h.until_on IS NOT NULL) THEN max(h.until_on) END AS until_on
  FROM part JOIN claims_hold h ON h.case_id = part.id
  WHERE h.lifted_at IS NULL AND h.forbids_contact AND h.from_on <= %(day)s::date AND (h.until_on IS NULL OR h.until_on >= %(day)s::date)
  GROUP BY h.case_id),
person AS (
  SELECT DISTINCT d.identity_key FROM part JOIN claims_debtor d ON d.id = part.debtor_id),
reached AS (
  SELECT m.identity_key, count(*) FILTER (WHERE m.day > %(day)s::date - 7) AS week, count(*) AS month
  FROM contact_message m JOIN person USING (identity_key)
  WHERE m.day > %(day)s::date - 28 AND m.day <= %(day)s::date AND m.template = ANY(%(reminders)s)
    AND m.state IN ('queued', 'sending', 'sent', 'unknown')
  GROUP BY m.identity_key),
spoken AS (
  SELECT m.case_id, max(m.day) AS day FROM part JOIN contact_message m ON m.case_id = part.id
  WHERE m.day <= %(day)s::date AND m.template = ANY(%(reminders)s) AND m.state IN ('queued', 'sending', 'sent', 'unknown')
  GROUP BY m.case_id),
undelivered AS (
  SELECT part.id AS case_id FROM part JOIN contact_message m ON m.case_id = part.id AND m.step = part.step AND m.day = part.step_on
  GROUP BY part.id HAVING bool_and(m.state = 'cancelled')),
point AS (
  SELECT o.debtor_id, bool_or(o.channel = 'email') AS email, bool_or(o.channel = 'letter') AS letter,
    (array_agg(o.value ORDER BY o.preferred DESC, o.id) FILTER (WHERE o.channel = 'email'))[1] AS address,
    (array_agg(o.channel ORDER BY o.id) FILTER (WHERE o.preferred))[1] AS preferred
  FROM part JOIN claims_contactpoint o ON o.debtor_id = part.debtor_id
  WHERE o.state = 'usable' AND o.channel IN ('email', 'letter') GROUP BY o.debtor_id)
SELECT part.id, part.creditor_id, part.bucket, part.revision, d.kind, d.language, d.country, d.land, part.currency, part.state,
  r.in_own_name, coalesce(m.principal + m.interest + m.fees, 0), coalesce(m.principal, 0), coalesce(m.interest, 0), coalesce(m.fees, 0),
  coalesce(m.overdue, 0), coalesce(m.claims_open, 0), coalesce(m.claims_overdue, 0), coalesce(later.claims, 0), m.oldest_due_on,
  %(day)s::date - m.oldest_due_on, m.next_due_on - %(day)s::date,
  NULL::date, part.anchor_on, part.step, part.step_on,
  %(day)s::date - part.step_on, undelivered.case_id IS NOT NULL, part.next_step_on, part.needs_human,
  coalesce(point.email, false), coalesce(point.letter, false),
  coalesce(point.preferred, ''), coalesce(reached.week, 0), coalesce(reached.month, 0), spoken.day, %(day)s::date - spoken.day,
  hold.reason, hold.until_on, coalesce(m.paid, 0), coalesce(m.paid_lately, 0), %(day)s::date - m.paid_on,
  coalesce(m.claims_paid, 0), coalesce(m.claims_paid_late, 0), m.average_days_late, r.playbook_key, d.identity_key,
  coalesce(point.address, ''), r.country
FROM part JOIN claims_debtor d ON d.id = part.debtor_id JOIN claims_creditor r ON r.id = part.creditor_id
LEFT JOIN money m ON m.case_id = part.id LEFT JOIN later ON later.case_id = part.id LEFT JOIN hold ON hold.case_id = part.id
LEFT JOIN reached ON reached.identity_key = d.identity_key LEFT JOIN spoken ON spoken.case_id = part.id
LEFT JOIN undelivered ON undelivered.case_id = part.id LEFT JOIN point ON point.debtor_id = part.debtor_id
ORDER BY part.id
"""

# The principal of each interest-bearing claim as stretches of days. A decrease works on its own day, or from the next day on where the
# payment day still bears interest; an increase works on its day (`law.interest.principal_pieces`).
_HISTORY = """
WITH bearing AS MATERIALIZED (
  SELECT k.id, k.case_id, k.account_id, k.first_interest_day, k.margin_bp, k.fixed_bp, k.day_count, k.rounding,
    k.payment_day_counts, r.country,
    CASE WHEN k.payment_day_counts THEN %(day)s::date ELSE %(day)s::date - 1 END AS last_day
  FROM claims_case c JOIN claims_claim k ON k.case_id = c.id JOIN claims_creditor r ON r.id = c.creditor_id
  WHERE c.bucket BETWEEN %(first)s AND %(last)s AND c.state = 'open' AND (k.margin_bp IS NOT NULL OR k.fixed_bp IS NOT NULL)
    AND k.invoiced_on <= %(day)s::date
    AND k.first_interest_day <= CASE WHEN k.payment_day_counts THEN %(day)s::date ELSE %(day)s::date - 1 END),
change AS (
  SELECT b.id, e.occurred_on, sum(p.amount_cents) AS cents, b.payment_day_counts
  FROM bearing b JOIN ledger_posting p ON p.account_id = b.account_id AND p.component = 'principal'
  JOIN ledger_entry e ON e.id = p.entry_id AND e.occurred_on <= %(day)s::date
  GROUP BY b.id, e.occurred_on, b.payment_day_counts HAVING sum(p.amount_cents) <> 0),
effect AS (
  SELECT id, CASE WHEN payment_day_counts AND cents < 0 THEN occurred_on + 1 ELSE occurred_on END AS from_on, sum(cents) AS cents
  FROM change GROUP BY 1, 2 HAVING sum(cents) <> 0),
piece AS (
  SELECT id, from_on, lead(from_on) OVER w - 1 AS to_on, sum(cents) OVER w AS cents FROM effect
  WINDOW w AS (PARTITION BY id ORDER BY from_on))
SELECT b.id, b.case_id, b.country, greatest(p.from_on, b.first_interest_day), coalesce(least(p.to_on, b.last_day), b.last_day),
  p.cents::bigint, b.margin_bp, b.fixed_bp, b.day_count, b.rounding
FROM piece p JOIN bearing b USING (id)
WHERE p.cents > 0 AND coalesce(p.to_on, b.last_day) >= b.first_interest_day AND p.from_on <= b.last_day
"""
