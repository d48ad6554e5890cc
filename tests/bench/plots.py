"""Draws what was measured, on white so that it reads in light and dark pages."""

from collections.abc import Iterable
from pathlib import Path

import matplotlib as mpl
from cycler import cycler
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from bench.results import Plot

mpl.use("svg")
mpl.rcParams.update(
    {
        "svg.hashsalt": "onduty",  # the same numbers draw the same file
        "font.size": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.prop_cycle": cycler(
            color=["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#555555"]
        ),
    }
)


MOST_LETTERS = 60
"""Of a name in a legend of two columns."""


def draw(folder: Path, plots: Iterable[Plot], *, suffix: str = "svg") -> None:
    """Write each as a file of its name."""
    folder.mkdir(parents=True, exist_ok=True)
    for plot in plots:
        figure, axes = plt.subplots(figsize=(8, 4.8), layout="constrained")
        _bars(axes, plot) if plot.kind == "bars" else _lines(axes, plot)
        axes.set_title(plot.title, loc="left", fontweight="bold")
        if len(plot.series) > 1:
            columns = 1 if max(map(len, plot.series)) > MOST_LETTERS else 2
            figure.legend(loc="outside lower left", ncols=columns, fontsize=8, frameon=False)
        figure.savefig(
            folder / f"{plot.name}.{suffix}",
            facecolor="white",
            metadata={"Date": None} if suffix == "svg" else None,
        )
        plt.close(figure)


def _lines(axes: Axes, plot: Plot) -> None:
    for name, points in plot.series.items():
        is_ours = name.startswith("Onduty")
        axes.plot(
            [float(x) for x, _ in points],
            [y for _, y in points],
            label=name,
            marker="o" if len(points) < 10 else None,
            markersize=4,
            linewidth=2.6 if is_ours else 1.4,
            zorder=3 if is_ours else 2,
        )
    if plot.target is not None:
        axes.axhline(plot.target, color="#888888", linestyle=":", linewidth=1)
        axes.annotate(
            f"{plot.target:g}",
            (1.005, plot.target),
            xycoords=("axes fraction", "data"),
            va="center",
            ha="left",
            color="#666666",
        )
    if plot.is_log:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(lambda y, _: f"{y:g}")
    else:
        axes.set_ylim(bottom=0)
    if plot.name.startswith(("fanout", "redis", "routing")):
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda x, _: f"{x:g}")
    axes.set_xlabel(plot.x)
    axes.set_ylabel(plot.y)
    axes.grid(visible=True, axis="y", color="#dddddd", linewidth=0.6)


def _bars(axes: Axes, plot: Plot) -> None:
    (points,) = plot.series.values()
    names = [str(name) for name, _ in reversed(points)]
    bars = axes.barh(names, [y for _, y in reversed(points)])
    axes.bar_label(bars, fmt="{:,.0f}", padding=3)
    if plot.is_log:
        axes.set_xscale("log")
    axes.set_xlabel(plot.y)
