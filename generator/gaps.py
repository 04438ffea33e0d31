"""Gaps: what a topic's text in one language leaves out on purpose.

Place in the pipeline: base; read from topic.toml (step 1 Read), told to readers (step 4 Write), and held to the texts
by `parity`. The reason is words of the workspace, translated in its catalogues.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .model import Place

_CALL = re.compile(r"(?P<name>[a-z]+)\((?P<arguments>[^()]*)\)")
_ARGUMENT = re.compile(r"\s*(?:'([^',]+)'|\"([^\",]+)\")\s*")
Said = tuple[str, tuple[str, ...]]
"""A call as its name and arguments."""


@dataclass(frozen=True, slots=True)
class GapSpec:
    """What a topic's text in one language leaves out on purpose, and the reason, which readers are told.

    A section by its heading in the workspace's first language, or calls as name and arguments; neither: the whole text.
    """

    language: str
    reason: str
    section: str = ""
    calls: tuple[Said, ...] = ()
    place: Place = Place("")

    @property
    def whole(self) -> bool:
        """Whether there is no text in that language."""
        return not self.section and not self.calls


def read_call(said: str) -> Said | None:
    """Return a call such as `chart('trade')`, written with braces or without; None where it is none."""
    call = _CALL.fullmatch(said.strip().removeprefix("{{").removesuffix("}}").strip())
    found = [_ARGUMENT.fullmatch(each) for each in call["arguments"].split(",")] if call else []
    arguments = tuple(match[1] or match[2] for match in found if match)
    return (call["name"], arguments) if call and len(arguments) == len(found) else None
