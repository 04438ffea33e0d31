"""Feeds: an Atom feed a topic and language, beside the PDFs it leads to, in any store.

Place in the pipeline: step 8 Deliver. What a feed has said is kept as a JSON Feed
(https://www.jsonfeed.org/version/1.1) under the same name, and the Atom feed
(https://www.rfc-editor.org/rfc/rfc4287) is made from it anew each time, so that an entry's id and date never change by
themselves. A recalled edition keeps its entry, which then says so.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, cast
from urllib.parse import quote, urlsplit

from .. import stores
from ..errors import BriefingError, UsageError
from ..reading import Table
from ..stores import Store
from .base import REFUSED, SENT, Message, Outcome, World, one_line, take_secret, take_whole

JSON_FEED = "https://jsonfeed.org/version/1.1"
_LONGEST = 100
_OUTSIDE_XML = dict.fromkeys({*range(0x20), 0x7F, 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)} - {0x09, 0x0A, 0x0D})
_KEYS = frozenset({"id", "url", "title", "date_published", "date_modified"})
Feed = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Settings:
    """What [channels.<name>] says: where the files are put, and under which address readers find that place."""

    store: stores.Settings
    public: str
    entries: int = _LONGEST


class _Kind:
    recipients = ""

    def take(self, table: Table) -> Settings:
        """Take the store and its public address."""
        public = table.text("public").rstrip("/")
        if public and (urlsplit(public).scheme not in ("http", "https") or not public.isascii()):
            expected = "where readers find the folder: https://example.org/briefings"
            table.refuse("public", f"'{public[:80]}'", expected=expected, cure="Correct it.")
        entries = take_whole(table, "entries", _LONGEST, 1, 1000)
        return Settings(stores.take_store(table, take_secret), public, entries)

    def address(self, text: str) -> str:
        """Take nothing: the channel is its only recipient."""
        if text:
            raise ValueError("no address: the channel itself says where to")
        return ""

    @contextmanager
    def open(self, settings: object, world: World) -> Iterator[_Channel]:
        """Open the store."""
        own = cast("Settings", settings)
        with stores.open_store(own.store, world.root, world.secrets) as store:
            yield _Channel(own, store)


class _Channel:
    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings, self._store = settings, store

    def deliver(self, message: Message, address: str, commit: Callable[[], None]) -> Outcome:  # noqa: ARG002 - one place
        """Put the PDF, then the entry that leads to it; doing it again changes nothing."""
        name = f"{message.topic}/{message.file.name}"
        feed = f"{message.topic}/{message.topic}.{message.language}"
        try:
            stores.checked(name)
            stores.checked(feed)
            commit()
            if not self._store.create(name, message.file.data):
                held = self._store.read(name) or b""
                if hashlib.sha256(held).hexdigest() != message.file.sha256:
                    return Outcome(REFUSED, f"another file of the name {name} is there; move it away, then send again")
            said = self._entered(feed, message, f"{self._settings.public}/{quote(name)}")
            self._store.update(f"{feed}.atom", lambda _: _atom(said))
            self._store.update(f"{feed}.json", lambda _: _written(said))
        except UsageError as error:
            return Outcome(REFUSED, one_line(f"{error.where}: {error.message}. {error.hint}"))
        except BriefingError as error:
            return Outcome("later", one_line(f"{error.where}: {error.message}"), everybody=True)
        return Outcome(SENT, f"{self._settings.public}/{quote(feed)}.atom")

    def _entered(self, feed: str, message: Message, link: str) -> Feed:
        """Return the feed with the message's entry, and the one marked that it calls back."""
        own = f"{self._settings.public}/{quote(feed)}"
        said = _held(self._store.read(f"{feed}.json"), feed) or {"version": JSON_FEED, "items": []}
        items = [_recalled(item, message) for item in said["items"]]
        entry = _entry(message, link, own)
        if all(item["id"] != entry["id"] for item in items):
            items.insert(0, entry)
        return {
            "version": JSON_FEED,
            "title": _clean(f"{message.title} – {message.issuer}"),
            "home_page_url": self._settings.public,
            "feed_url": f"{own}.json",
            "language": message.language,
            "authors": [{"name": _clean(message.issuer)}],
            "items": items[: self._settings.entries],
        }


def _held(data: bytes | None, feed: str) -> Feed | None:
    """Return what a feed has said; an error where somebody else wrote it: nothing of it is thrown away."""
    if data is None:
        return None
    try:
        said = json.loads(data)
        if said["version"] == JSON_FEED and all(set(item) >= _KEYS for item in said["items"]):
            return cast("Feed", said)
    except (ValueError, KeyError, TypeError):
        pass
    hint = "Move it away; the feed then begins anew."
    raise UsageError(f"{feed}.json is no feed that this program wrote", where=feed, hint=hint)


def _entry(message: Message, link: str, feed: str) -> Feed:
    return {
        "id": f"{feed}#{message.edition}",
        "url": link,
        "title": _clean(message.subject),
        "content_text": _clean(message.text),
        "date_published": message.moment.isoformat(),
        "date_modified": message.moment.isoformat(),
        "attachments": [
            {"url": link, "mime_type": message.file.media_type, "size_in_bytes": len(message.file.data)}
        ],
        "_briefing": {"edition": message.edition, "sha256": message.file.sha256, "key": message.key},
    }  # fmt: skip


def _recalled(item: Mapping[str, Any], message: Message) -> Feed:
    """Return an entry, marked where the message calls its edition back."""
    wrong = message.wrong.partition("/")[2]
    own = item.get("_briefing", {})
    if not wrong or own.get("edition") != wrong or own.get("recalled"):
        return dict(item)
    return {
        **item,
        "title": _clean(f"✗ {item['title']}"),
        "content_text": _clean(f"{message.reason}\n\n{item.get('content_text', '')}"),
        "date_modified": message.moment.isoformat(),
        "_briefing": {**own, "recalled": True},
    }


def _clean(text: str) -> str:
    """Return a text without what no XML may hold (https://www.w3.org/TR/xml/#charsets)."""
    return text.translate(_OUTSIDE_XML)


def _paragraphs(text: str) -> str:
    """Return a text as HTML, which is what the Atom feed says it is."""
    return "".join(f"<p>{escape(each)}</p>" for each in text.split("\n\n") if each.strip())


def _written(said: Feed) -> bytes:
    return json.dumps(said, ensure_ascii=False, indent=1).encode() + b"\n"


def _atom(said: Feed) -> bytes:
    library: Any = stores.installed("feedgenerator", "feed")
    feed = library.Atom1Feed(
        title=said["title"], link=said["home_page_url"], description="", language=said["language"],
        feed_url=said["feed_url"].removesuffix("json") + "atom", author_name=said["authors"][0]["name"],
        feed_guid=said["feed_url"].removesuffix("json") + "atom",
    )  # fmt: skip
    for item in said["items"]:
        attached = item.get("attachments", ())
        files = [library.Enclosure(each["url"], str(each["size_in_bytes"]), each["mime_type"]) for each in attached]
        feed.add_item(
            title=item["title"], link=item["url"], unique_id=item["id"],
            description=_paragraphs(item.get("content_text", "")),
            pubdate=datetime.fromisoformat(item["date_published"]),
            updateddate=datetime.fromisoformat(item["date_modified"]), enclosures=files,
        )  # fmt: skip
    written: str = feed.writeString("utf-8")
    return written.encode()


KIND = _Kind()
