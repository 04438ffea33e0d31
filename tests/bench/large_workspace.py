"""A large workspace, invented: topics, facts with anchors, series, and the documents that the anchors stand in.

Every place, person and figure is made up, and the same size makes the same bytes. Documents are 2 to 10 kB
long, each twenty-fifth 60 kB; in ten of them seven are in English, two in Chinese, one in Russian. A sentence that
holds a fact stands among others that hold none, some with numbers of their own, in lines that break inside it.
usage: large_workspace.py FOLDER [FACTS [DOCUMENTS [TIMES]]]    TIMES: how many times longer the documents are
"""

from __future__ import annotations

import hashlib
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ACCESSED = "2025-02-01"
YEARS = range(1995, 2020)
MONTHS = [f"{year}-{month:02}" for year in range(2000, 2025) for month in range(1, 13)]
LANGUAGES = ("en", "en", "zh", "en", "en", "ru", "en", "zh", "en", "en")
LENGTHS = (2000, 6500, 3000, 9000, 4000, 10000, 2500, 8000, 5000, 7000)
LONG = 60_000
FACTS_OF_TOPIC = 520

_FIRST = ("Ar", "Bel", "Cor", "Dun", "Es", "Fal", "Gor", "Hal", "Is", "Jar")
_LAST = ("vel", "mont", "by", "wick", "stad", "ton", "mar", "field", "ness", "holm")
_FIRST_ZH, _LAST_ZH = "东西南北青白金安永新", "河山林湖原州港桥城关"
_FIRST_RU = ("Ар", "Бел", "Кор", "Дун", "Эс", "Фал", "Гор", "Гал", "Ис", "Яр")
_LAST_RU = ("вель", "монт", "бин", "вик", "стад", "тон", "мар", "фельд", "несс", "хольм")


@dataclass(frozen=True, slots=True)
class Size:
    """How large: facts in all, documents, and how many times longer each document is."""

    facts: int = 10_000
    documents: int = 500
    times: int = 1


@dataclass(frozen=True, slots=True)
class Metric:
    """What is measured, how it is counted, and the sentences that say so; {} are its number, {e} and {y} its place."""

    id: str
    unit: str
    kind: str
    en: str
    zh: str
    ru: str


METRICS = (
    Metric("readers", "reader", "count", "In {y} the libraries of {e} had {} readers", "{y}年{e}图书馆共有读者{}人", "в {y} году в библиотеках города {e} было {} читателей"),
    Metric("loans", "loan", "count", "{e} lent its readers {} books in {y}", "{y}年{e}借出图书{}册", "в {y} году {e} выдал {} книг"),
    Metric("seats", "seat", "count", "counted {} seats in the reading rooms of {e} in {y}", "{y}年{e}阅览室有{}个座位", "в {y} году в залах города {e} насчитали {} мест"),
    Metric("courses", "course", "count", "{} courses were held in {e} in {y}", "{y}年{e}举办课程{}门", "в {y} году в городе {e} провели {} курсов"),
    Metric("budget", "EUR", "money", "{e} spent {} million euros on books in {y}", "{y}年{e}购书支出{}万欧元", "в {y} году {e} потратил на книги {} млн евро"),
    Metric("gifts", "USD", "money", "gifts to {e} of ${} million in {y}", "{y}年{e}收到捐款{}万美元", "в {y} году {e} получил в дар {} млн долларов"),
    Metric("growth", "percent", "percent", "the budget of {e} rose by {}% in {y}", "{y}年{e}预算增长{}%", "в {y} году бюджет города {e} вырос на {}%"),
    Metric("share", "percent", "percent", "in {y} women were {}% of the readers of {e}", "{y}年{e}女性读者占{}%", "в {y} году женщины составили {}% читателей города {e}"),
    Metric("opening", "date", "date", "the new hall of {e} opened on {}", "{e}新馆于{}开放", "новый зал города {e} открылся {}"),
    Metric("plan", "text", "text", "the plan of {e} for {y}: {} halls and {} desks", "{e}{y}年规划：{}个大厅、{}个服务台", "план города {e} на {y} год: {} зала и {} столов"),
)  # fmt: skip
_MONTHS_EN = ("January", "March", "May", "July", "September", "November")
_MONTHS_RU = ("января", "марта", "мая", "июля", "сентября", "ноября")
_QUALIFIERS = {"more than": ("more than ", "超过", "более "), "about": ("about ", "约", "около ")}
_WORDS = {
    "en": ("The board|A reader|The “Friends of Reading”|One librarian|The evening paper|Her successor|The town clerk",
           "praised|described|visited|repaired|painted|remembered|closed|drew",
           "the small branch by the river|the catalogue|the old co-operative|a collection of maps|the children\u2019s room|its garden",
           "after a long discussion|without saying why|on page 14 of its report|in spring|with 3 others|as it had promised|before noon"),
    "zh": ("理事会|一位读者|“读书之友”|图书管理员|晚报|她的继任者|书记员", "称赞了|描述了|参观了|修缮了|粉刷了|想起了|关闭了|画下了",
           "河边的分馆|目录|旧合作社|一批地图|儿童阅览室|花园", "在长时间讨论之后|没有说明原因|在报告第14页|在春天|与另外3人一起|如其所承诺|在中午之前"),
    "ru": ("Совет|Читатель|«Друзья чтения»|Библиотекарь|Вечерняя газета|Её преемница|Секретарь",
           "хвалит|описывает|видит|чинит|красит|помнит|закрывает|рисует",
           "маленький филиал у реки|каталог|старый кооператив|собрание карт|детский зал|его сад",
           "после долгого обсуждения|не сказав почему|на странице 14 отчёта|весной|с 3 другими|как и обещал|до полудня"),
}  # fmt: skip
_FORMS = {"en": "{0} {1} {2} and {3} {4}", "zh": "{4}，{0}{1}{2}和{3}", "ru": "{0} {1} {2} и {3} {4}"}
_CROWDS = {"en": ", and some {} people came", "zh": "，约有{}人到场", "ru": ", и пришло около {} человек"}


@dataclass(frozen=True, slots=True)
class Claim:
    """One row of facts.csv and, where it has an anchor, the document and sentence that the anchor stands in."""

    topic: str
    row: tuple[str, ...]
    document: int = -1
    sentence: str = ""


HEAD = "id,metric,entity,period,value,scale,unit,qualifier,basis,source,anchor,rank,formula,reason,note"


def place(number: int, language: str) -> str:
    """Return the name of an invented town; beyond a hundred its district's number in letters is added."""
    first, last, more = number % 10, number // 10 % 10, number // 100
    if language == "zh":
        return _FIRST_ZH[first] + _LAST_ZH[last] + (f"{_LAST_ZH[more % 10]}{_FIRST_ZH[more // 10]}" if more else "")
    firsts, lasts = (_FIRST_RU, _LAST_RU) if language == "ru" else (_FIRST, _LAST)
    return firsts[first] + lasts[last] + (f"-{firsts[more // 10]}{lasts[more % 10]}" if more else "")


def claims(size: Size) -> Iterator[Claim]:
    """Yield the facts: for each two towns (a topic), each metric and year, then what others say, then what is derived."""
    made = 0
    for town in range(size.facts):
        for year in YEARS:
            for metric in METRICS:
                for claim in _claims_of(metric, town, year, made, size):
                    yield claim
                    made += 1
                    if made == size.facts:
                        return


def _claims_of(metric: Metric, town: int, year: int, number: int, size: Size) -> Iterator[Claim]:
    claim = _claim(metric, town, year, number, size)
    yield claim
    if metric.id == "readers" and year % 5 == 0:
        yield _claim(metric, town, year, number + 1, size, second=claim)
    if metric.id == "readers" and year % 5 == 1:
        row = (f"change.t{town}.{year}", "change", f"t{town}", str(year), "", "", "reader", "about", "", "", "", "normal",
               f"{{readers.t{town}.{year}}} - {{readers.t{town}.{year - 1}}}", "", "")  # fmt: skip
        yield Claim(claim.topic, row)


def _claim(metric: Metric, town: int, year: int, number: int, size: Size, second: Claim | None = None) -> Claim:
    """Return a fact; a `second` opinion says the same, or every other time 5 per cent more, and ranks below."""
    document = _document_of(town, number, size)
    language = LANGUAGES[document % len(LANGUAGES)]
    differs = second is not None and year % 10 == 0
    level = 100 + town * 7 % 200 + 3 * (year - YEARS[0]) + (12 + town if differs else 0)
    value, scale, parts = _said(metric, level, year, language)
    qualifier = ("more than", "about")[number % 2] if metric.kind == "count" and number % 9 == 0 else ""
    if qualifier:
        parts = (_QUALIFIERS[qualifier][("en", "zh", "ru").index(language)] + parts[0],)
    sentence = getattr(metric, language).format(*parts, e=place(town, language), y=year)
    name = f"{metric.id}.t{town}.{year}" + (".press" if second else "")
    row = (
        name, metric.id, f"t{town}", str(year), value, scale, metric.unit, qualifier, "press" if second else "own",
        f"D{document}", f'"{sentence}"', "normal" if second or metric.id != "readers" else "preferred", "",
        "the press counts visitors too" if differs else "", "",
    )  # fmt: skip
    return Claim(f"area{town // 2}", row, document, sentence)


def _document_of(town: int, number: int, size: Size) -> int:
    """Return the document of a fact: nine in ten are in those of its own topic, one in ten stands in any."""
    topics = -(-size.facts // FACTS_OF_TOPIC)
    share = max(1, size.documents // topics)
    own = town // 2 % topics * share + number * 7 % share
    return (number * 7 if number % 10 == 0 else own) % size.documents


def _said(metric: Metric, level: int, year: int, language: str) -> tuple[str, str, tuple[str, ...]]:
    """Return value and scale as facts.csv writes them, and the parts of the sentence; a town's level rises slowly."""
    index = ("en", "zh", "ru").index(language)
    if metric.kind == "count":
        number = level * 337 + year % 7
        return str(number), "", ((f"{number:,}", str(number), f"{number:,}".replace(",", "\u00a0"))[index],)
    if metric.kind == "money":
        tenths = level * 3 + year % 3
        amount = f"{tenths // 10}.{tenths % 10}"
        return amount, "million", ((amount, str(tenths * 10), amount.replace(".", ","))[index],)
    if metric.kind == "percent":
        tenths = level + year % 3
        amount = f"{tenths // 10}.{tenths % 10}"
        return amount, "", ((amount, amount, amount.replace(".", ","))[index],)
    if metric.kind == "date":
        month, day = level % 6, 1 + level % 28
        written = (f"{day} {_MONTHS_EN[month]} {year}", f"{year}年{2 * month + 1}月{day}日", f"{day} {_MONTHS_RU[month]} {year} г.")
        return f"{year}-{2 * month + 1:02}-{day:02}", "", (written[index],)
    halls, desks = 2 + level % 3, 11 + level % 40
    return f"{halls} halls and {desks} desks", "", (str(halls), str(desks))


# --- documents --------------------------------------------------------------------------------------


def document(number: int, sentences: list[str], times: int) -> str:
    """Return a document with the sentences spread over it, as long as its number says."""
    language = LANGUAGES[number % len(LANGUAGES)]
    wanted = (LONG if number % 25 == 24 else LENGTHS[number % len(LENGTHS)]) * times
    wanted //= 2 if language == "zh" else 1  # a Chinese character counts for two
    between = max(0, wanted - sum(map(len, sentences))) // (len(sentences) + 1)
    parts, step = [], number
    for sentence in [*sentences, ""]:
        length = 0
        while length < between:
            step += 1
            parts.append(_filler(step, language))
            length += len(parts[-1])
        parts.append(sentence)
    if language == "zh":  # lines end at a stop and at each comma that follows it: numbers stay whole
        return "".join(f"{part}。\n".replace("，", "，\n", 1) for part in parts if part)
    return "\n".join(textwrap.wrap(". ".join(part for part in parts if part) + ".", 96)) + "\n"


def _filler(step: int, language: str) -> str:
    """Return a sentence without a fact; each eleventh holds a number of its own."""
    subjects, verbs, objects, adverbs = (words.split("|") for words in _WORDS[language])
    parts = (
        subjects[step % 7], verbs[step * 3 % 8], objects[step * 5 % 6], objects[(step // 6 + 1) % 6], adverbs[step * 2 % 7]
    )  # fmt: skip
    return _FORMS[language].format(*parts) + (_CROWDS[language].format(step % 90 + 10) if step % 11 == 0 else "")


# --- files ------------------------------------------------------------------------------------------


def write(folder: Path, size: Size) -> Path:
    """Write the workspace into an empty folder and return it."""
    made = list(claims(size))
    by_document: dict[int, list[str]] = {number: [] for number in range(size.documents)}
    by_topic: dict[str, list[Claim]] = {}
    for claim in made:
        by_topic.setdefault(claim.topic, []).append(claim)
        if claim.sentence:
            by_document[claim.document].append(claim.sentence)
    (folder / "data" / "sources").mkdir(parents=True)
    (folder / "briefing.toml").write_text('issuer = "Office of Invented Figures"\nlanguages = ["en"]\n', "utf-8")
    texts = {number: document(number, sentences, size.times).encode() for number, sentences in by_document.items()}
    for number, data in texts.items():
        (folder / "data" / "sources" / f"d{number}.txt").write_bytes(data)
    (folder / "data" / "sources.toml").write_text("".join(_sources(texts)), "utf-8")
    towns = sorted({int(claim.row[2][1:]) for claim in made})
    (folder / "data" / "vocabulary.toml").write_text(_vocabulary(towns), "utf-8")
    for topic, rows in by_topic.items():
        _write_topic(folder / "data" / topic, rows)
    return folder


def _sources(texts: dict[int, bytes]) -> Iterator[str]:
    for number, data in texts.items():
        yield (
            f'[D{number}]\nproducer = "Gazette {number % 40}"\ntitle = "Libraries in the news"\nkind = "document"\n'
            f'accessed = {ACCESSED}\npublished = "2025-01"\nlanguage = "{LANGUAGES[number % len(LANGUAGES)]}"\n'
            f'document = "d{number}.txt"\nsha256 = "{hashlib.sha256(data).hexdigest()}"\n\n'
        )
    yield f'[STATS]\nproducer = "Statistical Office"\ntitle = "Visits"\nkind = "dataset"\naccessed = {ACCESSED}\n'


def _vocabulary(towns: list[int]) -> str:
    metrics = [*(metric.id for metric in METRICS), "change", "visits", "rise"]
    lines = [f'[metrics.{id_}]\nlabel = "{id_.capitalize()} of libraries"\ntolerance = "1%"\n' for id_ in metrics]
    lines.append("[entities]\n" + "".join(f't{town} = "{place(town, "en")}"\n' for town in towns))
    lines.append('[bases]\nown = "the library\'s own count"\npress = "press"\n')
    for id_, en, zh, ru in (
        ("reader", '"readers"', '"人", "读者"', '"читателей", "читателя", "читатель"'),
        ("loan", '"books"', '"册"', '"книг", "книги", "книга"'),
        ("seat", '"seats"', '"座位"', '"мест", "места", "место"'),
        ("course", '"courses"', '"门"', '"курсов", "курса", "курс"'),
        ("visit", '"visits"', '"人次"', '"посещений"'),
    ):
        lines.append(f'[units.{id_}]\none = "{id_}"\nother = "{id_}s"\nwords = {{ en = [{en}], zh = [{zh}], ru = [{ru}] }}\n')
    return "\n".join(lines)


def _write_topic(folder: Path, rows: list[Claim]) -> None:
    (folder / "series").mkdir(parents=True)
    (folder / "facts.csv").write_text("\n".join([HEAD, *(",".join(claim.row) for claim in rows)]) + "\n", "utf-8")
    ids = {claim.row[0] for claim in rows}
    towns = sorted({claim.row[2] for claim in rows})
    for town in towns:
        for id_, unit in (("readers", "reader"), ("loans", "loan"), ("share", "percent")):
            periods = [year for year in YEARS if f"{id_}.{town}.{year}" in ids]
            lines = [f"{year},,{unit},own,fact:{id_}.{town}.{year},," for year in periods]
            _write_series(folder, f"{id_}-{town}", id_, town, unit, lines)
        lines = [f"{month},{900 + number * 37 % 500},visit,own,STATS,," for number, month in enumerate(MONTHS)]
        _write_series(folder, f"visits-{town}", "visits", town, "visit", lines)
        visits = f"visits-{town}"
        _write_series(folder, f"rise-{town}", "rise", town, "percent", f"({{{visits}}} / previous({{{visits}}}) - 1) * 100")
    town = towns[0]
    first = next(claim.row for claim in rows if claim.row[10])
    topic = TOPIC.format(town=town, fact=first[0], since=YEARS[0])
    (folder / "topic.toml").write_text(topic, "utf-8")
    mentioned = [claim.row[0] for claim in rows if claim.row[1] in ("readers", "loans", "growth")][:40]
    points = "".join(f'- In {{{{ period("{id_}") }}}} it was {{{{ fact("{id_}") }}}}.\n' for id_ in mentioned)
    (folder / "text.en.md").write_text(f'{points}\n# Loans\n\nLoans stand below.\n\n{{{{ table("loans") }}}}\n', "utf-8")


def _write_series(folder: Path, id_: str, metric: str, town: str, unit: str, rows: list[str] | str) -> None:
    """Write a series with its rows, or with the formula that gives them."""
    head, formula = "period,value,unit,basis,source,status,note", ""
    if isinstance(rows, str):
        formula = f'formula = "round({rows}, 1)"\n'
    else:
        (folder / "series" / f"{id_}.csv").write_text("\n".join([head, *rows]) + "\n", "utf-8")
    about = f'label = "{metric.capitalize()}"\nmetric = "{metric}"\nentity = "{town}"\nunit = "{unit}"\nmeasure = "flow"\n{formula}'
    (folder / "series" / f"{id_}.toml").write_text(about, "utf-8")


TOPIC = """title = "Libraries"
subtitle = "Readers and loans"
accent = "#0b5d7a"
bottom_line = "It was {{{{ fact('{fact}') }}}}."

[[key_figures]]
label = "Readers"
series = "readers-{town}"

[[key_figures]]
label = "Loans"
series = "loans-{town}"

[[key_figures]]
label = "Visits"
series = "visits-{town}"

[[charts]]
id = "readers"
kind = "columns"
title = "Readers come and go"
lines = [{{ series = "readers-{town}", label = "Readers" }}]

[[tables]]
id = "loans"
title = "Loans"
columns = [{{ series = "loans-{town}", label = "Loans" }}]
since = "{since}"
"""


if __name__ == "__main__":
    write(Path(sys.argv[1]), Size(*map(int, sys.argv[2:])))
