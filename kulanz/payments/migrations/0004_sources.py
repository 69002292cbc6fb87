"""Names folded as banks write them, a line's shares of several cases, and tokens of programs."""

import django.db.models.deletion
from django.db import migrations, models

# The same expression as in `commands.candidates`: punctuation of a name never hides it.
_NAMES_UP = """
DROP INDEX payments_debtor_name;
CREATE INDEX payments_debtor_name ON claims_debtor (creditor_id, (btrim(regexp_replace(sort_key, '[^a-z0-9]+', ' ', 'g'))));
"""
_NAMES_DOWN = """
DROP INDEX payments_debtor_name;
CREATE INDEX payments_debtor_name ON claims_debtor (creditor_id, sort_key);
"""


class Migration(migrations.Migration):
    dependencies = [("claims", "0006_hold_reasons"), ("payments", "0003_statement_speed")]

    operations = [
        migrations.RunSQL(_NAMES_UP, _NAMES_DOWN),
        migrations.AddField("bankline", "splits", models.JSONField(default=list)),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("label", models.CharField(max_length=80)),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField()),
                ("created_by", models.CharField(max_length=80)),
                ("last_used_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("creditor", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="claims.creditor")),
            ],
        ),
    ]
