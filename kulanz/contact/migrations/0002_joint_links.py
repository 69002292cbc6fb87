"""Whose way into a case a link is, if not the main debtor's."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("claims", "0009_creditor_view"), ("contact", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="portallink",
            name="debtor",
            field=models.ForeignKey(null=True, db_index=False, on_delete=django.db.models.deletion.PROTECT, to="claims.debtor"),
        ),
    ]
