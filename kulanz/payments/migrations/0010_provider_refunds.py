"""Money back through a provider needs two people; what settlement files say row by row; what about providers a person must look at."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("payments", "0009_cash")]
    operations: ClassVar[list[Operation]] = [
        migrations.CreateModel(
            name="ProviderProblem",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("endpoint", models.CharField(max_length=60)),
                ("provider", models.CharField(max_length=20)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("unreadable", "Unreadable"),
                            ("unproven", "Unproven"),
                            ("unreachable", "Unreachable"),
                            ("differs", "Differs"),
                            ("row", "Row"),
                            ("refund", "Refund"),
                        ],
                        max_length=12,
                    ),
                ),
                ("key", models.CharField(max_length=160)),
                ("text", models.CharField(max_length=500)),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                ("times", models.IntegerField(default=1)),
                ("done_at", models.DateTimeField(null=True)),
                ("done_by", models.CharField(blank=True, max_length=80)),
                ("done_note", models.CharField(blank=True, max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name="ProviderRow",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("endpoint", models.CharField(max_length=60)),
                ("provider", models.CharField(max_length=20)),
                ("row_ref", models.CharField(max_length=120)),
                ("kind", models.CharField(max_length=12)),
                ("refs", models.JSONField(default=list)),
                ("gross_cents", models.BigIntegerField()),
                ("fee_cents", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("booked_on", models.DateField()),
                ("payout_ref", models.CharField(blank=True, max_length=120)),
                ("arrival_on", models.DateField(null=True)),
                ("file", models.CharField(max_length=255)),
                ("line", models.IntegerField()),
                ("fee_entry_id", models.BigIntegerField(null=True)),
                ("read_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="refundproposal",
            name="asked_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="refundproposal",
            name="checkout",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="refunds", to="payments.checkout"),
        ),
        migrations.AddField(
            model_name="refundproposal",
            name="provider_refund",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddConstraint(
            model_name="refundproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["approved", "ordered", "paid", "failed"]), _negated=True),
                    models.Q(("decided_by", ""), _negated=True),
                    _connector="OR",
                ),
                name="payments_refund_decided",
            ),
        ),
        migrations.AddConstraint(
            model_name="refundproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["ordered", "paid", "failed"]), _negated=True),
                    models.Q(("ordered_by", ""), _negated=True),
                    _connector="OR",
                ),
                name="payments_refund_ordered_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="refundproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("checkout", None), models.Q(("file", None), ("iban", "")), _connector="OR"),
                name="payments_refund_one_way",
            ),
        ),
        migrations.AddConstraint(
            model_name="refundproposal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("provider_refund", ""), _negated=True),
                fields=("checkout", "provider_refund"),
                name="payments_refund_provider_once",
            ),
        ),
        migrations.AddField(
            model_name="providerproblem",
            name="checkout",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="problems", to="payments.checkout"
            ),
        ),
        migrations.AddField(
            model_name="providerproblem",
            name="creditor",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="claims.creditor"),
        ),
        migrations.AddField(
            model_name="providerrow",
            name="creditor",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="claims.creditor"),
        ),
        migrations.AddIndex(
            model_name="providerproblem",
            index=models.Index(condition=models.Q(("done_at", None)), fields=["creditor"], name="payments_providerproblem_open"),
        ),
        migrations.AddConstraint(
            model_name="providerproblem",
            constraint=models.UniqueConstraint(fields=("endpoint", "key"), name="payments_providerproblem_once"),
        ),
        migrations.AddConstraint(
            model_name="providerproblem",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["unreadable", "unproven", "unreachable", "differs", "row", "refund"])),
                name="payments_providerproblem_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="providerproblem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("done_at", None), ("done_by", "")),
                    models.Q(("done_at__isnull", False), models.Q(("done_by", ""), _negated=True)),
                    _connector="OR",
                ),
                name="payments_providerproblem_done",
            ),
        ),
        migrations.AddIndex(
            model_name="providerrow",
            index=models.Index(fields=["endpoint", "payout_ref"], name="payments_providerrow_payout"),
        ),
        migrations.AddConstraint(
            model_name="providerrow",
            constraint=models.UniqueConstraint(fields=("endpoint", "row_ref"), name="payments_providerrow_once"),
        ),
    ]
