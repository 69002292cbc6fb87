"""A fixed yearly rate beside the points above the base rate."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("claims", "0006_hold_reasons")]

    operations = [
        # One word for one fact: amending a claim looks for it.
        migrations.RunSQL(
            "UPDATE claims_claim SET default_reason = 'reminder' WHERE default_reason LIKE 'Mahnung (%'", migrations.RunSQL.noop
        ),
        migrations.AddField(model_name="claim", name="fixed_bp", field=models.IntegerField(null=True)),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(("margin_bp", None), ("fixed_bp", None), _connector="OR"), name="claims_claim_one_rate"
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(("fixed_bp", None), ("fixed_bp__gte", 0), _connector="OR"), name="claims_claim_fixed_not_negative"
            ),
        ),
    ]
