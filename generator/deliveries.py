"""The ledger of deliveries: what is owed to whom, every attempt at it, and what became of it.

Place in the pipeline: engine, beside the ledger and in its database. In: what is to be sent, and outcomes of channels;
out: what is due. A delivery is known by edition, language, channel, address and the edition it calls back, so it is
there once: nobody gets two. It is written down before anything is sent: nobody gets none. Right before a message can no
longer be taken back it becomes unknown, and stays so where its sender dies: it is held until a person decides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from .database import Address, outside
from .delivery.base import LATER, REFUSED, SENT, UNKNOWN, Outcome

OWED: Final = "owed"
SUPPRESSED: Final = "suppressed"
RECALLED: Final = "recalled"
STATES = (OWED, SENT, REFUSED, UNKNOWN, SUPPRESSED, RECALLED)
PATIENCE = timedelta(days=3)
"""How long a delivery that is put off is tried again before it is given up."""
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
_LONGEST_ASKED = timedelta(days=1)
"""The most that another side may ask to be left alone."""
_FORM = "%Y-%m-%dT%H:%M:%SZ"
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Delivery:
    """One edition in one language for one address of one channel. Instants are universal time, to the second."""

    topic: str
    edition: str
    language: str
    channel: str
    address: str
    list: str = ""
    name: str = ""
    wrong: str = ""
    """The edition (`topic/id`) that this one calls back; "" where it is no erratum."""
    reason: str = ""
    file: str = ""
    sha256: str = ""
    state: str = OWED
    attempt: int = 0
    """How many attempts were begun."""
    next_try: str = ""
    said: str = ""
    """What the other side said last, or why it is in its state."""
    owed: str = ""
    """When it was decided to send it."""
    since: str = ""
    """When the patience with it began: then, or when a person decided that it is sent again."""
    changed: str = ""

    @property
    def id(self) -> str:
        """Its name among all deliveries: the same however often it is decided."""
        parts = (self.topic, self.edition, self.language, self.channel, self.address, self.wrong)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]

    @property
    def moment(self) -> datetime:
        """When it was decided to send it."""
        return _moment(self.owed)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: its number, when it was begun and ended ("": it never was), and what became of it."""

    attempt: int
    begun: str
    ended: str
    state: str
    said: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """The last edition that readers of a list got or are sure to get, and when it was decided to send it."""

    edition: str
    owed: datetime


class TakenError(Exception):
    """Somebody else sends this delivery, or it is no longer owed: nothing may be sent."""


_TABLES = sa.MetaData()
_TEXT, _INSTANT = sa.Text, sa.String(20)
_DELIVERIES = sa.Table(
    "ledger_deliveries",
    _TABLES,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("topic", sa.String(200), nullable=False),
    sa.Column("edition", sa.String(40), nullable=False),
    sa.Column("language", sa.String(40), nullable=False),
    sa.Column("channel", sa.String(40), nullable=False),
    *(sa.Column(name, _TEXT, nullable=False) for name in ("address", "list", "name", "wrong", "reason", "file")),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("next_try", _INSTANT, nullable=False),
    sa.Column("said", _TEXT, nullable=False),
    *(sa.Column(name, _INSTANT, nullable=False) for name in ("owed", "since", "changed")),
    sa.Index("ledger_deliveries_due", "state", "channel", "next_try"),
    sa.Index("ledger_deliveries_edition", "topic", "edition"),
)
_ATTEMPTS = sa.Table(
    "ledger_attempts",
    _TABLES,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("attempt", sa.Integer, primary_key=True),
    sa.Column("begun", _INSTANT, nullable=False),
    sa.Column("ended", _INSTANT, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("said", _TEXT, nullable=False),
)
_SUPPRESSED = sa.Table(
    "ledger_suppressed",
    _TABLES,
    sa.Column("address", sa.String(400), primary_key=True),
    sa.Column("list", sa.String(40), primary_key=True),
    sa.Column("reason", _TEXT, nullable=False),
    sa.Column("since", _INSTANT, nullable=False),
)
"""Addresses that want nothing of a list, or of any ("")."""

_SHARINGS = sa.Table(
    "ledger_sharings",
    _TABLES,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("list", sa.String(40), primary_key=True),
)
"""Lists, beside a delivery's own, that its address stands on: what one list sends, the other has received too."""

# Made once: to put a statement together costs more than to run it.
_MINE = _DELIVERIES.c.id == sa.bindparam("its_id")
_OWED = sa.and_(_MINE, _DELIVERIES.c.state == OWED, _DELIVERIES.c.attempt == sa.bindparam("its_attempt"))
_PROMISED = sa.and_(_MINE, _DELIVERIES.c.state == UNKNOWN, _DELIVERIES.c.attempt == sa.bindparam("number"))
_PROMISE = (
    sa.update(_DELIVERIES)
    .where(_OWED)
    .values(
        state=UNKNOWN,
        attempt=sa.bindparam("number"),
        changed=sa.bindparam("moment"),
        said="nothing is known of it yet",
    )
)
_NOTED: dict[str, Any] = {
    "state": sa.bindparam("to"), "attempt": sa.bindparam("number"), "said": sa.bindparam("words"),
    "changed": sa.bindparam("moment"), "next_try": sa.bindparam("again"),
}  # fmt: skip
_NOTE_PROMISED = sa.update(_DELIVERIES).where(_PROMISED).values(**_NOTED)
_NOTE_UNPROMISED = sa.update(_DELIVERIES).where(_OWED).values(**_NOTED)
_BEGIN = sa.insert(_ATTEMPTS)
_END = (
    sa.update(_ATTEMPTS)
    .where(_ATTEMPTS.c.id == sa.bindparam("its_id"), _ATTEMPTS.c.attempt == sa.bindparam("number"))
    .values(ended=sa.bindparam("moment"), state=sa.bindparam("of"), said=sa.bindparam("words"))
)


class Deliveries:
    """The tables of one database. OutsideError where it cannot be reached or written."""

    def __init__(self, address: Address, engine: sa.Engine) -> None:
        """Make the tables where there are none; `engine` is the ledger's."""
        self.address, self.engine = address, engine
        with self._change() as change:
            if address.file is None:
                change.execute(sa.select(sa.func.pg_advisory_xact_lock(int.from_bytes(b"deliver"))))
            _TABLES.create_all(change)

    @contextmanager
    def _change(self) -> Iterator[sa.Connection]:
        with outside(self.address), self.engine.begin() as change:
            yield change

    # --- what is owed -------------------------------------------------------------------------------

    def owe(
        self, deliveries: Iterable[Delivery], now: datetime, shared: Iterable[tuple[str, str]] = ()
    ) -> tuple[Delivery, ...]:
        """Write down deliveries that are not there yet, and return those; one that was suppressed is owed now.

        `shared` are ids of deliveries with another list that their address stands on.
        """
        wanted = {each.id: each for each in deliveries}
        new = []
        with self._change() as change:
            there = self._states(change, wanted)
            for id_, each in wanted.items():
                revived = there.get(id_) == SUPPRESSED and each.state == OWED
                if id_ not in there or revived:
                    new.append(_begun(each, now))
            if revived_ids := [each.id for each in new if each.id in there]:
                change.execute(sa.delete(_DELIVERIES).where(_DELIVERIES.c.id.in_(revived_ids)))
            if new:
                self._put(change, _DELIVERIES, [_row(each) for each in new])
            if rows := [{"id": id_, "list": list_} for id_, list_ in shared]:
                self._put(change, _SHARINGS, rows)
        return tuple(new)

    def _put(self, change: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
        """Write rows; those that are there stay as they are."""
        insert = (sqlite if self.engine.dialect.name == "sqlite" else postgresql).insert(table)
        change.execute(insert.on_conflict_do_nothing(), rows)

    def received(self, topic: str) -> dict[tuple[str, str], Receipt]:
        """Return what each list last received of a topic, by list and language: sent, on its way, or perhaps there."""
        there = sa.and_(_DELIVERIES.c.topic == topic, _DELIVERIES.c.state.in_((OWED, SENT, UNKNOWN)))
        own = sa.select(_DELIVERIES.c.list, _DELIVERIES.c.language, _DELIVERIES.c.edition, _DELIVERIES.c.owed)
        by_another = sa.select(_SHARINGS.c.list, *own.selected_columns[1:])
        by_another = by_another.join(_SHARINGS, _SHARINGS.c.id == _DELIVERIES.c.id)
        found = sa.union(own.where(there), by_another.where(there))
        with self._change() as change:
            rows = sorted(change.execute(found).all(), key=lambda row: (row.owed, len(row.edition), row.edition))
        return {(row.list, row.language): Receipt(row.edition, _moment(row.owed)) for row in rows}

    def _states(self, change: sa.Connection, ids: Iterable[str]) -> dict[str, str]:
        wanted, found = list(ids), dict[str, str]()
        for start in range(0, len(wanted), _CHUNK):
            of = _DELIVERIES.c.id.in_(wanted[start : start + _CHUNK])
            rows = change.execute(sa.select(_DELIVERIES.c.id, _DELIVERIES.c.state).where(of))
            found |= {row.id: row.state for row in rows}
        return found

    def due(self, channel: str, now: datetime) -> tuple[Delivery, ...]:
        """Return what is owed on a channel and may be tried now, the longest waiting first."""
        where = sa.and_(
            _DELIVERIES.c.state == OWED, _DELIVERIES.c.channel == channel, _DELIVERIES.c.next_try <= _text(now)
        )
        with self._change() as change:
            return _read(change, where)

    def channels_due(self, now: datetime) -> tuple[str, ...]:
        """Return the channels on which something may be tried now."""
        where = sa.and_(_DELIVERIES.c.state == OWED, _DELIVERIES.c.next_try <= _text(now))
        with self._change() as change:
            rows = change.execute(sa.select(_DELIVERIES.c.channel).where(where).distinct())
            return tuple(sorted(row.channel for row in rows))

    # --- attempts -----------------------------------------------------------------------------------

    def promise(self, delivery: Delivery, now: datetime, before: tuple[Delivery, Outcome] | None = None) -> None:
        """Write down that a message can no longer be taken back, and in the same transaction what became of another.

        TakenError where it is not owed any more as `delivery` says: nothing may be sent then.
        """
        number, moment = delivery.attempt + 1, _text(now)
        values = {"its_id": delivery.id, "its_attempt": delivery.attempt, "number": number, "moment": moment}
        with self._change() as change:
            if before is not None:
                self._note(change, *before, now)
            mine = bool(change.execute(_PROMISE, values).rowcount)
            if mine:
                row = {"begun": moment, "ended": "", "state": UNKNOWN, "said": ""}
                change.execute(_BEGIN, {"id": delivery.id, "attempt": number, **row})
        if not mine:
            raise TakenError(delivery.id)

    def note(self, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
        """Write down what became of an attempt, promised or not; `delivery` is as it was before the attempt."""
        with self._change() as change:
            self._note(change, delivery, outcome, now)

    def _note(self, change: sa.Connection, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
        number, said, moment = delivery.attempt + 1, outcome.said, _text(now)
        state, again = (OWED, next_try(delivery, outcome, now)) if outcome.state == LATER else (outcome.state, now)
        if state == OWED and now - _moment(delivery.since) > PATIENCE:
            state, said = REFUSED, f"given up after {PATIENCE.days} days: {said}"
        values = {"its_id": delivery.id, "its_attempt": delivery.attempt, "number": number, "moment": moment}
        ended = {"of": outcome.state, "words": outcome.said, **values}
        values |= {"to": state, "words": said, "again": _text(again)}
        if change.execute(_NOTE_PROMISED, values).rowcount:
            change.execute(_END, ended)
        elif change.execute(_NOTE_UNPROMISED, values).rowcount:
            row = {"begun": moment, "ended": moment, "state": outcome.state, "said": outcome.said}
            change.execute(_BEGIN, {"id": delivery.id, "attempt": number, **row})

    def decide(self, id_: str, *, sent: bool, now: datetime) -> bool:
        """Note a person's decision on an unknown delivery: it arrived, or it is sent again; False where it is none."""
        values = {"state": SENT, "said": "decided by a person: it arrived"}
        if not sent:
            start = {"next_try": _text(now), "since": _text(now)}
            values = {"state": OWED, "said": "decided by a person: sent again", **start}
        seen = sa.and_(_DELIVERIES.c.id == id_, _DELIVERIES.c.state == UNKNOWN)
        with self._change() as change:
            changed = sa.update(_DELIVERIES).where(seen).values(**values, changed=_text(now))
            return bool(change.execute(changed).rowcount)

    # --- recall -------------------------------------------------------------------------------------

    def call_back(self, topic: str, edition: str, errata: Iterable[Delivery], now: datetime) -> tuple[Delivery, ...]:
        """Take an edition back in one transaction: who holds it is owed an erratum, who does not gets nothing of it.

        `errata` are of deliveries that are sent; one whose delivery changed meanwhile is left to the next call.
        """
        wanted = {each.id: each for each in errata}
        of = sa.and_(_DELIVERIES.c.topic == topic, _DELIVERIES.c.edition == edition)
        new = []
        with self._change() as change:
            waiting = {"state": RECALLED, "said": "recalled before it was sent", "changed": _text(now)}
            change.execute(sa.update(_DELIVERIES).where(of, _DELIVERIES.c.state == OWED).values(**waiting))
            there = self._states(change, wanted)
            for id_, each in wanted.items():
                if id_ not in there:
                    new.append(_begun(each, now))
            if new:
                change.execute(sa.insert(_DELIVERIES), [_row(each) for each in new])
            held = {"state": RECALLED, "said": "taken back by an erratum", "changed": _text(now)}
            for each in wanted.values():
                self._share(change, replace(each, edition=edition, wrong="").id, each.id)
                mine = (_DELIVERIES.c.language == each.language, _DELIVERIES.c.channel == each.channel)
                key = sa.and_(of, *mine, _DELIVERIES.c.address == each.address, _DELIVERIES.c.state == SENT)
                change.execute(sa.update(_DELIVERIES).where(key).values(**held))
        return tuple(new)

    def _share(self, change: sa.Connection, wrong: str, erratum: str) -> None:
        """Let an erratum count for every list that the delivery which it calls back counted for."""
        of = sa.select(_SHARINGS.c.list).where(_SHARINGS.c.id == wrong)
        if rows := [{"id": erratum, "list": row.list} for row in change.execute(of)]:
            self._put(change, _SHARINGS, rows)

    # --- what there is ------------------------------------------------------------------------------

    def of(self, topic: str = "", edition: str = "", states: Iterable[str] = ()) -> tuple[Delivery, ...]:
        """Return deliveries, the oldest first: of a topic, an edition, in some states; all where nothing is named."""
        where = [_DELIVERIES.c.topic == topic] if topic else []
        where += [_DELIVERIES.c.edition == edition] if edition else []
        where += [_DELIVERIES.c.state.in_(list(states))] if states else []
        with self._change() as change:
            return _read(change, sa.and_(sa.true(), *where))

    def some(self, ids: Iterable[str]) -> tuple[Delivery, ...]:
        """Return deliveries by their ids, in this order."""
        wanted, found = list(ids), dict[str, Delivery]()
        with self._change() as change:
            for start in range(0, len(wanted), _CHUNK):
                of = _DELIVERIES.c.id.in_(wanted[start : start + _CHUNK])
                found |= {each.id: each for each in _read(change, of)}
        return tuple(found[id_] for id_ in wanted if id_ in found)

    def one(self, id_: str) -> Delivery | None:
        """Return a delivery by its id; None where there is none."""
        with self._change() as change:
            return next(iter(_read(change, _DELIVERIES.c.id == id_)), None)

    def attempts(self, id_: str) -> tuple[Attempt, ...]:
        """Return the attempts at a delivery, the first one first."""
        found = sa.select(_ATTEMPTS).where(_ATTEMPTS.c.id == id_).order_by(_ATTEMPTS.c.attempt)
        with self._change() as change:
            rows = change.execute(found)
            return tuple(Attempt(row.attempt, row.begun, row.ended, row.state, row.said) for row in rows)

    # --- who wants nothing --------------------------------------------------------------------------

    def suppress(self, address: str, list_: str, reason: str, now: datetime) -> bool:
        """Send nothing of a list ("": any) to an address from now on, not even what is owed; False: known before."""
        of = sa.and_(_DELIVERIES.c.address == address, _DELIVERIES.c.state == OWED)
        if list_:
            of = sa.and_(of, _DELIVERIES.c.list == list_)
        key = sa.and_(_SUPPRESSED.c.address == address, _SUPPRESSED.c.list == list_)
        with self._change() as change:
            held = {"state": SUPPRESSED, "said": reason, "changed": _text(now)}
            change.execute(sa.update(_DELIVERIES).where(of).values(**held))
            if change.execute(sa.select(_SUPPRESSED.c.address).where(key)).first():
                return False
            row = {"address": address, "list": list_, "reason": reason, "since": _text(now)}
            change.execute(sa.insert(_SUPPRESSED).values(**row))
        return True

    def allow(self, address: str) -> bool:
        """Send to an address again; False where nothing was said of it."""
        with self._change() as change:
            return bool(change.execute(sa.delete(_SUPPRESSED).where(_SUPPRESSED.c.address == address)).rowcount)

    def suppressed(self) -> dict[tuple[str, str], tuple[str, str]]:
        """Return reason and instant by address and list ("": any)."""
        with self._change() as change:
            rows = change.execute(sa.select(_SUPPRESSED).order_by(_SUPPRESSED.c.address, _SUPPRESSED.c.list))
            return {(row.address, row.list): (row.reason, row.since) for row in rows}


def next_try(delivery: Delivery, outcome: Outcome, now: datetime) -> datetime:
    """Return when a delivery that was put off is tried again: after 1, 4, 16 minutes … 6 hours, or as it was asked.

    Spread over a fifth, the same for the same attempt: what was put off together does not come back together.
    """
    wait: timedelta = min(_FIRST_WAIT * 4 ** min(delivery.attempt, 8), _LONGEST_WAIT)
    number = f"{delivery.id}/{delivery.attempt}".encode()
    spread = int.from_bytes(hashlib.sha256(number).digest()[:2]) / 65536 / 5
    asked = min(outcome.wait or timedelta(0), _LONGEST_ASKED)
    return now + max(wait, asked) * (1 + spread)


def _begun(delivery: Delivery, now: datetime) -> Delivery:
    moment = _text(now)
    return replace(delivery, owed=moment, since=moment, next_try=moment, changed=moment)


def _row(delivery: Delivery) -> dict[str, Any]:
    return {"id": delivery.id, **asdict(delivery)}


def _read(change: sa.Connection, where: sa.ColumnElement[bool]) -> tuple[Delivery, ...]:
    found = sa.select(_DELIVERIES).where(where)
    rows = change.execute(found.order_by(_DELIVERIES.c.next_try, _DELIVERIES.c.owed, _DELIVERIES.c.id))
    return tuple(
        Delivery(**{name: value for name, value in row._asdict().items() if name != "id"}) for row in rows.all()
    )


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(_FORM)


def _moment(text: str) -> datetime:
    return datetime.strptime(text, _FORM).replace(tzinfo=UTC)
