"""The International Monetary Fund's trade in goods by partner country (IMTS), SDMX 3.0.

Place in the pipeline: a connector. An answer says SCALE="6", and its values are in full nevertheless: the exports of
the United States in 2023 are 2,019,551,635,133 dollars there and 2,019,551.635133 with UNIT_MULT 6 in the Direction
of Trade Statistics that IMTS follows. So nothing is multiplied. https://data.imf.org/en/Resource-Pages/IMF-API
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..answers import Answer, Request
from ..errors import OutsideError
from ..periods import Period
from ..reading import Table
from .base import Query, Reading, choose, take_code
from .sdmx_messages import read_message
from .sdmx_rows import read_rows, time_filter

_ACCEPT = "application/vnd.sdmx.data+xml;version=3.0.0, application/xml;q=0.9"


@dataclass(frozen=True, slots=True)
class _Trade:
    country: str
    indicator: str
    counterpart: str
    frequency: str
    version: str

    @property
    def codes(self) -> dict[str, str]:
        """What is asked for, by the dimensions of the data structure, in their order."""
        return {
            "COUNTRY": self.country,
            "INDICATOR": self.indicator,
            "COUNTERPART_COUNTRY": self.counterpart,
            "FREQUENCY": self.frequency,
        }


class Fund:
    """`country` and `counterpart` are ISO codes of three letters or groups' codes, `indicator` such as XG_FOB_USD."""

    address = "https://api.imf.org/external/sdmx/3.0"
    key = "IMF"
    modules = ()

    def take(self, table: Table) -> _Trade:
        """Take the codes of the four dimensions."""
        return _Trade(
            country=take_code(table, "country"),
            indicator=take_code(table, "indicator"),
            counterpart=take_code(table, "counterpart"),
            frequency=choose(table, "frequency", ("A", "Q", "M"), "A"),
            version=take_code(table, "version", "1.0.0"),
        )

    def requests(self, query: Query) -> Sequence[Request]:
        """Ask once."""
        of: _Trade = query.connection.parameters
        limits = time_filter(_written(query.since), _written(query.until))
        path = f"data/dataflow/IMF.STA/IMTS/{of.version}/{'.'.join(of.codes.values())}"
        secrets = (("Ocp-Apim-Subscription-Key", query.key),) if query.key else ()
        return (Request(query.address(path, **limits), _ACCEPT, secrets),)

    def read(self, query: Query, answers: Sequence[Answer]) -> Reading:
        """Read the observations, as they are."""
        of: _Trade = query.connection.parameters
        (answer,) = answers
        rows = read_message(answer.path.read_bytes(), answer.address)
        for row in rows:
            told = {name: row.get(name, "") for name in of.codes}
            if told != of.codes:
                asked = ".".join(of.codes.values())
                raise OutsideError(f"asked for {asked}, the answer has {'.'.join(told.values())}")
        return read_rows(query, rows, "")


CONNECTOR = Fund()


def _written(period: Period | None) -> str | None:
    """Return a period as the fund writes it: months are 2024-M01."""
    if period is None:
        return None
    return f"{period.text[:4]}-M{period.text[5:]}" if period.kind == "month" else period.text
