"""Fewer indexes to keep."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("claims", "0009_creditor_view")]
    operations: ClassVar[list[Operation]] = []
