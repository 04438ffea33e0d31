"""What the languages ru and be write alike: the order of dates; every word in them is the language's own part."""

from __future__ import annotations

from .grammar import SHARED_DATES, SHARED_WORDED_DATES, YEAR

ROMAN = {
    "I": 1, "II": 2, "III": 3, "IV": 4, "X": 10, "XI": 11, "XII": 12, "XIII": 13, "XIV": 14, "XV": 15, "XVI": 16,
    "XVII": 17, "XVIII": 18, "XIX": 19, "XX": 20, "XXI": 21,
}  # fmt: skip
PARTS = {
    "year": YEAR, "sp": r"[ \u00a0\n]{1,3}", "sp0": r"[ \u00a0]?",
    "roman": "|".join(sorted(ROMAN, key=len, reverse=True)), "rq": "IV|I{1,3}",
    "of": r"[ \u00a0\n]{1,3}(?P<y>{year})(?:[ \u00a0]?{ann})?",
}  # fmt: skip
_AGAIN = r"{sp}(?P<y2>{year})(?:{sp0}{ann})?"

DATES = (
    *SHARED_DATES,
    r"(?<![\d.,])(?P<d>{day}){sp}(?P<m>{month})\b\.?{of}?{to}(?P<d2>{day}){sp}(?P<m2>{month})\b\.?(?:" + _AGAIN + ")?",
    r"(?<![\d.,])(?P<d>{day})(?:{to}(?P<d2>{day}))?{sp}(?P<m>{month})\b\.?{of}?",
    r"(?<![\d.,])(?P<bc>\d{1,4})(?:{sp}{ann})?{sp}{bc}",
    r"(?<![\d.,])(?P<y>{year}){sp}(?P<fiscal>{fiscal}){sp}{ann}",
    r"(?<![\d.,])(?P<y>{year})(?:{sp0}{ann})?{to}(?P<y2>{year})(?![%\d])(?:{sp0}{ann})?",
    r"(?<![\d.,])(?P<y>{year}|1[0-4]\d\d){sp0}{ann}",
    r"(?<![\d.,])(?P<decade>(?:1[5-9]|20)\d)0-?(?:{inflected}){sp}{years}",
    r"(?<![\d.,])(?P<decade>(?:1[5-9]|20)\d)0-(?:{inflected})(?!\w)",
    r"(?<![\d.,])(?P<tens>[2-9])0-(?:{inflected})(?:{sp}{years})?(?!\w)",
    r"(?<![\d.,])(?P<n>[2-9]|1[01])(?:-\w{1,2})?{sp}{months}{of}",
    r"(?<![\d.,])(?P<h>[12])(?:-\w{1,2})?{sp}{half}{of}",
    r"(?<![\d.,])(?P<h>[12])(?:-\w{1,2})?{sp}{halfyear}",
    r"(?<![\d.,])(?P<q>[1-4])(?:-\w{1,2})?{to}(?P<q2>[1-4])(?:-\w{1,2})?{sp}{quarter}{of}?",
    r"(?<![\d.,])(?P<q>[1-4])(?:-\w{1,2})?{sp}{quarter}{of}?",
    r"(?<![\d.,])(?P<c>1\d|2[01])(?:-\w{1,2})?{sp}{century}",
)
WORDED_DATES = (
    *SHARED_WORDED_DATES,
    r"\b(?P<m>{month})\.?{of}{to}(?P<m2>{month})" + _AGAIN,
    r"\b(?P<m>{month})\.?{to}(?P<m2>{month})\.?{of}?",
    r"\b(?P<m>{month})\.?{of}",
    r"\b(?P<h>{nth}){sp}{half}{of}",
    r"\b(?P<h>{nth}){sp}{halfyear}",
    r"\b(?P<q>{nth}){sp}{quarter}{of}?",
    r"\b(?-i:(?P<h>I{1,2})){sp}{halfyear}{of}?",
    r"\b(?-i:(?P<q>{rq})){to}(?-i:(?P<q2>{rq})){sp}{quarter}{of}?",
    r"\b(?-i:(?P<q>{rq})){sp}{quarter}{of}?",
    r"\b(?-i:(?P<c>{roman})){sp}{century}",
    r"\b(?:{first}{sp})?(?P<n>{counted}){sp}{months}{of}",
    r"(?:(?<=\b{p1} )|(?<=\b{p2} )|(?<=\b{p3} ))(?P<m>{month})\b\.?",
)
