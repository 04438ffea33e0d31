"""Releases: series are refreshed when their publishers publish, one publisher's after the other's.

Place in the pipeline: engine, a kind of making. In: `[releases.<name>]` as a schedule whose makings are connectors
instead of topics; out: what became of their series. A connector that fails is tried again by the rules for every
making, and holds up no other; what a person must look at is told at once and waits for him.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .holdings import connected
from .inquiry import World
from .reading import Findings
from .refresh import Renewal, Wishes, refresh
from .slots import Schedule
from .workspace import Workspace, digest

MARK = "@"
"""Before the name of a connector where it stands in the place of a topic: no topic's name begins so."""
_SAID = 5


@dataclass(frozen=True, slots=True)
class Released:
    """What became of the series of one connector: `topics` are those of series that were answered."""

    changed: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    error: str = ""
    """Why not all of them were, "" where they were."""
    waits: bool = False
    """Whether trying again is of no use before somebody has decided or corrected something."""


def is_release(topic: str) -> bool:
    """Whether a making is that of a release: its topic is a connector."""
    return topic.startswith(MARK)


def connectors(workspace: Workspace, release: Schedule) -> tuple[str, ...]:
    """Return the connectors of a release's series, each as a making's topic; a bare mark where there is none."""
    names = {connector for name, (_, connector) in connected(workspace).items() if _wants(release, name, connector)}
    return tuple(f"{MARK}{name}" for name in sorted(names)) or (MARK,)


def publish(
    workspace: Workspace, release: Schedule, topic: str, world: World, tell: Callable[[str], None]
) -> Released:
    """Refresh the series of one connector; errors of the whole workspace are raised as `refresh` raises them."""
    names = _series(workspace, release, topic)
    if not names:
        return Released(error="none of its series has a [connector] any more", waits=True)
    renewals = refresh(workspace, Wishes(tuple(names)), world, tell=tell)
    bad = [each for each in renewals if each.exit_code]
    return Released(
        changed=tuple(each.series for each in renewals if each.written),
        topics=tuple(dict.fromkeys(each.series.partition("/")[0] for each in renewals if not each.exit_code)),
        error=_faults(bad),
        waits=bool(bad) and all(each.exit_code == 1 for each in bad),
    )


def inputs_of(workspace: Workspace, release: Schedule, topic: str) -> str:
    """Return one digest over the files of a connector's series: an edit or an `--accept` is a reason to try again."""
    files = [f"{stem}{ending}" for stem in _series(workspace, release, topic).values() for ending in (".toml", ".csv")]
    there = {name: workspace.read(name, Findings()) or b"" for name in files if workspace.has(name)}
    return digest({name: hashlib.sha256(data).hexdigest() for name, data in there.items()})


def _series(workspace: Workspace, release: Schedule, topic: str) -> dict[str, str]:
    """Return the files' stem of each series of a release that a connector brings, by name."""
    return {
        name: stem
        for name, (stem, connector) in sorted(connected(workspace).items())
        if _wants(release, name, connector) and topic == f"{MARK}{connector}"
    }


def _wants(release: Schedule, name: str, connector: str) -> bool:
    return name in release.series if release.series else release.connector in ("", connector)


def _faults(renewals: Iterable[Renewal]) -> str:
    said = [
        f"{each.series}: {each.state}: {each.error or next(map(str, each.findings), 'somebody must decide')}"
        for each in renewals
    ]
    return "\n".join([*said[:_SAID], *([f"and {len(said) - _SAID} more"] if len(said) > _SAID else [])])
