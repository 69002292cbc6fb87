"""A bank line costs less to write: its keys are asked once a statement. And who paid from an account before is found by one index only."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

_KEYS = "keys_exist('statement_id', 'payments_bankstatement', 'creditor_id', 'claims_creditor', 'case_id', 'claims_case')"
_UP = f"""
CREATE TRIGGER payments_bankline_keys AFTER INSERT ON payments_bankline REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT
  EXECUTE FUNCTION {_KEYS};
CREATE TRIGGER payments_bankline_keys_changed AFTER UPDATE ON payments_bankline FOR EACH ROW
  WHEN ((OLD.statement_id, OLD.creditor_id, OLD.case_id) IS DISTINCT FROM (NEW.statement_id, NEW.creditor_id, NEW.case_id))
  EXECUTE FUNCTION {_KEYS};
-- Whether an undecided line may belong to a case is asked for every paid case, one look-up each. The addition of nothing keeps the planner
-- from reading all undecided lines by their state instead; a list of pending entries would be read whole each time.
DROP INDEX payments_line_asked;
CREATE INDEX payments_line_asked ON payments_bankline USING gin (proposals jsonb_path_ops) WITH (fastupdate = off)
  WHERE state || '' = 'proposed';
CREATE TRIGGER payments_bankstatement_keeps_id BEFORE UPDATE ON payments_bankstatement FOR EACH ROW WHEN (OLD.id <> NEW.id)
  EXECUTE FUNCTION keys_stay();
CREATE TRIGGER payments_bankstatement_stays BEFORE DELETE ON payments_bankstatement FOR EACH STATEMENT EXECUTE FUNCTION keys_stay();
"""
_DOWN = """
DROP INDEX payments_line_asked;
CREATE INDEX payments_line_asked ON payments_bankline USING gin (proposals jsonb_path_ops) WHERE state = 'proposed';
DROP TRIGGER payments_bankstatement_stays ON payments_bankstatement;
DROP TRIGGER payments_bankstatement_keeps_id ON payments_bankstatement;
DROP TRIGGER payments_bankline_keys_changed ON payments_bankline;
DROP TRIGGER payments_bankline_keys ON payments_bankline;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("payments", "0010_provider_refunds"), ("claims", "0010_import_speed")]
    operations: ClassVar[list[Operation]] = [
        migrations.RunSQL(_UP, _DOWN),
        migrations.AlterField(
            model_name="bankline",
            name="statement",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="payments.bankstatement"
            ),
        ),
        migrations.AlterField(
            model_name="bankline",
            name="creditor",
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="claims.creditor"),
        ),
        migrations.AlterField(
            model_name="bankline",
            name="case",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="bank_lines",
                to="claims.case",
            ),
        ),
        migrations.RemoveIndex(model_name="bankline", name="payments_line_payer"),
        migrations.AddIndex(
            model_name="bankline", index=models.Index(fields=["counterparty_iban", "account_iban"], name="payments_line_payer")
        ),
    ]
