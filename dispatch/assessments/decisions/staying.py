"""What keeps bulletins and steps of decisions: triggers that refuse to change them. Migrations execute the same."""

from __future__ import annotations

DECISIONS_STAY: tuple[str, ...] = (
    """
CREATE OR REPLACE FUNCTION decisions_stay() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    RAISE EXCEPTION 'a bulletin that was issued and the steps of a decision are never changed or deleted'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'decisions_stay';
END
$body$""",
    """
CREATE TRIGGER bulletins_stay BEFORE UPDATE OR DELETE ON bulletins
FOR EACH ROW WHEN (OLD.issued_at IS NOT NULL) EXECUTE FUNCTION decisions_stay()""",
    """
CREATE TRIGGER decision_events_stay BEFORE UPDATE OR DELETE ON decision_events
FOR EACH ROW EXECUTE FUNCTION decisions_stay()""",
)
