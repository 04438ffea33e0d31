"""Provenance: the source that a document becomes, as far as the document and its address say it.

Place in the pipeline: a part of `ingest`. In: a document's text and name, what an analyst said of it; out: a `Source`
for data/sources.toml. What is guessed is marked in it (`guessed`), and `briefing check` reminds of it until an analyst
has looked at it and taken the mark away.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from .agreement import read
from .anchors import HAN, count_words
from .documents import SUFFIXES
from .mentions import tongue
from .model import Extract, Source, Vocabulary
from .periods import parse_period

UNKNOWN = "[not stated]"
_TITLE = 20
"""Words of a first line that may be a title; a longer one is a sentence, which is not kept."""
_SLUG = 36
"""Characters of an id, about."""
_HEAD = 600
"""Characters at the begin of a document in which its date is looked for."""
_LATIN = str.maketrans("ıłŁđĐøØ", "ilLdDoO") | {ord("ß"): "ss", ord("æ"): "ae", ord("œ"): "oe"}
"""Latin letters that are no plain letter with a mark."""
_FUNCTION_WORDS = {
    "en": "the of and in to for with that from was were is are has have by on at as",
    "de": "der die das und mit von für den dem ist wurde werden auf im zu eine",
    "fr": "le la les des et de du une dans pour avec est sont sur par aux",
    "es": "el la los las de del y en una con para por que es son al",
    "pl": "i w na z do się nie jest oraz dla od przez po został",
}
_CYRILLIC = ("be", "uk", "bg", "sr", "mk", "kk", "ky", "mn")
_SURE = 0.04
"""Part of a text's words that are function words of its language, at least."""


@dataclass(frozen=True, slots=True)
class Description:
    """What an analyst says of a document; what is "" is taken from the document or guessed."""

    id: str = ""
    producer: str = ""
    title: str = ""
    published: str = ""
    url: str = ""
    language: str = ""
    licence: str = ""
    encoding: str = ""


def describe(
    extract: Extract, document: str, sha256: str, said: Description, today: date, taken: Collection[str], *, web: bool
) -> Source:
    """Return the source of a document with the file name `document`; what was guessed is marked in it.

    `taken` are the ids that are not free, `web` says whether it was fetched. A language that cannot be told is "".
    """
    title = said.title or extract.title or _first_line(extract.text) or f"[{document}]"
    found = {
        "title": title,
        "producer": said.producer or extract.producer or (urlsplit(said.url).hostname or "") or UNKNOWN,
        "published": said.published or _published(extract, today),
        "language": said.language or language_of(extract),
    }
    guessed = tuple(key for key, value in found.items() if value and not getattr(said, key))
    return Source(
        id=said.id or _free(_id(document, title, found["published"], sha256), taken),
        producer=found["producer"],
        title=found["title"],
        kind="web page" if web or extract.kind == "html" else "document",
        accessed=today.isoformat(),
        published=found["published"],
        url=said.url,
        licence=said.licence,
        language=found["language"],
        document=document,
        sha256=sha256,
        encoding=said.encoding,
        guessed=guessed,
    )


def language_of(extract: Extract) -> str:
    """Return the language of a text, "" where its letters and words do not tell it.

    What the document says is believed where its letters can be of that language: templates say "en" of any page.
    """
    text = extract.text[:20_000]
    script = tongue(text, "en")
    if script == "zh":
        return "ja" if len(re.findall("[\u3040-\u30ff]", text)) * 10 > len(text) else "zh"
    if script == "ru":
        return extract.language if extract.language in _CYRILLIC else _slavic(text)
    if extract.language and tongue(text, extract.language) == extract.language:
        return extract.language
    words = re.findall(r"[^\W\d_]+", text.casefold())
    counts = {name: sum(map(words.count, known.split())) for name, known in _FUNCTION_WORDS.items()}
    best = max(counts, key=lambda name: counts[name])
    return best if words and counts[best] >= _SURE * len(words) else ""


def _slavic(text: str) -> str:
    """Return be, uk or ru by the letters that only one of them has."""
    letters = text.casefold()
    if letters.count("ў") * 300 > len(letters):
        return "be"
    if (letters.count("ї") + letters.count("є")) * 300 > len(letters):
        return "uk"
    return "ru"


def _first_line(text: str) -> str:
    line = next((line for line in text.split("\n") if line.strip()), "")
    folded = " ".join(line.split())
    return folded if 0 < count_words(folded) <= _TITLE and re.search(r"[^\W\d_]", folded) else ""


def _published(extract: Extract, today: date) -> str:
    """Return the day a document was published: what it says of itself, else the first full date at its begin."""
    for day in (extract.published, *_days(extract)):
        if day and day <= today.isoformat()[: len(day)] and _is_date(day):
            return day
    return ""


def _days(extract: Extract) -> Iterator[str]:
    head = extract.text[:_HEAD]
    nothing = Vocabulary((), (), (), ())
    for quantity in read(head, tongue(head, language_of(extract) or "en"), nothing):
        if re.fullmatch(r"\d{4}-\d\d-\d\d", quantity.iso):
            yield quantity.iso


def _is_date(text: str) -> bool:
    try:
        return parse_period(text).dated
    except ValueError:
        return False


# --- ids and file names ---------------------------------------------------------------------------


def slug(text: str) -> str:
    """Return the Latin letters and digits of a text, joined by hyphens; "" where it has no Latin letter."""
    plain = unicodedata.normalize("NFKD", text.translate(_LATIN)).encode("ascii", "ignore").decode("ascii")
    parts, size = [], 0
    for part in re.findall(r"[A-Za-z0-9]+", plain):
        size += len(part) + 1
        if size > _SLUG:
            break
        parts.append(part)
    joined = "-".join(parts)
    # Of a Chinese or Russian title a stray abbreviation may be left, which names nothing.
    whole = len(re.findall(r"[^\W_]", text)) + len(re.findall(f"[{HAN}]", text))
    return joined if re.search("[A-Za-z]", joined) and len(joined) * 2 > whole else ""


def _id(document: str, title: str, published: str, sha256: str) -> str:
    stem = slug(PurePosixPath(document).stem)
    # Names that programs give (000_212daad, index, download) tell nothing.
    telling = stem if re.fullmatch(r"(?!(?:index|download|document|page|file)\b)[A-Za-z][A-Za-z-]{3,}.*", stem) else ""
    named = slug(title) if title != UNKNOWN and not title.startswith("[") else ""
    base = named or telling or f"doc-{sha256[:8]}"
    year = published[:4]
    dated = re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", base)
    return "_".join(filter(None, (base.upper().replace("-", "_"), "" if dated else year)))


def _free(id_: str, taken: Collection[str]) -> str:
    known = {each.upper() for each in taken}
    number = 1
    while (id_ if number == 1 else f"{id_}_{number}") in known:
        number += 1
    return id_ if number == 1 else f"{id_}_{number}"


_PROGRAMS = ("asp", "aspx", "php", "jsp", "shtml")
_TYPES = {
    "text/html": "html", "application/xhtml+xml": "html", "application/pdf": "pdf", "text/plain": "txt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}  # fmt: skip


def file_name(origin: str, media: str, kind: str) -> str:
    """Return a safe file name for a document: `origin` is its path or address, `media` its type, "" where unknown.

    `kind` is what its content shows: text, html, pdf, docx.
    """
    path = PurePosixPath(unquote(urlsplit(origin).path if "://" in origin else origin))
    suffix = path.suffix.lower().lstrip(".")
    if media in _TYPES:
        suffix = _TYPES[media]
    elif SUFFIXES.get(suffix) != kind:
        suffix = {"text": "txt"}.get(kind, kind)
    stem = path.stem if path.suffix.lower().lstrip(".") in (*SUFFIXES, *_PROGRAMS) else path.name
    host = (urlsplit(origin).hostname or "") if "://" in origin else ""
    return f"{_safe(stem) or slug(host) or 'document'}.{suffix}"


def _safe(stem: str) -> str:
    """Return a stem without what a file system, shell or spreadsheet would trip over; other scripts stay."""
    kept = re.sub(r"[^\w.-]+", "-", unicodedata.normalize("NFC", stem)).strip("-._")
    while len(kept.encode()) > 100:
        kept = kept[:-1]
    return kept.strip("-._")
