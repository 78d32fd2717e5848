"""Shared by all figures: sizes, colors, and the look of intervals, class axes and heat maps.

_select.py chooses what they show from the csv files.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.transforms import offset_copy
from matplotlib.typing import ColorType
from numpy.typing import ArrayLike

COLUMN, PAGE = 3.5, 7.2  # widths in inches: a paper's column, a paper's page
MANY = 20  # with more classes, single classes are not named
LETTERS = 24  # characters of a class's name that are shown

# The same color for the same thing in all figures. They are distinguishable with color blindness,
# and in gray by lightness.
COLORS = {
    "dlp": "#0072B2", "clp": "#D55E00", "random": "#7F7F7F", "full": "#000000",
    "easy": "#44AA99", "hard": "#882255", "plain": "#332288", "reference": "#999999",
}  # fmt: skip
HARDNESS = LinearSegmentedColormap.from_list(
    "hardness", [COLORS["easy"], "#B9A95A", "#CC6677", COLORS["hard"]]
)
SHARE = LinearSegmentedColormap.from_list("share", ["#FFFFFF", "#9FB8DA", "#332288"])
_ALPHA = LinearSegmentedColormap.from_list("alpha", ["#A9A4DB", "#332288"])
_RHO = LinearSegmentedColormap.from_list("rho", ["#B8860B", "#5C3D00"])
MARKERS = "osD^vP"

# the paper's three, then the other readings of EL2N (its App. A) and of Forgetting
MAIN_ESTIMATORS = ("aum", "el2n", "forgetting-paper", "el2n-train", "forgetting")

matplotlib.rcdefaults()  # not the user's own settings: a figure looks the same everywhere
matplotlib.rcParams.update({
    "text.parse_math": False,  # a class may be called $5-$10
    "font.size": 8, "axes.titlesize": 8, "axes.labelsize": 8, "legend.fontsize": 7,
    "xtick.labelsize": 7, "ytick.labelsize": 7, "xtick.major.width": 0.6, "ytick.major.width": 0.6,
    "figure.dpi": 200, "savefig.dpi": 200, "pdf.fonttype": 42,
    "figure.constrained_layout.use": True,
    "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.6,
    "axes.axisbelow": True, "axes.grid": True, "grid.color": "#E5E5E5", "grid.linewidth": 0.5,
    "lines.linewidth": 1.2, "lines.markersize": 3.5,
    "legend.frameon": False, "legend.handlelength": 1.6,
})  # fmt: skip


def panels(
    rows: int, columns: int, width: float, height: float, **options
) -> tuple[Figure, np.ndarray]:
    """A figure and its axes (rows, columns), without pyplot's global state."""
    figure = Figure(figsize=(width, height))
    return figure, figure.subplots(rows, columns, squeeze=False, **options)


def main_estimators(present: Sequence[str]) -> list[str]:
    """The paper's estimators among those present; if there are fewer than two, also others, up to
    four in all.
    """
    main = [name for name in MAIN_ESTIMATORS if name in set(present)]
    others = sorted({*present} - {*main})
    return main if len(main) > 1 else [*main, *others][:4]


def ink(color: ColorType) -> tuple[float, ...]:
    """The color darkened for letters, which are thin."""
    return tuple(0.7 * c for c in matplotlib.colors.to_rgb(color))


def setting_label(mode: str, value: float) -> str:
    """Such as α = 3 in mode paper, ρ = 2 in mode study."""
    return f"{'α' if mode == 'paper' else 'ρ'} = {value:g}"


def setting_colors(mode: str, values: Sequence[float]) -> dict[float, tuple]:
    """A color for each alpha or rho, darker where it is larger."""
    ramp, values = (_ALPHA if mode == "paper" else _RHO), sorted(set(values))
    return {value: ramp(i / max(len(values) - 1, 1)) for i, value in enumerate(values)}


def short(names: Sequence[str]) -> list[str]:
    """The names, long ones cut in the middle; names that then look the same are numbered."""
    texts = [
        name if len(name) <= LETTERS else f"{name[: LETTERS - 9]}…{name[-8:]}" for name in names
    ]
    places = [texts[: place + 1].count(text) for place, text in enumerate(texts)]
    return [
        f"{text} {place}" if texts.count(text) > 1 else text
        for text, place in zip(texts, places, strict=True)
    ]


def class_axis(axes: Axes, names: Sequence[str], order: str) -> None:
    """An x axis of classes at 1..k: by name if there are few, by rank if there are many. order:
    such as "easy to hard".
    """
    names, k = short([str(name) for name in names]), len(names)  # as read, they may be numbers
    axes.set_xlim(0.4, k + 0.6)
    axes.grid(axis="x", visible=False)
    axes.set_xlabel(f"Class, {order}" if k <= MANY else f"Rank of the class, {order}")
    if k > MANY:
        step = next(step for step in (10, 20, 50, 100, 200) if k / step <= 12 or step == 200)
        axes.set_xticks([1, *range(step, k + 1, step)])
    else:
        slanted = max(map(len, names)) > 3
        look: dict[str, Any] = (
            {"rotation": 40, "ha": "right", "rotation_mode": "anchor"} if slanted else {}
        )
        axes.set_xticks(range(1, k + 1), names, **look)


def groups_of(table: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """The rows of easy and of hard classes (column hard), each with the group's name and marker."""
    hard = table["hard"].astype(bool)
    yield "easy", "o", table[~hard]
    yield "hard", "D", table[hard]


def legend_above(axes: Axes, columns: int) -> None:
    """A legend between the title and the axes, over no data."""
    axes.legend(
        loc="lower right", bbox_to_anchor=(1, 1), ncols=columns, borderaxespad=0, columnspacing=1
    )


def within(axes: Axes, lowest: float, highest: float) -> None:
    """A y axis that ends where the quantity does, though an interval may reach beyond."""
    low, high = axes.get_ylim()
    axes.set_ylim(max(low, lowest), min(high, highest))


def recall_axis(axes: Axes) -> None:
    """A y axis of recall in percent."""
    axes.set_ylabel("Recall (%)")
    within(axes, -1, 101)


def interval_bars(
    axes: Axes,
    x: ArrayLike,
    table: pd.DataFrame,
    color: ColorType,
    scale: float = 1.0,
    marker: str | None = "o",
    **options,
) -> None:
    """Means with their intervals (columns mean, low, high), times `scale`."""
    mean, low, high = (
        scale * table[column].to_numpy(dtype=float) for column in ("mean", "low", "high")
    )
    axes.errorbar(
        x,
        mean,
        yerr=np.stack([mean - low, high - mean]),
        color=color,
        fmt=marker or "none",
        elinewidth=0.9,
        **options,
    )


def interval_line(
    axes: Axes,
    x: ArrayLike,
    table: pd.DataFrame,
    color: ColorType,
    scale: float = 1.0,
    **options,
) -> None:
    """A line of means with a band of their intervals (columns mean, low, high), times `scale`."""
    axes.plot(x, scale * table["mean"], color=color, **options)
    axes.fill_between(
        x, scale * table["low"], scale * table["high"], color=color, alpha=0.18, linewidth=0
    )


def apart(values: ArrayLike, gap: float) -> np.ndarray:
    """Positions as close as possible to ascending `values` (least squares), but at least `gap`
    apart. (Pool-adjacent-violators.)
    """
    pools: list[tuple[float, int]] = []
    wanted = np.asarray(values, dtype=float)
    steps = gap * np.arange(len(wanted))
    for mean in wanted - steps:
        size = 1
        while pools and pools[-1][0] > mean:
            other, count = pools.pop()
            mean, size = (mean * size + other * count) / (size + count), size + count
        pools.append((mean, size))
    means, counts = zip(*pools, strict=True)
    return np.repeat(means, counts) + steps


def label_ends(
    axes: Axes,
    x: float,
    values: Sequence[float],
    names: Sequence[str],
    colors: Sequence[ColorType] | np.ndarray,
) -> None:
    """Write each line's name beside its right end, with a leader line, and move names apart where
    lines end close to each other.
    """
    figure = axes.get_figure(root=True)
    engine = figure.get_layout_engine() if figure else None
    assert figure and engine, "a figure of style.panels has a layout engine"
    engine.execute(figure)
    bottom, top = axes.get_ylim()
    # 7.5 points, in data units
    gap = 7.5 * (top - bottom) * figure.dpi / (72 * axes.get_window_extent().height)
    order, names = np.argsort(values, kind="stable"), short([str(name) for name in names])
    beside = offset_copy(axes.transData, figure, x=10, units="points")
    places = apart(np.asarray(values)[order], gap)
    # only names that would be above the axes move down
    places = np.minimum(places, top - gap * np.arange(len(places))[::-1])
    for i, y in zip(order, places, strict=True):
        options: dict[str, Any] = {
            "xytext": (x, y),
            "textcoords": beside,
            "va": "center",
            "fontsize": 6.5,
            "annotation_clip": False,
        }
        leader: dict[str, Any] = {
            "arrowstyle": "-",
            "relpos": (0, 0.5),
            "color": colors[i],
            "linewidth": 0.5,
            "shrinkA": 0,
            "shrinkB": 0,
        }
        axes.annotate(names[i], (x, values[i]), color=ink(colors[i]), arrowprops=leader, **options)


def note(axes: Axes, text: str) -> None:
    """Write into the middle of a panel why it is empty."""
    look: dict[str, Any] = {"ha": "center", "va": "center", "color": "#666666", "fontsize": 7}
    axes.text(0.5, 0.5, text, transform=axes.transAxes, **look)


def hardness_bar(figure: Figure, axes: np.ndarray | Axes, k: int) -> None:
    """A color bar for the rank of a class's hardness."""
    bar = figure.colorbar(
        matplotlib.cm.ScalarMappable(Normalize(1, k), HARDNESS), ax=axes, aspect=30, pad=0.02
    )
    bar.set_label("Rank of the class, from easiest to hardest")
    bar.set_ticks([1, k])


def heatmap(axes: Axes, values: np.ndarray, norm: Normalize, size: float | None = 5.5) -> AxesImage:
    """Cells (rows, columns) colored by their value in percent, which is written in them. size: of
    the letters; None writes none. nan stays empty. Returns the image.
    """
    image = axes.imshow(values, norm=norm, cmap=SHARE, aspect="auto", origin="lower")
    for (row, column), value in np.ndenumerate(values):
        if size and np.isfinite(value):
            text = f"{value:.0f}" if value >= 9.95 else f"{value:.1f}"
            color = "white" if norm(value) > 0.62 else "black"
            axes.text(column, row, text, ha="center", va="center", fontsize=size, color=color)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    return image
