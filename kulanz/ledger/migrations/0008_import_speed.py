"""Keys of postings asked once per statement."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("ledger", "0007_balance_by_index")]
    operations: ClassVar[list[Operation]] = []
