"""The database's own guard over money: postings balance per statement, and nothing that was booked changes."""

from django.db import migrations

_UP = """
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'append-only: % of % refused; post a counter-entry', TG_OP, TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER ledger_posting_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_posting
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

-- All postings of an entry come in one statement, and that statement must balance per entry and currency. This is stricter than a
-- deferred check per transaction and costs one aggregate per statement instead of one query per row, so COPY stays fast.
CREATE FUNCTION ledger_must_balance() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER ledger_posting_balanced AFTER INSERT ON ledger_posting REFERENCING NEW TABLE AS new_postings
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_must_balance();
"""
_DOWN = """
DROP TRIGGER ledger_posting_balanced ON ledger_posting;
DROP TRIGGER ledger_posting_append_only ON ledger_posting;
DROP TRIGGER ledger_entry_append_only ON ledger_entry;
DROP FUNCTION ledger_must_balance();
DROP FUNCTION ledger_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunSQL(_UP, _DOWN)]
