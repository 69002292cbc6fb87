"""In which order a payment counts in the creditor's own books."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("claims", "0008_decisions")]

    operations = [
        migrations.AddField(
            model_name="creditor",
            name="view",
            field=models.CharField(
                choices=[("law", "Law"), ("principal_first", "Principal First"), ("interest_first", "Interest First")],
                default="law",
                max_length=16,
            ),
        ),
        migrations.AddConstraint(
            model_name="creditor",
            constraint=models.CheckConstraint(
                condition=models.Q(("view__in", ["law", "principal_first", "interest_first"])), name="claims_creditor_view"
            ),
        ),
    ]
