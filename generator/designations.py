"""Names that hold digits, and times of the day: what is no quantity although it is written in digits.

Place in the pipeline: base; a part of `quantities`. Addresses of the web and of people, DOI and ISBN, telephone
numbers, versions, numbers of decrees, tables, pages and articles, citations in brackets, enumerators at the
beginning of a line, and codes such as 5G or X8151. What goes out: the span of the name.
"""

from __future__ import annotations

import re

from .lexicon import Lexicon

_ADDRESS = re.compile(r"(?:(?:https?|ftp)://|www\.)[!-~]{1,2000}(?<![.,;:!?)\]}'\"])")
_MAIL = re.compile(r"[\w.+-]{0,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}", re.ASCII)
_MAIL_HEAD = re.compile(r"[\w.+-]{1,64}\Z", re.ASCII)
_DOI = re.compile(r"10\.\d{4,9}/[!-~]{1,200}(?<![.,;:!?)\]])")
_PHONE = re.compile(r"\d{1,3}[ \u00a0(/-]{1,3}\d[\d \u00a0()/-]{4,18}\d")
_GROUPS = re.compile(r"\d{1,5}(?:-\d{1,7}){2,5}(?:-[\dXx])?(?![\w-])")
_DOTTED = re.compile(r"\d{1,10}(?:\.\d{1,10}){2,20}")
_RATIO = re.compile(r"\d{1,10}[:]\d{1,10}(?::\d{1,10}){0,5}")
_SLASHED = re.compile(r"\d{1,10}(?:/\d{1,10}){1,5}(?![\w])")
_RUN = re.compile(r"\d{1,10}")
_PARTING = (".", ":", "/", "-")
_COMPOSITES = (_GROUPS, _DOTTED, _RATIO, _SLASHED)
_PAGES = r"(?:[,;:][ \u00a0]?(?:pp?|[cсCСsS]|стр|стар)\.?[ \u00a0]?\d{1,4}(?:[–-]\d{1,4})?)?"
_CITATION = re.compile(rf"\[(\d{{1,3}}(?:[,;–-][ \u00a0]?\d{{1,3}}){{0,20}}{_PAGES})\]")
_ENUMERATOR = re.compile(r"\d{1,3}(?:\.\d{1,3}){0,4}(?:[.)](?=[ \u00a0])|[、．])")
_LINE_START = re.compile(r"(?:\A|[.;:!?。；：！？…][»\"”']?[ \u00a0]{0,9}\n|\n[ \u00a0]{0,9}\n)[ \u00a0]{0,9}[(]?\Z")
_BRACKETED = re.compile(r"\d{1,2}\)(?=[ \u00a0]?[^\W\d])")
_LABELLED = re.compile(r"\d[\d.,:/–-]{0,40}(?:[^\W\d_](?!\w))?")
_HEAD = re.compile(r"[^\W_][\w/'-]{0,30}\Z")
_ASCII_HEAD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_/'-]{0,30}\Z")
_TAIL = re.compile(r"(?:[^\W\d]|[-/][A-Z])(?:[-/]?\w){0,60}")
_ASCII_TAIL = re.compile(r"(?:[A-Za-z_]|[-/][A-Z])(?:[-/]?[A-Za-z0-9]){0,60}")
_CLOCK = re.compile(
    r"(?P<h>[01]?\d|2[0-4]):(?P<min>[0-5]\d)(?::[0-5]\d(?:[.,]\d{1,3})?)?(?![:\d])"
    r"(?:[ \u00a0]?(?:(?P<p>[Pp])|[Aa])\.?[Mm]\b\.?)?"
)


def address(text: str, start: int) -> int:
    """Return the end of an address of the web that begins at `start`; 0 without."""
    match = _ADDRESS.match(text, start)
    return match.end() if match else 0


def name(text: str, start: int, floor: int, lexicon: Lexicon) -> tuple[int, int] | None:
    """Return the span of the name to which the digits at `start` belong by the signs and labels around them."""
    if match := _MAIL.match(text, start) or _DOI.match(text, start):
        head = _MAIL_HEAD.search(text[max(floor, start - 64) : start])
        return start - len(head[0] if head else ""), match.end()
    before = text[start - 1 : start] if start > floor else ""
    if before == "+" and (match := _PHONE.match(text, start)):
        return start - 1, match.end()
    if before == "[" and (match := _CITATION.match(text, start - 1)):
        return start, match.end(1)
    if before in ("", "\n", " ", "(") and (end := _enumerator(text, start, floor)):
        return start, end
    return _labelled(text, start, floor, lexicon)


def _enumerator(text: str, start: int, floor: int) -> int:
    """Return the end of a number that opens a line or a clause: `1. `, `(2) `; 0 without."""
    match = _ENUMERATOR.match(text, start)
    if match and _LINE_START.search(text, max(floor, start - 20), start):
        return match.end()
    bracketed = _BRACKETED.match(text, start) if text[start - 1 : start] == "(" else None
    if bracketed and text[max(0, start - 3) : start - 1].strip()[-1:] in ("", ";", ":", ",", "."):
        return bracketed.end() - 1
    return 0


def _labelled(text: str, start: int, floor: int, lexicon: Lexicon) -> tuple[int, int] | None:
    """Return the span of digits behind a word that numbers things: Article 5, № 253, 第166号."""
    begin, label = lexicon.before("label", text, start, floor)
    match = _LABELLED.match(text, start) if label else None
    if match is None:
        return None
    end = start + len(match[0].rstrip(".,:/–-"))
    counted = lexicon.after("scale", text, end)[1] or lexicon.after("unit", text, end)[1] in ("percent", "times")
    return None if counted else (begin, end)


def composite(text: str, start: int) -> int:
    """Return the end of digits parted by points, hyphens, colons or slashes that begin at `start`; 0 without."""
    run = _RUN.match(text, start)
    if run is None or text[run.end() : run.end() + 1] not in _PARTING:
        return 0
    match = next(filter(None, (pattern.match(text, start) for pattern in _COMPOSITES)), None)
    return match.end() if match else 0


def code(text: str, start: int, end: int, floor: int, *, spaced: bool) -> tuple[int, int] | None:
    """Return the span of letters and digits that belong together: 5G, X8151, COVID-19; None for bare digits."""
    head = (_HEAD if spaced else _ASCII_HEAD).search(text[max(floor, start - 30) : start])
    tail = (_TAIL if spaced else _ASCII_TAIL).match(text, end)
    first = start - len(head[0]) if head else start
    last = tail.end() if tail else end
    return (first, last) if (first, last) != (start, end) else None


def clock(text: str, start: int, lexicon: Lexicon) -> tuple[int, str] | None:
    """Return the end of a time of the day and its form in ISO 8601, `T11:30`."""
    run = _RUN.match(text, start)
    if run is None or run.end() - start > 2:
        return None
    for pattern in (_CLOCK, *lexicon.clocks):
        if match := pattern.match(text, start):
            groups = match.groupdict()
            hour = int(groups["h"]) + (12 if groups.get("p") is not None and int(groups["h"]) < 12 else 0)
            return match.end(), f"T{hour:02}:{groups.get('min') or '00'}"
    return None
