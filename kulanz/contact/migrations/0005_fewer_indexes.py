"""`contact_message_once` begins with the case as well, and a case has few messages."""

from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("contact", "0004_returns")]
    operations: ClassVar[list[Operation]] = [migrations.RemoveIndex(model_name="message", name="contact_message_case_day")]
