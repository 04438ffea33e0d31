"""Messages made from the archive: an edition's PDF, and a letter that says in brief what stands in it.

Place in the pipeline: step 8 Deliver, before a channel. In: a delivery of the ledger; out: a `Message`, in the
language of the edition. Everything is taken from the archive as it was kept; the workspace of today gives its words
and templates only. A file that is not the one that was owed is never sent.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from . import archive, letter, links
from .catalogues import msgids
from .delivery.base import File, Message
from .differences import KINDS, comparable, differences
from .errors import ArchiveError
from .language import Words
from .letter import Figure, Letter
from .model import Edition, Vocabulary
from .reading import Findings
from .recipients import Distribution
from .workspace import Workspace

LINKED = timedelta(days=90)
"""How long the link of a letter leads to its PDF."""
UNSUBSCRIBE, DOWNLOAD = "unsubscribe", "file"
"""What signed links are for; the web door has a page for each."""

_COUNTED = {
    "revised": msgids("{count} figure revised", "{count} figures revised"),
    "ruling": msgids("{count} figure ruled on anew", "{count} figures ruled on anew"),
    "source": msgids("{count} figure from another source", "{count} figures from other sources"),
    "new": msgids("{count} new figure", "{count} new figures"),
    "withdrawn": msgids("{count} figure withdrawn", "{count} figures withdrawn"),
}


@dataclass(frozen=True, slots=True)
class Posting:
    """A message that is to be: `id` names its delivery, `edition` its edition's folder; `wrong` is `topic/id` or ""."""

    id: str
    topic: str
    edition: str
    language: str
    sha256: str
    name: str
    address: str
    moment: datetime
    wrong: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What the messages of one edition in one language share."""

    letter: Letter
    file: File
    words: Words
    subject: str


@dataclass(frozen=True)
class Mailing:
    """Makes messages of one workspace; what they share is made once. `secret` signs the links, "" for none."""

    workspace: Workspace
    distribution: Distribution
    secret: str = field(default="", repr=False)
    _sheets: dict[tuple[str, ...], _Sheet] = field(default_factory=dict, repr=False)

    def message(self, posting: Posting) -> Message:
        """Return a message; ArchiveError where its file is not as it was owed, RenderError on a wrong template."""
        sheet = self._sheet(posting)
        said = replace(sheet.letter, link=self._link(posting, sheet), unsubscribe=self._unsubscribe(posting))
        text, html = letter.write(said, self._templates, sheet.words)
        return Message(
            key=posting.id,
            topic=posting.topic,
            edition=posting.edition,
            language=posting.language,
            issuer=said.issuer,
            title=said.title,
            subject=sheet.subject,
            text=text,
            html=html,
            file=sheet.file,
            moment=posting.moment,
            name=posting.name,
            link=said.link,
            unsubscribe=said.unsubscribe,
            wrong=posting.wrong,
            reason=posting.reason,
        )

    @cached_property
    def _templates(self) -> Mapping[str, bytes]:
        return self.workspace.templates("email", Findings())

    def _unsubscribe(self, posting: Posting) -> str:
        # Where the channel is its only recipient, many read one message: none of them can take the others off.
        if not (posting.address and self.distribution.address and self.secret):
            return ""
        return f"{self.distribution.address}/{UNSUBSCRIBE}/{links.sign(UNSUBSCRIBE, (posting.id,), self.secret)}"

    def _link(self, posting: Posting, sheet: _Sheet) -> str:
        if not (self.distribution.address and self.secret):
            return ""
        words = (posting.topic, posting.edition, sheet.file.name)
        token = links.sign(DOWNLOAD, words, self.secret, posting.moment + LINKED)
        return f"{self.distribution.address}/{DOWNLOAD}/{token}"

    def _sheet(self, posting: Posting) -> _Sheet:
        key = (posting.topic, posting.edition, posting.language, posting.sha256, posting.wrong, posting.reason)
        if key not in self._sheets:
            self._sheets[key] = self._make(posting)
        return self._sheets[key]

    def _make(self, posting: Posting) -> _Sheet:
        reports = self.workspace.reports
        record = archive.read_record(reports, posting.topic, posting.edition)
        kept = next((each for each in record["files"] if each["language"] == posting.language), None)
        file = _file(self.workspace, posting, kept)
        words = Words(posting.language, *self._catalogues(posting.language))
        gist = (kept or {}).get("gist", {})
        title = gist.get("title") or posting.topic
        said = Letter(
            language=posting.language,
            issuer=gist.get("issuer", ""),
            title=title,
            edition=posting.edition,
            date=gist.get("date") or record["date"],
            bottom_line=gist.get("bottom_line", ""),
            accent=gist.get("accent") or "#222222",
            figures=tuple(Figure(**each) for each in gist.get("figures", ())),
            changes=self._changes(posting, record, words),
            wrong=posting.wrong.partition("/")[2],
            reason=posting.reason,
            file=file.name,
        )
        subject = words.gettext("{title}, edition {edition}").format(title=title, edition=posting.edition)
        if posting.wrong:
            subject = words.gettext("Correction: {subject}").format(subject=subject)
        return _Sheet(said, file, words, subject)

    def _catalogues(self, language: str) -> tuple[bytes | None, Vocabulary, bytes | None]:
        program, own = self.workspace.catalogues(language, Findings())
        return program, Vocabulary((), (), (), ()), own

    def _changes(self, posting: Posting, record: Mapping[str, Any], words: Words) -> tuple[str, ...]:
        """Return what differs from the edition before, or from the one that is called back, a line a kind."""
        before = self._before(posting, record)
        if before is None or not (comparable(before) and comparable(record)):
            return ()
        counts = Counter(each.kind for each in differences(before, record, posting.language))
        return tuple(
            words.ngettext(*_COUNTED[kind], counts[kind]).format(count=counts[kind]) for kind in KINDS if counts[kind]
        )

    def _before(self, posting: Posting, record: Mapping[str, Any]) -> Mapping[str, Any] | None:
        reports, as_of = self.workspace.reports, record["as_of"] or ""
        if posting.wrong:
            return archive.read_record(reports, posting.topic, posting.wrong.partition("/")[2])
        topic, language, number = posting.topic, posting.language, record["number"]
        earlier = archive.newest(reports, topic, as_of=as_of, language=language, before=number)
        return archive.read_record(reports, topic, earlier.id) if earlier else None


def _file(workspace: Workspace, posting: Posting, kept: Mapping[str, Any] | None) -> File:
    """Return the PDF that is owed; ArchiveError where the archive does not hold it."""
    where = f"reports/{posting.topic}/{posting.edition}"
    hint = "Restore the folder from a copy: what is owed is this file and no other."
    if kept is None:
        raise ArchiveError(f"it holds no page in {posting.language}", where=where, hint=hint)
    try:
        data = (workspace.root / where / kept["name"]).read_bytes()
    except OSError as error:
        raise ArchiveError(f"{kept['name']}: {error.strerror}", where=where, hint=hint) from error
    if hashlib.sha256(data).hexdigest() != posting.sha256:
        raise ArchiveError(f"{kept['name']} is not as it was kept", where=where, hint=hint)
    return File(kept["name"], data, posting.sha256)


def linked_file(reports: Path, topic: str, edition: str, name: str) -> bytes | None:
    """Return a file that an edition's record names, None where there is none or it is not as it was kept."""
    if topic not in archive.topics_kept(reports) or edition not in archive.folders(reports, topic):
        return None
    kept = archive.read_edition(reports, topic, edition)
    sha256 = next((file[2] for file in kept.files if file[1] == name), "")
    try:
        handle = os.open(reports / topic / edition / name, os.O_RDONLY | os.O_NOFOLLOW) if sha256 else -1
    except OSError:
        return None
    if handle < 0:
        return None
    with os.fdopen(handle, "rb") as file:
        data = file.read()
    return data if hashlib.sha256(data).hexdigest() == sha256 else None


def file_of(edition: Edition, language: str) -> tuple[str, str]:
    """Return name and sha256 of an edition's file in a language; "" twice where it has none."""
    return next(((name, sha256) for mine, name, sha256, _, _ in edition.files if mine == language), ("", ""))
