"""What keeps statements that are out: triggers that refuse to change them. Migrations execute the same."""

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
    """
CREATE OR REPLACE FUNCTION statement_stays() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.status = 'draft'
       OR (NEW.month, NEW.contract_id, NEW.technician_id, NEW.own, NEW.lent, NEW.borrowed, NEW.corrections, NEW.total)
       IS DISTINCT FROM
       (OLD.month, OLD.contract_id, OLD.technician_id, OLD.own, OLD.lent, OLD.borrowed, OLD.corrections, OLD.total) THEN
        RAISE EXCEPTION 'a statement that was issued is never changed or deleted'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'statement_stays';
    END IF;
    RETURN NEW;
END
$body$""",
    """
CREATE TRIGGER settlement_statements_stay BEFORE UPDATE OR DELETE ON settlement_statements
FOR EACH ROW WHEN (OLD.status <> 'draft') EXECUTE FUNCTION statement_stays()""",
)
