"""The record of an edition: what it was made from, with what, what was found, what it prints.

Place in the pipeline: step 7 Keep. In: the order, the printed pages, the findings; out: the JSON object
that is kept as record.json beside the PDFs, and the trace of their numerals. Every field but `built` is the same for
the same inputs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from .draft import Draft
from .gist import make_gist
from .model import Fact, Finding, Topic
from .orders import PROGRAM, Order, versions
from .page import Document, Trace

TRACE = "trace.json"
_RANKS = ("preferred", "normal", "deprecated")
_TOLD = ("qualifier", "source", "fact")
"""What the record tells of an observation where there is any."""


def make_trace(order: Order, printed: Iterable[tuple[Draft, Document]]) -> bytes:
    """Return the trace of an edition: every numeral of each language's pages, and where it comes from.

    docs/record.md describes it. One line an origin and a page, so that two editions can be compared line by line.
    """
    traces: dict[Trace, int] = {}
    languages = []
    for draft, document in printed:
        pages: dict[int, list[str]] = {}
        for each in document.numerals:
            number = traces.setdefault(each.trace, len(traces))
            pages.setdefault(each.page, []).append(_compact([each.page, each.text, number, *each.area]))
        lines = ",\n".join(",".join(pages[page]) for page in sorted(pages))
        languages.append(f"{_compact(draft.name)}: [\n{lines}\n]")
    listed = ",\n".join(_compact({key: value for key, value in asdict(trace).items() if value}) for trace in traces)
    head = f'"edition": {_compact(order.edition)},\n"topic": {_compact(order.topic)}'
    said = f'{{\n{head},\n"traces": [\n{listed}\n],\n"numerals": {{\n' + ",\n".join(languages) + "\n}\n}\n"
    return said.encode()


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def make_record(
    order: Order,
    printed: Iterable[tuple[Draft, Document]],
    files: Mapping[str, bytes],
    findings: Iterable[Finding],
    now: datetime,
) -> Mapping[str, Any]:
    """Return an edition's record; `files` are its PDFs and its trace by name, as they are kept.

    docs/record.md names each field.
    """
    every = list(printed)
    pages = [(draft, document) for draft, document in every if draft.name == draft.language]
    briefs = {draft.language: (draft, document) for draft, document in every if draft.name != draft.language}
    substance = make_substance(order, [draft for draft, _ in pages])
    return {
        **substance,
        "number": order.number,
        "as_of": order.as_of.isoformat() if order.as_of else None,
        "languages": list(order.languages),
        "digest": order.digest,
        "program": PROGRAM,
        "versions": versions(),
        "files": [
            lacking
            | _file(order, draft, document, files[order.file(draft.name)])
            | ({"brief": _printed(order, *brief, files)} if (brief := briefs.get(draft.language)) else {})
            for (draft, document), lacking in zip(pages, substance["files"], strict=True)
        ],
        "trace": {"name": TRACE, "sha256": _sum(files[TRACE]), "bytes": len(files[TRACE])},
        "sources": sorted({id_ for draft, _ in pages for id_ in draft.composed.sources}),
        "findings": [_finding(finding) for finding in findings],
        "outcome": "built",
        "built": now.isoformat(timespec="seconds"),
    }


def make_substance(order: Order, drafts: Sequence[Draft]) -> dict[str, Any]:
    """Return that part of a record by which two editions are compared: `differences` reads it.

    It is known before anything is printed.
    """
    topic = drafts[0].topic
    facts = {id_ for draft in drafts for id_ in draft.composed.facts}
    series = {id_ for draft in drafts for id_ in draft.composed.series}
    printed = [{*draft.composed.facts, *draft.composed.series} for draft in drafts]
    return {
        "edition": order.edition,
        "topic": order.topic,
        "date": order.date.isoformat(),
        "inputs": dict(sorted(order.inputs.items())),
        "files": [
            {"language": draft.language, "lacks": sorted((facts | series) - shown)}
            for draft, shown in zip(drafts, printed, strict=True)
        ],
        "facts": [_fact(fact) for fact in topic.facts if fact.id in facts],
        "figures": figures(topic, sorted(facts), sorted(series)),
        "series": sorted(series),
    }


def _file(order: Order, draft: Draft, document: Document, sealed: bytes) -> dict[str, Any]:
    want, page = next((want, page) for want, page in order.pages if want.language == draft.language)
    return {
        "language": draft.language,
        **_printed(order, draft, document, {order.file(draft.name): sealed}),
        "digest": page,
        "inputs": want.digest,
        "gist": make_gist(draft),
        "since": order.since.get(draft.language),
    }


def _printed(order: Order, draft: Draft, document: Document, files: Mapping[str, bytes]) -> dict[str, Any]:
    """Return a PDF's name, sum and size as it is kept and as it was printed."""
    name = order.file(draft.name)
    return {
        "name": name,
        "sha256": _sum(files[name]),
        "bytes": len(files[name]),
        "pages": document.pages,
        # The seal stands behind what was printed, so the first `bytes` of a sealed file can be made again.
        "printed": {"sha256": _sum(document.pdf), "bytes": len(document.pdf)},
    }


def figures(topic: Topic, facts: Iterable[str], series: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return every figure of some facts and series by name, with its metric, value and unit."""
    by_fact, by_series = {fact.id: fact for fact in topic.facts}, {item.id: item for item in topic.series}
    found = {
        id_: {"metric": fact.metric, "value": _said(fact), "unit": fact.unit}
        for id_ in facts
        if (fact := by_fact.get(id_))
    }
    for id_ in series:
        # Of several rows of one period and basis the best-ranked is printed: it is told last.
        rows = by_series[id_].of() if id_ in by_series else ()
        for row in sorted(rows, key=lambda row: -_RANKS.index(row.rank)):
            name = " ".join(filter(None, (id_, row.period.text, row.basis)))
            said = {"metric": by_series[id_].metric, "value": str(row.value), "unit": row.unit}
            found[name] = said | {key: text for key in _TOLD if (text := getattr(row, key))}
    return found


def _said(fact: Fact) -> str:
    return str(fact.value) if fact.amount is None else f"{fact.amount:f}"


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _fact(fact: Fact) -> dict[str, str]:
    return {
        "id": fact.id,
        "metric": fact.metric,
        "entity": fact.entity,
        "value": str(fact.value),
        "scale": fact.scale,
        "unit": fact.unit,
        "qualifier": fact.qualifier,
        "period": fact.period.text,
        "basis": fact.basis,
        "source": fact.source,
        "rank": fact.rank,
        "formula": fact.formula,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {**asdict(finding), "place": str(finding.place)}
