"""The estimators' colors, the same in all figures (a leading underscore: this is no figure)."""

COLORS = {
    "aum": "#332288", "confidence": "#117733", "dataiq": "#999933", "el2n": "#CC6677",
    "forgetting": "#AA4499", "forgetting-paper": "#882255", "loss": "#44AA99",
    "true-logit": "#5BA8D0", "variability": "#C9A227",
}  # fmt: skip
OTHERS = "#666666"  # a user's own estimators


def color_of(name: str) -> str:
    return COLORS.get(name, OTHERS)
