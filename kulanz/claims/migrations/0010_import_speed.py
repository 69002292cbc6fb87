"""Rows of the timeline cost less: their keys are asked once a statement, and no index holds what another one holds."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

KEPT = ("claims_creditor", "claims_debtor", "claims_case")
_UP = (
    "CREATE TRIGGER claims_caseevent_keys AFTER INSERT ON claims_caseevent REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT"
    " EXECUTE FUNCTION keys_exist('case_id', 'claims_case', 'creditor_id', 'claims_creditor');"
    "CREATE TRIGGER claims_caseevent_keys_changed AFTER UPDATE ON claims_caseevent FOR EACH ROW"
    " WHEN ((OLD.case_id, OLD.creditor_id) IS DISTINCT FROM (NEW.case_id, NEW.creditor_id))"
    " EXECUTE FUNCTION keys_exist('case_id', 'claims_case', 'creditor_id', 'claims_creditor');"
) + "".join(
    f"CREATE TRIGGER {table}_stays BEFORE DELETE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION keys_stay();"
    f"CREATE TRIGGER {table}_keeps_id BEFORE UPDATE ON {table} FOR EACH ROW WHEN (OLD.id <> NEW.id) EXECUTE FUNCTION keys_stay();"
    for table in KEPT
)
_DOWN = "DROP TRIGGER claims_caseevent_keys ON claims_caseevent; DROP TRIGGER claims_caseevent_keys_changed ON claims_caseevent;" + "".join(
    f"DROP TRIGGER {table}_stays ON {table}; DROP TRIGGER {table}_keeps_id ON {table};" for table in KEPT
)


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("claims", "0009_creditor_view"), ("ledger", "0008_import_speed")]
    operations: ClassVar[list[Operation]] = [
        migrations.RunSQL(_UP, _DOWN),
        migrations.RemoveIndex(model_name="hold", name="claims_hold_standing"),
        migrations.AlterField(
            model_name="caseevent",
            name="case",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="claims.case",
            ),
        ),
        migrations.AlterField(
            model_name="caseevent",
            name="creditor",
            field=models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to="claims.creditor"
            ),
        ),
    ]
