"""Commands under strace: faults put into system calls, and the list of the calls that were made.

https://man7.org/linux/man-pages/man1/strace.1.html, "Tampering"; not with --seccomp-bpf, under which nothing fires.
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

INJECTED = re.compile(r"\((?:INJECTED|DELAYED)\)|INJECTED")


@dataclass(frozen=True)
class Traced:
    """What became of a command: `calls` are strace's lines, without process ids."""

    code: int
    out: str
    err: str
    calls: tuple[str, ...]

    @property
    def fired(self) -> bool:
        """Whether a fault was put into a call."""
        return any(INJECTED.search(call) for call in self.calls) or self.code in (-9, 137)


def traced(log: Path, script: str, *arguments: str, calls: str, inject: str = "", paths: tuple[Path, ...] = ()) -> Traced:
    """Run Python under strace; `inject` is strace's own, `paths` the files whose calls are counted."""
    faults = ["-e", f"inject={inject}"] if inject else []
    only = [part for path in paths for part in ("-P", str(path))]
    command = ["strace", "-f", "-y", "-s", "0", "-o", str(log), "-e", f"trace={calls}", *faults, *only]
    result = subprocess.run(
        [*command, sys.executable, "-c", script, *arguments], check=False, capture_output=True, text=True
    )
    lines = tuple(line.partition(" ")[2].strip() for line in log.read_text("utf-8", "replace").splitlines())
    return Traced(result.returncode, result.stdout, result.stderr, lines)
