"""Any source that speaks SDMX REST: central banks, statistical offices, international organisations.

Place in the pipeline: a connector. Version 2.1 and 3.0 of the interface differ in their paths; CSV is asked for unless
the sidecar says XML. OBS_VALUE times ten to the power of UNIT_MULT is the value, as SDMX's cross-domain concepts
say (https://sdmx.org/guidelines). https://github.com/sdmx-twg/sdmx-rest
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..answers import Answer, Request
from ..errors import OutsideError
from ..reading import Table
from .base import Query, Reading, Secret, choose, secret_headers, take_form, take_pairs, take_secret, take_url
from .sdmx_messages import SdmxRow, read_message
from .sdmx_rows import read_rows, time_filter

_ACCEPT = {
    ("2.1", "csv"): "application/vnd.sdmx.data+csv;version=1.0.0",
    ("2.1", "xml"): "application/vnd.sdmx.structurespecificdata+xml;version=2.1",
    ("3.0", "csv"): "application/vnd.sdmx.data+csv;version=2.0.0",
    ("3.0", "xml"): "application/vnd.sdmx.data+xml;version=3.0.0",
}
_FLOW = re.compile(r"[\w.@$+~*-]+(?:,[\w.@$+~*-]+){0,2}\Z", re.ASCII)
_KEY = re.compile(r"[\w.+@$:*-]*\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Slice:
    url: str
    flow: str
    key: str
    version: str
    format: str
    multiplier: str
    where: tuple[tuple[str, tuple[str, ...]], ...]
    secret: Secret
    ended: bool


class Sdmx:
    """`flow` is `AGENCY,ID,VERSION` or an id, `key` one value a dimension, joined by points."""

    address = ""
    key = ""
    modules = ()

    def take(self, table: Table) -> _Slice:
        """Take the address, flow and key, and how the answer is to be read."""
        return _Slice(
            url=take_url(table),
            flow=take_form(table, "flow", _FLOW, "AGENCY,ID,VERSION or an id"),
            key=take_form(table, "key", _KEY, "values joined by points: M.USD.EUR.SP00.A"),
            version=choose(table, "version", ("2.1", "3.0"), "2.1"),
            format=choose(table, "format", ("csv", "xml"), "csv"),
            multiplier=table.text("multiplier", "UNIT_MULT"),
            where=take_pairs(table, "where"),
            secret=take_secret(table),
            ended=table.flag("final_newline", default=True),
        )

    def requests(self, query: Query) -> Sequence[Request]:
        """Ask once."""
        of: _Slice = query.connection.parameters
        since, until = query.connection.since or None, query.connection.until or None
        if of.version == "2.1":
            address = query.address(f"data/{of.flow}/{of.key}", startPeriod=since, endPeriod=until)
        else:
            address = query.address(f"data/dataflow/{of.flow.replace(',', '/')}/{of.key}", **time_filter(since, until))
        return (Request(address, _ACCEPT[of.version, of.format], secret_headers(query, of.secret)),)

    def read(self, query: Query, answers: Sequence[Answer]) -> Reading:
        """Read the rows of the series that was asked for."""
        of: _Slice = query.connection.parameters
        (answer,) = answers
        rows = read_message(answer.path.read_bytes(), answer.address, ended=of.ended)
        _check_key(rows, of.key)
        chosen = [row for row in rows if all(row.get(name) in values for name, values in of.where)]
        return read_rows(query, chosen, of.multiplier)


CONNECTOR = Sdmx()


def _check_key(rows: Sequence[SdmxRow], key: str) -> None:
    """Refuse an answer in which a part of the key is nowhere to be seen: it is of something else."""
    for part in filter(None, key.split(".")):
        values = set(part.split("+"))
        if part != "*" and not all(values & set(row.values()) for row in rows):
            raise OutsideError(f"asked for '{part}', the answer has rows without it", hint="Check the key.")
