"""A message costs less to write: its keys are asked once a statement, and no index holds what another one holds."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

_KEYS = "keys_exist('case_id', 'claims_case', 'creditor_id', 'claims_creditor', 'debtor_id', 'claims_debtor')"
_UP = f"""
CREATE TRIGGER contact_message_keys AFTER INSERT ON contact_message REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT
  EXECUTE FUNCTION {_KEYS};
CREATE TRIGGER contact_message_keys_changed AFTER UPDATE ON contact_message FOR EACH ROW
  WHEN ((OLD.case_id, OLD.creditor_id, OLD.debtor_id) IS DISTINCT FROM (NEW.case_id, NEW.creditor_id, NEW.debtor_id))
  EXECUTE FUNCTION {_KEYS};
"""
_DOWN = "DROP TRIGGER contact_message_keys ON contact_message; DROP TRIGGER contact_message_keys_changed ON contact_message;"


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("contact", "0002_joint_links"), ("claims", "0010_import_speed")]
    operations: ClassVar[list[Operation]] = [
        migrations.RunSQL(_UP, _DOWN),
        migrations.AlterField(
            model_name="message",
            name="case",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="messages",
                to="claims.case",
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="creditor",
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="claims.creditor"),
        ),
        migrations.AlterField(
            model_name="message",
            name="debtor",
            field=models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to="claims.debtor"
            ),
        ),
        migrations.AlterField(model_name="message", name="provider_key", field=models.CharField(max_length=120)),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(fields=("provider_key",), name="contact_message_provider_key"),
        ),
    ]
