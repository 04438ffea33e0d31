"""What this machine needs: libraries, fonts, rights, space, isolation, documents.

Place in the pipeline: beside it; `briefing doctor` shows it. Each point says what was found and, where it
is not good, the command that cures it. Nothing is imported that a missing library would break.
"""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from .errors import BriefingError
from .reading import Findings
from .sandbox import Child, Limits, environment
from .sources import FILE as SOURCES
from .sources import read_sources
from .workspace import Workspace

# Library as the linker names it, then the Debian and Ubuntu package that brings it.
LIBRARIES = (
    ("pango-1.0", "libpango-1.0-0"),
    ("pangoft2-1.0", "libpangoft2-1.0-0"),
    ("harfbuzz-subset", "libharfbuzz-subset0"),
)
# Family that the page and the charts ask for, then its package.
FONTS = (("Noto Sans", "fonts-noto-core"), ("Noto Serif", "fonts-noto-core"), ("Noto Sans CJK SC", "fonts-noto-cjk"))
_ENOUGH_BYTES = 200 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Point:
    """One thing looked at; `cure` is "" where it is good or where it only informs."""

    name: str
    good: bool
    found: str
    cure: str = ""

    def __str__(self) -> str:
        """Return the point on one line."""
        return f"{'ok     ' if self.good else 'MISSING'}  {self.name}: {self.found}" + (
            f"\n         cure: {self.cure}" if self.cure else ""
        )


def examine(workspace: Workspace) -> tuple[Point, ...]:
    """Return every point, the good ones too."""
    return (*_machine(workspace), _writable(workspace), _space(workspace), *_documents(workspace))


def examine_machine() -> tuple[Point, ...]:
    """Return the points of a machine on which there is no workspace yet."""
    with TemporaryDirectory() as folder:
        return tuple(_machine(Workspace(Path(folder))))


def _machine(workspace: Workspace) -> Iterator[Point]:
    yield _python()
    yield from _libraries()
    yield from _fonts(workspace)
    yield _isolation(workspace)
    yield _zone()


def _python() -> Point:
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= (3, 11)
    return Point("Python", good, version, "" if good else "apt-get install python3.11")


def _libraries() -> Iterator[Point]:
    for library, package in LIBRARIES:
        found = ctypes.util.find_library(library)
        cure = "" if found else f"apt-get install {package}"
        yield Point(f"library {library}", bool(found), found or "not found", cure)


def _fonts(workspace: Workspace) -> Iterator[Point]:
    """Look for the fonts where the rendering child does: the caller's own and FONTCONFIG_* do not count."""
    command = shutil.which("fc-match")
    if command is None:
        yield Point("fonts", good=False, found="fc-match not found", cure="apt-get install fontconfig")
        return
    for family, package in FONTS:
        match = subprocess.run(
            [command, "-f", "%{family}|%{file}", family],
            capture_output=True, text=True, check=False, timeout=60, env=environment(workspace.state),
        ).stdout  # fmt: skip
        good = family in match.partition("|")[0].split(",")
        found = match.partition("|")[2] if good else f"another font would stand in: {match or 'none'}"
        yield Point(f"font {family}", good, found, "" if good else f"apt-get install {package}")


def _writable(workspace: Workspace) -> Point:
    folders = [folder for folder in (workspace.root, workspace.reports, workspace.state) if folder.exists()]
    closed = [str(folder) for folder in folders if not os.access(folder, os.W_OK | os.X_OK)]
    cure = f"chown -R $(id -un) {' '.join(closed)}" if closed else ""
    found = f"cannot write in {', '.join(closed)}" if closed else "reports/ is writable"
    return Point("rights", not closed, found, cure)


def _space(workspace: Workspace) -> Point:
    free = shutil.disk_usage(workspace.root).free
    good = free > _ENOUGH_BYTES
    cure = "" if good else "Free space: at least 200 MB are needed for an edition and the caches."
    return Point("disk", good, f"{free // 2**20} MB free", cure)


def _isolation(workspace: Workspace) -> Point:
    """Tell whether rendering has no network at all; without that, only named files are served."""
    try:
        with Child((), state=workspace.state, limits=Limits(seconds=20)) as child:
            isolated = child.isolated
    except (BriefingError, OSError) as error:
        return Point("rendering child", good=False, found=str(error), cure="See the message; is /tmp writable?")
    found = "without any network" if isolated else "with a network that it is not let use (no namespaces here)"
    return Point("rendering child", good=True, found=found)


def _zone() -> Point:
    path = os.path.realpath("/etc/localtime")
    return Point("time zone", good=True, found=os.environ.get("TZ") or path.partition("zoneinfo/")[2] or "UTC")


def _documents(workspace: Workspace) -> Iterator[Point]:
    table = workspace.table(SOURCES, Findings())
    sources = [source for source in read_sources(table).values() if source.document] if table else []
    away = [source.document for source in sources if workspace.document(source.document) is None]
    found = f"{len(sources) - len(away)} of {len(sources)} documents at hand"
    if away:
        found += "; the others' facts stand on data/evidence.lock (data/sources/ or BRIEFING_DOCUMENTS)"
    yield Point("documents", good=True, found=found)
