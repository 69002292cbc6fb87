"""Paying in cash at a till."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("payments", "0008_money_out")]
    operations: ClassVar[list[Operation]] = [
        migrations.AddField("checkout", "valid_until", models.DateTimeField(null=True)),
        migrations.AddField("checkout", "asked_at", models.DateTimeField(null=True)),
    ]
