"""Leave room in the pages of the case table: the daily run notes the next day of many cases, and then touches no index."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("runs", "0001_initial"), ("claims", "0001_initial")]
    operations = [
        migrations.RunSQL("ALTER TABLE claims_case SET (fillfactor = 80)", "ALTER TABLE claims_case RESET (fillfactor)"),
    ]
