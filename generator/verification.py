"""Whether a PDF is ours, whole, and made from what it says: its seal, its bytes, its edition, the workspace.

Place in the pipeline: beside it; `briefing verify` shows the verdict. In: a file from anywhere, which is opened in a
limited child only, and the workspace where one is at hand. Nothing is fetched: a verdict is reached offline.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from .errors import BriefingError, UsageError
from .lists import edition_names, read_kept
from .manuscript import page_digest
from .model import Edition, Seal
from .orders import wanted
from .page import Identity
from .reading import Findings
from .recalls import recall_of
from .sandbox import Child, Limits
from .signing import read_seal_settings, trusted
from .topics import has_briefing
from .workspace import SETTINGS, Workspace


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known here of a PDF. `says` is the file's own word; the rest was looked up or computed."""

    file: str
    sha256: str
    says: Identity
    seals: tuple[Seal, ...] = ()
    edition: str = ""
    """The edition of this archive that holds exactly these bytes; "" where none does."""
    changed: bool = False
    """Whether the archive holds the edition that the file says it is, with other bytes."""
    inputs: str = ""
    """"same" where the edition's inputs are still those of this workspace, "changed" where not, "" if not ours."""
    problem: str = ""
    """Why the file could not be looked into."""
    recalled: str = ""
    """When and why its edition was called back, and what takes its place; "" where it was not, as far as known here."""

    @property
    def sealed(self) -> bool:
        """Whether a seal that is trusted here stands in the file, and nothing was changed since."""
        return bool(self.seals) and all(seal.whole for seal in self.seals) and any(seal.trusted for seal in self.seals)

    @property
    def ours(self) -> bool:
        """Whether the file may be believed: our archive holds these bytes, or a seal trusted here vouches for them."""
        return bool(self.edition) or (self.sealed and not self.changed)

    @property
    def lines(self) -> tuple[str, ...]:
        """The verdict in words, the answer first."""
        said = [f"{self.file}: {self._answer()}", *map(_seal_in_words, self.seals)]
        if self.says.edition:
            facts = f"{len(self.says.facts)} fact{'' if len(self.says.facts) == 1 else 's'}"
            said.append(f"  says it is edition {self.says.edition} of {self.says.issuer}, with {facts} attached")
        if self.inputs:
            now = "made from what is here now" if self.inputs == "same" else "the workspace has changed since"
            said.append(f"  {now}")
        return tuple(said)

    def __str__(self) -> str:
        """Return the verdict in words, on several lines."""
        return "\n".join(self.lines)

    def _answer(self) -> str:
        if self.edition:
            return f"ours and whole, edition {self.edition}" + (f", {self.recalled}" if self.recalled else "")
        if any(not seal.whole for seal in self.seals):
            return "CHANGED after it was sealed; do not trust it"
        if self.changed:
            return f"NOT the edition it says it is: the archive holds {self.says.edition} with other bytes"
        if self.sealed:
            return "whole, under a seal that is trusted here"
        said = f"; {self.problem}" if self.problem else ""
        unknown = f"no edition in this archive holds these bytes (sha256 {self.sha256})"
        return f"{unknown}: it was changed, or it is not ours{said}"


def _seal_in_words(seal: Seal) -> str:
    when = f" on {seal.moment}" if seal.moment else ""
    stamp = ", time-stamped" if seal.stamped else ""
    state = "whole" if seal.whole else "BROKEN"
    problem = f"; {seal.problem}" if seal.problem else ""
    return f"  sealed by {seal.signer or 'someone'}{when}{stamp}: {state}{problem}"


def verify(workspace: Workspace | None, path: Path, *, now: datetime | None = None) -> Verdict:
    """Return what is known of a PDF; UsageError where it cannot be read.

    Without a workspace only what the file itself holds is told: nobody's seal is trusted then.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{error.strerror}", where=str(path), hint="Name a PDF.") from error
    said = _look_into(workspace, data, now or datetime.now(UTC))
    sha256 = hashlib.sha256(data).hexdigest()
    if workspace is None:
        return Verdict(path.name, sha256, said.says, said.seals, problem=said.problem)
    names = edition_names(workspace)
    named = [name for name in names if "/".join(name) == said.says.edition]
    # The one that the file names comes first: mostly it is that one, and no other record is read.
    known = (read_kept(workspace, *name)[0] for name in (*named, *names))
    found = next((edition for edition in known if _language_of(edition, sha256)), None)
    return Verdict(
        path.name,
        sha256,
        said.says,
        said.seals,
        edition=f"{found.topic}/{found.id}" if found else "",
        changed=bool(named) and found is None,
        inputs=_inputs(workspace, found, sha256) if found else "",
        problem=said.problem,
        recalled=_recalled(workspace, found),
    )


def _recalled(workspace: Workspace, edition: Edition | None) -> str:
    recall = recall_of(workspace.reports, edition.topic, edition.id) if edition else None
    return str(recall) if recall else ""


@dataclass(frozen=True, slots=True)
class _Contents:
    """What a look into the file brought."""

    says: Identity = field(default_factory=Identity)
    seals: tuple[Seal, ...] = ()
    problem: str = ""


def _look_into(workspace: Workspace | None, data: bytes, now: datetime) -> _Contents:
    settings = read_seal_settings(workspace.table(SETTINGS, Findings())) if workspace else None
    roots = trusted(settings, workspace.root) if settings and workspace else ()
    with (
        tempfile.TemporaryDirectory(prefix="briefing-") as folder,
        Child((), state=workspace.state if workspace else Path(folder), limits=Limits(60)) as child,
    ):
        try:
            says: Identity = child.run("generator.preflight:identify", data)
            seals: tuple[Seal, ...] = child.run("generator.signing:read_seals", data, roots, now.isoformat())
        except BriefingError as error:
            return _Contents(problem=error.message)
    return _Contents(says, seals)


def _language_of(edition: Edition, sha256: str) -> str:
    """Return the language of an edition's PDF by its sum, "" where it has none such."""
    return next((file[0] for file in (*edition.files, *edition.briefs) if file[2] == sha256), "")


def _inputs(workspace: Workspace, edition: Edition, sha256: str) -> str:
    language = _language_of(edition, sha256)
    as_of = date.fromisoformat(edition.as_of) if edition.as_of else None
    if not has_briefing(workspace, edition.topic):
        return "changed"
    page, files = edition.digests(language)
    (want,) = wanted(workspace, (edition.topic,), (language,), as_of, latest=date.max)
    return "same" if want.digest == files or page_digest(workspace, want) == page else "changed"
