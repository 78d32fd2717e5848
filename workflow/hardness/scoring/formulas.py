"""How each estimator is computed, and where it comes from: a table in docs/estimators.md.

No scoring job reads it. An estimator without an entry has a row with empty words. `|` would end a
cell of the table: lengths are written norm(x), sizes abs(x).
"""

from typing import NamedTuple

SYMBOLS = """\
Of a sample y is its label, z are the network's logits, p its probabilities, f is its feature.
e_y is 1 at the label and 0 elsewhere.
There are T epochs, n samples and k classes.
The score is one network's unless the formula says otherwise.
samples.csv has the mean over networks.
The *mean prediction* is the mean of the final p over networks.
d_1 <= d_2 <= ... are the distances to the nearest samples, the neighbours: 40 by default.
"""


class Formula(NamedTuple):
    """An estimator's formula in words and signs, and the paper that it is from."""

    formula: str
    source: str


P, U = "Pukowski & Osmani 2025", "Khoroshavtsev et al. 2024"
P_B, P_C, CONTROL = f"{P}, App. B", f"{P}, App. C", "a control of ours"
MARGIN = "p_y - max over j != y of p_j, of the mean prediction"
EL2N = "norm(p - e_y), of the mean prediction"
QUALITY = "p_y of the mean prediction (cleanlab's self confidence)"
ENTROPY = "- sum over j of p_j ln p_j, of the mean prediction"
BALD = "entropy of the mean prediction - mean over networks of the entropy of theirs"
BY_OTHERS = ", by networks that did not train on the sample"
WINDOW = "windows of max(2, min(10, T // 5)) epochs"
PSI = "(c + sum over t of du_t) / (c + sum over t of dl_t)"
MOVES = (
    "du_t + dl_t = sum over j of (p'_j - p_j) ln(p'_j / p_j), p' of epoch t and p of the one "
    "before (uniform before the first): du_t has the terms that lead away from the label, dl_t "
    "those that lead to it"
)
CHANGE = "a_t = norm(f_t - f_(t-1))^2 / dimensions, after each epoch, of networks without labels"
FITTED = "of a quadratic surface fitted to the neighbours on their first three principal axes"
MOMENTS = "k_1, k_2: two eigenvalues of a matrix of the neighbours' fourth moments"
COVARIANCE = "the covariance (divided by the class's size) of the class's samples"
VOLUME = "of a class's m centered samples Z"

FORMULAS = {
    # of the training dynamics
    "aum": Formula("mean over epochs of z_y - max over j != y of z_j", "Pleiss et al. 2020"),
    "confidence": Formula("mean over epochs of p_y", "Swayamdipta et al. 2020"),
    "true-logit": Formula("mean over epochs of z_y", f"{P}, their later code"),
    "loss": Formula("mean over epochs of - ln p_y", "the training loss"),
    "variability": Formula(
        "standard deviation over epochs of p_y (divided by T)", "Swayamdipta et al. 2020"
    ),
    "dataiq": Formula("mean over epochs of p_y (1 - p_y)", "Seedat et al. 2022"),
    "el2n": Formula(
        "norm(p - e_y) after the probe epoch, in eval mode, not augmented", "Paul et al. 2021"
    ),
    "el2n-train": Formula(
        "norm(p - e_y) in the probe epoch, in the training step itself", f"{P}, App. A"
    ),
    "forgetting": Formula(
        "number of epochs in which the sample is wrong after being right in the one before; never "
        "right: T. Ties: by the first epoch in which it is right, then by aum",
        "Toneva et al. 2019",
    ),
    "forgetting-paper": Formula("the same; never right: 0. Ties fall at random", P),
    "accuracy": Formula(
        "share of the epochs in which the sample is right. Ties: by aum",
        "a proxy of the C-score of Jiang et al. 2021",
    ),
    "first-learned": Formula(
        "first epoch, from 1, in which the sample is right; never: T + 1. Ties: by aum",
        "Toneva et al. 2019",
    ),
    "settled": Formula(
        "first epoch, from 1, from which the sample stays right; never: T + 1. Ties: by aum",
        "Baldock et al. 2021 (iteration learned)",
    ),
    "dyn-unc": Formula(
        f"mean over {WINDOW} of the standard deviation of p_y in the window", "He et al. 2024"
    ),
    "dual": Formula(
        f"mean over {WINDOW}, within the first 30 epochs, of (1 - mean p_y) times the standard "
        "deviation of p_y",
        "Cho et al. 2025",
    ),
    # of a pass after each epoch
    "psi-difficulty": Formula(f"{PSI}, c = 1. {MOVES}", "Yu et al. 2022"),
    "psi-difficulty-ten": Formula(f"{PSI}, c = 10", CONTROL),
    "psi-difficulty-tenth": Formula(f"{PSI}, c = .1", CONTROL),
    # of predictions
    "cleanlab": Formula(QUALITY, f"Northcutt et al. 2021; {P_B}"),
    "cleanlab-out-of-fold": Formula(QUALITY + BY_OTHERS, "Northcutt et al. 2021"),
    "margin": Formula(MARGIN, P_B),
    "margin-out-of-fold": Formula(MARGIN + BY_OTHERS, P_B),
    "el2n-final": Formula(EL2N, P_B),
    "el2n-out-of-fold": Formula(EL2N + BY_OTHERS, P_B),
    "entropy": Formula(ENTROPY, "the usual measure of uncertainty"),
    "entropy-out-of-fold": Formula(ENTROPY + BY_OTHERS, "the usual measure of uncertainty"),
    "bald": Formula(BALD, "Houlsby et al. 2011"),
    "bald-out-of-fold": Formula(BALD + BY_OTHERS, "Houlsby et al. 2011"),
    "rho": Formula(
        "mean over epochs of the loss - final loss of networks that did not train on the sample",
        "Mindermann et al. 2022",
    ),
    "prediction-depth": Formula(
        "number of the network's stages before the first one from which on the nearest samples "
        "name the class that the network predicts. Ties fall at random",
        "Baldock et al. 2021",
    ),
    # of networks that train on one half after the other
    "ssft": Formula(
        "first epoch on the other half from which the sample stays wrong; never forgotten: one "
        "more than the last; wrong before it begins: 0",
        "Maini et al. 2022",
    ),
    "fslt": Formula(
        "first epoch on the own half from which the sample stays right; never: one more than the "
        "last",
        "Maini et al. 2022",
    ),
    # of features and gradients
    "grand": Formula(
        "norm(p - e_y) sqrt(1 + norm(f)^2) after the probe epoch: the loss's gradient of the last "
        "layer",
        "Paul et al. 2021",
    ),
    "vog": Formula(
        "mean over pixels of the standard deviation over epochs of the gradient of z_y with "
        "respect to the input",
        "Agarwal et al. 2022, without their scaling by class",
    ),
    "msd": Formula(f"mean over epochs of a_t. {CHANGE}", U),
    "msd-std": Formula("standard deviation over epochs of a_t, as in msd", U),
    "msd-discrepancy": Formula("mean of the first five a_t - mean of the last five, as in msd", U),
    "msd-relative": Formula("msd / mean over epochs of norm(f_t)^2", CONTROL),
    "msd-labelled": Formula("msd, of networks with labels", CONTROL),
    "feature-norm": Formula("mean over epochs of norm(f_t), of networks without labels", CONTROL),
    "lgn": Formula(
        "mean over epochs of norm(dL/dx_1 + dL/dx_2), L the batch's loss times its size, x_1 and "
        "x_2 the sample's two views",
        U,
    ),
    "prototype": Formula(
        "norm(f - mean f of the class), of networks without labels", "Sorscher et al. 2022"
    ),
    "lid-features": Formula("lid, of the features of networks without labels", U),
    "ad-features": Formula("ad, of the features of networks without labels", CONTROL),
    # of the data alone
    "contrast": Formula("standard deviation of the image's grey pixels", CONTROL),
    "brightness": Formula("mean of the image's pixels", CONTROL),
    "saturation": Formula("mean over pixels of 1 - min / max over the channels", CONTROL),
    "lid": Formula(
        "1 / mean over m = 10..20 of (1 / (m - 1)) sum over j < m of ln(d_m / d_j), duplicates "
        "left out; a class's value is the harmonic mean",
        "Levina & Bickel 2004; MacKay & Ghahramani 2005",
    ),
    "ad": Formula("mean of the neighbours' distances", f"{P}, their list"),
    "n3": Formula("1 if the nearest neighbour has another label, else 0", P_C),
    "cp": Formula("share of the neighbours with another label", P_C),
    "dcc": Formula("distance to the mean of the own class", P_C),
    "dnoc": Formula("distance to the nearest mean of another class", P_C),
    "cdr": Formula("dcc / dnoc", P_C),
    "mdsc": Formula("smallest distance to a neighbour of the own class; none: infinity", P_C),
    "adsc": Formula("mean distance to the neighbours of the own class; none: infinity", P_C),
    "mdoc": Formula("smallest distance to a neighbour of another class; none: infinity", P_C),
    "adoc": Formula("mean distance to the neighbours of other classes; none: infinity", P_C),
    "mdr": Formula("mdsc / mdoc", P_C),
    "adr": Formula("adsc / adoc", P_C),
    "quadric-mean": Formula(f"abs(mean curvature) {FITTED}", "ours, beside Ma et al. 2023"),
    "quadric-gauss": Formula(f"Gaussian curvature {FITTED}", "ours, beside Ma et al. 2023"),
    "ma2023-mean": Formula(f"abs(k_1 + k_2) / 2. {MOMENTS}", "Ma et al. 2023, their code"),
    "ma2023-gauss": Formula(f"k_1 k_2. {MOMENTS}", "Ma et al. 2023, their code"),
    "volume": Formula(
        f"(1/2) log2 det(I + (d/m) Z Z^T), {VOLUME} in d dimensions", f"Ma et al.; {P_C}"
    ),
    "volume-unit": Formula(f"(1/2) log2 det(I + (1/m) Z Z^T), {VOLUME}", f"{P}, their code"),
    "volume-printed": Formula(
        "sqrt(det(Z Z^T / m)), of a class's m samples Z, not centered", f"{P_C}, as printed"
    ),
    "max-lambda": Formula(f"largest eigenvalue of {COVARIANCE}", "Kaushik et al. 2024"),
    "avg-lambda": Formula(f"mean eigenvalue of {COVARIANCE}", "Kaushik et al. 2024"),
}
NO_FORMULA = Formula("", "")


def formula_of(name: str) -> Formula:
    """Return an estimator's formula and source; empty words for one of the user's own."""
    return FORMULAS.get(name, NO_FORMULA)
