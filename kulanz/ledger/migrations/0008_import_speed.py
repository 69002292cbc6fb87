"""Keys of rows that come by the ten thousand are asked once a statement, not row by row.

A foreign key costs a query and a lock for each row; a line of a bank file writes about ten rows with two keys each, and that was a quarter
of the time an import took. The rows pointed to are never deleted, so that asking whether they are there is enough, and one look-up for each
different key of a statement answers it. See docs/decisions/0009-keys-by-statement.md.
"""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

# Both run as their owner, like PostgreSQL's own foreign keys: whoever may write a row need not see everything it points to.
# `keys_exist` takes pairs of column and table: after an INSERT it asks for all new rows at once, after an UPDATE for the changed row.
_UP = """
CREATE FUNCTION keys_exist() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE lost bigint;
BEGIN
  FOR i IN 0 .. TG_NARGS - 1 BY 2 LOOP
    IF TG_LEVEL = 'STATEMENT' THEN
      EXECUTE format('SELECT n.id FROM (SELECT DISTINCT %1$I AS id FROM new_rows WHERE %1$I IS NOT NULL) n LEFT JOIN LATERAL'
        ' (SELECT true AS there FROM %2$I p WHERE p.id = n.id LIMIT 1) p ON true WHERE p.there IS NULL LIMIT 1', TG_ARGV[i], TG_ARGV[i + 1])
        INTO lost;
    ELSE
      EXECUTE format('SELECT $1.%1$I WHERE $1.%1$I IS NOT NULL AND NOT EXISTS (SELECT FROM %2$I p WHERE p.id = $1.%1$I)',
        TG_ARGV[i], TG_ARGV[i + 1]) INTO lost USING NEW;
    END IF;
    IF lost IS NOT NULL THEN
      RAISE EXCEPTION '% of % points to row % of %, which is not there', TG_ARGV[i], TG_TABLE_NAME, lost, TG_ARGV[i + 1]
        USING ERRCODE = 'foreign_key_violation';
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
CREATE FUNCTION keys_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are kept: others point to them', TG_TABLE_NAME USING ERRCODE = 'foreign_key_violation';
END $$;

CREATE TRIGGER ledger_account_stays BEFORE DELETE ON ledger_account FOR EACH STATEMENT EXECUTE FUNCTION keys_stay();
CREATE TRIGGER ledger_account_keeps_id BEFORE UPDATE ON ledger_account FOR EACH ROW WHEN (OLD.id <> NEW.id) EXECUTE FUNCTION keys_stay();
-- Most entries neither reverse nor correct another one; a foreign key would still be asked for each.
CREATE TRIGGER ledger_entry_keys AFTER INSERT ON ledger_entry REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT
  EXECUTE FUNCTION keys_exist('reverses_id', 'ledger_entry', 'corrects_id', 'ledger_entry');

-- The balance looks up accounts and entries anyway: what it does not find is refused. Each account is looked up once, since most lines of a
-- long statement are on the tenant's own. The text is planned anew for each statement: a plan made for three postings would be kept for the
-- thirty thousand of the next one.
CREATE OR REPLACE FUNCTION ledger_must_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong bigint; fault text;
BEGIN
  EXECUTE $query$
    WITH account AS MATERIALIZED (
      SELECT d.id, a.currency, a.tenant_id FROM (SELECT DISTINCT n.account_id AS id FROM new_postings n) d
      LEFT JOIN LATERAL (SELECT a.currency, a.tenant_id FROM ledger_account a WHERE a.id = d.id LIMIT 1) a ON true)
    SELECT p.entry_id, CASE WHEN bool_or(a.tenant_id IS NULL) THEN 'key' WHEN sum(p.amount_cents) <> 0 THEN 'sum' ELSE 'tenant' END
    FROM new_postings p JOIN account a ON a.id = p.account_id
    GROUP BY p.entry_id, a.currency HAVING sum(p.amount_cents) <> 0 OR bool_or(p.tenant_id IS DISTINCT FROM a.tenant_id)
    ORDER BY 2 LIMIT 1
  $query$ INTO wrong, fault;
  IF wrong IS NULL THEN
    SELECT p.entry_id, CASE WHEN e.tenant_id IS NULL THEN 'key' ELSE 'tenant' END INTO wrong, fault
     FROM (SELECT DISTINCT n.entry_id, n.tenant_id FROM new_postings n) p
     LEFT JOIN LATERAL (SELECT e.tenant_id FROM ledger_entry e WHERE e.id = p.entry_id LIMIT 1) e ON true
     WHERE p.tenant_id IS DISTINCT FROM e.tenant_id LIMIT 1;
  END IF;
  IF fault = 'key' THEN
    RAISE EXCEPTION 'postings of entry % point to an account or entry that is not there', wrong USING ERRCODE = 'foreign_key_violation';
  ELSIF fault = 'sum' THEN
    RAISE EXCEPTION 'entry % does not sum to zero', wrong USING ERRCODE = 'integrity_constraint_violation';
  ELSIF fault = 'tenant' THEN
    RAISE EXCEPTION 'entry % crosses tenants', wrong USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
"""
_DOWN = """
DROP TRIGGER ledger_entry_keys ON ledger_entry;
DROP TRIGGER ledger_account_keeps_id ON ledger_account;
DROP TRIGGER ledger_account_stays ON ledger_account;
DROP FUNCTION keys_stay();
DROP FUNCTION keys_exist();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("ledger", "0007_balance_by_index")]
    operations: ClassVar[list[Operation]] = [
        migrations.RunSQL(_UP, _DOWN),
        migrations.AlterField(
            model_name="entry",
            name="reverses",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reversed_by",
                to="ledger.entry",
            ),
        ),
        migrations.AlterField(
            model_name="entry",
            name="corrects",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="corrections",
                to="ledger.entry",
            ),
        ),
        migrations.AlterField(
            model_name="posting",
            name="account",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name="postings", to="ledger.account"
            ),
        ),
        migrations.AlterField(
            model_name="posting",
            name="entry",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name="postings", to="ledger.entry"
            ),
        ),
    ]
