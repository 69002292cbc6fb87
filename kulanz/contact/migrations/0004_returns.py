"""Messages about money that went back."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("contact", "0003_import_speed")]
    operations: ClassVar[list[Operation]] = []
