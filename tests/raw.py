"""Raw observations as a workspace: figures as they were received, without a rank, a reason, a note or a formula.

`from_shared` takes the tables as received, by rules that know nothing of what is wrong in them; `without_rulings`
takes this repository's own workspace and strips every judgement from it, so that the test needs nothing else.
"""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

HEAD = ("id", "metric", "entity", "period", "value", "scale", "unit", "qualifier", "basis", "source", "anchor", "rank",
        "formula", "reason", "note", "ref")  # fmt: skip
SERIES_HEAD = ("period", "value", "unit", "basis", "source", "status", "note")
# Whose statistics a name speaks of stands at its end.
BASES = {"_cn": "cn", "_china_stats": "cn", "_belarus_stats": "by", "_blr_reported_comtrade": "comtrade",
         "_blr_reported": "comtrade", "_derived_BLR": ""}  # fmt: skip
GROWTHS = ("_growth",)
SCALES = {"thousand", "million", "billion", "trillion"}
QUALIFIERS = {"more than": "more than", "nearly": "almost", "about": "about", "approximately": "about", "almost": "almost"}
SOURCES = {"000": "SEED0", "001": "SEED1", "002": "SEED2", "003": "SEED3", "004": "SEED4"}


def named(raw: str) -> tuple[str, str]:
    """Return the metric and the basis that a raw name says: bilateral_trade_cn_growth is trade's growth, Chinese."""
    growth = next((end for end in GROWTHS if raw.endswith(end)), "")
    name = raw.removesuffix(growth)
    for end, basis in BASES.items():
        if name.endswith(end):
            return name.removesuffix(end) + growth, basis
    return raw, ""


def period(raw: str) -> str:
    """Return the period that stands in a raw cell."""
    raw = re.sub(r"\s*\(.*\)\Z", "", raw)
    if match := re.fullmatch(r"(\d{4})/(\d{2})(\d{2})", raw):
        return f"{match[1]}/{match[3]}"
    if re.fullmatch(r"\d{4}-\d{4}|\d{4}-\d{4}-\d\d", raw):
        return raw.replace("-", "/", 1)
    whole = r"\d{4}(?:-\d\d(?:-\d\d)?|-H[12]|-Q[1-4])?"
    return raw if re.fullmatch(rf"{whole}(?:/{whole})?", raw) else "undated"


def unit(raw: str) -> tuple[str, str, str]:
    """Return scale, unit and qualifier of a cell such as `billion USD (more than)`."""
    said = next((meaning for word, meaning in QUALIFIERS.items() if f"({word}" in raw), "")
    words = re.sub(r"\s*\(.*\)", "", raw).split()
    scale = words.pop(0) if words and words[0] in SCALES else ""
    return scale, "-".join(words).replace("percent-of-GDP", "percent") or "text", said


def from_shared(shared: Path, target: Path) -> Path:
    """Write the tables as received as a workspace of one topic, and return its folder."""
    topic = target / "data" / "raw"
    (topic / "series").mkdir(parents=True)
    facts = [row for row in map(_fact, _rows(shared / "data/facts.csv")) if row["value"]]
    facts += _told_by_others()
    series: dict[tuple[str, str], list[dict[str, str]]] = {}
    for path in sorted((shared / "data/series").glob("*.csv")):
        for row in _rows(path):
            if "COMPUTED" not in row["note"]:
                series.setdefault(named(row["series"]), []).append(row)
    timeless = [key for key, rows in series.items() if all(period(row["period"]) == "undated" for row in rows)]
    facts += [_plain(f"s.{place}", key, row) for key in timeless for place, row in enumerate(series.pop(key))]
    _write(topic / "facts.csv", HEAD, facts)
    units = {row["unit"] for row in facts}
    for number, ((metric, basis), rows) in enumerate(series.items()):
        units |= _write_series(topic / "series", f"s{number}", metric, basis, rows)
    metrics = {row["metric"] for row in facts} | {metric for metric, _ in series}
    ids = {row["source"] for row in facts} | {row["source_id"] for rows in series.values() for row in rows}
    _write_words(target, metrics, units, ids)
    return target


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _fact(row: dict[str, str]) -> dict[str, str]:
    metric, basis = named(row["metric"])
    scale, name, said = unit(row["unit"])
    value, when = row["value"], period(row["period"])
    number = re.fullmatch(r"-?\d+(?:\.\d+)?", value)
    if name in ("date", "year"):
        name, value = ("date", value) if period(value) != "undated" else ("text", value)
        when = value if name == "date" else when
    elif not number:
        name = "text"
    # The words that hold the figure, as many as an anchor may have.
    words = row["quote"].split()
    at = next((place for place, word in enumerate(words) if number and value.split(".")[0] in word.replace(",", "")), 0)
    start = max(0, min(at - 9, len(words) - 15))
    return {
        "id": row["id"].lower(), "metric": metric, "entity": "pair", "period": when, "value": value, "scale": scale,
        "unit": name, "qualifier": said, "basis": basis, "source": SOURCES[row["seed_file"][:3]],
        "anchor": " ".join(words[start : start + 15]), "rank": "normal", "ref": row["id"],
    }  # fmt: skip


def _told_by_others() -> list[dict[str, str]]:
    """Return the observations of other sources that stand in no table as received: its notes tell them."""
    told = [
        ("day.belta", "relations_established", "1992-01-20", "1992-01-20", "date", "", "P_BELTA_2022"),
        ("day.fmprc", "relations_established", "1992-01-20", "1992-01-20", "date", "", "P_CHINANEWS_2020"),
        ("growth.belta", "bilateral_trade_growth", "2022", "13", "percent", "by", "P_BELTA_2023"),
        ("visits.fmprc", "xi_visits", "undated", "2015", "text", "", "P_CHINANEWS_2020"),
    ]
    head = ("id", "metric", "period", "value", "unit", "basis", "source")
    return [{**dict(zip(head, row, strict=True)), "entity": "pair", "rank": "normal"} for row in told]


def _plain(id_: str, key: tuple[str, str], row: dict[str, str]) -> dict[str, str]:
    """Return a row of a table without any date, which is no series, as a fact."""
    scale, name, said = unit(row["unit"])
    return {
        "id": id_, "metric": key[0], "basis": key[1], "entity": "pair", "period": "undated", "value": row["value"],
        "scale": scale, "unit": name, "qualifier": said, "source": row["source_id"], "rank": "normal",
    }  # fmt: skip


def _write(path: Path, head: Iterable[str], rows: Iterable[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, tuple(head), restval="", extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _write_series(folder: Path, id_: str, metric: str, basis: str, rows: list[dict[str, str]]) -> set[str]:
    scales = {"": "", "million": "000000", "billion": "000000000"}
    found: list[dict[str, str]] = []
    for row in rows:
        scale, name, _ = unit(row["unit"])
        value = f"{float(row['value']) * float('1' + scales[scale]):.6f}".rstrip("0").rstrip(".")
        when = period(row["period"])
        cells = {"period": when, "value": value, "unit": name, "basis": basis, "source": row["source_id"]}
        if cells not in found:
            found.append(cells)
    flow = "stock" if any(re.fullmatch(r"\d{4}-\d\d-\d\d", row["period"]) for row in found) else "flow"
    _write(folder / f"{id_}.csv", SERIES_HEAD, found)
    text = f'label = "S"\nmetric = "{metric}"\nentity = "pair"\nunit = "{found[0]["unit"]}"\nmeasure = "{flow}"\n'
    (folder / f"{id_}.toml").write_text(text, "utf-8")
    return {row["unit"] for row in found}


def _write_words(target: Path, metrics: Iterable[str], units: Iterable[str], sources: Iterable[str]) -> None:
    built_in = {"percent", "times", "date", "text", "year"}
    own = [name for name in sorted(units) if name not in built_in and not name.isupper()]
    words = [
        *(f'[metrics."{name}"]\nlabel = "{name}"\n' for name in sorted(metrics)),
        '[entities]\npair = "The pair"\n[bases]\ncn = "one side"\nby = "other side"\ncomtrade = "reported"\n',
        *(f'[units."{name}"]\none = "{name}"\nother = "{name}"\n' for name in own),
    ]
    (target / "data/vocabulary.toml").write_text("".join(words), "utf-8")
    entry = '["{0}"]\nproducer = "{0}"\ntitle = "{0}"\nkind = "excerpt"\naccessed = 2026-11-22\nlanguage = "en"\n'
    (target / "data/sources.toml").write_text("".join(entry.format(id_) for id_ in sorted(sources)), "utf-8")
    (target / "briefing.toml").write_text('issuer = "Raw"\n', "utf-8")
    topic = 'title = "Raw"\naccent = "#0b5d7a"\nbottom_line = "Raw."\n'
    (target / "data/raw/topic.toml").write_text(topic, "utf-8")


# --- this repository's own workspace --------------------------------------------------------------


def without_rulings(root: Path, target: Path) -> Path:
    """Write a workspace with every rank normal, without reasons, notes, answers and derived figures."""
    shutil.copytree(root / "data", target / "data", ignore=shutil.ignore_patterns("sources", "answers.toml", "*.md"))
    shutil.copy(root / "briefing.toml", target)
    for path in target.glob("data/*/facts.csv"):
        rows = [row for row in _rows(path) if not row["formula"]]
        bare = {"rank": "normal", "reason": "", "note": ""}
        _write(path, HEAD, [{**row, **bare} for row in rows])
        known = {row["id"] for row in rows}
        for table in (path.parent / "series").glob("*.csv"):
            kept = [row for row in _rows(table) if row["source"].removeprefix("fact:") in known or ":" not in row["source"]]
            _write(table, (*SERIES_HEAD, "qualifier"), [{**row, "note": "", "status": ""} for row in kept])
    vocabulary = target / "data/vocabulary.toml"
    relations = r"(?m)^(?:growth_of|multiple_of|part_of|after|formula) = .*\n"
    vocabulary.write_text(re.sub(relations, "", vocabulary.read_text("utf-8")), "utf-8")
    return target
