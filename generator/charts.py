"""Draw planned charts as SVG with real text.

Place in the pipeline: step 3 Draw. In: a `Plot` in words and numbers, and the bytes of `charts.mplstyle`; out:
SVG 1.1 (https://www.w3.org/TR/SVG11/) of exact size in millimetres. This is the only room that knows
matplotlib, and it imports it inside the functions that draw: they run in a child process. Settings come from
the program and from those bytes only: no matplotlibrc, no TeX, no mathematics in labels, no clock, no random
number. Each layer is one path: a node of SVG costs half a millisecond when the page is printed.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Sequence
from dataclasses import MISSING, fields
from html import escape
from typing import TYPE_CHECKING, Any

from .chart_kinds import KINDS, lay_out
from .chart_sheet import Look, Marks, Shape, Sheet, Words
from .errors import RenderError
from .page import Plot

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties
    from matplotlib.path import Path

STYLE = {
    "font.size": "text", "xtick.labelsize": "tick", "lines.linewidth": "line", "lines.markersize": "mark",
    "text.color": "ink", "xtick.color": "quiet", "grid.color": "grid", "grid.linewidth": "grid_line",
    "axes.edgecolor": "axis", "axes.linewidth": "axis_line", "figure.facecolor": "paper",
    "lines.color": "muted",
}  # fmt: skip
"""The settings that charts.mplstyle gives, and what they become."""
FIXED: dict[Any, Any] = {
    "svg.fonttype": "none", "svg.hashsalt": "briefing", "text.usetex": False, "text.parse_math": False,
    "path.simplify": False, "path.snap": False,
}  # fmt: skip
NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}


def preload() -> None:
    """Import all that drawing needs, so that a fork of this process need not: half a second a fork."""
    import matplotlib.backends.backend_svg
    import matplotlib.colors
    import matplotlib.figure
    import matplotlib.font_manager
    import matplotlib.patches
    import matplotlib.path
    import matplotlib.text
    import matplotlib.transforms  # noqa: F401


def draw(plot: Plot, style: bytes) -> str:
    """Return the plot as SVG text, the same bytes for the same plot and style.

    RenderError: a character that no font of the plot has, a font that is not installed, a setting that a
    style may not give, or anything matplotlib warns about.
    """
    import matplotlib as mpl

    look = read_style(style)
    with mpl.rc_context(), warnings.catch_warnings():
        warnings.simplefilter("error")
        mpl.rcdefaults()
        mpl.rcParams.update(FIXED)
        try:
            fonts = Fonts(plot.fonts)
            sheet = lay_out(plot, look, fonts.measure)
            fonts.require(words.text for words in sheet.words)
            return _tidy(_print(_figure(sheet, fonts), plot.alt), plot)
        except (Warning, ValueError, OverflowError) as error:
            raise RenderError(f"cannot be drawn: {error}", where=f"chart {plot.id}") from error


def draw_all(plots: Sequence[Plot], style: bytes) -> dict[str, str]:
    """Return the SVG of each plot by its id."""
    return {plot.id: draw(plot, style) for plot in plots}


def read_style(style: bytes) -> Look:
    """Return the look that a matplotlib style sheet gives; RenderError names the line that may not stand there."""
    import matplotlib as mpl

    values: dict[str, Any] = {}
    for number, line in enumerate(style.decode("utf-8").splitlines(), 1):
        name, colon, value = (part.strip() for part in re.sub(r"(^|\s)#.*", "", line).partition(":"))
        if not name:
            continue
        if not colon or name not in STYLE:
            known = ", ".join(STYLE)
            raise RenderError(f"'{name}' is no setting of charts", where=f"charts.mplstyle:{number}", hint=known)
        try:
            values[STYLE[name]] = _setting(mpl.rcParams.validate[name](value.strip("\"'")))
        except ValueError as error:
            raise RenderError(str(error), where=f"charts.mplstyle:{number}", hint="Correct it.") from error
    needed = {field.name for field in fields(Look) if field.default is MISSING}
    missing = ", ".join(name for name, field in STYLE.items() if field in needed - values.keys())
    if missing:
        raise RenderError(f"{missing} missing", where="charts.mplstyle", hint="Give a value for each.")
    return Look(**values)


def _setting(value: Any) -> float | str:  # noqa: ANN401
    if isinstance(value, (int, float)):
        return float(value)
    from matplotlib.colors import to_hex

    return to_hex(value)


class Fonts:
    """The fonts of a plot: widths of text, and which characters they lack."""

    def __init__(self, families: Sequence[str]) -> None:
        """Find the families; the first one must be installed."""
        from matplotlib.font_manager import FontProperties, findfont, get_font

        self._properties: dict[tuple[float, bool], FontProperties] = {}
        self._widths: dict[tuple[str, float, bool], float] = {}
        self.families, self._fonts = [], []
        for family in families:
            try:
                path = findfont(FontProperties(family=[family]), fallback_to_default=False)
            except ValueError:
                continue
            self.families.append(family)
            self._fonts.append(get_font(path))
        if not self.families or self.families[0] != families[0]:
            first = families[0] if families else ""
            hint = (
                "apt-get install fonts-noto-core fonts-noto-cjk"
                if first.startswith("Noto ")
                else "Install it, or name another one first in --sans of templates/briefing/own.css."
            )
            raise RenderError(f"the font '{first}' is not installed", hint=hint)

    def properties(self, size: float, *, bold: bool) -> FontProperties:
        """Return matplotlib's description of the fonts at a size."""
        from matplotlib.font_manager import FontProperties

        key = size, bold
        if key not in self._properties:
            weight = "bold" if bold else "normal"
            self._properties[key] = FontProperties(family=self.families, size=size, weight=weight)
        return self._properties[key]

    def measure(self, text: str, size: float, bold: bool) -> float:
        """Return the width of a text in points."""
        from matplotlib.textpath import text_to_path

        key = text, size, bold
        if key not in self._widths:
            self.require([text])
            properties = self.properties(size, bold=bold)
            width, _, _ = text_to_path.get_text_width_height_descent(text, properties, ismath=False)
            self._widths[key] = float(width)
        return self._widths[key]

    def require(self, texts: Any) -> None:  # noqa: ANN401
        """Raise RenderError naming the characters that none of the fonts has."""
        wanted = sorted({character for text in texts for character in text})
        missing = [c for c in wanted if not any(font.get_char_index(ord(c)) for font in self._fonts)]
        if missing:
            named = ", ".join(f"'{c}' (U+{ord(c):04X})" for c in missing)
            raise RenderError(
                f"no glyph for {named} in {', '.join(self.families)}", hint="Use other characters or install a font."
            )


def _figure(sheet: Sheet, fonts: Fonts) -> Figure:
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=(sheet.width / 72, sheet.height / 72), dpi=72)
    FigureCanvasSVG(figure)
    figure.patch.set_visible(False)
    for shape in sheet.layers():
        figure.add_artist(_marks(shape) if isinstance(shape, Marks) else _shape(shape))
    for words in sheet.words:
        figure.add_artist(_text(words, fonts))
    return figure


def _text(words: Words, fonts: Fonts) -> Artist:
    from matplotlib.text import Text
    from matplotlib.transforms import IdentityTransform

    return Text(
        words.x, words.y, words.text, color=words.color, ha=words.anchor, va="baseline", transform=IdentityTransform(),
        fontproperties=fonts.properties(words.size, bold=words.bold), parse_math=False, usetex=False,
    )  # fmt: skip


def _shape(shape: Shape) -> Artist:
    from matplotlib.path import Path

    vertices = [place for path in shape.paths for place in path]
    codes = [code for path in shape.paths for code in (Path.MOVETO, *[Path.LINETO] * (len(path) - 1))]
    dashes = (0, shape.dashes) if shape.dashes else "solid"
    return _patch(Path(vertices, codes), shape.fill, shape.stroke, shape.width, dashes)


def _marks(marks: Marks) -> Artist:
    from matplotlib.markers import MarkerStyle
    from matplotlib.path import Path
    from matplotlib.transforms import Affine2D

    style = MarkerStyle(marks.symbol)
    unit = style.get_path().transformed(style.get_transform() + Affine2D().scale(marks.size))
    placed = [unit.transformed(Affine2D().translate(x, y)) for x, y in marks.places]
    return _patch(Path.make_compound_path(*placed), marks.fill, marks.stroke, marks.width, "solid")


def _patch(path: Path, fill: str, stroke: str, width: float, dashes: Any) -> Artist:  # noqa: ANN401
    from matplotlib.patches import PathPatch
    from matplotlib.transforms import IdentityTransform

    return PathPatch(
        path, fill=bool(fill), facecolor=fill or "none", edgecolor=stroke or "none", linewidth=width if stroke else 0,
        linestyle=dashes, joinstyle="round", capstyle="butt", transform=IdentityTransform(),
    )  # fmt: skip


def _print(figure: Figure, title: str) -> str:
    stream = io.StringIO()
    figure.canvas.print_svg(stream, metadata={**NO_METADATA, "Title": title})  # type: ignore[attr-defined]
    return stream.getvalue()


def _tidy(svg: str, plot: Plot) -> str:
    """Keep what is drawn: no groups, no document type, no style rule; the size in millimetres.

    Text is escaped by matplotlib, so "<g" can only be a group.
    """
    needless = r"<!DOCTYPE[^>]*>\n|<metadata>.*?</metadata>|<defs>\s*<style.*?</style>\s*</defs>"
    svg = re.sub(needless, "", svg, flags=re.DOTALL)
    svg = re.sub(r'</?g\b[^>]*>| transform="rotate\(-?0 [^"]*\)"', "", svg)
    svg = re.sub(r"\s*\n\s*", "\n", svg)
    # WeasyPrint 70 takes a space after the comma for a part of the second family's name.
    svg = re.sub(r"(font-family: [^;]*)", lambda match: match[1].replace("', '", "','"), svg)
    size = f'width="{plot.width:g}mm" height="{plot.height:g}mm" viewBox'
    return re.sub(r'width="[^"]*pt" height="[^"]*pt" viewBox', size, svg, count=1)


def sparkline(
    values: Sequence[tuple[float, float]],
    color: str,
    *,
    title: str = "",
    size: tuple[float, float] = (24, 6),
    joined: bool = True,
) -> str:
    """Return a line without axes as SVG, `size` in millimetres: (x, y) in order, the last one marked.

    Single figures (`joined` False) are dots. Fewer than two values give one dot; equal ones give a level line.
    """
    width, height = size
    low, high = min((y for _, y in values), default=0.0), max((y for _, y in values), default=0.0)
    first, last = (values[0][0], values[-1][0]) if values else (0.0, 0.0)
    places = [
        (
            0.6 + (x - first) / ((last - first) or 1.0) * (width - 1.4),
            height / 2 if high == low else height - 0.7 - (y - low) / (high - low) * (height - 1.4),
        )
        for x, y in values
    ]
    path = "M" + " L".join(f"{x:.2f} {y:.2f}" for x, y in places)
    parts = [f"<title>{escape(title)}</title>"]
    if not joined:
        parts += [f'<circle cx="{x:.2f}" cy="{y:.2f}" r="0.35" fill="{color}"/>' for x, y in places[:-1]]
    elif len(places) > 1:
        parts.append(f'<path d="{path}" fill="none" stroke="{color}" stroke-width="0.4"/>')
    if places:
        parts.append(f'<circle cx="{places[-1][0]:.2f}" cy="{places[-1][1]:.2f}" r="0.6" fill="{color}"/>')
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}mm" height="{height:g}mm"'
    return f'{head} viewBox="0 0 {width:g} {height:g}">' + "".join(parts) + "</svg>"


__all__ = ["KINDS", "draw", "read_style", "sparkline"]
