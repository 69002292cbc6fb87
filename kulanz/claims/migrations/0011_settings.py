"""Who changed which setting of a creditor, and when."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

_UP = """
CREATE FUNCTION claims_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'append-only: % of % refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER claims_settingchange_append_only BEFORE UPDATE OR DELETE ON claims_settingchange
  FOR EACH STATEMENT EXECUTE FUNCTION claims_refuse_change();
"""
_DOWN = """
DROP TRIGGER claims_settingchange_append_only ON claims_settingchange;
DROP FUNCTION claims_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("claims", "0010_import_speed")]
    operations: ClassVar[list[Operation]] = [
        migrations.CreateModel(
            name="SettingChange",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=80)),
                ("setting", models.CharField(max_length=60)),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
                (
                    "creditor",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="setting_changes",
                        to="claims.creditor",
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["creditor", "-at"], name="claims_settingchange_at")]},
        ),
        migrations.RunSQL(_UP, _DOWN),
    ]
