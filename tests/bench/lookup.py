"""The peer of `check`: a script that looks facts up, as an analyst would write it in an hour.

It reads the tables of a workspace, finds each anchor in its source's document, line breaks counted as spaces, asks whether
the digits of the value stand in the anchor, and counts the runs of digits in the documents. It knows no units, scales,
words or languages, compares nothing with anything else, recomputes nothing, and draws up no page.
"""

from __future__ import annotations

import csv
import json
import re
import tomllib
from pathlib import Path

DATA = Path("data")
sources = tomllib.loads((DATA / "sources.toml").read_text("utf-8"))
texts = {id_: " ".join((DATA / "sources" / source["document"]).read_text("utf-8").split()) for id_, source in sources.items() if "document" in source}
numerals = sum(len(re.findall(r"\d+(?:[.,]\d+)*", text)) for text in texts.values())

found = agreed = observations = 0
for path in sorted(DATA.glob("*/facts.csv")):
    with path.open(encoding="utf-8", newline="") as file:
        for fact in csv.DictReader(file):
            anchor = " ".join(fact["anchor"].split())
            if anchor and anchor in texts.get(fact["source"], ""):
                found += 1
                digits = re.sub(r"\D", "", fact["value"]).strip("0")
                agreed += bool(digits) and digits in re.sub(r"(?<=\d)[., ](?=\d)", "", anchor)
for path in sorted(DATA.glob("*/series/*")):
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            observations += sum(1 for _ in csv.DictReader(file))
    elif path.suffix == ".toml":
        tomllib.loads(path.read_text("utf-8"))
print(json.dumps({"anchors found": found, "agreed": agreed, "numerals": numerals, "observations": observations}))
