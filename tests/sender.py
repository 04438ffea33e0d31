"""A sender as a process of its own, to be killed: it delivers what is owed, by a clock that is ahead by so many seconds."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from generator.service import Service
from generator.workspace import Workspace


def main() -> None:
    """Deliver what is owed and due in a workspace."""
    ahead = timedelta(seconds=float(sys.argv[2]))
    with Service(Workspace(Path(sys.argv[1])), lambda: datetime.now(UTC) + ahead) as service:
        service.postman.deliver()


if __name__ == "__main__":
    main()
