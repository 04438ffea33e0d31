"""How languages write quantities: one `Grammar` each, data only.

Place in the pipeline: base; read by `quantities`. A further language is one more entry of GRAMMARS.
Currencies are ISO 4217 codes (https://www.iso.org/iso-4217-currency-codes.html); a workspace adds words
for them, and for its own units, in its vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Grammar:
    """How one language writes quantities: words and what they stand for.

    `cardinals` add up, `tens` multiply within a group (hundred, 百), `scales` are powers of ten that
    multiply the group. `dates` are patterns with the groups y, m, d, h (half), q, decade, and y2, m2, d2
    for the end of an interval; {month}, {year}, {day}, {nth}, {to} and {sp} stand for parts.
    """

    spaced: bool
    grouping: str
    point: str
    point_word: str
    cardinals: Mapping[str, int]
    tens: Mapping[str, int]
    ordinals: Mapping[str, int]
    scales: Mapping[str, int]
    vague: Mapping[str, int]
    vague_pattern: str
    ordinal_before: str
    ordinal_after: str
    prefixes: Mapping[str, str]
    units: Mapping[str, str]
    measures: tuple[str, ...]
    stops: tuple[str, ...]
    before: Mapping[str, str]
    after: Mapping[str, str]
    between: Mapping[str, str]
    """What joins the ends of a range, and the word that must then stand before the first ("" none)."""
    change: tuple[str, ...]
    """Words before the first of two numbers that tell a change (from 3 to 5) from a range (3 to 5)."""
    falling: tuple[str, ...]
    year_before: tuple[str, ...]
    alone: tuple[str, ...]
    """Number words that count only with a unit behind them, because they have other uses."""
    months: Mapping[str, int]
    parts: Mapping[str, str]
    dates: tuple[str, ...]
    articles: tuple[str, ...] = ()
    """Words that stand for one before hundred or million."""
    plus: str = "(?!)"
    """The word that may join hundred or thousand with what follows: two hundred and five."""
    numbered: Mapping[str, int] = field(default_factory=dict)
    """Words and signs in dates that are neither month names nor cardinals: first, II, 上."""
    letters: str = ""
    """Short scales that count only directly behind an amount of money: $1.3m."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


CURRENCIES = _words(
    "USD EUR CNY RUB BYN GBP JPY CHF KZT INR UAH PLN TRY KRW BRL ZAR CAD AUD NZD HKD SGD SEK NOK DKK CZK HUF RON"
    " BGN GEL AMD AZN UZS KGS TJS MDL RSD ILS AED SAR EGP IDR MYR THB VND PHP PKR BDT MXN ARS CLP COP NGN KES"
)
BUILT_IN_UNITS = ("percent", "percentage point", "times", "year", "date", "text")
_SYMBOLS = {
    "$": "USD", "US$": "USD", "U.S.$": "USD", "＄": "USD", "A$": "AUD", "C$": "CAD", "HK$": "HKD", "S$": "SGD",
    "R$": "BRL", "€": "EUR", "£": "GBP", "¥": "JPY", "CN¥": "CNY", "RMB": "CNY", "₽": "RUB", "₸": "KZT",
    "₹": "INR", "₩": "KRW", "₴": "UAH", "₺": "TRY",
} | {code: code for code in CURRENCIES}  # fmt: skip
_UNTIL = "to|till|until|through|[-–—]"

ENGLISH = Grammar(
    spaced=True,
    grouping=",\u00a0\u2009\u202f",
    point=r"\.",
    point_word="point",
    cardinals={
        "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
        "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
        "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40,
        "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
    },
    tens={"hundred": 100, "dozen": 12},
    ordinals={
        "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8,
        "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14,
        "fifteenth": 15, "sixteenth": 16, "seventeenth": 17, "eighteenth": 18, "nineteenth": 19,
        "twentieth": 20, "thirtieth": 30, "fortieth": 40, "fiftieth": 50,
    },
    scales={
        "thousand": 3, "million": 6, "billion": 9, "trillion": 12, "mn": 6, "mln": 6, "bn": 9, "bln": 9,
        "tn": 12, "trn": 12,
    },
    vague={"tens": 10, "dozens": 12, "hundreds": 100, "thousands": 1000, "millions": 10**6, "billions": 10**9},
    vague_pattern=r"\b(?:{vague})(?:{sp}of{sp}(?:{vague}))?\b",
    ordinal_before="",
    ordinal_after=r"(?:st|nd|rd|th)\b",
    prefixes=_SYMBOLS,
    units={
        "%": "percent", "percent": "percent", "per cent": "percent", "pct": "percent",
        "percentage point": "percentage point", "percentage points": "percentage point",
        "times": "times", "fold": "times", "year": "year", "years": "year", "consecutive years": "year",
        "successive years": "year", "straight years": "year", "full years": "year",
        "dollars": "USD", "dollar": "USD", "US dollars": "USD", "US dollar": "USD", "U.S. dollars": "USD",
        "American dollars": "USD", "euros": "EUR", "euro": "EUR", "yuan": "CNY", "Chinese yuan": "CNY",
        "yuan renminbi": "CNY", "renminbi": "CNY", "rubles": "RUB", "roubles": "RUB", "Russian rubles": "RUB",
        "Russian roubles": "RUB", "pounds": "GBP", "pounds sterling": "GBP", "British pounds": "GBP",
        "yen": "JPY", "Japanese yen": "JPY", "Swiss francs": "CHF", "tenge": "KZT", "Kazakh tenge": "KZT",
        "Kazakhstani tenge": "KZT", "rupees": "INR", "Indian rupees": "INR", "hryvnias": "UAH", "hryvnia": "UAH",
        "zlotys": "PLN", "zloty": "PLN", "Turkish lira": "TRY", "won": "KRW", "South Korean won": "KRW",
        "Hong Kong dollars": "HKD", "Canadian dollars": "CAD", "Australian dollars": "AUD",
        "Singapore dollars": "SGD", "reais": "BRL", "rand": "ZAR",
    } | {code: code for code in CURRENCIES},
    measures=(),
    stops=_words("of in to from by with for at on is are was were has have had will that which who the since as than"),
    before={
        "more than": "more than", "over": "more than", "exceed": "more than", "exceeds": "more than",
        "exceeded": "more than", "exceeding": "more than", "above": "more than", "in excess of": "more than",
        "upwards of": "more than", "surpassed": "more than", "at least": "at least", "no less than": "at least",
        "not less than": "at least", "no fewer than": "at least", "a minimum of": "at least", "about": "about",
        "around": "about", "approximately": "about", "some": "about", "roughly": "about", "circa": "about",
        "an estimated": "about", "almost": "almost", "nearly": "almost", "close to": "almost", "up to": "up to",
        "as much as": "up to", "as many as": "up to", "at most": "up to", "no more than": "up to",
        "not more than": "up to", "a maximum of": "up to", "less than": "less than", "fewer than": "less than",
        "under": "less than", "below": "less than",
    },
    after={"+": "more than", "-plus": "more than", "or more": "at least", "or so": "about"},
    between={"to": "", "-": "", "–": "", "—": "", "and": "between"},
    change=("from",),
    falling=_words("fell fall falls falling down decrease decreased decline declined drop dropped shrank reduced"),
    year_before=_words("in since until till during year before after early late mid"),
    alone=("one", "hundred", "thousand", "million"),
    months={
        "January": 1, "February": 2, "March": 3, "April": 4, "May": 5, "June": 6, "July": 7, "August": 8,
        "September": 9, "October": 10, "November": 11, "December": 12, "Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4,
        "Jun": 6, "Jul": 7, "Aug": 8, "Sept": 9, "Sep": 9, "Oct": 10, "Nov": 11, "Dec": 12,
    },
    parts={
        "year": r"(?:1[5-9]|20)\d\d(?!\d)", "day": r"[0-3]?\d(?!\d)(?:st|nd|rd|th)?", "sp": r"[\s\u00a0]{1,3}",
        "to": rf"[\s\u00a0]{{0,3}}(?:{_UNTIL})[\s\u00a0]{{0,3}}",
        "nth": "first|second|third|fourth|last|1st|2nd|3rd|4th",
    },
    dates=(
        r"(?<!\d)(?P<y>{year})-(?P<m>\d\d)-(?P<d>\d\d)(?!\d)",
        r"(?<![\d.,])(?P<y>{year})-(?P<m>0[1-9]|1[0-2])(?![\d-])",
        r"\b(?P<m>{month})\.?{sp}(?P<d>{day})(?:{to}(?:(?P<m2>{month})\.?{sp})?(?P<d2>{day}))?(?:,?{sp}(?P<y>{year}))?\b",
        r"(?<![\d.,])(?P<d>{day})(?:{to}(?P<d2>{day}))?{sp}(?:of{sp})?(?P<m>{month})\b\.?(?:,?{sp}(?P<y>{year}))?",
        r"\b(?P<m>{month})\.?{to}(?P<m2>{month})\.?,?{sp}(?:of{sp})?(?P<y>{year})",
        r"\b(?P<m>{month})\.?,?{sp}(?:of{sp})?(?P<y>{year})(?:{to}(?P<m2>{month})\.?,?{sp}(?P<y2>{year}))?",
        r"\b(?P<h>{nth}){sp}(?:half|six{sp}months)(?:{sp}of)?{sp}(?P<y>{year})",
        r"\b(?P<q>{nth}){sp}quarter(?:{sp}of)?{sp}(?P<y>{year})",
        r"\bH(?P<h>[12]){sp}(?P<y>{year})",
        r"\bQ(?P<q>[1-4]){sp}(?P<y>{year})",
        r"(?<![\d.,])(?P<y>{year})-H(?P<h>[12])\b",
        r"(?<![\d.,])(?P<y>{year})-Q(?P<q>[1-4])\b",
        r"\bbetween{sp}(?P<y>{year}){sp}and{sp}(?P<y2>{year})",
        r"(?<![\d.,])(?:from{sp})?(?P<y>{year}){to}(?P<y2>{year})(?!%)",
        r"(?<![\d.,])(?P<split>{year}/\d\d)(?!\d)",
        r"(?<![\d.,])(?P<decade>(?:1[5-9]|20)\d)0s\b",
        r"(?<=in |of |by )(?-i:(?P<m>{month}))\b",
        r"(?<=last |this |next |late )(?-i:(?P<m>{month}))\b",
        r"(?<=since |until |early )(?-i:(?P<m>{month}))\b",
    ),
    numbered={"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 4},
    articles=("a", "an"),
    plus="and",
    letters="kmb",
)  # fmt: skip

_HAN_YEAR = r"(?:(?:1[5-9]|20)\d\d|[一二][一二三四五六七八九〇零]{3})"
_HAN_MONTH = r"(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_HAN_DAY = r"(?:[0-3]?\d|三?十一?|二?十[一二三四五六七八九]?|[一二三四五六七八九])"

CHINESE = Grammar(
    spaced=False,
    grouping=",",
    point=r"\.",
    point_word="点",
    cardinals={
        "零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9,
    },
    tens={"十": 10, "百": 100, "千": 1000},
    ordinals={},
    scales={"百": 2, "千": 3, "万": 4, "百万": 6, "千万": 7, "亿": 8, "十亿": 9, "百亿": 10, "千亿": 11, "万亿": 12},
    vague={"几": 1, "数": 1, "上": 1, "十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8},
    vague_pattern="(?:[几数][十百千][万亿]?|[几数][万亿]|上[百千][万亿]?)",
    ordinal_before="第",
    ordinal_after="",
    prefixes=_SYMBOLS | {"¥": "CNY", "￥": "CNY", "百分之": "percent", "人民币": "CNY"},
    units={
        "%": "percent", "％": "percent", "个百分点": "percentage point", "百分点": "percentage point", "倍": "times",
        "年": "year", "周年": "year", "美元": "USD", "美金": "USD", "欧元": "EUR", "元": "CNY", "元人民币": "CNY",
        "人民币": "CNY", "卢布": "RUB", "俄罗斯卢布": "RUB", "俄卢布": "RUB",
        "英镑": "GBP", "日元": "JPY", "瑞士法郎": "CHF", "坚戈": "KZT", "卢比": "INR", "印度卢比": "INR",
        "格里夫纳": "UAH", "兹罗提": "PLN", "里拉": "TRY", "韩元": "KRW", "港元": "HKD", "港币": "HKD", "加元": "CAD",
        "澳元": "AUD", "新加坡元": "SGD", "雷亚尔": "BRL", "兰特": "ZAR",
    } | {code: code for code in CURRENCIES},
    measures=_words("个 项 家 名 人次 人 次 届 所 批 种 座 条 列 对 辆 架 位 场 份 件 户 艘 班"),
    stops=(),
    before={
        "超过": "more than", "超": "more than", "逾": "more than", "多于": "more than", "高于": "more than",
        "突破": "more than", "至少": "at least", "不少于": "at least", "不低于": "at least", "约": "about",
        "大约": "about", "约为": "about", "大概": "about", "近": "almost", "将近": "almost", "接近": "almost",
        "最多": "up to", "不超过": "up to", "高达": "up to", "多达": "up to", "不到": "less than",
        "不足": "less than", "低于": "less than",
    },
    after={"多": "more than", "余": "more than", "以上": "at least", "左右": "about", "上下": "about"},
    between={"至": "", "到": "", "-": "", "–": "", "—": "", "~": "", "～": ""},
    change=("从", "由", "自"),
    falling=("下降", "减少", "降低", "下跌", "下滑", "萎缩"),
    year_before=(),
    alone=tuple("零〇一二两三四五六七八九十百千万亿"),
    months={name: number + 1 for number, name in enumerate(_words("一 二 三 四 五 六 七 八 九 十 十一 十二"))},
    parts={
        "year": _HAN_YEAR, "mon": _HAN_MONTH, "day": _HAN_DAY, "to": r"\s?[至到\-–—~～]\s?", "sp": r"\s?",
        "nth": "[一二三四1-4]",
    },
    dates=(
        r"(?<!\d)(?P<y>{year})-(?P<m>\d\d)-(?P<d>\d\d)(?!\d)",
        r"(?P<y>{year}){sp}年(?P<h>[上下])半年",
        r"(?P<y>{year}){sp}年{sp}第?(?P<q>{nth})季度",
        r"(?P<y>{year}){sp}年?{to}(?P<y2>{year}){sp}年(?!\d)",
        r"(?P<y>{year}){sp}年{sp}(?P<m>{mon}){sp}月{sp}(?P<d>{day}){sp}[日号](?:{to}(?:(?P<m2>{mon}){sp}月)?(?P<d2>{day}){sp}[日号])?",
        r"(?P<y>{year}){sp}年{sp}(?P<m>{mon}){sp}月?{to}(?P<m2>{mon}){sp}月(?!\d)",
        r"(?P<y>{year}){sp}年{sp}(?P<m>{mon}){sp}月",
        r"(?P<y>{year}){sp}年",
        r"(?<![\d.])(?P<m>{mon}){sp}月{sp}(?P<d>{day}){sp}[日号](?:{to}(?:(?P<m2>{mon}){sp}月)?(?P<d2>{day}){sp}[日号])?",
        r"(?<![\d.])(?P<m>{mon}){sp}月(?!亮|球|饼)",
    ),
    numbered={"上": 1, "下": 2} | {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0},
)  # fmt: skip

_CYRILLIC_DATES = (
    r"(?<!\d)(?P<y>{year})-(?P<m>\d\d)-(?P<d>\d\d)(?!\d)",
    r"(?<![\d.])(?P<d>\d\d?)\.(?P<m>\d\d)\.(?P<y>{year})",
    r"(?<![\d.,])(?P<d>{day})(?:{to}(?P<d2>{day}))?{sp}(?P<m>{month})\b(?:{sp}(?P<y>{year})(?:{sp}{ann})?)?",
    r"\b(?P<m>{month}){to}(?P<m2>{month}){sp}(?P<y>{year})(?:{sp}{ann})?",
    r"\b(?P<m>{month}){sp}(?P<y>{year})(?:{sp}{ann})?",
    r"\b(?P<h>{nth}){sp}{half}{sp}(?P<y>{year})(?:{sp}{ann})?",
    r"\b(?P<q>{nth}|IV|I{1,3}){sp}квартал\w{0,2}{sp}(?P<y>{year})(?:{sp}{ann})?",
    r"(?<![\d.,])(?P<y>{year}){to}(?P<y2>{year})(?!%)(?:{sp}{ann})?",
    r"(?<![\d.,])(?P<split>{year}/\d\d)(?!\d)",
    r"(?<![\d.,])(?P<y>{year}){sp}{ann}",
    r"(?<=\b[всзкуў] )(?P<m>{month})\b",
)
_ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4}


def _forms(table: str) -> dict[str, int]:
    """Return words and numbers from `1 один одна; 2 два две`: every form of a word stands for its number."""
    rows = [row.split() for row in table.split(";")]
    return {word: int(number) for number, *words in rows for word in words}


def _meaning(table: str) -> dict[str, str]:
    """Return words and meanings from `RUB: рублей, рубля; USD: долларов`."""
    rows = [row.partition(":") for row in table.split(";")]
    return {word.strip(): meaning.strip() for meaning, _, words in rows for word in words.split(",")}


RUSSIAN = Grammar(
    spaced=True,
    grouping=" \u00a0\u2009\u202f",
    point=",",
    point_word="целых",
    cardinals=_forms(
        "1 один одна одно одного одной; 2 два две двух; 3 три трех трёх; 4 четыре четырех четырёх; 5 пять пяти;"
        "6 шесть шести; 7 семь семи; 8 восемь восьми; 9 девять девяти; 10 десять десяти; 11 одиннадцать;"
        "12 двенадцать; 13 тринадцать; 14 четырнадцать; 15 пятнадцать; 16 шестнадцать; 17 семнадцать;"
        "18 восемнадцать; 19 девятнадцать; 20 двадцать двадцати; 30 тридцать тридцати; 40 сорок сорока;"
        "50 пятьдесят пятидесяти; 60 шестьдесят; 70 семьдесят; 80 восемьдесят; 90 девяносто; 100 сто ста;"
        "200 двести двухсот; 300 триста трехсот; 400 четыреста; 500 пятьсот; 600 шестьсот; 700 семьсот;"
        "800 восемьсот; 900 девятьсот"
    ),
    tens={},
    ordinals=_forms(
        "1 первый первая первое первого первой первом; 2 второй вторая второе второго втором;"
        "3 третий третья третье третьего третьем; 4 четвертый четвёртый четвертая четвертом; 5 пятый пятая пятое;"
        "6 шестой шестая; 7 седьмой седьмая; 8 восьмой восьмая; 9 девятый девятая; 10 десятый десятая"
    ),
    scales=_forms(
        "3 тысяча тысячи тысяч тысячу тыс. тыс; 6 миллион миллиона миллионов млн. млн; 9 миллиард миллиарда"
        " миллиардов млрд. млрд; 12 триллион триллиона триллионов трлн. трлн"
    ),
    vague={"десятки": 10, "сотни": 100, "тысячи": 1000, "миллионы": 10**6, "тысяч": 1000},
    vague_pattern=r"(?<![\d,] )\b(?:десятки{sp}тысяч|сотни{sp}тысяч|десятки|сотни|тысячи|миллионы)\b",
    ordinal_before="",
    ordinal_after=r"-(?:[йяе]|го|му|ом|ый|ий|ая|ое|ой)\b",
    prefixes=_SYMBOLS,
    units=_meaning(
        "percent: %, процент, процента, процентов; percentage point: процентного пункта, процентных пункта,"
        "процентных пунктов, п.п., п. п.; times: раз, раза; year: лет, год, года; USD: долларов, доллара,"
        "доллар, долларов США, доллара США, доллар США, долл., долл. США; EUR: евро; CNY: юаней, юаня, юань;"
        "RUB: рублей, рубля, рубль, руб., российских рублей; GBP: фунтов стерлингов, фунта стерлингов; JPY: иен, иены;"
        "KZT: тенге;"
        "KZT: тенге;"
        "CHF: швейцарских франков; INR: рупий, индийских рупий; UAH: гривен, гривны; PLN: злотых"
    )
    | {code: code for code in CURRENCIES},
    measures=(),
    stops=_words("и в во на с со к из от до по за для при у о об был была было были составил составила что который"),
    before=_meaning(
        "more than: более, более чем, больше, свыше, превысил, превысила, превысило, превысили, превышает;"
        "at least: не менее, не меньше, минимум, как минимум; about: около, примерно, порядка, приблизительно;"
        "almost: почти; up to: не более, не больше, максимум; less than: менее, меньше"
    ),
    after={"с лишним": "more than", "+": "more than"},
    between={"до": "", "-": "", "–": "", "—": ""},
    change=("с", "от"),
    falling=_words(
        "снизился снизилась снизилось снизились упал упала упало упали сократился сократилась сократилось"
        " сократились уменьшился уменьшилась уменьшилось уменьшились снижение падение сокращение спад"
    ),
    year_before=_words("в с к до за"),
    alone=_words("один одна одно одного одной сто ста"),
    months=_forms(
        "1 январь января январе; 2 февраль февраля феврале; 3 март марта марте; 4 апрель апреля апреле;"
        "5 май мая мае; 6 июнь июня июне; 7 июль июля июле; 8 август августа августе; 9 сентябрь сентября сентябре;"
        "10 октябрь октября октябре; 11 ноябрь ноября ноябре; 12 декабрь декабря декабре"
    ),
    parts={
        "year": r"(?:1[5-9]|20)\d\d(?!\d)", "day": r"[0-3]?\d(?!\d)(?:-го)?", "sp": r"[\s\u00a0]{1,3}",
        "to": r"[\s\u00a0]{0,3}(?:по|до|[-–—])[\s\u00a0]{0,3}",
        "nth": "перв(?:ом|ое|ая|ой)|втор(?:ом|ое|ая|ой)|треть(?:ем|его)|[1-4](?:-[а-я]{1,2})?",
        "half": r"(?:полугоди[еия]|половин[аеу])", "ann": r"(?:год(?:а|у|ах|ы|ов)?\b|гг?\.)",
    },
    dates=_CYRILLIC_DATES,
    numbered=_ROMAN | _forms("1 первом первое первая первой; 2 втором второе вторая второй; 3 третьем третьего"),
)  # fmt: skip

# The language code be; its words differ from Russian in almost every form, so nothing but the dates is shared.
BE = Grammar(
    spaced=True,
    grouping=" \u00a0\u2009\u202f",
    point=",",
    point_word="цэлых",
    cardinals=_forms(
        "1 адзін адна адно аднаго адной; 2 два дзве двух дзвюх; 3 тры трох; 4 чатыры чатырох; 5 пяць пяці;"
        "6 шэсць шасці; 7 сем сямі; 8 восем васьмі; 9 дзевяць дзевяці; 10 дзесяць дзесяці; 11 адзінаццаць;"
        "12 дванаццаць; 13 трынаццаць; 14 чатырнаццаць; 15 пятнаццаць; 16 шаснаццаць; 17 сямнаццаць;"
        "18 васямнаццаць; 19 дзевятнаццаць; 20 дваццаць дваццаці; 30 трыццаць трыццаці; 40 сорак сарака;"
        "50 пяцьдзясят пяцідзесяці; 60 шэсцьдзясят; 70 семдзесят; 80 восемдзесят; 90 дзевяноста; 100 сто ста;"
        "200 дзвесце двухсот; 300 трыста трохсот; 400 чатырыста; 500 пяцьсот; 600 шэсцьсот; 700 семсот;"
        "800 восемсот; 900 дзевяцьсот"
    ),
    tens={},
    ordinals=_forms(
        "1 першы першая першае першага першай першым; 2 другі другая другое другога другім; 3 трэці трэцяя трэцяе"
        " трэцяга трэцім; 4 чацвёрты чацвёртая; 5 пяты пятая; 6 шосты шостая; 7 сёмы сёмая; 8 восьмы восьмая;"
        "9 дзявяты дзявятая; 10 дзясяты дзясятая"
    ),
    scales=_forms(
        "3 тысяча тысячы тысяч тысячу тыс. тыс; 6 мільён мільёна мільёны мільёнаў млн. млн; 9 мільярд мільярда"
        " мільярды мільярдаў млрд. млрд; 12 трыльён трыльёна трыльёны трыльёнаў трлн. трлн"
    ),
    vague={"дзясяткі": 10, "сотні": 100, "тысячы": 1000, "мільёны": 10**6, "тысяч": 1000},
    vague_pattern=r"(?<![\d,] )\b(?:дзясяткі{sp}тысяч|сотні{sp}тысяч|дзясяткі|сотні|тысячы|мільёны)\b",
    ordinal_before="",
    ordinal_after=r"-(?:[йяеыі]|га|му|ым|ім|ая|ае|ое|ой)\b",
    prefixes=_SYMBOLS,
    units=_meaning(
        "percent: %, працэнт, працэнта, працэнты, працэнтаў; percentage point: працэнтнага пункта, працэнтныя пункты,"
        "працэнтных пунктаў, п.п., п. п.; times: раз, раза, разы, разоў; year: гадоў, год, года, гады; USD: долараў,"
        "долара, долар, долары, долараў ЗША, долара ЗША, долар ЗША, дол., дол. ЗША; EUR: еўра; CNY: юаняў, юаня, юань;"
        "RUB: расійскіх рублёў; GBP: фунтаў стэрлінгаў; JPY: іен, іены; KZT: тэнге; CHF: швейцарскіх франкаў;"
        "INR: рупій, індыйскіх рупій; UAH: грыўняў, грыўні; PLN: злотых"
    )
    | {code: code for code in CURRENCIES},
    measures=(),
    stops=_words("і ў у ва на з са к да па для пры аб быў была было былі склаў склала што які ад за"),
    before=_meaning(
        "more than: больш за, больш чым, больш, звыш, перавысіў, перавысіла, перавысілі, перавышае; at least: не менш,"
        "не менш за, не менш чым, як мінімум; about: каля, прыкладна, прыблізна; almost: амаль; up to: не больш,"
        "не больш за, не больш чым, максімум; less than: менш, менш за, менш чым"
    ),
    after={"з лішнім": "more than", "+": "more than"},
    between={"да": "", "-": "", "–": "", "—": ""},
    change=("з", "ад"),
    falling=_words(
        "знізіўся знізілася знізіліся упаў упала упалі скараціўся скарацілася скараціліся зменшыўся зменшылася"
        " зменшыліся зніжэнне падзенне скарачэнне спад"
    ),
    year_before=_words("у ў з да за"),
    alone=_words("адзін адна адно аднаго адной сто ста"),
    months=_forms(
        "1 студзень студзеня студзені; 2 люты лютага лютым; 3 сакавік сакавіка сакавіку; 4 красавік красавіка"
        " красавіку; 5 май мая маі; 6 чэрвень чэрвеня чэрвені; 7 ліпень ліпеня ліпені; 8 жнівень жніўня жніўні;"
        "9 верасень верасня верасні; 10 кастрычнік кастрычніка кастрычніку; 11 лістапад лістапада лістападзе;"
        "12 снежань снежня снежні"
    ),
    parts={
        "year": r"(?:1[5-9]|20)\d\d(?!\d)", "day": r"[0-3]?\d(?!\d)(?:-га)?", "sp": r"[\s\u00a0]{1,3}",
        "to": r"[\s\u00a0]{0,3}(?:па|да|[-–—])[\s\u00a0]{0,3}",
        "nth": "перш(?:ым|ае|ая|ай)|друг(?:ім|ое|ая|ой)|трэц(?:ім|яга)|[1-4](?:-[а-яі]{1,2})?",
        "half": r"(?:паўгоддз[еіяю]|палов[аеуы])", "ann": r"(?:год(?:а|зе|у)?\b|гад(?:ы|оў|ах)\b|гг?\.)",
    },
    dates=_CYRILLIC_DATES,
    numbered=_ROMAN | _forms("1 першым першае першая першай; 2 другім другое другая другой; 3 трэцім трэцяга"),
)  # fmt: skip

GRAMMARS: Mapping[str, Grammar] = {"en": ENGLISH, "zh": CHINESE, "ru": RUSSIAN, "be": BE}
