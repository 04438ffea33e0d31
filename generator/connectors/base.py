"""The one interface of all connectors: parameters become requests, answers become observations.

Place in the pipeline: called by `refresh`, before step 1. A connector opens nothing itself: it says what is to be
fetched, and reads the answers, which is done in a limited child without network because anybody may have sent them.
In: a `Query`; out: `Request` values, then a `Reading`. Terms are SDMX's (https://sdmx.org).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, localcontext
from typing import Any, Protocol
from urllib.parse import urlencode

from ..answers import Answer, Request
from ..errors import OutsideError, UsageError
from ..model import SCALES, Observation, Place, Status
from ..periods import EXPECTED, Period, parse_period
from ..reading import Table, did_you_mean

KINDS = ("year", "half", "quarter", "month", "day", "split-year", "interval")
OBS_STATUS: dict[str, Status] = {
    "A": "normal", "B": "break", "D": "definition differs", "E": "estimated", "F": "estimated", "I": "estimated",
    "P": "provisional", "U": "low reliability", "V": "unvalidated",
}  # fmt: skip
"""SDMX's codes of an observation's status; forecasts and imputations are estimates."""
_CALLS = ("{{", "}}", "{%", "%}", "{#", "#}")
"""What texts of a workspace call with: a publisher's note that has one would be obeyed, or stop the next build."""
_ORDER = 30
"""Decimal places before or behind the point at which a number's first digit is none of statistics."""
PAGES = 200
"""Requests for one series; a publisher that has more pages than that is taken to be turning in a circle."""


@dataclass(frozen=True, slots=True)
class Connection:
    """What a sidecar's [connector] says: who publishes the series, and where its rows belong.

    A refresh keeps the rows of `source` on `basis`, and takes over those of the sources in `replaces`. `scale` is what
    the publisher counts in, a word of SCALES. `kinds` are the kinds of period that may come; none: those that are
    stored. `since` and `until` are the first and last period asked for, "" for all. `max_age` is how many months
    after its end the newest period may be, None for any.
    """

    name: str
    source: str
    basis: str = ""
    replaces: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    scale: str = ""
    kinds: tuple[str, ...] = ()
    max_age: int | None = None
    parameters: Any = None
    """The connector's own, as its `take` returned them."""
    place: Place = Place("")


@dataclass(frozen=True, slots=True)
class Query:
    """One series as it is asked for: `base` is the publisher's address, `today` the last day that can be known."""

    series: str
    unit: str
    connection: Connection
    base: str
    today: date
    key: str = field(default="", repr=False)

    @property
    def since(self) -> Period | None:
        """The first period asked for; None for all there are."""
        return parse_period(self.connection.since) if self.connection.since else None

    @property
    def until(self) -> Period | None:
        """The last period asked for; None for all there are."""
        return parse_period(self.connection.until) if self.connection.until else None

    def covers(self, period: Period) -> bool:
        """Whether a period is asked for; a file holds what it holds, and publishers may send more than that."""
        since, until = self.since, self.until
        starts = since is None or not period.dated or period.start >= since.start
        return starts and (until is None or not period.dated or period.end <= until.end)

    def address(self, path: str, **parameters: object) -> str:
        """Return an address below the publisher's; a parameter that is None is left out."""
        told = {name: value for name, value in parameters.items() if value is not None}
        return f"{self.base.rstrip('/')}/{path}" + (f"?{urlencode(told, safe=':,')}" if told else "")

    def observe(
        self, period: Period, value: Decimal | None, *, status: Status = "normal", note: str = ""
    ) -> Observation:
        """Return an observation of the series, its value in the series' unit; OutsideError for a note with calls."""
        of = self.connection
        if mark := next((mark for mark in _CALLS if mark in note), ""):
            found = f"the note of {period} holds '{mark}', with which our texts call for figures: {note[:60]}"
            raise OutsideError(found, hint="Leave the notes out of [connector], or tell the publisher.")
        amount = None if value is None else _plain(value, SCALES[of.scale])
        return Observation(period, amount, self.unit, basis=of.basis, source=of.source, status=status, note=note)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the answers say: observations, what the publisher says of itself, or what is still to be fetched.

    `title` is the publisher's name of the series, with a base year where it has one, and `unit` its own unit; `updated`
    is the ISO day on which the publisher last changed it. All are "" where it does not say. With `more` the answers to
    these requests are wanted behind the others, and the rest of the reading is empty.
    """

    observations: tuple[Observation, ...] = ()
    title: str = ""
    unit: str = ""
    updated: str = ""
    more: tuple[Request, ...] = ()
    notes: tuple[str, ...] = ()
    """What was left aside on purpose and should be known: macros of a workbook."""


class Connector(Protocol):
    """A publisher. Its module has one as CONNECTOR; it keeps nothing between calls."""

    address: str
    """Where the publisher is, unless [connectors.NAME] of briefing.toml says otherwise; "" where a sidecar says it."""
    key: str
    """The name of its key: BRIEFING_KEY_<name> in the environment; "" where it takes none."""
    modules: tuple[str, ...]
    """What reading imports that is slow to import."""

    def take(self, table: Table) -> object:
        """Return the connector's own parameters, taken from [connector] of a sidecar; problems are collected."""
        ...

    def requests(self, query: Query) -> Sequence[Request]:
        """Return what is to be fetched first; none where `read` needs no answer from outside."""
        ...

    def read(self, query: Query, answers: Sequence[Answer]) -> Reading:
        """Return what the answers say; OutsideError where they are not what was asked for."""
        ...


def read_answers(name: str, query: Query, answers: Sequence[Answer]) -> Reading:
    """Read in a limited child; `refresh` runs this there."""
    from . import connector

    reading = connector(name).read(query, answers)
    # A publisher's day that has not come is a slip of its pen; kept, it would make every later answer look stale.
    updated = reading.updated if reading.updated <= query.today.isoformat() else ""
    asked = tuple(row for row in reading.observations if query.covers(row.period))
    if reading.observations and not asked:
        first, last = reading.observations[0].period, reading.observations[-1].period
        found = f"the answer has {first} to {last} and nothing of what was asked for"
        raise OutsideError(found, hint="Correct `since` and `until`, or the parameters.")
    return replace(reading, observations=asked, updated=updated)


def read_connection(table: Table, *, sources: Collection[str], bases: Collection[str]) -> Connection | None:
    """Return what [connector] of a sidecar says; None, with findings, where that is no connection."""
    from . import NAMES, connector

    before = len(table.findings)
    name = table.text("name")
    if name and name not in NAMES:
        table.refuse("name", f"'{name}'", expected=", ".join(NAMES), cure=did_you_mean(name, NAMES))
        return None
    found = Connection(
        name=name,
        source=_known(table, "source", table.text("source"), sources, "data/sources.toml"),
        basis=_known(table, "basis", table.text("basis", ""), ("", *bases), "data/vocabulary.toml"),
        replaces=tuple(
            _known(table, "replaces", each, sources, "data/sources.toml") for each in table.texts("replaces")
        ),
        since=_period(table, "since"),
        until=_period(table, "until"),
        scale=choose(table, "scale", tuple(SCALES), ""),
        kinds=_kinds(table),
        max_age=table.number("max_age"),
        parameters=connector(name).take(table) if name else None,
        place=table.place(),
    )
    if name:
        table.done()
    return found if len(table.findings) == before else None


def _known(table: Table, key: str, id_: str, known: Collection[str], where: str) -> str:
    if id_ and id_ not in known:
        table.refuse(key, f"'{id_}'", expected=f"an id that {where} declares", cure=did_you_mean(id_, known))
    return id_


def _period(table: Table, key: str) -> str:
    text = table.text(key, "")
    try:
        return parse_period(text).text if text else ""
    except ValueError:
        table.refuse(key, f"'{text}'", expected=EXPECTED, cure="Write it like one of these.")
        return ""


def _kinds(table: Table) -> tuple[str, ...]:
    kinds = table.texts("periods")
    for kind in kinds:
        if kind not in KINDS:
            table.refuse("periods", f"'{kind}'", expected=", ".join(KINDS), cure=did_you_mean(kind, KINDS))
    return kinds


def key_variable(key: str) -> str:
    """Return the variable of the environment that holds a publisher's key."""
    return f"BRIEFING_KEY_{key}"


# --- periods and numbers as publishers write them -----------------------------------------------------

_FORMS = (
    (re.compile(r"(\d{4})-?A1?\Z", re.ASCII), "{0}"),
    (re.compile(r"(\d{4})-?[SHB]([12])\Z", re.ASCII), "{0}-H{1}"),
    (re.compile(r"(\d{4})(?:-| | / )?Q([1-4])\Z", re.ASCII), "{0}-Q{1}"),
    (re.compile(r"Q([1-4])[- ]?(\d{4})\Z", re.ASCII), "{1}-Q{0}"),
    (re.compile(r"(\d{4})-?M(\d\d)\Z", re.ASCII), "{0}-{1}"),
    (re.compile(r"(\d{4})-?M(\d)\Z", re.ASCII), "{0}-0{1}"),
    (re.compile(r"(\d{4}-\d\d-\d\d)[T ][\d:.+Z-]*\Z", re.ASCII), "{0}"),
)
"""SDMX's reporting periods, the World Bank's 2023Q1, offices' 2023 Q1 and Q1 2023; of a moment the day is taken."""


def publisher_period(text: str) -> Period:
    """Return the period that a publisher writes; ValueError where it is none of ours (a week, a time)."""
    if text.startswith("0"):
        raise ValueError(f"'{text}' is no period; expected {EXPECTED}")
    for form, ours in _FORMS:
        if match := form.match(text):
            return parse_period(ours.format(*match.groups()))
    return parse_period(text)


def publisher_day(text: str) -> str:
    """Return the ISO day of a date or moment, "" where it is none."""
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        return ""


def _plain(value: Decimal, scale: int) -> Decimal:
    """Return a number as a table holds it: at most twenty decimals, no exponent, no zeros behind."""
    with localcontext(prec=80):
        value = round(value.scaleb(scale), 20).normalize()
        # Adding nothing turns the zero that a computer rounded from below, -0, into the one that people write.
        return (value.quantize(Decimal(1)) if value == value.to_integral_value() else value) + 0


def number_of(value: object, where: str) -> Decimal | None:
    """Return the number in a cell of an answer; None where the publisher has none, OutsideError for anything else."""
    if value is None:
        return None
    try:
        number = Decimal(str(value)) if not isinstance(value, bool) else None
    except ArithmeticError:
        number = None
    hint = "Look at the answer, and tell the publisher."
    if number is None or not number.is_finite():
        raise OutsideError(f"{where}: '{str(value)[:60]}' is no number", hint=hint)
    if abs(number.adjusted()) > _ORDER:
        raise OutsideError(f"{where}: '{str(value)[:60]}' is out of range", hint=hint)
    return number


@dataclass(frozen=True, slots=True)
class Secret:
    """A key that a sidecar says its publisher wants: `name` is that of the environment's variable, "" for none."""

    name: str = ""
    header: str = "Authorization"


def secret_headers(query: Query, secret: Secret) -> tuple[tuple[str, str], ...]:
    """Return the header with the key; UsageError where one is wanted and the environment has none."""
    if not secret.name:
        return ()
    if not query.key:
        variable = key_variable(secret.name)
        raise UsageError(f"{variable} is not set", hint=f"Set it to what the header {secret.header} must hold.")
    return ((secret.header, query.key),)


# --- parameters of a sidecar --------------------------------------------------------------------------

_CODE = re.compile(r"[\w.:;-]+\Z", re.ASCII)
_HEADER = re.compile(r"[A-Za-z0-9-]+\Z")
_NAME = re.compile(r"[A-Z0-9_]+\Z")


def take_code(table: Table, key: str, default: str | None = None) -> str:
    """Take a code that becomes a part of an address."""
    return take_form(table, key, _CODE, "a code of letters, digits, '.', '_' and '-'", default)


def take_form(table: Table, key: str, form: re.Pattern[str], words: str, default: str | None = None) -> str:
    """Take a text of a form that `words` say."""
    text = table.text(key, default)
    if text and not form.match(text):
        table.refuse(key, f"'{text}'", expected=words, cure="Correct it.")
    return text


def take_url(table: Table) -> str:
    """Take the address of a publisher that the program does not know."""
    return take_form(table, "url", re.compile(r"https?://[^\s?#]+\Z"), "an address with https:// and no parameters")


def take_secret(table: Table) -> Secret:
    """Take the name of a key and the header it goes into."""
    name = take_form(table, "secret", _NAME, "a name of capital letters: BRIEFING_KEY_<name> holds the key", "")
    return Secret(name, take_form(table, "secret_header", _HEADER, "the name of a header", "Authorization"))


def take_pairs(table: Table, key: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Take a table of columns, each with the text, or one of the texts, that it must hold."""
    pairs = table.table(key)
    found = []
    for name, value in pairs.data.items():
        pairs.raw(name)
        values = tuple(value) if isinstance(value, list) else (value,)
        if not values or not all(isinstance(each, str) for each in values):
            pairs.refuse(name, f"{value!r}", expected='a text in quotes, or a list: ["…"]', cure="Put it in quotes.")
        found.append((name, values))
    return tuple(found)


def choose(table: Table, key: str, choices: Sequence[str], default: str) -> str:
    """Take a text that must be one of `choices`."""
    value = table.text(key, default)
    if value not in choices:
        table.refuse(key, f"'{value}'", expected=", ".join(map(repr, choices)), cure=did_you_mean(value, choices))
        return default
    return value
