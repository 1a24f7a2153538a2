"""Writes the first revision from the models, for as long as nothing was released.

Afterwards a change of the models gets a revision of its own, and this program is deleted.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command
from procrastinate.schema import SchemaManager

from dispatch import migrate
from dispatch.assessments.decisions.staying import DECISIONS_STAY
from dispatch.assessments.ledger.append_only import LEDGER_STAYS
from dispatch.assessments.settlement.append_only import STATEMENTS_STAY
from dispatch.callbacks.desk.models import QUEUEING
from dispatch.orders.models.append_only import APPEND_ONLY, REMOVALS_STAY
from dispatch.reports.rollups.answering import ANSWERING
from dispatch.reports.rollups.counting import COUNTING
from dispatch.reports.rollups.signs_stale import SIGNS_STALENESS
from dispatch.reports.rollups.work_stale import WORK_STALENESS
from kit.postgres.statistics import STATISTICS
from mobile_api.day.staleness import STALENESS
from tests.databases import running_cluster
from tests.migrations.make_dump import main as dump_revision

FILE = migrate.FOLDER / "versions" / "0001_first_schema.py"
QUEUE = migrate.FOLDER / "0001_job_queue.sql"

HEAD = '''"""The first schema: every table of the product, the job queue, and what keeps events.

The job queue's tables are Procrastinate's own, kept beside this file as they were on that day.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

EXTENSIONS = ("postgis", "pg_trgm", "btree_gist")
QUEUE = Path(__file__).resolve().parent.parent / "0001_job_queue.sql"
FUNCTIONS = (
{triggers}
)


def upgrade() -> None:
    for extension in EXTENSIONS:
        op.execute(f"CREATE EXTENSION IF NOT EXISTS {{extension}}")
    op.get_bind().exec_driver_sql(QUEUE.read_text(encoding="utf-8").replace("%", "%%"))
{tables}
    for statement in FUNCTIONS:
        op.get_bind().exec_driver_sql(statement.replace("%", "%%"))


def downgrade() -> None:
    raise RuntimeError("There is nothing before the first schema. To go back, restore a backup into a new home.")
'''


def main() -> None:
    for old in FILE.parent.glob("*.py"):
        old.unlink()
    with running_cluster() as cluster, tempfile.TemporaryDirectory() as folder:
        name = cluster.clone("template1")
        try:
            command.revision(migrate.configuration(cluster.url(name)), autogenerate=True, rev_id="draft")
        finally:
            cluster.drop(name)
            drafts = list(FILE.parent.glob("draft*.py"))
            text = drafts[0].read_text(encoding="utf-8") if drafts else ""
            for draft in drafts:
                draft.unlink()
        found = re.search(r"def upgrade\(\) -> None:\n(.*?)\n\n\ndef downgrade", text, re.DOTALL)
        if found is None:
            sys.exit("alembic wrote no upgrade")
        tables = "\n".join(line for line in found[1].splitlines() if not line.strip().startswith("# ###"))
        triggers = "\n".join(
            f'    """{statement.strip()}""",'
            for statement in APPEND_ONLY
            + REMOVALS_STAY
            + LEDGER_STAYS
            + STATEMENTS_STAY
            + DECISIONS_STAY
            + QUEUEING
            + STATISTICS
            + COUNTING
            + WORK_STALENESS
            + SIGNS_STALENESS
            + ANSWERING
            + STALENESS
        )
        FILE.write_text(HEAD.format(tables=tables, triggers=triggers), encoding="utf-8")
        QUEUE.write_text(SchemaManager.get_schema(), encoding="utf-8")
        ruff = Path(sys.executable).with_name("ruff")
        subprocess.run(
            [str(ruff), "format", "-q", "--config", "extend-exclude=[]", "--config", "exclude=[]", str(FILE)],
            cwd=folder,
            check=True,
        )
    dump_revision("0001", Path(__file__).with_name("first_schema.sql"))


if __name__ == "__main__":
    main()
