"""Which characters the fonts of charts lack, told without a library.

Place in the pipeline: step 2 Check and step 3 Draw, planning. In: texts and families; out: the characters that none
of the families has. Fontconfig is asked once a family and process (fc-match, some 7 ms), in an environment like that
of the child that draws; where it cannot be asked, nothing is said here and drawing tells.
"""

from __future__ import annotations

import functools
import shutil
import subprocess
from bisect import bisect_right
from collections.abc import Iterable, Sequence

ENVIRONMENT = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}


def lacking(texts: Iterable[str], families: Sequence[str]) -> str:
    """Return the characters of the texts, sorted, that none of the families has."""
    wanted = {character for character in set().union(*texts) if ord(character) > 0x7E}
    for family in families if wanted else ():
        ranges = _ranges(family)
        if ranges is None:
            return ""
        wanted = {character for character in wanted if not _holds(ranges, ord(character))}
        if not wanted:
            break
    return "".join(sorted(wanted))


def _holds(ranges: tuple[tuple[int, int], ...], code: int) -> bool:
    at = bisect_right(ranges, (code, 0x110000)) - 1
    return at >= 0 and ranges[at][0] <= code <= ranges[at][1]


@functools.cache
def _ranges(family: str) -> tuple[tuple[int, int], ...] | None:
    """Return the first and last code of each range of characters of a family, rising; None where it is not known."""
    command = shutil.which("fc-match")
    if command is None:
        return None
    pattern = family.translate({ord(sign): f"\\{sign}" for sign in "\\-:,"})
    try:
        answer = subprocess.run(
            [command, "-f", "%{family}|%{charset}", pattern],
            capture_output=True, text=True, check=True, timeout=20, env=ENVIRONMENT,
        ).stdout  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    names, _, charset = answer.partition("|")
    if family not in names.split(","):
        return None
    ends = (part.partition("-") for part in charset.split())
    return tuple(sorted((int(first, 16), int(last or first, 16)) for first, _, last in ends))
