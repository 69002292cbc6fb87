import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("claims", "0006_hold_reasons"), ("payments", "0005_agreements")]

    operations = [
        migrations.CreateModel(
            name='Mandate',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('public_id', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('reference', models.CharField(max_length=35, unique=True)),
                ('kind', models.CharField(choices=[('one_off', 'One Off'), ('recurrent', 'Recurrent')], max_length=10)),
                ('iban', models.CharField(max_length=34)),
                ('bic', models.CharField(blank=True, max_length=11)),
                ('holder', models.CharField(max_length=70)),
                ('sepa_creditor_id', models.CharField(max_length=35)),
                ('prenotice_days', models.SmallIntegerField()),
                ('text', models.TextField()),
                ('language', models.CharField(default='de', max_length=5)),
                ('signed_at', models.DateTimeField()),
                ('signed_on', models.DateField()),
                ('evidence', models.JSONField(default=dict)),
                ('state', models.CharField(choices=[('active', 'Active'), ('used', 'Used'), ('suspended', 'Suspended'), ('revoked', 'Revoked'), ('expired', 'Expired')], default='active', max_length=10)),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_because', models.CharField(blank=True, max_length=200)),
                ('last_used_on', models.DateField(null=True)),
                ('key', models.CharField(max_length=120, unique=True)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mandates', to='claims.case')),
                ('creditor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='claims.creditor')),
                ('debtor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='claims.debtor')),
            ],
        ),
        migrations.CreateModel(
            name='OrderFile',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('public_id', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('kind', models.CharField(choices=[('debit', 'Debit'), ('refund', 'Refund')], max_length=8)),
                ('message_id', models.CharField(max_length=35, unique=True)),
                ('schema', models.CharField(max_length=20)),
                ('account_iban', models.CharField(max_length=34)),
                ('day', models.DateField()),
                ('count', models.IntegerField()),
                ('sum_cents', models.BigIntegerField()),
                ('currency', models.CharField(default='EUR', max_length=3)),
                ('content', models.BinaryField()),
                ('sha256', models.CharField(max_length=64)),
                ('created_at', models.DateTimeField()),
                ('created_by', models.CharField(max_length=80)),
                ('downloaded_at', models.DateTimeField(null=True)),
                ('downloaded_by', models.CharField(blank=True, max_length=80)),
                ('creditor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='order_files', to='claims.creditor')),
            ],
        ),
        migrations.CreateModel(
            name='Collection',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('amount_cents', models.BigIntegerField()),
                ('submitted_cents', models.BigIntegerField(null=True)),
                ('currency', models.CharField(max_length=3)),
                ('due_on', models.DateField()),
                ('submit_on', models.DateField()),
                ('announced_at', models.DateTimeField()),
                ('message_id', models.BigIntegerField(null=True)),
                ('state', models.CharField(choices=[('announced', 'Announced'), ('submitted', 'Submitted'), ('collected', 'Collected'), ('returned', 'Returned'), ('cancelled', 'Cancelled')], default='announced', max_length=10)),
                ('because', models.CharField(blank=True, max_length=200)),
                ('end_to_end_id', models.CharField(max_length=35, unique=True)),
                ('sequence', models.CharField(blank=True, max_length=4)),
                ('line_id', models.BigIntegerField(null=True)),
                ('entry_id', models.BigIntegerField(null=True)),
                ('return_line_id', models.BigIntegerField(null=True)),
                ('return_code', models.CharField(blank=True, max_length=10)),
                ('returned_on', models.DateField(null=True)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='collections', to='claims.case')),
                ('creditor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='claims.creditor')),
                ('instalment', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='collections', to='payments.instalment')),
                ('mandate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='collections', to='payments.mandate')),
                ('file', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='collections', to='payments.orderfile')),
            ],
        ),
        migrations.CreateModel(
            name='RefundProposal',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('public_id', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('amount_cents', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('iban', models.CharField(blank=True, max_length=34)),
                ('bic', models.CharField(blank=True, max_length=11)),
                ('holder', models.CharField(blank=True, max_length=70)),
                ('iban_source', models.CharField(blank=True, max_length=10)),
                ('reason', models.CharField(max_length=200)),
                ('state', models.CharField(choices=[('open', 'Open'), ('approved', 'Approved'), ('ordered', 'Ordered'), ('paid', 'Paid'), ('refused', 'Refused'), ('cancelled', 'Cancelled'), ('failed', 'Failed')], default='open', max_length=10)),
                ('proposed_by', models.CharField(max_length=80)),
                ('proposed_at', models.DateTimeField()),
                ('decided_by', models.CharField(blank=True, max_length=80)),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_because', models.CharField(blank=True, max_length=200)),
                ('ordered_by', models.CharField(blank=True, max_length=80)),
                ('end_to_end_id', models.CharField(max_length=35, unique=True)),
                ('line_id', models.BigIntegerField(null=True)),
                ('paid_on', models.DateField(null=True)),
                ('entry_ids', models.JSONField(default=list)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='claims.case')),
                ('creditor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='claims.creditor')),
                ('file', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='payments.orderfile')),
            ],
        ),
        migrations.CreateModel(
            name='CollectorIdentity',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('sepa_creditor_id', models.CharField(max_length=35)),
                ('prenotice_days', models.SmallIntegerField(default=14)),
                ('lead_bank_days', models.SmallIntegerField(default=2)),
                ('single_bookings', models.BooleanField(default=True)),
                ('pass_on_return_charge', models.BooleanField(default=False)),
                ('return_quiet_days', models.SmallIntegerField(default=7)),
                ('small_refund_cents', models.IntegerField(default=0)),
                ('creditor', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='collector', to='claims.creditor')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('lead_bank_days__gte', 1), ('lead_bank_days__lte', 10), ('prenotice_days__gte', 1), ('prenotice_days__lte', 60)), name='payments_collector_terms'), models.CheckConstraint(condition=models.Q(('return_quiet_days__gte', 1), ('small_refund_cents__gte', 0)), name='payments_collector_kind')],
            },
        ),
        migrations.AddIndex(
            model_name='mandate',
            index=models.Index(condition=models.Q(('state', 'active')), fields=['signed_on'], name='payments_mandate_active'),
        ),
        migrations.AddConstraint(
            model_name='mandate',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['one_off', 'recurrent'])), name='payments_mandate_kind'),
        ),
        migrations.AddConstraint(
            model_name='mandate',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['active', 'used', 'suspended', 'revoked', 'expired'])), name='payments_mandate_state'),
        ),
        migrations.AddConstraint(
            model_name='mandate',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'active')), fields=('case',), name='payments_mandate_one_active'),
        ),
        migrations.AddIndex(
            model_name='orderfile',
            index=models.Index(fields=['creditor', '-day'], name='payments_orderfile_day'),
        ),
        migrations.AddConstraint(
            model_name='orderfile',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['debit', 'refund'])), name='payments_orderfile_kind'),
        ),
        migrations.AddConstraint(
            model_name='orderfile',
            constraint=models.CheckConstraint(condition=models.Q(('count__gt', 0), ('sum_cents__gt', 0)), name='payments_orderfile_not_empty'),
        ),
        migrations.AddIndex(
            model_name='collection',
            index=models.Index(condition=models.Q(('state', 'announced')), fields=['submit_on'], name='payments_collection_waiting'),
        ),
        migrations.AddIndex(
            model_name='collection',
            index=models.Index(fields=['creditor', '-due_on'], name='payments_collection_creditor'),
        ),
        migrations.AddConstraint(
            model_name='collection',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['announced', 'submitted', 'collected', 'returned', 'cancelled'])), name='payments_collection_state'),
        ),
        migrations.AddConstraint(
            model_name='collection',
            constraint=models.CheckConstraint(condition=models.Q(('amount_cents__gt', 0), models.Q(('submitted_cents', None), models.Q(('submitted_cents__gt', 0), ('submitted_cents__lte', models.F('amount_cents'))), _connector='OR')), name='payments_collection_amount'),
        ),
        migrations.AddConstraint(
            model_name='collection',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['announced', 'submitted', 'collected'])), fields=('instalment',), name='payments_collection_instalment'),
        ),
        migrations.AddIndex(
            model_name='refundproposal',
            index=models.Index(fields=['creditor', 'state'], name='payments_refund_creditor'),
        ),
        migrations.AddConstraint(
            model_name='refundproposal',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['open', 'approved', 'ordered', 'paid', 'refused', 'cancelled', 'failed'])), name='payments_refund_state'),
        ),
        migrations.AddConstraint(
            model_name='refundproposal',
            constraint=models.CheckConstraint(condition=models.Q(('amount_cents__gt', 0)), name='payments_refund_amount'),
        ),
        migrations.AddConstraint(
            model_name='refundproposal',
            constraint=models.CheckConstraint(condition=models.Q(('decided_by', ''), models.Q(('decided_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='payments_refund_two_people'),
        ),
        migrations.AddConstraint(
            model_name='refundproposal',
            constraint=models.CheckConstraint(condition=models.Q(('ordered_by', ''), models.Q(('ordered_by', models.F('decided_by')), _negated=True), _connector='OR'), name='payments_refund_ordered_by_another'),
        ),
        migrations.AddConstraint(
            model_name='refundproposal',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['open', 'approved', 'ordered'])), fields=('case',), name='payments_refund_one_under_way'),
        ),
    ]
