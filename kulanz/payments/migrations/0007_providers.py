import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0006_direct_debits")]

    operations = [
        migrations.CreateModel(
            name="Checkout",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("public_id", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("endpoint", models.CharField(max_length=60)),
                ("provider", models.CharField(max_length=20)),
                ("method", models.CharField(max_length=30)),
                ("amount_cents", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("created", "Created"),
                            ("pending", "Pending"),
                            ("paid", "Paid"),
                            ("failed", "Failed"),
                            ("expired", "Expired"),
                            ("refunded", "Refunded"),
                            ("charged_back", "Charged Back"),
                        ],
                        default="created",
                        max_length=12,
                    ),
                ),
                ("provider_ref", models.CharField(blank=True, max_length=120)),
                ("redirect_url", models.TextField(blank=True)),
                ("refs", models.JSONField(default=list)),
                ("instalment_id", models.BigIntegerField(null=True)),
                ("key", models.CharField(max_length=120, unique=True)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("paid_on", models.DateField(null=True)),
                ("entry_id", models.BigIntegerField(null=True)),
                ("refunded_cents", models.BigIntegerField(default=0)),
                ("parked", models.CharField(blank=True, max_length=300)),
                ("answered", models.CharField(blank=True, max_length=300)),
                ("decided_by", models.CharField(blank=True, max_length=80)),
                ("decided_at", models.DateTimeField(null=True)),
                ("case", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="checkouts", to="claims.case")),
                ("creditor", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="claims.creditor")),
            ],
        ),
        migrations.CreateModel(
            name="ProviderEvent",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("endpoint", models.CharField(max_length=60)),
                ("provider", models.CharField(max_length=20)),
                ("event_id", models.CharField(max_length=160)),
                ("kind", models.CharField(max_length=80)),
                ("refs", models.JSONField(default=list)),
                ("notice", models.JSONField(default=dict)),
                ("received_at", models.DateTimeField()),
                ("case", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="claims.case")),
                (
                    "checkout",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="events", to="payments.checkout"
                    ),
                ),
                ("creditor", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="claims.creditor")),
            ],
        ),
        migrations.CreateModel(
            name="ProviderPayout",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("endpoint", models.CharField(max_length=60)),
                ("provider", models.CharField(max_length=20)),
                ("payout_ref", models.CharField(max_length=120)),
                ("currency", models.CharField(max_length=3)),
                ("arrival_on", models.DateField()),
                ("gross_cents", models.BigIntegerField()),
                ("fee_cents", models.BigIntegerField()),
                ("net_cents", models.BigIntegerField()),
                ("lines", models.JSONField(default=list)),
                (
                    "state",
                    models.CharField(choices=[("open", "Open"), ("tied", "Tied"), ("differs", "Differs")], default="open", max_length=8),
                ),
                ("differences", models.JSONField(default=list)),
                ("entry_id", models.BigIntegerField(null=True)),
                ("read_at", models.DateTimeField()),
                (
                    "bank_line",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="payouts", to="payments.bankline"
                    ),
                ),
                ("creditor", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="claims.creditor")),
            ],
        ),
        migrations.AddIndex(
            model_name="checkout",
            index=models.Index(fields=["state", "created_at"], name="payments_checkout_open"),
        ),
        migrations.AddConstraint(
            model_name="checkout",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["created", "pending", "paid", "failed", "expired", "refunded", "charged_back"])),
                name="payments_checkout_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="checkout",
            constraint=models.CheckConstraint(condition=models.Q(("amount_cents__gt", 0)), name="payments_checkout_amount"),
        ),
        migrations.AddConstraint(
            model_name="checkout",
            constraint=models.UniqueConstraint(
                condition=models.Q(("provider_ref", ""), _negated=True),
                fields=("endpoint", "provider_ref"),
                name="payments_checkout_provider_ref",
            ),
        ),
        migrations.AddIndex(
            model_name="providerevent",
            index=models.Index(condition=models.Q(("checkout", None)), fields=["creditor"], name="payments_providerevent_lost"),
        ),
        migrations.AddConstraint(
            model_name="providerevent",
            constraint=models.UniqueConstraint(fields=("endpoint", "event_id"), name="payments_providerevent_once"),
        ),
        migrations.AddConstraint(
            model_name="providerpayout",
            constraint=models.UniqueConstraint(fields=("endpoint", "payout_ref"), name="payments_providerpayout_once"),
        ),
        migrations.AddConstraint(
            model_name="providerpayout",
            constraint=models.UniqueConstraint(
                condition=models.Q(("bank_line__isnull", False)), fields=("bank_line",), name="payments_providerpayout_line"
            ),
        ),
        migrations.AddConstraint(
            model_name="providerpayout",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "tied", "differs"])), name="payments_providerpayout_state"
            ),
        ),
        migrations.RunSQL(
            "CREATE INDEX payments_checkout_refs ON payments_checkout USING gin (refs jsonb_path_ops);"
            "CREATE INDEX payments_providerevent_refs ON payments_providerevent USING gin (refs jsonb_path_ops);",
            "DROP INDEX payments_checkout_refs; DROP INDEX payments_providerevent_refs",
        ),
    ]
