"""Holds come by the ten thousand as well: each line that may belong to several cases freezes them all. Their keys are asked once a statement."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

_UP = (
    "CREATE TRIGGER claims_hold_keys AFTER INSERT ON claims_hold REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT"
    " EXECUTE FUNCTION keys_exist('case_id', 'claims_case', 'creditor_id', 'claims_creditor');"
    "CREATE TRIGGER claims_hold_keys_changed AFTER UPDATE ON claims_hold FOR EACH ROW"
    " WHEN ((OLD.case_id, OLD.creditor_id) IS DISTINCT FROM (NEW.case_id, NEW.creditor_id))"
    " EXECUTE FUNCTION keys_exist('case_id', 'claims_case', 'creditor_id', 'claims_creditor');"
)
_DOWN = "DROP TRIGGER claims_hold_keys ON claims_hold; DROP TRIGGER claims_hold_keys_changed ON claims_hold;"


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("claims", "0012_hot_cases")]
    operations: ClassVar[list[Operation]] = [
        migrations.RunSQL(_UP, _DOWN),
        migrations.AlterField(
            model_name="hold",
            name="case",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name="holds", to="claims.case"
            ),
        ),
        migrations.AlterField(
            model_name="hold",
            name="creditor",
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="claims.creditor"),
        ),
    ]
