"""Catalogues of translations: read, and brought up to date for a translator.

Place in the pipeline: base; `language` says words with what is read here (step 4 Write). A catalogue is a gettext PO
file (https://www.gnu.org/software/gettext/manual/html_node/PO-Files.html). A language has two: the program's words and
patterns, shipped with it, and the texts of the workspace. Babel's catalogues stand in this room only.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from .errors import UsageError, WorkspaceError
from .model import Finding, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from babel import Locale
    from babel.messages.catalog import Catalog, Message

PROGRAM_WORDS, OWN_WORDS = "briefing.po", "workspace.po"
"""The catalogues of a language: the program's words and patterns, and the workspace's own texts."""
LISTED = "briefing.pot"
"""Every text of the program, as `make words` extracts it."""
OPTIONAL = re.compile(r"[A-Z]{3}\Z|thousand=3 |genitive=|elision=|\{scaled\} ")
"""Msgids that may stay untranslated: settings, for which CLDR's and English serve."""
_KEPT = "kept up to date by `briefing words`; templates/locales/README.md tells more."
_HEADS = {OWN_WORDS: f"# The workspace's own words, {_KEPT}", PROGRAM_WORDS: f"# The program's words, {_KEPT}"}
_DATED = re.compile(rb'"(?:POT-Creation|PO-Revision|Last-Translator|Project-Id|Generated-By|Report-|Language-Team)')
_ENTRY = re.compile(r'\s*(?:(?P<key>msg(?:id_plural|id|ctxt|str(?:\[\d\])?))\s*)?"(?P<said>(?:[^"\\]|\\.)*)"\s*\Z')
_PO_LINE = re.compile(r'\s*(?:#.*|(?:msg(?:id|str|id_plural|ctxt)(?:\[\d\])?\s*)?"(?:[^"\\]|\\.)*"\s*)?\Z')


def msgid(text: str) -> str:
    """Mark a text of the program for the catalogues, where it is looked up later; return it as it is."""
    return text


def msgids(one: str, other: str) -> tuple[str, str]:
    """Mark a singular and its plural for the catalogues; return them as they are."""
    return one, other


def locale_of(language: str) -> Locale:
    """Return what CLDR knows of a language; UsageError where it does not know it."""
    from babel import Locale, UnknownLocaleError

    # Plain "en" is American in CLDR; "en_001" is the English of the rest of the world.
    tag = "en_001" if language == "en" else language.replace("-", "_")
    try:
        return Locale.parse(tag)
    except (UnknownLocaleError, ValueError, TypeError) as error:
        raise UsageError(
            f"no language '{language}'",
            where="briefing.toml",
            hint=f"{meant_language(language)} Use a tag of BCP 47 that CLDR knows, such as en, zh, ru or be.".lstrip(),
        ) from error


def meant_language(tag: str) -> str:
    """Return "" for the tag of a language that CLDR can name, else the question which one is meant.

    Taken for it are a country's code (jp), a code of three letters (spa, esp) and an English name (japanese).
    """
    from babel import Locale
    from babel.core import get_global

    base = re.split("[-_]", tag)[0].casefold()
    names = Locale("en").languages
    if base in names:
        return ""
    named = {name.casefold(): code for code, name in names.items()}
    country = next(iter(get_global("territory_aliases").get(base.upper(), ())), base.upper())
    spoken = str(get_global("likely_subtags").get(f"und_{country}", "")).partition("_")[0]
    meant = get_global("language_aliases").get(base) or named.get(base) or spoken
    return f"Did you mean '{meant}'?" if meant else "No language has it."


def read_catalogue(
    catalogue: bytes | None, language: str, name: str
) -> tuple[dict[str, str | tuple[str, ...]], Callable[[int], int]]:
    """Return translations by msgid, "" for none, and the rule that chooses the form of a plural; None: none.

    WorkspaceError, with the file `name` of the language, where the bytes are no catalogue.
    """
    if catalogue is None:
        return {}, lambda number: int(number != 1)
    messages, plural = _messages(catalogue, language, name)
    return dict(messages), plural


@lru_cache(maxsize=64)
def _messages(
    catalogue: bytes, language: str, name: str
) -> tuple[dict[str, str | tuple[str, ...]], Callable[[int], int]]:
    """Return a catalogue's translations, read once: every page of a language asks for them."""
    from gettext import c2py

    read = _read(catalogue, language, name)
    # Without a Plural-Forms line Babel falls back on the rule it knows for the language.
    plural = c2py(read.plural_expr)
    return {_key(message.id): _said(message) for message in read if message.id}, plural


def _refuse_torn_lines(text: str) -> None:
    """Raise ValueError on a line that is not PO: Babel takes a quotation mark that is never closed."""
    for number, line in enumerate(text.splitlines(), 1):
        if not _PO_LINE.match(line):
            raise ValueError(f"line {number}: {line[:60]!r}")


def _key(msgid: str | Sequence[str]) -> str:
    return msgid if isinstance(msgid, str) else msgid[0]


def _said(message: Message) -> str | tuple[str, ...]:
    """Return a message's translation; "" where it is missing or marked fuzzy, which gettext leaves out too."""
    if message.fuzzy:
        return ""
    said = message.string
    return said or "" if isinstance(said, (str, type(None))) else tuple(said)


def _read(catalogue: bytes, language: str, name: str) -> Catalog:
    from gettext import c2py

    from babel.messages.pofile import PoFileError, read_po

    try:
        _refuse_torn_lines(catalogue.decode("utf-8"))
        read = read_po(io.BytesIO(catalogue), abort_invalid=True)
        if read.locale is None:
            read.locale = locale_of(language)
        c2py(read.plural_expr)
    except (PoFileError, ValueError, LookupError) as error:
        raise WorkspaceError([_unreadable(catalogue, f"{language}/LC_MESSAGES/{name}", error)]) from error
    return read


def _unreadable(catalogue: bytes, name: str, error: Exception) -> Finding:
    line = getattr(error, "lineno", None) or 0
    return Finding(
        Place(f"templates/locales/{name}", line),
        "locale.unreadable",
        f"{len(catalogue)} bytes that are no catalogue: {error}",
        "a PO file in UTF-8",
        "Check it with msgfmt --check.",
    )


def translations(catalogue: bytes) -> Iterator[tuple[int, str, str]]:
    """Yield the line of each translation with its msgid and its words; those that gettext leaves out are not there."""
    said: dict[str, list[str]] = {}
    key, line, fuzzy = "", 0, False
    for number, text in enumerate((*catalogue.decode("utf-8", "replace").splitlines(), ""), 1):
        if text.startswith("#,") and "fuzzy" in text:
            fuzzy = True
        match = _ENTRY.match(text)
        if match is None and not text.startswith("#"):
            if said.get("msgid", [""]) != [""] and not fuzzy:
                for form in (form for form in said if form.startswith("msgstr")):
                    yield line, "".join(said["msgid"]), "".join(said[form])
            said, fuzzy = {}, False
        elif match is not None:
            key = match["key"] or key
            line = number if match["key"] and key in ("msgstr", "msgstr[0]") else line
            said.setdefault(key, []).append(match["said"].replace('\\"', '"').replace("\\n", "\n"))


# --- brought up to date ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wanted:
    """A text that a page asks a catalogue for: its plural, "" where it has none, and where it stands."""

    msgid: str
    plural: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Update:
    """A catalogue brought up to date: its bytes, how many texts are new, gone and without a translation."""

    data: bytes
    new: int
    gone: int
    open: int


def read_listed(template: bytes) -> tuple[Wanted, ...]:
    """Return the texts of the program in the order of `LISTED`, whose bytes are given."""
    ids = [message.id for message in _read(template, "en", LISTED) if message.id]
    return tuple(Wanted(id_) if isinstance(id_, str) else Wanted(*id_) for id_ in ids)


def update_catalogue(
    catalogue: bytes | None, language: str, wanted: Iterable[Wanted], like: bytes | None = None, name: str = OWN_WORDS
) -> Update:
    """Return the workspace's catalogue `name` of a language with exactly the texts wanted, in their order.

    What was translated stays, and what is no longer wanted is kept as obsolete, as gettext's tools do. A new one has
    the plural forms of `like`, the program's catalogue.
    """
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    old = _read(catalogue, language, name) if catalogue is not None else Catalog(locale_of(language))
    if catalogue is None and like is not None:
        old.mime_headers = [("Plural-Forms", _read(like, language, PROGRAM_WORDS).plural_forms)]
    known = {_key(message.id): message for message in (*old.obsolete.values(), *old) if message.id}
    before = {_key(message.id) for message in old if message.id}
    head = _HEADS[name] if catalogue is None else old.header_comment
    fresh = Catalog(locale_of(language), fuzzy=False, header_comment=head)
    # The plural rule is the file's own: its translations are in that order.
    fresh.mime_headers = [("Plural-Forms", old.plural_forms)]
    now = {each.msgid: each for each in wanted}
    for each in now.values():
        _carry_over(fresh, each, known.get(each.msgid))
    for id_, message in known.items():
        if id_ not in now and any(_forms(message)):
            fresh.obsolete[message.id] = message
    out = io.BytesIO()
    write_po(out, fresh, width=110)
    said = b"".join(line for line in out.getvalue().splitlines(keepends=True) if not _DATED.match(line))
    asked = [message for message in fresh if message.id and not OPTIONAL.match(_key(message.id))]
    untold = sum(not all(_forms(message)) or message.fuzzy for message in asked)
    return Update(said, len(now.keys() - before), len(before - now.keys()), untold)


def _carry_over(catalogue: Catalog, wanted: Wanted, known: Message | None) -> None:
    msgid = (wanted.msgid, wanted.plural) if wanted.plural else wanted.msgid
    same = known is not None and isinstance(known.id, str) == isinstance(msgid, str)
    catalogue.add(
        msgid,
        known.string if known is not None and same else None,
        auto_comments=[wanted.place] if wanted.place else [],
        user_comments=known.user_comments if known is not None else (),
        flags=known.flags if known is not None and same else (),
    )


def _forms(message: Message) -> Sequence[str]:
    said = message.string
    return [said or ""] if isinstance(said, (str, type(None))) else said
