"""What a long statement pays for row by row, asked once per statement."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("payments", "0010_provider_refunds")]
    operations: ClassVar[list[Operation]] = []
