"""Indexes for finding whose money a line is among a million claims, and a line's key that sorts by its bytes everywhere."""

from django.db import migrations, models

# The same characters as `rules.text.SEPARATORS` and the same expressions as `commands.candidates`; a query that spells them otherwise is
# still right, only slow.
_SEPARATORS = " -/._#:+,;&()'\"*"
_SQUEEZED = f"translate(upper(external_id), '{_SEPARATORS.replace(chr(39), chr(39) * 2)}', '')"
_SHAPE = f"translate({_SQUEEZED}, '0123456789BCDEFGHIJKLMNOPQRSTUVWXYZ', '9999999999AAAAAAAAAAAAAAAAAAAAAAAAA')"

_UP = f"""
CREATE INDEX payments_claim_number ON claims_claim (creditor_id, ({_SHAPE}), ({_SQUEEZED}));
CREATE INDEX payments_claim_amount ON claims_claim (creditor_id, principal_cents);
CREATE INDEX payments_debtor_name ON claims_debtor (creditor_id, sort_key);
CREATE INDEX payments_line_asked ON payments_bankline USING gin (proposals jsonb_path_ops) WHERE state = 'proposed';
-- Every command marks its cases as changed. With room left on the page that touches no index.
ALTER TABLE claims_case SET (fillfactor = 85);
"""
_DOWN = """
ALTER TABLE claims_case RESET (fillfactor);
DROP INDEX payments_claim_number, payments_claim_amount, payments_debtor_name, payments_line_asked;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_statement_identity")]

    operations = [
        migrations.RunSQL(_UP, _DOWN),
        migrations.AlterField("bankline", "key", models.CharField(max_length=200, db_collation="C")),
        migrations.AddConstraint("bankline", models.UniqueConstraint(fields=["key"], name="payments_line_key")),
        migrations.AddField("bankline", "looked_claim_id", models.BigIntegerField(default=0)),
        migrations.RemoveIndex("bankline", "payments_line_payer"),
        migrations.AddIndex(
            "bankline",
            models.Index(fields=["counterparty_iban", "case"], condition=models.Q(("case__isnull", False)), name="payments_line_payer"),
        ),
    ]
