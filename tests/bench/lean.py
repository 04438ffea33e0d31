"""The leanest script we can write for the same page: what TOOLBOX.md says helps, and no check of anything.

Charts are drawn in a forked child while this process imports the printer; matplotlib's object API, text as
text, margins by hand, no collector; no pandas. The standards are asked for, and the data is attached, as on ours.
"""

from __future__ import annotations

import gc

gc.disable()

import os  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402

folder = Path(sys.argv[1])


def draw() -> None:
    import json

    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "x", "font.size": 8.5, "path.simplify": False})
    for plot in json.loads((folder / "plots.json").read_text("utf-8")):
        figure = Figure(figsize=(plot["width"] / 25.4, plot["height"] / 25.4))
        count = len(plot["panels"])
        for place, panel in enumerate(plot["panels"]):
            ax = figure.add_axes((0.05 + place / count, 0.12, 0.85 / count, 0.8))
            for line in panel["lines"]:
                xs = [point["x"] for point in line["points"]]
                ys = [point["y"] for point in line["points"]]
                if plot["kind"] == "columns":
                    ax.bar(xs, ys)
                else:
                    ax.plot(xs, ys, "o-" if line["joined"] else "o")
                for point in line["points"]:
                    if point["label"]:
                        ax.text(point["x"], point["y"], point["label"])
            ax.set_xticks([x for x, _ in panel["x_ticks"]], [label for _, label in panel["x_ticks"]])
            ax.set_yticks([y for y, _ in panel["y_ticks"]], [label for _, label in panel["y_ticks"]])
        FigureCanvasSVG(figure).print_svg(folder / "charts" / f"{plot['id']}.svg", metadata={"Date": None})


(folder / "charts").mkdir(exist_ok=True)
child = os.fork()
if child == 0:
    draw()
    os._exit(0)

import weasyprint  # noqa: E402
from page import fill, read  # noqa: E402

context, _ = read(folder)
html = fill(folder, context)
assert os.waitpid(child, 0)[1] == 0, "the charts were not drawn"
attachments = [
    weasyprint.Attachment(filename=folder / name, relationship="Data") for name in ("facts.csv", "facts.json", "series.csv")
]
weasyprint.HTML(string=html, base_url=str(folder) + "/").write_pdf(
    folder / "lean.pdf", pdf_variant="pdf/a-3a", attachments=attachments
)
