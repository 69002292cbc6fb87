"""A posting is found by its entry or by its account, never by its own number: one index serves as its key and finds it by its entry.

Postings are what there is most of, four for each line of a bank file, and an index less is a sixth of what storing one costs.

The balance reads the entries of new postings, which were written together just before, as one range.
"""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations.operations.base import Operation


_BALANCE = """
CREATE OR REPLACE FUNCTION ledger_must_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong bigint; fault text;
BEGIN
  EXECUTE $query$
    WITH account AS MATERIALIZED (
      SELECT d.id, a.currency, a.tenant_id FROM (SELECT DISTINCT n.account_id AS id FROM new_postings n) d
      LEFT JOIN LATERAL (SELECT a.currency, a.tenant_id FROM ledger_account a WHERE a.id = d.id LIMIT 1) a ON true),
    side AS MATERIALIZED (
      SELECT p.entry_id, sum(p.amount_cents) AS cents, min(p.tenant_id) AS tenant_id, bool_or(a.tenant_id IS NULL) AS lost,
        bool_or(p.tenant_id IS DISTINCT FROM a.tenant_id) OR min(p.tenant_id) <> max(p.tenant_id) AS crosses
      FROM new_postings p JOIN account a ON a.id = p.account_id GROUP BY p.entry_id, a.currency)
    SELECT s.entry_id, CASE WHEN s.lost OR e.tenant_id IS NULL THEN 'key' WHEN s.cents <> 0 THEN 'sum' ELSE 'tenant' END
    FROM side s LEFT JOIN (
      SELECT e.id, e.tenant_id FROM ledger_entry e
      WHERE e.id BETWEEN (SELECT min(entry_id) FROM side) AND (SELECT max(entry_id) FROM side)) e ON e.id = s.entry_id
    WHERE s.lost OR s.cents <> 0 OR s.crosses OR s.tenant_id IS DISTINCT FROM e.tenant_id ORDER BY 2 LIMIT 1
  $query$ INTO wrong, fault;
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


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("ledger", "0008_import_speed")]
    operations: ClassVar[list[Operation]] = [
        migrations.RunSQL(
            "ALTER TABLE ledger_posting DROP CONSTRAINT ledger_posting_pkey, ADD PRIMARY KEY (entry_id, id)",
            "ALTER TABLE ledger_posting DROP CONSTRAINT ledger_posting_pkey, ADD PRIMARY KEY (id)",
        ),
        migrations.RunSQL(_BALANCE, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="posting",
            name="entry",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="postings",
                to="ledger.entry",
            ),
        ),
    ]
