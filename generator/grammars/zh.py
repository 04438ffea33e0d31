"""Chinese, in simplified and traditional characters; the place in the pipeline is that of `grammars`."""

from __future__ import annotations

from .grammar import SHARED_DATES, SHARED_WORDED_DATES, SYMBOLS, Grammar, either, forms, meanings, phrases, words

_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0}
_YEAR = r"(?:(?:1[5-9]|20)\d\d(?!\d)|[一二][一二三四五六七八九〇零]{3})"
_MONTH = r"(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])(?!\d)"
_DAY = r"(?:3[01]|[12]\d|0?[1-9]|三十一?|二?十[一二三四五六七八九]?|[一二三四五六七八九])(?!\d)"
_TO = r"[ ]?(?:[至到~]|[–—-]{1,2})[ ]?"
_ABOUT = f"{either('超过 超 逾 近 约 大约 将近 接近 不到')}?"
_GREW = either("增长 增加 提高 上升 扩大 提升 上涨 增 涨 高出 多出 攀升 增幅 增長")
_MOVES = "增长 增加 提高 提升 上升 上涨 扩大 回升 攀升 下降 减少 降低 下跌 缩减 缩小 回落 增 升 涨 降 减 跌"
_DAY_END = r"{sp}[日号]"

GRAMMAR = Grammar(
    spaced=False,
    point=".",
    letters="[A-Za-z]",
    cardinals=_DIGITS | {"两": 2, "兩": 2}
    | {sign: value for value, sign in enumerate("壹贰叁肆伍陆柒捌玖", 1)} | {"貳": 2, "參": 3, "陸": 6},
    tens={"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100, "仟": 1000},
    scales={"万": 4, "亿": 8, "萬": 4, "億": 8},
    digit_scales={
        "百": 2, "千": 3, "万": 4, "百万": 6, "千万": 7, "亿": 8, "十亿": 9, "百亿": 10, "千亿": 11, "万亿": 12,
        "十万": 5, "萬": 4, "億": 8, "百萬": 6, "千萬": 7, "萬億": 12,
    },
    ordinal_before="第",
    points=("点", "點"),
    fractions=meanings("1/2: 一半, 半数, 过半, 近半, 半數; 1/3: 三分天下有其一"),
    no_share_pattern=r"(?:上|下|前|后|另)\Z",
    parted=("分之",),
    tenths_pattern=r"成(?![立为員员功果本长長熟交品人效批都员才])(?P<more>[一二三四五六七八九])?",
    halves=("半",),
    half_before={"半": "1/2"},
    multiples=meanings(
        "2: 翻一番, 翻了一番, 翻番, 翻倍, 翻了一倍, 翻一倍, 翻了近一番, 翻近一番, 倍增, 翻了番, 翻了一翻, 成倍增长; "
        "4: 翻两番, 翻了两番, 翻二番, 翻了二番; 8: 翻三番, 翻了三番; 16: 翻四番, 翻了四番; "
        "0.5: 减半, 减了半, 腰斩, 減半"
    ),
    vague=forms(
        "10 几十 数十 十几 好几十 數十 幾十; 100 几百 数百 上百 數百 幾百; 1000 几千 数千 上千 數千; "
        "10000 几万 数万 上万 數萬 数以万计; 100000000 几亿 数亿 上亿"
    ),
    prefixes=SYMBOLS | {"¥": "CNY", "人民币": "CNY", "美元": "USD", "US$": "USD", "港币": "HKD", "欧元": "EUR"},
    units=meanings(
        "percent: 个百分比, 厘; percentage point: 个百分点, 百分点, 個百分點, 个点; basis point: 个基点, 基点; "
        "times: 倍; year: 年, 周年, 個年頭, 个年头, 岁, 周岁; month: 个月, 個月, 月龄, 月; "
        "day: 天, 日内, 个工作日, 个交易日, 昼夜; hour: 小时, 个小时, 小時, 个钟头; century: 世纪, 个世纪; "
        "week: 周, 个星期, 个周; minute: 分钟; second: 秒, 秒钟; USD: 美元, 美金, 美圆; EUR: 欧元; "
        "CNY: ¥, 元, 元人民币, 人民币, 块钱, 人民币元, 圆, 元整; RUB: 卢布, 俄罗斯卢布, 俄卢布; GBP: 英镑; "
        "JPY: 日元, 日圆; CHF: 瑞士法郎; KZT: 坚戈; INR: 卢比, 印度卢比; UAH: 格里夫纳; PLN: 兹罗提; TRY: 里拉; "
        "KRW: 韩元; HKD: 港元, 港币; CAD: 加元; AUD: 澳元; SGD: 新加坡元; BRL: 雷亚尔; ZAR: 兰特; TWD: 新台币; "
        "t: 吨, 噸, 公吨; kg: 公斤, 千克; g: 克; km: 公里, 千米; m: 米, 公尺; cm: 厘米, 公分; mm: 毫米; "
        "km²: 平方公里, 平方千米; m²: 平方米, 平米, 平方公尺; m³: 立方米; ha: 公顷; mu: 亩, 畝; l: 升; "
        "kWh: 千瓦时, 度电; kW: 千瓦; MW: 兆瓦; GW: 吉瓦; °C: 摄氏度, ℃; km/h: 公里/小时; barrel: 桶; "
        "nautical mile: 海里; TEU: 标箱, 标准箱"
    ),
    measures=words(
        "个 個 项 項 家 名 人次 人 次 届 屆 所 批 种 種 座 条 條 列 对 對 辆 輛 架 位 场 場 份 件 户 艘 班 款 门 处 "
        "只 台 套 间 张 本 部 首 支 类 层 段 组 轮 期 版 篇 幅 颗 枚 株 头 匹 箱 车次 架次 班次 节 大类"
    ),
    filler_pattern=r"(?:[\u3400-\u9fff](?<![，。、；和与及在是为了被把将对从到由等有占]))",
    fillers=6,
    minus=meanings("-: 负, 負, 零下; ±: 正负, 正負"),
    before=meanings(
        "more than: 超过, 超過, 超, 逾, 多于, 高于, 突破, 超出, 大于, 高出, 不止, 远超, >; "
        "at least: 至少, 不少于, 不低于, 最少, 不小于, 起码, 达到或超过, ≥; "
        "about: 约, 大约, 约为, 大概, 约合, 約, 大致, 估计, ~, ≈; almost: 近, 将近, 接近, 几乎, 几近, 临近; "
        "up to: 最多, 不超过, 高达, 多达, 不多于, 不高于, 至多, 不大于, ≤; "
        "less than: 不到, 不足, 低于, 少于, 未满, 小于, 不及, <"
    ),
    after=meanings(
        "more than: 多, 余, 餘, +; at least: 以上, 及以上; about: 左右, 上下, 许, 前后, 开外; "
        "up to: 以内, 之内, 以下, 及以下"
    ),
    links=words("了 到 达 至 的 为 有 达到 在"),
    between={"至": (), "到": (), "-": (), "–": (), "—": (), "~": (), "——": (), "或": ()},
    change=dict.fromkeys(("至", "到", *(verb + end for verb in words(_MOVES) for end in "到至")), ("从", "由", "自")),
    rising=words("增长 增加 上升 提高 提升 上涨 增幅 增 涨 升高 扩大 增速 高出 回升 攀升 飙升 增長"),
    falling=words("下降 减少 降低 下跌 下滑 萎缩 降幅 跌 缩减 缩小 减 降 回落 減少"),
    to=tuple(verb + end for verb in words(_MOVES) for end in "到至"),
    by=(*words(_MOVES), "了"),
    senses=(
        (rf"(?:到|至|达|达到|为|是|成)(?:了|其|原来的|上年的|去年的|[^，。；]{{0,20}}的)?{_ABOUT}\Z", r"倍", "factor"),
        (rf"的{_ABOUT}\Z", r"倍", "factor"),
        (rf"比[^，。；]{{0,20}}(?:高|多|大|长|快|强)(?:出|了)?{_ABOUT}\Z", r"倍", "ambiguous"),
        (rf"(?:减少|下降|降低|缩小|下跌)(?:了)?{_ABOUT}\Z", r"倍", "ambiguous"),
        (rf"{_GREW}(?:了|达|达到|为|幅度)?{_ABOUT}\Z", r"倍", "increase"),
    ),
    change_link="的",
    levels_before_pattern=r"(?:是|为|相当于|达到?)[^，。；]{1,20}的(?:近|约|超过)?\Z",
    labels=phrases(
        "No., №, #, 见表, 见图, 如表, 如图, 图表, 附表, 附图, 附件, 附录, 电话, 电话:, 传真, 传真:, 邮编, 邮编:, "
        "编号, 编号:, 文号, 航班, 车次, ISBN, ISSN, ISO, GB/T, GB, 型号, 版本, 注册号, 邮政编码, 案号, 房间, 手机, "
        "手机:, 热线, HS"
    ),
    idioms=words(
        "成千上万 千方百计 千千万万 十三五 十四五 十五五 十二五 十一五 一次性 一条龙 一家人 一家亲 一件事 第一时间 "
        "第三方 一个样"
    ),
    number_after_pattern=r"[ ]?(?:号|號)",
    name_after_pattern=r"[ ]?(?:号|號|条|條|款|页|頁|章|节|卷|编|册|部分|版|师|团)",
    clock_patterns=(
        r"(?:(?<=下午)|(?<=晚上)|(?<=晚))(?P<p>)(?P<h>1[0-2]|0?[1-9])[时点時點](?:(?P<min>[0-5]\d)分?|整)?(?![\d五])",
        r"(?P<h>[01]?\d|2[0-4])[时時点點](?:(?P<min>[0-5]\d)分?|整|许)?(?![\d五])(?!间|代|区|建议|意见|要求|希望|主张|共识)",
    ),
    months={name: number + 1 for number, name in enumerate(words("一 二 三 四 五 六 七 八 九 十 十一 十二"))},
    numbered={"上": 1, "下": 2, "首": 1, "前": 1, "后": 2},
    parts={
        "year": _YEAR, "mon": _MONTH, "day": _DAY, "to": _TO, "sp": r"[ ]?", "sp0": r"[ ]?", "ann": "(?!)",
        "nth": "[一二三四1-4首]", "school": r"(?:学年度?|财年|财政年度|年度|赛季|榨季|學年)", "end": _DAY_END,
        "count": "十一|[二两三四五六七八九十]",
    },
    dates=(
        *SHARED_DATES,
        r"(?P<y>{year}){sp}年(?P<h>[上下])半年",
        r"(?P<y>{year}){sp}年{sp}第?(?P<q>{nth}){to}第?(?P<q2>{nth})季度",
        r"(?P<y>{year}){sp}年{sp}第?(?P<q>{nth})季度",
        r"(?P<y>{year}){sp}年{sp}前(?P<nq>[二两三23])个?季度",
        r"(?P<y>{year}){sp}年{sp}前(?P<n>{count}|1[01]|[2-9])个?月",
        r"(?P<y>{year}){sp}(?P<fiscal>(?:财年|财政年度|财务年度))",
        r"(?P<y>{year}){to}(?P<y2>{year}){sp}(?P<split>{school})",
        r"(?P<y>{year}){sp}年?{to}(?P<y2>{year}){sp}年(?!\d|代)",
        r"(?P<y>{year}){sp}年{sp}(?P<m>{mon}){sp}月{sp}(?P<d>{day}){end}{to}(?:(?P<y2>{year}){sp}年{sp})?(?:(?P<m2>{mon}){sp}月)?(?P<d2>{day}){end}",
        r"(?P<y>{year}){sp}年{sp}(?P<m>{mon}){sp}月{sp}(?P<d>{day}){sp}日?{to}(?P<d2>{day}){end}",
        r"(?P<y>{year}){sp}年{sp}(?P<m>{mon}){sp}月{sp}(?P<d>{day}){end}",
        r"(?P<y>{year}){sp}年{sp}(?P<m>{mon}){sp}月{to}(?P<y2>{year}){sp}年{sp}(?P<m2>{mon}){sp}月(?!\d)",
        r"(?P<y>{year}){sp}年{sp}(?P<m>{mon}){sp}月?{to}(?P<m2>{mon}){sp}月(?!\d)",
        r"(?P<y>{year}){sp}年{sp}(?P<m>{mon}){sp}月(?:份)?",
        r"(?<!\d)(?P<decade>(?:1[5-9]|20)\d)0{sp}年代",
        r"(?P<cent>2[01]|1[5-9]|二十一?|十九){sp}世纪{sp}(?P<tens>[1-9一二三四五六七八九])[0十]{sp}年代",
        r"(?P<c>2[01]|1\d|二十一?|十[五六七八九]){sp}世纪(?!海上)",
        r"(?P<tens>[2-9二三四五六七八九])[0十]{sp}年代",
        r"(?<=公元前)(?P<bc>\d{1,4})年",
        r"(?P<y>{year}){sp}年(?!代)(?:度)?",
        r"(?<![\d.])(?P<m>{mon}){sp}月{sp}(?P<d>{day}){end}{to}(?:(?P<m2>{mon}){sp}月)?(?P<d2>{day}){end}",
        r"(?<![\d.])(?P<m>{mon}){sp}月{sp}(?P<d>{day}){sp}日?{to}(?P<d2>{day}){end}",
        r"(?<![\d.])(?P<m>{mon}){sp}月{sp}(?P<d>{day}){end}",
        r"(?<![\d.])(?P<m>{mon}){sp}月?{to}(?P<m2>{mon}){sp}月(?!\d|亮|球|饼)(?:份)?",
        r"(?<![\d.])(?P<m>{mon}){sp}月(?!\d|亮|球|饼|子)(?:份)?",
        r"(?P<q>{nth}){sp}季度",
        r"(?<![\d.\-–])(?P<d>3[01]|[12]\d|[1-9])日(?![内间前后均元圆])",
    ),
    worded_dates=(
        *SHARED_WORDED_DATES,
        r"(?P<h>[上下])半年",
        r"第(?P<q>{nth}){to}第?(?P<q2>{nth})季度",
        r"第(?P<q>{nth})季度",
        r"前(?P<nq>[二两三23])个?季度",
        r"前(?P<n>{count}|1[01]|[2-9])个?月",
        r"上世纪(?P<tens>[1-9一二三四五六七八九])[0十]{sp}年代",
        r"Q(?P<q>[1-4])(?!\d)",
        r"H(?P<h>[12])(?![\dN])",
        r"(?=[一二])(?P<y>{year}){sp}年{sp}(?P<m>{mon}){sp}月{sp}(?P<d>{day}){end}",
        r"(?=[一二])(?P<y>{year}){sp}年{sp}(?P<m>{mon}){sp}月",
        r"(?=[一二])(?P<y>{year}){sp}年(?P<h>[上下])半年",
        r"(?=[一二])(?P<y>{year}){sp}年",
        r"(?P<cent>二十一?|十九){sp}世纪{sp}(?P<tens>[一二三四五六七八九])十{sp}年代",
        r"(?P<c>二十一?|十[五六七八九]){sp}世纪(?!海上)",
        r"(?P<tens>[二三四五六七八九])十{sp}年代",
        r"(?P<m>{mon}){sp}月{sp}(?P<d>{day}){end}{to}(?:(?P<m2>{mon}){sp}月)?(?P<d2>{day}){end}",
        r"(?P<m>{mon}){sp}月{sp}(?P<d>{day}){end}",
        r"(?P<m>{mon}){to}(?P<m2>{mon}){sp}月(?!\d|亮|球|饼)",
        r"(?P<m>{mon}){sp}月(?!\d|亮|球|饼|子)(?:份)?",
        r"(?P<q>[一二三四]){sp}季度",
    ),
    date_words=("上", "下", "前", "第", "Q", "H", "FY"),
)  # fmt: skip
