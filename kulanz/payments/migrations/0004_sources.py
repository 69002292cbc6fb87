"""Names folded as banks write them, and a line's shares of several cases."""

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
    dependencies = [("payments", "0003_statement_speed")]

    operations = [
        migrations.RunSQL(_NAMES_UP, _NAMES_DOWN),
        migrations.AddField("bankline", "splits", models.JSONField(default=list)),
    ]
