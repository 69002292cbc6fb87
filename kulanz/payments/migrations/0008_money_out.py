import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("claims", "0006_hold_reasons"), ("payments", "0007_providers")]

    operations = [
        migrations.CreateModel(
            name="Agency",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("legal_name", models.CharField(max_length=160)),
                ("street", models.CharField(max_length=120)),
                ("postcode", models.CharField(max_length=10)),
                ("city", models.CharField(max_length=80)),
                ("country", models.CharField(default="DE", max_length=2)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("vat_id", models.CharField(blank=True, max_length=20)),
                ("tax_number", models.CharField(blank=True, max_length=30)),
                ("iban", models.CharField(blank=True, max_length=34)),
                ("bic", models.CharField(blank=True, max_length=11)),
                ("account_holder", models.CharField(blank=True, max_length=70)),
                ("invoice_prefix", models.CharField(default="K", max_length=12)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="payments_agency_one")],
            },
        ),
        migrations.CreateModel(
            name="DatevExport",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("currency", models.CharField(max_length=3)),
                ("from_on", models.DateField()),
                ("to_on", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("locked", "Locked"), ("discarded", "Discarded")], default="open", max_length=9
                    ),
                ),
                ("settings", models.JSONField()),
                ("entries", models.IntegerField(default=0)),
                ("rows", models.IntegerField(default=0)),
                ("sum_cents", models.BigIntegerField(default=0)),
                ("late", models.IntegerField(default=0)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("created_by", models.CharField(max_length=80)),
                ("created_at", models.DateTimeField()),
                ("locked_by", models.CharField(blank=True, max_length=80)),
                ("locked_at", models.DateTimeField(null=True)),
                ("creditor", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="claims.creditor")),
            ],
        ),
        migrations.CreateModel(
            name="DatevItem",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("entry_id", models.BigIntegerField(unique=True)),
                ("creditor", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="claims.creditor")),
                ("export", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="items", to="payments.datevexport")),
            ],
        ),
        migrations.CreateModel(
            name="DatevSettings",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("consultant", models.IntegerField()),
                ("client", models.IntegerField()),
                ("year_begins", models.SmallIntegerField(default=1)),
                ("account_length", models.SmallIntegerField(default=4)),
                ("chart", models.CharField(blank=True, max_length=2)),
                ("accounts", models.JSONField(default=dict)),
                ("with_claims", models.BooleanField(default=False)),
                ("creditor", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="datev", to="claims.creditor")),
            ],
        ),
        migrations.CreateModel(
            name="DirectPayment",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("amount_cents", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("paid_on", models.DateField()),
                ("note", models.CharField(blank=True, max_length=180)),
                ("key", models.CharField(max_length=120)),
                ("entry_id", models.BigIntegerField()),
                ("reported_by", models.CharField(max_length=80)),
                ("reported_at", models.DateTimeField()),
                ("undone_by", models.CharField(blank=True, max_length=80)),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_because", models.CharField(blank=True, max_length=180)),
                ("case", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="direct_payments", to="claims.case")),
                ("creditor", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="claims.creditor")),
            ],
        ),
        migrations.CreateModel(
            name="MandateTerms",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("valid_from", models.DateField()),
                ("fee_bp", models.IntegerField(default=0)),
                ("fee_on", models.JSONField(default=list)),
                ("kept", models.JSONField(default=list)),
                ("vat_bp", models.IntegerField()),
                (
                    "rhythm",
                    models.CharField(
                        choices=[("daily", "Daily"), ("weekly", "Weekly"), ("monthly", "Monthly")], default="weekly", max_length=8
                    ),
                ),
                ("threshold_cents", models.BigIntegerField(default=0)),
                ("pass_on_days", models.SmallIntegerField(default=7)),
                ("separate_account", models.BooleanField(default=True)),
                ("payout_name", models.CharField(max_length=70)),
                ("payout_iban", models.CharField(max_length=34)),
                ("payout_bic", models.CharField(blank=True, max_length=11)),
                ("created_by", models.CharField(max_length=80)),
                ("created_at", models.DateTimeField()),
                (
                    "creditor",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="mandate_terms", to="claims.creditor"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Remittance",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("number", models.IntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("from_on", models.DateField(null=True)),
                ("to_on", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("approved", "Approved"),
                            ("paid", "Paid"),
                            ("closed", "Closed"),
                            ("dropped", "Dropped"),
                        ],
                        default="draft",
                        max_length=8,
                    ),
                ),
                ("carried_in_cents", models.BigIntegerField()),
                ("handed_cents", models.BigIntegerField()),
                ("direct_cents", models.BigIntegerField()),
                ("fee_cents", models.BigIntegerField()),
                ("kept_cents", models.BigIntegerField()),
                ("vat", models.JSONField(default=list)),
                ("vat_cents", models.BigIntegerField()),
                ("payout_cents", models.BigIntegerField()),
                ("carried_out_cents", models.BigIntegerField()),
                ("fees_open_in_cents", models.BigIntegerField()),
                ("withheld_cents", models.BigIntegerField()),
                ("fees_open_out_cents", models.BigIntegerField()),
                ("lying_in_cents", models.BigIntegerField()),
                ("transfer_cents", models.BigIntegerField()),
                ("lying_out_cents", models.BigIntegerField()),
                ("why", models.CharField(max_length=20)),
                ("account_iban", models.CharField(max_length=34)),
                ("attempt", models.SmallIntegerField(default=1)),
                ("prepared_by", models.CharField(max_length=80)),
                ("prepared_at", models.DateTimeField()),
                ("approved_by", models.CharField(blank=True, max_length=80)),
                ("approved_at", models.DateTimeField(null=True)),
                ("invoice_number", models.CharField(blank=True, max_length=40)),
                ("invoiced_on", models.DateField(null=True)),
                ("payment_xml", models.TextField(blank=True)),
                ("payment_at", models.DateTimeField(null=True)),
                ("paid_on", models.DateField(null=True)),
                ("paid_line_id", models.BigIntegerField(null=True)),
                ("fee_line_id", models.BigIntegerField(null=True)),
                (
                    "creditor",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="remittances", to="claims.creditor"
                    ),
                ),
                ("terms", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="payments.mandateterms")),
            ],
        ),
        migrations.CreateModel(
            name="RemittanceItem",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("case_id", models.BigIntegerField()),
                ("entry_id", models.BigIntegerField(unique=True)),
                ("kind", models.CharField(max_length=20)),
                ("via", models.CharField(max_length=8)),
                ("occurred_on", models.DateField()),
                ("line_id", models.BigIntegerField(null=True)),
                ("reference", models.CharField(max_length=25)),
                ("debtor_name", models.CharField(max_length=160)),
                ("invoices", models.CharField(max_length=200)),
                ("principal_cents", models.BigIntegerField()),
                ("interest_cents", models.BigIntegerField()),
                ("costs_cents", models.BigIntegerField()),
                ("overpaid_cents", models.BigIntegerField()),
                ("handed_cents", models.BigIntegerField()),
                ("kept_cents", models.BigIntegerField()),
                ("fee_cents", models.BigIntegerField()),
                ("vat_bp", models.IntegerField()),
                ("creditor", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="claims.creditor")),
                (
                    "remittance",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="items", to="payments.remittance"),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="datevexport",
            constraint=models.CheckConstraint(condition=models.Q(("to_on__gte", models.F("from_on"))), name="payments_datev_period"),
        ),
        migrations.AddConstraint(
            model_name="datevsettings",
            constraint=models.CheckConstraint(
                condition=models.Q(("year_begins__gte", 1), ("year_begins__lte", 12)), name="payments_datev_year"
            ),
        ),
        migrations.AddConstraint(
            model_name="datevsettings",
            constraint=models.CheckConstraint(
                condition=models.Q(("account_length__gte", 4), ("account_length__lte", 8)), name="payments_datev_length"
            ),
        ),
        migrations.AddConstraint(
            model_name="directpayment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("undone_at", None)), fields=("creditor", "key"), name="payments_direct_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="directpayment",
            constraint=models.CheckConstraint(condition=models.Q(("amount_cents__gt", 0)), name="payments_direct_amount"),
        ),
        migrations.AddConstraint(
            model_name="mandateterms",
            constraint=models.UniqueConstraint(fields=("creditor", "valid_from"), name="payments_terms_once"),
        ),
        migrations.AddConstraint(
            model_name="mandateterms",
            constraint=models.CheckConstraint(condition=models.Q(("fee_bp__gte", 0), ("fee_bp__lte", 10000)), name="payments_terms_fee"),
        ),
        migrations.AddConstraint(
            model_name="mandateterms",
            constraint=models.CheckConstraint(condition=models.Q(("vat_bp__gte", 0), ("vat_bp__lte", 10000)), name="payments_terms_vat"),
        ),
        migrations.AddConstraint(
            model_name="mandateterms",
            constraint=models.CheckConstraint(
                condition=models.Q(("pass_on_days__gte", 0), ("threshold_cents__gte", 0)), name="payments_terms_limits"
            ),
        ),
        migrations.AddIndex(
            model_name="remittance",
            index=models.Index(fields=["state", "to_on"], name="payments_remittance_state"),
        ),
        migrations.AddConstraint(
            model_name="remittance",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "dropped"), _negated=True),
                fields=("creditor", "currency", "number"),
                name="payments_remittance_number",
            ),
        ),
        migrations.AddConstraint(
            model_name="remittance",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "draft")), fields=("creditor", "currency"), name="payments_remittance_one_draft"
            ),
        ),
        migrations.AddConstraint(
            model_name="remittance",
            constraint=models.UniqueConstraint(
                condition=models.Q(("invoice_number", ""), _negated=True), fields=("invoice_number",), name="payments_remittance_invoice"
            ),
        ),
        migrations.AddConstraint(
            model_name="remittance",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["draft", "approved", "paid", "closed", "dropped"])),
                name="payments_remittance_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="remittance",
            constraint=models.CheckConstraint(
                condition=models.Q(("approved_by", ""), models.Q(("approved_by", models.F("prepared_by")), _negated=True), _connector="OR"),
                name="payments_remittance_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="remittance",
            constraint=models.CheckConstraint(
                condition=models.Q(("payout_cents__gte", 0), ("transfer_cents__gte", 0)), name="payments_remittance_out"
            ),
        ),
        migrations.AddConstraint(
            model_name="remittance",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "carried_out_cents",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("carried_in_cents"), "+", models.F("handed_cents")
                                        ),
                                        "-",
                                        models.F("fee_cents"),
                                    ),
                                    "-",
                                    models.F("kept_cents"),
                                ),
                                "-",
                                models.F("vat_cents"),
                            ),
                            "-",
                            models.F("payout_cents"),
                        ),
                    )
                ),
                name="payments_remittance_sums",
            ),
        ),
    ]
