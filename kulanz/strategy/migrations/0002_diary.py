"""The decision diary: partitioned by month of the day, append only, one index that answers every question asked of it."""

from django.db import migrations

_UP = """
CREATE TABLE strategy_decision (
  id bigint NOT NULL, run_id bigint NOT NULL, case_id bigint NOT NULL, creditor_id bigint NOT NULL, day date NOT NULL,
  shadow boolean NOT NULL, action text NOT NULL, step text NOT NULL, channel text NOT NULL, template text NOT NULL,
  reason text NOT NULL, facts jsonb NOT NULL, candidates jsonb NOT NULL, vetoes jsonb NOT NULL, draw bigint NOT NULL,
  playbook_version_id bigint NOT NULL, engine_version text NOT NULL, next_step_on date,
  PRIMARY KEY (case_id, day, run_id)
) PARTITION BY RANGE (day);
CREATE FUNCTION strategy_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'append-only: % of % refused; a new run writes a new decision', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER strategy_decision_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON strategy_decision
  FOR EACH STATEMENT EXECUTE FUNCTION strategy_refuse_change();
"""
_DOWN = "DROP TABLE strategy_decision; DROP FUNCTION strategy_refuse_change();"


class Migration(migrations.Migration):
    dependencies = [("strategy", "0001_initial")]
    operations = [migrations.RunSQL(_UP, _DOWN)]
