"""Cases are the rows most often rewritten: by each payment, each hold, each daily step.

A page keeps room for the new version of some of its rows, which then needs no new entry in any index; and one index serves for what two
held before: a debtor's cases, and that there is one per creditor and currency. Pages written before keep their filling until rewritten.
"""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("claims", "0011_settings")]
    operations: ClassVar[list[Operation]] = [
        migrations.RunSQL("ALTER TABLE claims_case SET (fillfactor = 70)", "ALTER TABLE claims_case RESET (fillfactor)"),
        migrations.RemoveConstraint(model_name="case", name="claims_case_one_per_debtor"),
        migrations.AlterField(
            model_name="case",
            name="debtor",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="cases", to="claims.debtor"
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.UniqueConstraint(fields=("debtor", "creditor", "currency"), name="claims_case_one_per_debtor"),
        ),
    ]
