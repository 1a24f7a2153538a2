"""Write the API's own description (OpenAPI 3.1) to a file: `python -m dispatch.openapi FILE`. Needs no database."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from dispatch.app import create_app


def main(file: str) -> None:
    """Write the document, sorted, so that a difference is a difference in the API."""
    schema = create_app().openapi_schema.to_schema()
    Path(file).write_text(json.dumps(schema, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
