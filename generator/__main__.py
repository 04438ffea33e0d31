"""The command `briefing`, and `python -m generator`: it begins before anything is imported that takes long."""

from __future__ import annotations

import sys
from typing import NoReturn


def start() -> NoReturn:
    """Run the command; who interrupts it while it is being loaded is told so, as later."""
    try:
        from .cli import main

        main()
    except KeyboardInterrupt:
        sys.stderr.write("briefing: interrupted; nothing was begun\n")
        sys.exit(130)


if __name__ == "__main__":
    start()
