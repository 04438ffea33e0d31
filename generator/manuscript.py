"""A page drawn up, with one digest over all that its printing gets: what is not printed does not count.

Place in the pipeline: after step 4 Write, before anything is drawn or printed. In: what the workspace knows, and a page
that was asked for; out: its draft without edition and number, and the digest that is printed on the page and kept in
the record. Two pages of one digest have the same bytes but for the edition's name, so a page whose digest is kept need
not be made again, whatever else in the workspace has changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from .binding import draw_up_any
from .context import Imprint
from .draft import Draft
from .knowledge import Knowledge, learn
from .language import Words
from .orders import PROGRAM, Want, code_digest, versions
from .reading import Findings
from .signing import read_seal_settings
from .workspace import SETTINGS, Workspace, digest

_ASKED = re.compile(r"\b_\b(?:\s*\(\s*(?:'([^']*)'|\"([^\"]*)\")\s*\))?")
"""What a template asks the catalogue for; a `_` without a text beside it may ask for anything."""


@dataclass(frozen=True, slots=True)
class Manuscript:
    """A page as it would be printed, but for the name and number of its edition, and the digest of it."""

    want: Want
    draft: Draft
    digest: str

    def numbered(self, edition: str, number: int) -> Draft:
        """Return the draft as a page of an edition."""
        composed = self.draft.composed
        page = replace(composed.context, edition=edition, number=number, digest=self.digest)
        return replace(self.draft, composed=replace(composed, context=page))


def write_up(workspace: Workspace, knowledge: Knowledge, want: Want) -> Manuscript:
    """Return a page of what is known; the problems found on the way are the draft's."""
    settings = knowledge.settings
    imprint = Imprint(
        edition="",
        number=0,
        date=knowledge.days[want.topic].isoformat(),
        digest="",
        program=PROGRAM,
        issuer=settings.issuer,
        tagline=settings.tagline,
        contact=settings.contact,
        as_of=str(want.as_of or ""),
    )
    draft = draw_up_any(workspace, knowledge, want.topic, want.language, imprint)
    templates = workspace.templates("briefing", Findings())
    catalogues = workspace.catalogues(want.language, Findings())
    seal = read_seal_settings(workspace.table(SETTINGS, Findings()))
    return Manuscript(want, draft, _digest(draft, templates, catalogues, repr(seal)))


def page_digest(workspace: Workspace, want: Want) -> str:
    """Return the digest of a page as the workspace would make it now, "" where it cannot."""
    knowledge = learn(workspace, (want.topic,), as_of=want.as_of)
    if knowledge.findings.errors:
        return ""
    return write_up(workspace, knowledge, want).digest


def _digest(
    draft: Draft, templates: Mapping[str, bytes], catalogues: tuple[bytes | None, bytes | None], seal: str
) -> str:
    """Return the digest of everything a page is printed from."""
    program, own = catalogues
    return digest(
        {
            "page": repr(draft.composed.context),
            "traces": repr((draft.composed.traces, draft.composed.drawn)),
            "plots": repr(draft.plots),
            "language": draft.language,
            "layouts": repr(draft.layouts),
            "seal": seal,
            "words": program or b"",
            "own words": _own_words(draft.words, templates, own),
            "program": f"{PROGRAM} {code_digest()}",
            "libraries": " ".join(f"{name}={version}" for name, version in versions().items()),
            **{f"template {name}": data for name, data in templates.items()},
            **{f"drawing {name}": svg for name, svg in draft.sparks},
            **{f"attachment {each.name} {each.media_type} {each.description}": each.data for each in draft.attached},
        }
    )


def _own_words(words: Words, templates: Mapping[str, bytes], own: bytes | None) -> bytes | str:
    """Return what the workspace's catalogue says to the templates; all of it where one asks for computed words."""
    asked: set[str] = set()
    for name, data in templates.items():
        for one, other in _ASKED.findall(data.decode("utf-8", "replace") if name.endswith(".html") else ""):
            if not one and not other:
                return own or b""
            asked.add(one or other)
    return repr([(msgid, words.gettext(msgid)) for msgid in sorted(asked)])
