"""English, as the press of several continents writes it; the place in the pipeline is that of `grammars`."""

from __future__ import annotations

from .grammar import SHARED_DATES, SHARED_WORDED_DATES, SYMBOLS, YEAR, Grammar, either, forms, meanings, phrases, words

_UNTIL = "to|till|until|through|[-–—]"
_CARDINALS = forms(
    "0 zero; 1 one; 2 two; 3 three; 4 four; 5 five; 6 six; 7 seven; 8 eight; 9 nine; 10 ten; 11 eleven; 12 twelve; "
    "13 thirteen; 14 fourteen; 15 fifteen; 16 sixteen; 17 seventeen; 18 eighteen; 19 nineteen; 20 twenty; 30 thirty; "
    "40 forty; 50 fifty; 60 sixty; 70 seventy; 80 eighty; 90 ninety"
)
_ORDINALS = forms(
    "1 first; 2 second; 3 third; 4 fourth; 5 fifth; 6 sixth; 7 seventh; 8 eighth; 9 ninth; 10 tenth; 11 eleventh; "
    "12 twelfth; 13 thirteenth; 14 fourteenth; 15 fifteenth; 16 sixteenth; 17 seventeenth; 18 eighteenth; "
    "19 nineteenth; 20 twentieth; 30 thirtieth; 40 fortieth; 50 fiftieth; 60 sixtieth; 70 seventieth; 80 eightieth; "
    "90 ninetieth; 100 hundredth; 1000 thousandth"
)
_STOPS = words(
    "a an the of in to from by with for at on is are was were has have had will would can could may that which who "
    "the since as than and or but it they he she we you not be been being this these those their its his her our if "
    "when while where after before about into over under between during per via hundred thousand million billion "
    "trillion"
)
_VERBS = words("to will would could may might can should must than almost nearly not")
_AS_LARGE_AS = either("as that_of that_in what its their those_of of_the")
_SIZES = either("size level number amount rate value average volume figure price cost")
_LARGER = either(
    "more larger higher greater bigger longer faster above over less fewer smaller lower cheaper below increase growth"
    " rise jump surge expansion decrease decline reduction"
)
_GREW = either(
    r"rise rose risen grew grow\w{0,3} increas\w{1,3} expand\w{0,3} jump\w{0,3} multipl\w{1,4} surg\w{1,3} climb\w{0,3}"
    r" soar\w{0,3} up fell fall\w{0,3} decreas\w{1,3} declin\w{1,3} shr[aiu]nk\w{0,3}"
)
_OF_A_YEAR = r"(?:{sp}of)?{sp}(?:(?:the{sp})?(?:fiscal|financial){sp}year{sp})?(?P<y>{year})"
_SAME_YEAR = r"{sp}of{sp}(?:the|this|last|next|that|each|every){sp}(?:current{sp}|previous{sp}|same{sp})?year\b"

GRAMMAR = Grammar(
    point=".",
    cardinals=_CARDINALS,
    tens={"hundred": 100, "dozen": 12},
    scales=forms(
        "3 thousand; 5 lakh lakhs; 6 million millions mn mln mio; 7 crore crores; 9 billion billions bn bln; "
        "12 trillion trillions tn trn trln"
    ),
    short_scales={"k": 3, "m": 6, "b": 9},
    ordinals=_ORDINALS,
    ordinal_after_pattern=r"(?:st|nd|rd|th)\b",
    articles=("a", "an"),
    plus=("and",),
    points=("point",),
    denominators=forms("2 halves; 4 quarter quarters")
    | {word: number for word, number in _ORDINALS.items() if number > 2 and (number <= 10 or number >= 100)}
    | {f"{word}s": number for word, number in _ORDINALS.items() if number > 2 and (number <= 10 or number >= 100)},
    fractions=meanings(
        "1/2: half of, half the, half its, half their, half all, half our, half; 1/3: third of, third the; "
        "1/4: quarter of, fourth of; 1/5: fifth of; 1/10: tenth of"
    ),
    guards=dict.fromkeys(("third of", "third the", "quarter of", "fourth of", "fifth of", "tenth of"), words("a one"))
    | {"half": words(
        "by in one than nearly almost about"
    )} | dict.fromkeys(("double", "triple", "quadruple", "halve"), _VERBS),
    no_share_pattern=r"\b(?:first|second|last|latter|other|each|1st|2nd)[ \u00a0-]\Z",
    out_of=phrases("in, out of, of every, in every, out of every"),
    halves=phrases("and a half, and-a-half, and one half, and one-half"),
    half_before=meanings(
        "1/2: half a, half an, half; 1/4: quarter of a, quarter of an, quarter; "
        "3/4: three quarters of a, three-quarters of a"
    ),
    multiples=meanings(
        "2: doubled, doubling, double the, double that, double its, double what, double, twice as, twice the, twice "
        "that, twice its, twice what, twice more, twofold, two-fold; "
        "3: tripled, tripling, trebled, triple the, triple that, triple, thrice, threefold, three-fold; "
        "4: quadrupled, quadrupling, quadruple, fourfold, four-fold; "
        "5: quintupled, quintupling, fivefold, five-fold; 6: sixfold, six-fold; 7: sevenfold, seven-fold; "
        "8: eightfold, eight-fold; 9: ninefold, nine-fold; 10: tenfold, ten-fold; 0.5: halved, halving, halve"
    ),
    vague=forms(
        "10 tens; 12 dozens; 100 hundreds; 1000 thousands; 1000000 millions; 1000000000 billions; "
        "1000000000000 trillions"
    ),
    vague_links=("of",),
    several=words("several few many"),
    alone=words("one hundred thousand million billion trillion zero mn mio m"),
    prefixes=SYMBOLS | meanings("times: a factor of, factor of"),
    units=meanings(
        "percent: percent, per cent, per-cent, pct, p.c.; per mille: per mille, per mil; "
        "percentage point: percentage point, percentage points, percent point, percent points, pct point, pct "
        "points, p.p., pp, ppt, ppts, pps, %-points; basis point: basis point, basis points, bps; "
        "times: times, fold; "
        "year: year, years, yr, yrs, years’, consecutive years, successive years, straight years, full years, "
        "calendar years, years old, year-old; day: days, day, calendar days, working days, business days; "
        "hour: hours, hour, hrs, h; minute: minutes, min; month: months, calendar months, consecutive months; "
        "week: weeks; second: seconds, sec; "
        "USD: dollars, dollar, US dollars, US dollar, U.S. dollars, U.S. dollar, American dollars, USD; "
        "EUR: euros, euro; CNY: yuan, Chinese yuan, yuan renminbi, renminbi, RMB, RMB yuan, yuan RMB; "
        "RUB: rubles, ruble, roubles, rouble, Russian rubles, Russian roubles; "
        "GBP: pounds, pounds sterling, British pounds, pound sterling; JPY: yen, Japanese yen; CHF: Swiss francs; "
        "KZT: tenge, Kazakh tenge, Kazakhstani tenge; INR: rupees, rupee, Indian rupees; "
        "UAH: hryvnias, hryvnia, hryvni; PLN: zlotys, zloty, zlotych; TRY: Turkish lira, lira, liras; "
        "HKD: Hong Kong dollars; CAD: Canadian dollars; AUD: Australian dollars; SGD: Singapore dollars; "
        "BRL: reais, Brazilian reais; ZAR: rand; GEL: lari; AMD: drams; AZN: manats; UZS: soums; KGS: soms; "
        "t: t, ton, tons, tonne, tonnes, metric tons, metric ton, metric tonnes; kt: kilotonnes, kilotons; "
        "Mt: megatonnes, million-tonne; km: kms; km²: sq km, sq. km, sq.km, sqkm; m²: sq m, sq. m, sqm, sq.m; "
        "m³: cu m, cbm; km/h: kilometers an hour, kilometres an hour, km per hour, kph; "
        "°C: degrees Celsius, degree Celsius, degrees C, degrees centigrade; barrel: barrels, bbl; mile: miles; "
        "foot: feet, foot; kWh: kilowatt-hours, kilowatt hours, kilowatt-hour; MWh: megawatt-hours, megawatt hours; "
        "GWh: gigawatt-hours, gigawatt hours; TWh: terawatt-hours, terawatt hours; TW: terawatts"
    ),
    attached={"x": "times", "×": "times"},
    filler_pattern=rf"[ \u00a0\n-]{{1,3}}(?!(?:{'|'.join((*_STOPS, *_CARDINALS, *_ORDINALS))})\b)"
    r"[^\W\d](?:[\w’'-]{0,30}(?:[^\Ws_\d]|ous|ess|eas|'s))?(?![\w'-])",
    minus=meanings("-: minus; ±: plus or minus, plus/minus, plus-minus"),
    before=meanings(
        "more than: more than, over, exceed, exceeds, exceeded, exceeding, above, in excess of, upwards of, upward "
        "of, surpassed, surpassing, surpasses, topped, topping, well over, just over, slightly more than, a little "
        "over, slightly over, greater than, higher than, far more than, beyond, no fewer, >; "
        "at least: at least, no less than, not less than, no fewer than, not fewer than, a minimum of, minimum, ≥, "
        ">=; "
        "about: about, around, approximately, approx., approx, some, roughly, circa, ca., c., an estimated, "
        "estimated, estimated at, in the region of, on the order of, in the order of, ~, ≈, ∼, more "
        "or less; "
        "almost: almost, nearly, close to, just under, just below, nearing, approaching, slightly less than, "
        "slightly under, just short of, a little less than; "
        "up to: up to, as much as, as many as, at most, no more than, not more than, a maximum of, maximum, not "
        "exceeding, not to exceed, at the most, max., max, no higher than, ≤, <=; "
        "less than: less than, fewer than, under, below, lower than, short of, <"
    ),
    after=meanings(
        "more than: +, -plus, plus, odd, -odd, and more, -some; "
        "at least: or more, and above, and over, or above, or over, at least, or greater, minimum; "
        "about: or so, or thereabouts, approximately, give or take; "
        "up to: or less, or fewer, at most, or below, maximum; almost: or nearly so"
    ),
    links=words("by to at a the of its in for another with"),
    between={"to": (), "-": (), "–": (), "—": (), "~": (), "and": ("between",), "or": ()},
    change={"to": ("from",), "up to": ("from",)},
    ranging=words("range ranges ranged ranging vary varies varied varying anywhere"),
    rising=phrases(
        "rise, rises, rising, rose, risen, grew, grow, grows, growing, grown, growth, increas*, climb*, jump*, "
        "surg*, soar*, gain*, up, expand*, expansion, higher, more, larger, greater, bigger, add*, rais*, boost*, "
        "rebound*, accelerat*"
    ),
    falling=phrases(
        "fell, fall, falls, falling, fallen, down, decreas*, declin*, drop, drops, dropp*, shrank, shrunk, shrink*, "
        "reduc*, lower, lowered, less, fewer, smaller, cut, cuts, contract, contracts, contracted, contraction, "
        "plung*, slump*, slid, slide*, plummet*, lost, lose, loses, halv*, tumbl*, diminish*"
    ),
    to=words("to at from was is were stands stood reached reaching reach totalled totaled hit"),
    by=("by",),
    senses=(
        (r"\bfactor of\W{0,3}\Z", r"", "factor"),
        (r"", r"-?fold\b", "factor"),
        (r"", rf"times\s(?:{_AS_LARGE_AS}|the (?:{_SIZES}|\d{{4}}))\b", "factor"),
        (r"", rf"(?:times|x)\s{_LARGER}\b", "ambiguous"),
        (r"\bby\b[^,;.]{0,25}\Z", r"", "ambiguous"),
        (rf"\b{_GREW}\b[^,;.]{{0,25}}\Z", r"", "ambiguous"),
    ),
    levels_pattern=(
        r"\s(?:of|on)\s(?:(?:the|its|their|that of)\s)?(?:\w{1,20}\s)?(?:the\s)?(?:level|figure|(?:1[89]|20)\d\d)"
    ),
    labels=phrases(
        "No., Nos., no., nos., No, №, №№, #, Art., art., Article, Articles, article, articles, Section, Sections, "
        "section, sections, Sect., Sec., sec., §, §§, Chapter, Chapters, chapter, Ch., ch., Table, Tables, table, "
        "Figure, Figures, figure, Fig., fig., Figs., Annex, annex, Annexes, Appendix, appendix, page, pages, Page, "
        "Pages, p., pp., P., PP., Vol., vol., Volume, volume, Issue, issue, Part, Parts, part, Paragraph, paragraph, "
        "paragraphs, Para., para., para, Clause, clause, Decree, Resolution, Order, Law, Act, Regulation, Directive, "
        "Protocol, Rule, Rules, Item, item, Room, room, Suite, Flight, flight, Route, route, Highway, highway, Line, "
        "Building, Bldg., Gate, Platform, Phase, phase, Step, step, Level, Grade, grade, Class, class, Type, type, "
        "Category, category, Goal, Goals, SDG, SDGs, Chart, chart, Box, box, Map, Module, Lesson, Question, Exhibit, "
        "exhibit, Version, version, ver., v., Windows, Boeing, Airbus, ISO, IEC, ISO/IEC, GB/T, ISBN, ISBN-10, "
        "ISBN-13, ISSN, HS, code, Code, codes, ID, id, tel., Tel., Tel, tel, Tel:, tel:, Phone, phone, Phone:, Fax, "
        "fax, Fax:, Mob., ZIP, P.O. Box, PO Box, ext., Note, note, Footnote, footnote, Scenario, Scope, Tier, "
        "Channel, Top, top, Number, Track, Pillar, Priority, Task, Schedule, Form, Apollo, Formula, Pier, Terminal, "
        "Berth, Block, Unit, Reactor, Locality, Apt., apartment"
    ),
    clock_patterns=(
        r"(?P<h>1[0-2]|0?[1-9])(?:[.:](?P<min>[0-5]\d))?[ \u00a0]?(?:(?P<p>[Pp])|[Aa])\.?[Mm]\b\.?",
        r"(?P<h>[01]?\d|2[0-3])\.(?P<min>[0-5]\d)(?=[ \u00a0](?:hours|hrs|GMT|local time)\b)",
    ),
    year_before=words(
        "in since until till during year years before after early late mid by of from through and or spring summer "
        "autumn fall winter pre post end constant circa for vs versus January February March April May June July "
        "August September October November December"
    ),
    months=forms(
        "1 January Jan; 2 February Feb; 3 March Mar; 4 April Apr; 5 May; 6 June Jun; 7 July Jul; 8 August Aug; "
        "9 September Sept Sep; 10 October Oct; 11 November Nov; 12 December Dec"
    ),
    numbered={"last": 4},
    date_words=words(
        "last twenty two three four five six seven eight nine ten eleven H Q FY fiscal financial academic school"
    ),
    parts={
        "year": YEAR, "day": r"(?:[0-2]?\d|3[01])(?![\d:])(?:st|nd|rd|th)?", "sp": r"[ \u00a0\n]{1,3}",
        "sp0": r"[ \u00a0]?", "to": rf"[ \u00a0\n]{{0,3}}(?:{_UNTIL})[ \u00a0\n]{{0,3}}",
        "nth": "first|second|third|fourth|last|1st|2nd|3rd|4th", "ann": "(?!)", "of": _OF_A_YEAR,
        "year_": r"\b(?:,?{sp}(?P<y>{year}))", "same": _SAME_YEAR,
        "school": either("fiscal financial academic school marketing crop budget tax") + " years?|season|session",
        "count": "two|three|four|five|six|seven|eight|nine|ten|eleven|[2-9]|1[01]",
    },
    dates=(
        *SHARED_DATES,
        r"(?<![\d.,])(?P<d>{day}){sp}(?P<m>{month}){year_}?{to}(?P<d2>{day}){sp}(?P<m2>{month})\b(?:,?{sp}(?P<y2>{year}))?",
        r"(?<![\d.,])(?P<d>{day})(?:{to}(?P<d2>{day}))?{sp}(?:of{sp})?(?P<m>{month})\b\.?(?:,?{sp}(?P<y>{year}))?",
        r"(?<=between )(?P<y>{year}){sp}and{sp}(?P<y2>{year})",
        r"(?<![\d.,])(?P<y>{year}){to}(?P<y2>{year})(?![%\d])",
        r"(?<![\d.,])(?P<y>{year}){sp}(?P<fiscal>(?:fiscal|financial|budget|tax)){sp}year\b",
        r"(?<![\d.,])(?P<decade>(?:1[5-9]|20)\d)0'?s\b",
        r"(?<=')(?P<tens>[2-9])0s\b",
        r"(?<![\d.,])(?P<c>\d?\d)(?:st|nd|rd|th){sp}(?:century|c\.)(?!{sp}BC)",
        r"(?<=first )(?P<n>[2-9]|1[01]){sp}months{of}",
        r"(?<=first )(?P<n>[2-9]|1[01]){sp}months{same}",
        r"(?<![\d.,])(?P<n>[2-9]|1[01]){sp}months{sp}of{sp}(?P<y>{year})",
        r"(?<![\d.,])(?P<h>[12])(?:st|nd){sp}half{of}",
        r"(?<![\d.,])(?P<q>[1-4])(?:st|nd|rd|th){sp}quarter{of}",
        r"(?<![\d.,])(?P<q>[1-4])(?:st|nd|rd|th){sp}quarter\b",
        r"(?<![\d.,])(?P<y>{year})'s{sp}(?P<h>first|second){sp}half\b",
    ),
    worded_dates=(
        *SHARED_WORDED_DATES,
        r"\b(?P<m>{month})\.?{sp}(?P<d>{day})(?:,?{sp}(?P<y>{year}))?{to}(?P<m2>{month})\.?{sp}(?P<d2>{day})(?:,?{sp}(?P<y2>{year}))?\b",
        r"\b(?P<m>{month})\.?{sp}(?P<d>{day})(?:{to}(?P<d2>{day}))?(?:,?{sp}(?P<y>{year}))?\b",
        r"\b(?P<m>{month})\.?(?:{to}|{sp}and{sp})(?P<m2>{month})\.?,?{sp}(?:of{sp})?(?P<y>{year})",
        r"\b(?P<m>{month})\.?,?{sp}(?:of{sp})?(?P<y>{year})(?:{to}(?P<m2>{month})\.?,?{sp}(?P<y2>{year}))?",
        r"\b(?P<m>{month})\.?'(?P<yy>\d\d)\b",
        r"\b(?P<n>{count}){sp}months{of}",
        r"\bfirst{sp}(?P<n>{count}){sp}months{of}",
        r"\bfirst{sp}(?P<n>{count}){sp}months{same}",
        r"\bfirst{sp}(?P<nq>two|three|2|3){sp}quarters{of}",
        r"\b(?P<h>{nth}){sp}(?:half|six{sp}months){of}",
        r"\b(?P<h>{nth}){sp}half{same}",
        r"\b(?P<q>{nth})(?:{sp}|-)quarter{of}",
        r"\b(?P<q>{nth}){sp}quarter{same}",
        r"\b(?P<q>first|second|third|fourth)(?:{sp}|-)quarter\b",
        r"\bH(?P<h>[12])\b(?!N)",
        r"\bQ(?P<q>[1-4])\b",
        r"\b(?:fiscal|financial)(?:{sp}year)?{sp}(?P<y>{year})(?:[–—/-](?P<short>\d\d)(?!\d))?(?P<fiscal>)",
        r"\b(?:fiscal|financial|academic|school){sp}years?{sp}(?P<y>{year})[–—/-](?P<y2>{year})(?P<split>)",
        r"\b(?:fiscal|financial|academic|school){sp}years?{sp}(?P<y>{year})[–—/-](?P<short>\d\d)(?P<split>)(?!\d)",
        r"\b(?P<c>fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|twenty-first){sp}century(?!{sp}BC)",
        r"(?<=in |of |by )(?-i:(?P<m>{month}))\b",
        r"(?<=during )(?-i:(?P<m>{month}))\b",
        r"(?<=last |this |next |late |from )(?-i:(?P<m>{month}))\b",
        r"(?<=since |until |early )(?-i:(?P<m>{month}))\b",
    ),
    day_first=False,
)  # fmt: skip
