"""Plain text of documents: from bytes in one of many encodings to clean text, and never to mojibake in silence.

Place in the pipeline: a part of `documents`. In: bytes and the encoding that somebody declared, "" for none;
out: `Decoded` text. UTF-8 and what a byte order mark says need no declaration; every other encoding is declared,
for the same bytes must be read the same way on any day. A guess is only ever proposed. Names of encodings are those of
the WHATWG standard (https://encoding.spec.whatwg.org/#names-and-labels), which pages and mails use.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass

import webencodings

from .model import Finding, Place
from .reading import MOJIBAKE

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16le"), (codecs.BOM_UTF16_BE, "utf-16be"))
# Controls, direction changes and what is no character: unseen on a page, refused in every table of the workspace.
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]")
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
_BREAKS = re.compile("[\r\x0b\x0c\x85\u2028\u2029](?:(?<=\r)\n)?")
_BROKEN = re.compile(r"[-\u00ad\u2010](?<=[^\W\d_].)[ \t]*\n[ \t]*([^\W\d_]\S*)[ \t]?")
_SPACES = re.compile("[ \t\n\r\f]+")
_STRENGTH = ("", " ", "\t", "\n")
_LETTERS = re.compile(r"[^\W\d_]+")
_LATIN = re.compile("[\u00c0-\u00ff]")
_STRANGE = 1000
"""One byte in so many may be unreadable: a page with a slip of the editor is still a page."""
_WESTERN = "windows-1252"
_MOSTLY = 85
"""Of a hundred bytes of Western text so many are ASCII."""
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_ENOUGH = 1 << 20
"""Bytes that a guess is made from."""
_TRADE = {"utf-16": "utf-16le", "utf-16-le": "utf-16le", "utf-16-be": "utf-16be", "cp932": "shift_jis",
          "cp949": "euc-kr", "cp874": "windows-874", "cp1125": "ibm866"}  # fmt: skip
_SAMPLE = 60
"""Characters of a document that a message shows."""
_FAR = 0.15
"""By how much another encoding must read better, from 0 to 1, for the one that a page names to be doubted."""


class EncodingError(ValueError):
    """Bytes that are not text in the encoding they should be in: `found`, `expected`, `cure`."""

    def __init__(self, found: str, expected: str, cure: str) -> None:
        """Keep the three parts of a finding."""
        super().__init__(found)
        self.found, self.expected, self.cure = found, expected, cure

    def finding(self, name: str) -> Finding:
        """Return the problem as one of the document `name`."""
        return Finding(Place(name), "document.encoding", self.found, self.expected, self.cure)


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of bytes, the encoding by its standard name, and how many bytes could not be read."""

    text: str
    encoding: str
    unreadable: int = 0


def decode(data: bytes, encoding: str = "", *, named: str = "") -> Decoded:
    """Return the text of `data`; EncodingError where it is not in its encoding, or in none that needs no declaration.

    `encoding` is an analyst's word, which is taken. `named` is the document's own or a server's, which is often
    wrong, so it is compared with the bytes.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _read(data[len(mark) :], name)
    if encoding:
        return _read(data, _standard_name(encoding))
    if named:
        read = _read(data, _standard_name(named))
        _compare(data, read)
        return read
    if b"\0" not in data[:4096]:
        with suppress(UnicodeDecodeError):
            return Decoded(data.decode("utf-8"), "utf-8")
    raise _undeclared(data)


def _undeclared(data: bytes) -> EncodingError:
    guessed = guess(data)
    if guessed in ("", "utf-8"):
        return EncodingError("it is no text in any encoding that is known", "text", "Convert it to UTF-8 or to a PDF.")
    shown = sample(_read(data[:_ENOUGH], guessed).text)
    return EncodingError(f"it is not UTF-8; it looks like {guessed}: '{shown}'", "UTF-8", _declare(guessed))


def _declare(guessed: str) -> str:
    return f'If that reads well, declare it in its table of data/sources.toml: encoding = "{guessed}".'


def _standard_name(label: str) -> str:
    found = webencodings.lookup(label)
    if found is None or found.name in ("replacement", "x-user-defined"):
        raise EncodingError(f"encoding '{label}'", "a name such as windows-1251, koi8-r, gb18030", "Correct the name.")
    # The older Chinese standards are parts of this one.
    return "gb18030" if found.name == "gbk" else found.name


def _read(data: bytes, name: str) -> Decoded:
    text = _codec(name).decode(data, "replace")[0]
    unreadable = text.count("\ufffd")
    if unreadable * _STRANGE > len(data):
        raise EncodingError(f"{unreadable} characters of it cannot be read as {name}", name, "Declare the right one.")
    return Decoded(text, name, unreadable)


def _codec(name: str) -> codecs.CodecInfo:
    found = webencodings.lookup(name)
    return codecs.lookup(name) if found is None or name == "gb18030" else found.codec_info


def _compare(data: bytes, read: Decoded) -> None:
    """Raise EncodingError where the bytes look like another encoding than the one that a page names."""
    if read.encoding == "utf-8" or data.isascii():
        return
    matches = _matches(data)
    best = next(iter(matches.items()), None)
    if best is None or best[0] == read.encoding or best[1] - matches.get(read.encoding, -1) < _FAR:
        return
    text = _codec(best[0]).decode(data, "replace")[0]
    if text == read.text:
        return
    raise EncodingError(
        f"it names {read.encoding}, which reads '{sample(read.text)}', and looks like {best[0]}: '{sample(text)}'",
        "the encoding it is written in",
        _declare(best[0]),
    )


def guess(data: bytes) -> str:
    """Return the standard name of the encoding that bytes look like, "" where they look like no text."""
    matches = _matches(data)
    best = next(iter(matches), "")
    # Of encodings that read equally well the most frequent one is meant; bytes that are nearly all ASCII are Western.
    if best and matches.get(_WESTERN, -1) >= matches[best]:
        return _WESTERN
    if not best and sum(byte < 0x80 for byte in data) * 100 > _MOSTLY * len(data) and not _CONTROL.search(data):
        return _WESTERN
    return best


def _matches(data: bytes) -> dict[str, float]:
    """Return the encodings that bytes may be written in, the likeliest first, and how well each reads."""
    from charset_normalizer import from_bytes
    from charset_normalizer.constant import IANA_SUPPORTED

    # What no page may name (the code pages of old Macintoshes, of terminals) wins by chance only.
    foreign = [name for name in IANA_SUPPORTED if not _web_name(name)]
    found: dict[str, float] = {}
    # What is ASCII everywhere says nothing, and much of it drowns the rest.
    telling = b"\n".join(line for line in data[:_ENOUGH].split(b"\n") if not line.isascii()) or data[:_ENOUGH]
    for match in from_bytes(data[:_ENOUGH] if b"\0" in telling else telling, cp_exclusion=foreign):
        worth = match.coherence - match.chaos
        if (name := _web_name(match.encoding)) and worth > -_FAR:
            found.setdefault(name, worth)
    return found


def _web_name(codec: str) -> str:
    """Return the standard name of one of Python's codecs, "" where the web has none."""
    name = codec.replace("_", "-")
    for label in (_TRADE.get(name, name), name.replace("cp", "windows-"), name.replace("iso", "iso-")):
        if known := webencodings.lookup(label):
            return "gb18030" if known.name == "gbk" else str(known.name)
    return ""


def garbled(text: str) -> str:
    """Return why a text looks as if it had been read in a wrong encoding, or ""."""
    if len(MOJIBAKE.findall(text)) * 100 > len(text):
        return "pairs as of UTF-8 read as Latin-1"
    accented = len(_LATIN.findall(text))
    # Without accents, which is the rule, no letter need be counted.
    if accented > 10 and accented * 2 > sum(map(len, _LETTERS.findall(text))):
        return "more letters with accents than without"
    return ""


def clean(text: str) -> str:
    """Return the text in composed form with line feeds only, broken words joined, without unseen characters.

    What stood behind a line's hyphen moves up before the line feed, so that lines keep their numbers.
    """
    text = _UNSEEN.sub("", _BREAKS.sub("\n", unicodedata.normalize("NFC", text)))
    return _INVISIBLE.sub("", _BROKEN.sub(_joined, text))


def _joined(broken: re.Match[str]) -> str:
    # A capital begins a second name (Baden-Baden), whose hyphen is its own.
    return f"{broken[1]}\n" if broken[1][0] == broken[1][0].lower() else broken[0]


def sample(text: str) -> str:
    """Return the beginning of a text as a message shows it; where it has letters of other scripts, from there."""
    line = " ".join(clean(text).split())
    strange = re.search(r"[^\x00-\x7f]", line)
    start = line.rfind(" ", 0, max(0, strange.start() - 10)) + 1 if strange else 0
    return line[start : start + _SAMPLE] + ("…" if len(line) > start + _SAMPLE else "")


class Writer:
    """Collects the text before, in and after a page's article, with the white space that keeps its parts apart."""

    def __init__(self) -> None:
        """Begin before the article."""
        self.parts: tuple[list[str], list[str], list[str]] = ([], [], [])
        self.at = 0
        self._gap = ""
        self._last = "\n"

    def separate(self, gap: str) -> None:
        """Ask for a space, a tab or a line feed before what comes next; the strongest one wins."""
        self._gap = max(self._gap, gap, key=_STRENGTH.index)

    def cell(self, skipped: int = 0) -> None:
        """Write the tab before a cell that is not its row's first, so that empty cells keep their places."""
        self._gap = ""
        self.parts[self.at].append("\t" * (1 + skipped))
        self._last = "\t"

    def text(self, text: str, *, kept: bool = False) -> None:
        """Write text; its white space is folded unless it is `kept`."""
        if kept:
            self._put(text)
            return
        folded = _SPACES.sub(" ", text)
        if folded.startswith(" "):
            self.separate(" ")
        if word := folded.strip(" "):
            self._put(word)
            if folded.endswith(" "):
                self.separate(" ")

    def raised(self, *, linked: bool) -> None:
        """Keep a raised sign apart from the number before it: it is a note's mark or a power."""
        if linked or not self._last.isalpha():
            self.separate(" ")

    def _put(self, text: str) -> None:
        part = self.parts[self.at]
        if self._gap and self._last not in "\t\n":
            part.append(self._gap)
        part.append(text)
        self._gap, self._last = "", text[-1:]

    def turn(self, at: int) -> None:
        """Go on in the part before (0), in (1) or after (2) the article."""
        self.at, self._gap, self._last = at, "", "\n"
