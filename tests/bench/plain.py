"""The plain script: imports the four packages and makes the same page with pyplot and defaults."""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import weasyprint
from page import fill, read

folder = Path(sys.argv[1])
context, plots = read(folder)
facts, series = pd.read_csv(folder / "facts.csv"), pd.read_csv(folder / "series.csv")
(folder / "charts").mkdir(exist_ok=True)
for plot in plots:
    figure, axes = plt.subplots(
        ncols=len(plot["panels"]), figsize=(plot["width"] / 25.4, plot["height"] / 25.4), squeeze=False
    )
    for ax, panel in zip(axes[0], plot["panels"], strict=True):
        for line in panel["lines"]:
            frame = pd.DataFrame(line["points"], columns=["x", "y", "label"])
            if plot["kind"] == "columns":
                ax.bar(frame["x"], frame["y"], label=line["label"])
            else:
                ax.plot(frame["x"], frame["y"], "o-" if line["joined"] else "o", label=line["label"])
            for point in line["points"]:
                if point["label"]:
                    ax.annotate(point["label"], (point["x"], point["y"]))
        ax.grid(visible=True)
        ax.legend()
    figure.savefig(folder / "charts" / f"{plot['id']}.svg", bbox_inches="tight")
    plt.close(figure)
html = fill(folder, context)
weasyprint.HTML(string=html, base_url=str(folder) + "/").write_pdf(folder / "plain.pdf")
