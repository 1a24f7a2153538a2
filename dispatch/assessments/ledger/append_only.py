"""What keeps the ledger: triggers that refuse to change its lines, and to write lines of a closed month.

Migrations execute the same statements.
"""

from __future__ import annotations

KEPT = ("ledger_entries", "rulings")
"""Tables of which rows are only ever added."""

LEDGER_STAYS: tuple[str, ...] = (
    """
CREATE OR REPLACE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    RAISE EXCEPTION 'lines of the assessment ledger are never changed or deleted'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ledger_append_only';
END
$body$""",
    """
CREATE OR REPLACE FUNCTION ledger_month_open() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF EXISTS (SELECT FROM month_closings c WHERE c.area_id = NEW.area_id AND c.month = NEW.month
               AND c.reopened_at IS NULL) THEN
        RAISE EXCEPTION 'the month is closed'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ledger_month_open';
    END IF;
    RETURN NEW;
END
$body$""",
    *(
        statement
        for table in KEPT
        for statement in (
            f"""
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION ledger_append_only()""",
            f"""
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only()""",
            f"""
CREATE TRIGGER {table}_month_open BEFORE INSERT ON {table}
FOR EACH ROW EXECUTE FUNCTION ledger_month_open()""",
        )
    ),
)
