"""SDMX messages with data: CSV, and XML of the structure-specific and the generic kind.

Place in the pipeline: a part of the connectors that speak SDMX; it runs in a limited child. In: an answer's bytes; out:
rows, each with the ids of its dimensions and attributes and their values as text. A document type is refused before
any entity could be declared. SDMX 2.1 and 3.0 (https://sdmx.org/standards-2), SDMX-CSV 1.0 and 2.0
(https://github.com/sdmx-twg/sdmx-csv).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from ..errors import OutsideError
from ..reading import Findings, decode
from ..strict_json import looks_like
from ..tables import read_records

SdmxRow = dict[str, str]
_CURE = "Check flow and key in the sidecar, and what the publisher answers to the address."


_CUT = frozenset(
    expat.errors.codes[text]
    for text in (
        expat.errors.XML_ERROR_NO_ELEMENTS, expat.errors.XML_ERROR_UNCLOSED_TOKEN, expat.errors.XML_ERROR_PARTIAL_CHAR,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
)  # fmt: skip


def read_message(data: bytes, address: str, *, ended: bool = True) -> list[SdmxRow]:
    """Return the rows of a message; OutsideError where it is none, is cut, or is the publisher's refusal.

    `ended`: whether the last line of CSV must end with a line feed, without which a cut table looks whole.
    """
    start = data[:2000].decode("utf-8", "replace")
    kind = looks_like(start)
    if kind == "XML":
        return _Reader().read(data)
    if kind or not data.strip():
        found = f"the answer is {kind}: {' '.join(start.split())[:160]}" if kind else "the answer is empty"
        raise OutsideError(found, hint=_CURE)
    return _read_csv(data, address, ended=ended)


def _read_csv(data: bytes, address: str, *, ended: bool) -> list[SdmxRow]:
    findings = Findings()
    text = decode(data, address, findings)
    rows = read_records(text, address, findings) if text is not None else ()
    for finding in findings:
        if ended or finding.rule != "csv.cut":
            raise OutsideError(f"line {finding.place.line}: {finding.found}", hint=f"Expected {finding.expected}.")
    if rows and not {"TIME_PERIOD", "OBS_VALUE"} <= rows[0].cells.keys():
        columns = ", ".join(rows[0].cells)[:200]
        raise OutsideError(f"no columns TIME_PERIOD and OBS_VALUE among {columns}", hint=_CURE)
    return [row.cells for row in rows]


@dataclass(slots=True)
class _Reader:
    """Reads XML event by event; names count without their namespaces, which differ from version to version."""

    rows: list[SdmxRow] = field(default_factory=list)
    groups: list[tuple[SdmxRow, SdmxRow]] = field(default_factory=list)
    """Dimensions, and the attributes of every series that has them."""
    common: SdmxRow = field(default_factory=dict)
    """Of the data set."""
    series: SdmxRow = field(default_factory=dict)
    observation: SdmxRow | None = None
    component: str = ""
    text: str = ""
    path: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def read(self, data: bytes) -> list[SdmxRow]:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = self._characters, self._refuse
        try:
            parser.Parse(data, True)  # noqa: FBT003 - expat's signature
        except expat.ExpatError as error:
            what = "is cut" if error.code in _CUT else "is no XML"
            raise OutsideError(f"the answer {what}: {error}", hint=_CURE) from error
        if self.said:
            raise OutsideError(f"the publisher says: {'; '.join(self.said)[:300]}", hint=_CURE)
        return [self._completed(row) for row in self.rows]

    def _completed(self, row: SdmxRow) -> SdmxRow:
        shared: SdmxRow = {}
        for dimensions, attributes in self.groups:
            if dimensions.items() <= row.items():
                shared |= attributes
        return {**self.common, **shared, **row}

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name, plain = _local(tag), {key: value for key, value in attributes.items() if " " not in key}
        self.path.append(name)
        self.text = ""
        if name == "DataSet":
            self.common = {}
        elif name == "Group":
            self.groups.append((plain, {}))
        elif name == "Series":
            self.series = plain
        elif name == "Obs":
            self.observation = plain
        elif name in ("Value", "ObsDimension", "ObsValue"):
            self._keep_generic(name, plain)
        elif name == "Comp":
            self.component = plain.get("id", "")

    def _keep_generic(self, name: str, plain: SdmxRow) -> None:
        """Keep what the generic kind says in elements: `<Value id="FREQ" value="A"/>`."""
        names = {"ObsDimension": plain.get("id", "TIME_PERIOD"), "ObsValue": "OBS_VALUE"}
        key, value = names.get(name, plain.get("id", "")), plain.get("value", "")
        if not key or "value" not in plain:
            return
        if self.observation is not None:
            self.observation[key] = value
        elif "Series" in self.path:
            self.series[key] = value

    def _end(self, tag: str) -> None:
        name = _local(tag)
        if name == "Obs" and self.observation is not None:
            self.rows.append({**self.series, **self.observation})
            self.observation = None
        elif name == "Series":
            self.series = {}
        elif name == "Value" and self.component and self.groups and self.text:
            self.groups[-1][1][self.component] = self.text.strip()
        elif name == "Text" and "ErrorMessage" in self.path:
            self.said.append(self.text.strip())
        self.path.pop()
        self.text = ""

    def _characters(self, text: str) -> None:
        self.text += text

    def _refuse(self, *_: object) -> None:
        raise OutsideError("the answer's XML declares a document type, which is refused", hint=_CURE)


def _local(name: str) -> str:
    return name.rpartition(" ")[2]
