"""The second fence: PostgreSQL hides the rows of other tenants from the role that pages run as, whatever the query says.

The first fence is `Viewer.narrow` in each room's queries. Here every table with a tenant column gets a policy for the role
`kulanz_viewer`; `claims.viewer.viewing` switches to that role for a transaction. The owner (batch work) is not restricted.
"""

from __future__ import annotations

from django.apps import apps
from django.db import connection

_ROLE = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'kulanz_viewer') THEN CREATE ROLE kulanz_viewer NOLOGIN; END IF;
  IF NOT pg_has_role(current_user, 'kulanz_viewer', 'MEMBER') THEN EXECUTE format('GRANT kulanz_viewer TO %I', current_user); END IF;
END $$;
GRANT USAGE ON SCHEMA public TO kulanz_viewer;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO kulanz_viewer;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO kulanz_viewer;
"""
_TENANT = (
    "(current_setting('kulanz.creditors', true) = '*'"
    " OR {column}::text = ANY(string_to_array(current_setting('kulanz.creditors', true), ',')))"
)
_CASE = (
    "(coalesce(current_setting('kulanz.case', true), '') = ''"
    " OR {column}::text = ANY(string_to_array(current_setting('kulanz.case', true), ',')))"
)


def fenced_tables() -> dict[str, str]:
    """Each table that holds tenants' rows, with the condition a row must meet to be visible."""
    fences = {}
    for model in apps.get_models():
        table = model._meta.db_table
        columns = {field.column for field in model._meta.concrete_fields}
        tenant: str | None = next((column for column in ("creditor_id", "tenant_id") if column in columns), None)
        if table == "claims_creditor":
            tenant = "id"
        if tenant is None or not model.__module__.startswith("kulanz."):
            continue
        conditions = [_TENANT.format(column=tenant)]
        case = "id" if table == "claims_case" else "case_id"
        if case in columns and (table == "claims_case" or "case_id" in columns):
            conditions.append(_CASE.format(column=case))
        fences[table] = " AND ".join(conditions)
    return fences


def apply() -> None:
    """Create the role, grant it the tables, and lay a policy on each fenced table. Repeatable."""
    with connection.cursor() as cursor:
        cursor.execute(_ROLE)
        existing = set(connection.introspection.table_names(cursor))
        for table, condition in fenced_tables().items():
            if table in existing:
                cursor.execute(
                    f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY;'
                    f'DROP POLICY IF EXISTS tenant ON "{table}";'
                    f'CREATE POLICY tenant ON "{table}" TO kulanz_viewer USING ({condition}) WITH CHECK ({condition})'
                )
