"""The components of a score's variance: samples, recipes, and members."""

import pandas as pd
from matplotlib.figure import Figure

from hardness.evidence.labels import estimator_label
from hardness.evidence.plots import _style as style

NUMBER = None
INPUTS = ("variance-split",)
PARTS = {  # component -> what readers see, and its color
    "sample": ("the sample", "#9FB8DA"),
    "sample x recipe": ("the sample by this recipe", style.COLORS["plain"]),
    "recipe": ("the recipe", "#B9A95A"),
    "member": ("the member (seed)", style.COLORS["random"]),
}
CAPTION = (
    "Components of the variance of a single network's score on {dataset}: the sample, the recipe,"
    " their interaction, and the member within its recipe, which is noise. Random effects, with"
    " members nested in recipes, on the raw scores: recipes whose scores differ in scale count as"
    " different. Bars: 95% interval of the sample's share, bootstrap over samples."
)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """sensitivity/variance.csv as it is."""
    return frames["variance-split"]


def draw(table: pd.DataFrame, study: dict) -> Figure:
    of_samples = table[table["component"] == "sample"].sort_values(
        ["share", "estimator"], ascending=[False, True]
    )
    names = of_samples["estimator"].tolist()
    shares = table.pivot(index="estimator", columns="component", values="share").loc[names]
    figure, ((axes,),) = style.panels(1, 1, style.PAGE, 1.0 + 0.17 * len(names))
    left = pd.Series(0.0, index=names)
    for component, (label, color) in PARTS.items():
        if component in shares:
            widths = 100 * shares[component].fillna(0)
            axes.barh(range(len(names)), widths, left=left, color=color, label=label, height=0.7)
            left = left + widths
    error = 100 * (of_samples[["low", "high"]].sub(of_samples["share"], axis=0)).abs()
    axes.errorbar(
        100 * of_samples["share"], range(len(names)), xerr=error.T.to_numpy(), fmt="none",
        color="black", elinewidth=0.9,
    )  # fmt: skip
    axes.set_yticks(range(len(names)), [estimator_label(name) for name in names])
    axes.set(xlabel="Share of the score's variance (%)", xlim=(0, 100))
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(axis="y", visible=False)
    figure.legend(loc="outside upper center", ncols=4)
    return figure
