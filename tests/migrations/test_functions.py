from __future__ import annotations

from tests.databases import TestCluster

# A function in SQL that is not put into its caller's statement is planned anew at every call. Triggers call them for
# each event: to plan took ten times as long as to do.
_PLANNED_AT_EACH_CALL = """
SELECT p.proname FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
WHERE p.pronamespace = 'public'::regnamespace AND l.lanname = 'sql' AND p.provolatile = 'v'
  AND p.proname NOT LIKE 'procrastinate%'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""


def test_no_function_that_writes_is_planned_anew_at_every_call(cluster: TestCluster, empty_database: str):
    with cluster.connect(empty_database) as connection:
        assert connection.execute(_PLANNED_AT_EACH_CALL).fetchall() == []
        connection.execute("BEGIN")
        connection.execute("CREATE FUNCTION again() RETURNS void LANGUAGE sql AS 'DELETE FROM work_stale'")
        assert connection.execute(_PLANNED_AT_EACH_CALL).fetchall() == [("again",)]
        connection.execute("ROLLBACK")
