"""What an agency's first letters must tell: who writes, what a client declared, what a claim rests on."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("claims", "0009_creditor_view"), ("contact", "0003_import_speed")]

    operations = [
        migrations.CreateModel(
            name='AgencyClient',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('deducts_input_tax', models.BooleanField()),
                ('declared_by', models.CharField(max_length=80)),
                ('declared_at', models.DateTimeField()),
                ('creditor', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='agency_client', to='claims.creditor')),
            ],
        ),
        migrations.CreateModel(
            name='CollectingAgency',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('legal_name', models.CharField(max_length=160)),
                ('street', models.CharField(max_length=120)),
                ('postcode', models.CharField(max_length=10)),
                ('city', models.CharField(max_length=80)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('phone', models.CharField(blank=True, max_length=40)),
                ('supervisor', models.CharField(blank=True, max_length=160)),
                ('supervisor_address', models.CharField(blank=True, max_length=200)),
                ('supervisor_contact', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='contact_agency_one')],
            },
        ),
        migrations.CreateModel(
            name='ClaimGround',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('contract', 'Contract'), ('tort', 'Tort')], default='contract', max_length=8)),
                ('subject', models.CharField(max_length=200)),
                ('on', models.DateField()),
                ('circumstances', models.TextField(blank=True)),
                ('original_creditor', models.CharField(blank=True, max_length=200)),
                ('noted_by', models.CharField(max_length=80)),
                ('noted_at', models.DateTimeField()),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='claims.case')),
                ('claim', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='ground', to='claims.claim')),
                ('creditor', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='claims.creditor')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['contract', 'tort'])), name='contact_ground_kind')],
            },
        ),
    ]
