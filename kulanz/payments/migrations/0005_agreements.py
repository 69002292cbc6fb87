import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("claims", "0006_hold_reasons"), ("payments", "0004_sources")]

    operations = [
        migrations.CreateModel(
            name="Agreement",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("public_id", models.UUIDField(default=uuid.uuid4, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("plan", "Plan"),
                            ("deferral", "Deferral"),
                            ("promise", "Promise"),
                            ("settlement", "Settlement"),
                            ("pause", "Pause"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "Proposed"),
                            ("offered", "Offered"),
                            ("active", "Active"),
                            ("kept", "Kept"),
                            ("broken", "Broken"),
                            ("revised", "Revised"),
                            ("cancelled", "Cancelled"),
                            ("expired", "Expired"),
                        ],
                        max_length=10,
                    ),
                ),
                ("agreed_on", models.DateField(null=True)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                ("expires_on", models.DateField(null=True)),
                ("total_cents", models.BigIntegerField(default=0)),
                ("open_cents", models.BigIntegerField(default=0)),
                ("interest_cents", models.BigIntegerField(default=0)),
                ("fee_cents", models.BigIntegerField(default=0)),
                ("waived_cents", models.BigIntegerField(default=0)),
                ("terms", models.JSONField(default=dict)),
                ("via", models.CharField(max_length=20)),
                ("offered_by", models.CharField(blank=True, max_length=80)),
                ("approved_by", models.CharField(blank=True, max_length=80)),
                ("accepted_at", models.DateTimeField(null=True)),
                ("evidence", models.JSONField(default=dict)),
                ("bundle", models.UUIDField(null=True)),
                ("ledger_mark", models.BigIntegerField(default=0)),
                ("missed_on", models.DateField(null=True)),
                ("recover_until", models.DateField(null=True)),
                ("closed_on", models.DateField(null=True)),
                ("closed_because", models.CharField(blank=True, max_length=200)),
                ("key", models.CharField(max_length=120, unique=True)),
                ("created_at", models.DateTimeField()),
                ("case", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="agreements", to="claims.case")),
                ("creditor", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="claims.creditor")),
                (
                    "replaces",
                    models.OneToOneField(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="replaced_by", to="payments.agreement"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AgreementPolicy",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("instalment_cents_min", models.IntegerField(default=1000)),
                ("first_cents_min", models.IntegerField(default=0)),
                ("months_max", models.SmallIntegerField(default=24)),
                ("first_due_days_max", models.SmallIntegerField(default=35)),
                ("deferral_days_max", models.SmallIntegerField(default=42)),
                ("promise_days_max", models.SmallIntegerField(default=14)),
                ("pause_days_max", models.SmallIntegerField(default=90)),
                ("tolerance_days", models.SmallIntegerField(default=5)),
                ("recovery_days", models.SmallIntegerField(default=10)),
                ("reminder_days", models.SmallIntegerField(default=3)),
                ("revisions_max", models.SmallIntegerField(default=3)),
                (
                    "interest_during",
                    models.CharField(choices=[("none", "None"), ("statutory", "Statutory")], default="none", max_length=10),
                ),
                ("charge_fee", models.BooleanField(default=False)),
                (
                    "creditor",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="agreement_policy", to="claims.creditor"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BudgetStatement",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("expires_on", models.DateField()),
                ("data", models.JSONField(default=dict)),
                ("consent", models.TextField()),
                ("via", models.CharField(max_length=20)),
                ("case", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="budgets", to="claims.case")),
                ("creditor", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="claims.creditor")),
            ],
        ),
        migrations.CreateModel(
            name="Instalment",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("number", models.SmallIntegerField()),
                ("due_on", models.DateField()),
                ("amount_cents", models.BigIntegerField()),
                (
                    "agreement",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="instalments", to="payments.agreement"),
                ),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="instalments", to="claims.case"
                    ),
                ),
                ("creditor", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="claims.creditor")),
            ],
        ),
        migrations.AddIndex(
            model_name="agreement",
            index=models.Index(
                condition=models.Q(("state__in", ("proposed", "offered", "active"))), fields=["ends_on"], name="payments_agreement_live"
            ),
        ),
        migrations.AddIndex(
            model_name="agreement",
            index=models.Index(fields=["creditor", "state"], name="payments_agreement_creditor"),
        ),
        migrations.AddIndex(
            model_name="agreement",
            index=models.Index(condition=models.Q(("bundle__isnull", False)), fields=["bundle"], name="payments_agreement_bundle"),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["plan", "deferral", "promise", "settlement", "pause"])), name="payments_agreement_kind"
            ),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["proposed", "offered", "active", "kept", "broken", "revised", "cancelled", "expired"])),
                name="payments_agreement_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.CheckConstraint(condition=models.Q(("ends_on__gte", models.F("starts_on"))), name="payments_agreement_days"),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.CheckConstraint(
                condition=models.Q(("approved_by", ""), models.Q(("approved_by", models.F("offered_by")), _negated=True), _connector="OR"),
                name="payments_agreement_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "active")), fields=("case",), name="payments_agreement_one_active"
            ),
        ),
        migrations.AddConstraint(
            model_name="agreementpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("interest_during__in", ["none", "statutory"])), name="payments_policy_interest"
            ),
        ),
        migrations.AddConstraint(
            model_name="agreementpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("instalment_cents_min__gt", 0), ("months_max__gte", 1), ("recovery_days__gte", 1), ("tolerance_days__gte", 0)
                ),
                name="payments_policy_limits",
            ),
        ),
        migrations.AddIndex(
            model_name="budgetstatement",
            index=models.Index(fields=["expires_on"], name="payments_budget_expires"),
        ),
        migrations.AddIndex(
            model_name="instalment",
            index=models.Index(fields=["due_on"], name="payments_instalment_due"),
        ),
        migrations.AddConstraint(
            model_name="instalment",
            constraint=models.UniqueConstraint(fields=("agreement", "number"), name="payments_instalment_once"),
        ),
        migrations.AddConstraint(
            model_name="instalment",
            constraint=models.CheckConstraint(condition=models.Q(("amount_cents__gt", 0)), name="payments_instalment_amount"),
        ),
    ]
