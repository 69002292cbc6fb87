"""The balance of postings is checked with one look-up an account and one an entry, however many accounts there are."""

from django.db import migrations

# The plan of a trigger's query is made once a session, for the statement that came first. Joined freely, a later statement of many
# postings may read every account there is; a look-up with a limit stays one by one.
_UP = """
CREATE OR REPLACE FUNCTION ledger_must_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong bigint; off_balance boolean;
BEGIN
  SELECT p.entry_id, sum(p.amount_cents) <> 0 INTO wrong, off_balance FROM new_postings p
   CROSS JOIN LATERAL (SELECT a.currency, a.tenant_id FROM ledger_account a WHERE a.id = p.account_id LIMIT 1) a
   GROUP BY p.entry_id, a.currency HAVING sum(p.amount_cents) <> 0 OR bool_or(p.tenant_id <> a.tenant_id)
   ORDER BY 2 DESC LIMIT 1;
  IF FOUND AND off_balance THEN
    RAISE EXCEPTION 'entry % does not sum to zero', wrong USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NOT FOUND THEN
    SELECT p.entry_id INTO wrong FROM (SELECT DISTINCT n.entry_id, n.tenant_id FROM new_postings n) p
     CROSS JOIN LATERAL (SELECT e.tenant_id FROM ledger_entry e WHERE e.id = p.entry_id LIMIT 1) e
     WHERE p.tenant_id <> e.tenant_id LIMIT 1;
  END IF;
  IF FOUND THEN
    RAISE EXCEPTION 'entry % crosses tenants', wrong USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
"""
_DOWN = """
CREATE OR REPLACE FUNCTION ledger_must_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong bigint;
BEGIN
  SELECT p.entry_id INTO wrong FROM new_postings p JOIN ledger_account a ON a.id = p.account_id
   GROUP BY p.entry_id, a.currency HAVING sum(p.amount_cents) <> 0 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'entry % does not sum to zero', wrong USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  SELECT p.entry_id INTO wrong FROM new_postings p JOIN ledger_account a ON a.id = p.account_id JOIN ledger_entry e ON e.id = p.entry_id
   WHERE p.tenant_id <> a.tenant_id OR p.tenant_id <> e.tenant_id LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'entry % crosses tenants', wrong USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0006_account_kinds")]
    operations = [migrations.RunSQL(_UP, _DOWN)]
