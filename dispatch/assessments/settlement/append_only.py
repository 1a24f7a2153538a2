"""What keeps statements that are out: a trigger that refuses to change their lines. Migrations execute the same."""

from __future__ import annotations

STATEMENTS_STAY: tuple[str, ...] = (
    """
CREATE OR REPLACE FUNCTION statement_is_draft() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    line record;
BEGIN
    line := CASE WHEN TG_OP = 'INSERT' THEN NEW ELSE OLD END;
    IF EXISTS (SELECT FROM settlement_statements s WHERE s.id = line.statement_id AND s.status <> 'draft') THEN
        RAISE EXCEPTION 'lines of a statement that was issued are never changed'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'statement_is_draft';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$body$""",
    """
CREATE TRIGGER settlement_lines_stay BEFORE INSERT OR UPDATE OR DELETE ON settlement_lines
FOR EACH ROW EXECUTE FUNCTION statement_is_draft()""",
)
