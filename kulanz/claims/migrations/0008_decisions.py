"""A second person's reason, and charges that need one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("claims", "0007_terms")]

    operations = [
        migrations.AddField(model_name="proposal", name="decided_because", field=models.TextField(blank=True, default=""), preserve_default=False),
        migrations.RemoveConstraint(model_name="proposal", name="claims_proposal_kind"),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["waiver", "credit_note", "write_off", "charge"])), name="claims_proposal_kind"
            ),
        ),
    ]
