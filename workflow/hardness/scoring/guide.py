"""What each estimator is for, and what not: the table in docs/estimators.md and in the report. How
each is computed stands in formulas.py.

No scoring job reads it, so that a changed word here reruns none. An estimator without an entry has
a row with empty words.

Numbers in the words are AUROCs of flipped labels, see FACTS.
"""

from collections.abc import Iterable
from typing import NamedTuple

from hardness.scoring.formulas import SYMBOLS, formula_of
from hardness.scoring.parts import ESTIMATORS, estimator_source


class Guide(NamedTuple):
    """What an estimator's values may be, what it is for, and what not."""

    range: str
    what_for: str
    what_not_for: str


COST = {  # of each source
    "dynamics": "none beyond training on all samples",
    "pass": "a pass over all samples after each epoch (observe: pass)",
    "predictions": "one pass with the trained networks",
    "out-of-fold": "further networks, two for each fold: with folds [5] ten, on four fifths",
    "neighbours": "no network; time goes with the square of the samples",
    "data": "no network",
    "reducible": "further networks, as scores out of fold",
    "second-split": "further networks, two for each member, and a pass after each epoch",
    "features": "networks without labels, and a pass over all samples after each epoch",
    "input-gradients": "networks without labels",
    "label-gradients": "gradients of all samples after each epoch: about another training",
    "depth": "the nearest neighbours of all samples at each stage of each network",
    "labelled-features": "networks with labels, and a pass over all samples after each epoch",
}

ERRORS, REDUNDANT, AMBIGUOUS = "label errors", "redundant samples", "ambiguous samples"
OUT_OF_FOLD = "Small differences: two members for each sample are few."
DATA_BASED = "Label errors in raw pixels, where neighbours say little of the class."
OF_CLASSES = "Single samples: all of a class have the same score."
BY_NORM = "Any use before feature-norm is tried: MSD is nearly the feature's norm."
NO_LABELS = "Label errors: it does not read labels."
FITTED = "Label errors that were learned: trained networks are sure of them too."

GUIDE = {
    "aum": Guide(
        "any number; below 0: mostly wrong",
        f"Finding {ERRORS} (.95 weak, .99 good network) and {REDUNDANT} (the highest). The "
        "most stable over members, and for the order of classes.",
        "Comparing different recipes or data sets: logits have no common scale.",
    ),
    "confidence": Guide(
        "0 to 1",
        f"Finding {ERRORS} (.94 weak, .99 good). Comparing data sets: probabilities have a common "
        "scale.",
        "Telling apart the many samples near 1.",
    ),
    "true-logit": Guide(
        "any number",
        f"Finding {ERRORS} (.92 weak, .98 good).",
        "Comparing recipes; samples whose rival class also has a high logit look easy.",
    ),
    "loss": Guide(
        "0 to infinity",
        f"Finding {ERRORS} (.94 weak, .99 good).",
        "Means over classes: few very large values decide them.",
    ),
    "variability": Guide(
        "0 to .5",
        f"Finding {AMBIGUOUS}: those whose probability goes up and down.",
        "Label errors: it ranks them easiest (.08 weak, .03 good), because networks are hardly "
        "ever sure of them.",
    ),
    "dataiq": Guide(
        "0 to .25",
        f"Finding {AMBIGUOUS}: those whose probability stays in the middle.",
        "Label errors: it ranks them easiest (.07 weak, .05 good).",
    ),
    "el2n": Guide(
        "0 to 1.41",
        f"A ranking early in the training, for pruning {REDUNDANT}.",
        "Few members: it needs the most of all for a stable order. Recipes whose network knows "
        "little at the probe epoch.",
    ),
    "el2n-train": Guide(
        "0 to 1.41",
        "As el2n, but of an augmented view, as the paper's appendix says.",
        "Few members: augmentation adds noise.",
    ),
    "forgetting": Guide(
        "0 to T, the number of epochs",
        f"Finding {REDUNDANT}: those never forgotten. Label errors less well (.88 weak, .98 good).",
        "A fine order: many samples tie, and ties are broken by AUM.",
    ),
    "forgetting-paper": Guide(
        "0 to T - 1",
        "Reproducing the paper.",
        "All else: samples that are never learned count as easiest, and with them the label errors "
        "(.11 weak, .24 good).",
    ),
    "accuracy": Guide(
        "0 to 1",
        "A proxy of the C-score: how often a sample is right.",
        "A fine order without AUM, which breaks its ties.",
    ),
    "first-learned": Guide(
        "1 to T + 1",
        f"Finding {REDUNDANT}: those learned at once.",
        "Few members or epochs: one lucky epoch counts.",
    ),
    "settled": Guide(
        "1 to T + 1",
        "Finding samples that are learned late.",
        "Few members: one unlucky epoch late in the training counts.",
    ),
    "dyn-unc": Guide(
        "0 to .71",
        f"Finding {AMBIGUOUS}, for pruning that keeps them.",
        "Label errors: it measures movement, as variability does.",
    ),
    "dual": Guide(
        "0 to .5",
        "Pruning that keeps difficult and uncertain samples, from early epochs alone.",
        "Label errors: it measures movement too.",
    ),
    "psi-difficulty": Guide(
        "above 0; 1: no change, or as much away from the label as towards it",
        "Re-balancing while training (Yu et al.).",
        "Label errors: the authors say that noise breaks it.",
    ),
    "psi-difficulty-ten": Guide(
        "above 0; nearer to 1 than psi-difficulty",
        "To see whether the prior of psi-difficulty matters: c = 10 instead of 1.",
        "Instead of psi-difficulty: the paper has c = 1.",
    ),
    "psi-difficulty-tenth": Guide(
        "above 0; further from 1 than psi-difficulty",
        "To see whether the prior of psi-difficulty matters: c = .1 instead of 1.",
        "Instead of psi-difficulty: the paper has c = 1.",
    ),
    "cleanlab": Guide("0 to 1", "As in the paper, in-sample.", FITTED),
    "margin": Guide("-1 to 1", "As in the paper, in-sample.", FITTED),
    "el2n-final": Guide("0 to 1.41", "As in the paper, in-sample.", FITTED),
    "cleanlab-out-of-fold": Guide(
        "0 to 1",
        f"Finding {ERRORS}, with a class to put in place of the label. review.csv uses it and AUM.",
        OUT_OF_FOLD,
    ),
    "margin-out-of-fold": Guide(
        "-1 to 1", f"Finding {ERRORS} with a strong rival class.", OUT_OF_FOLD
    ),
    "el2n-out-of-fold": Guide("0 to 1.41", f"Finding {ERRORS}.", OUT_OF_FOLD),
    "lid": Guide(
        "above 0; 0: no estimate",
        "How many directions the data have around a sample.",
        "Label errors: it does not read labels. Data with many duplicates.",
    ),
    "ad": Guide(
        "0 to infinity",
        "Finding samples in thinly filled regions, outliers among them.",
        "Label errors: it does not read labels.",
    ),
    "rho": Guide(
        "any number",
        "Finding samples worth learning: hard while training, easy for networks that did not see "
        "them.",
        "Label errors: their scores are low, like those of samples already learned.",
    ),
    "ssft": Guide(
        "0 to T / 2 + 1",
        f"Finding {ERRORS}: what networks forget first once they train on other samples.",
        "A fine order: few epochs, many ties.",
    ),
    "fslt": Guide(
        "1 to T / 2 + 1", "Finding samples that are learned late.", "Few members or epochs."
    ),
    "grand": Guide(
        "0 to infinity",
        f"As el2n, with the length of the feature: pruning {REDUNDANT}.",
        "Few members, as el2n.",
    ),
    "entropy": Guide(
        "0 to ln k, of k classes", f"Finding {AMBIGUOUS}, whatever their label.", FITTED
    ),
    "entropy-out-of-fold": Guide(
        "0 to ln k, of k classes", f"Finding {AMBIGUOUS}, whatever their label.", NO_LABELS
    ),
    "bald": Guide(
        "0 to ln k, of k classes", "Finding samples that the members disagree about.", FITTED
    ),
    "bald-out-of-fold": Guide(
        "0 to ln k, of k classes",
        "Finding samples that the members disagree about.",
        OUT_OF_FOLD,
    ),
    "msd": Guide("0 to infinity", "Hardness without labels (Khoroshavtsev et al.).", BY_NORM),
    "msd-std": Guide("0 to infinity", "How unsteadily a feature changes.", BY_NORM),
    "msd-discrepancy": Guide("any number", "Whether a feature settles.", BY_NORM),
    "msd-relative": Guide("0 to infinity", "MSD without the feature's norm: a control.", NO_LABELS),
    "msd-labelled": Guide("0 to infinity", "MSD of networks that read labels: a control.", BY_NORM),
    "feature-norm": Guide("0 to infinity", "Nearly the same as MSD: a control.", NO_LABELS),
    "lgn": Guide("0 to infinity", "Hardness without labels (Khoroshavtsev et al.).", NO_LABELS),
    "contrast": Guide("0 to 127.5", "A control: no network looks at the image.", NO_LABELS),
    "brightness": Guide("0 to 255", "A control: no network looks at the image.", NO_LABELS),
    "saturation": Guide("0 to 1", "A control: no network looks at the image.", NO_LABELS),
    "vog": Guide(
        "0 to infinity",
        f"Finding {AMBIGUOUS}: the evidence for their label changes while networks learn.",
        "Comparing classes or recipes: logits and gradients have no common scale.",
    ),
    "prediction-depth": Guide(
        "0 to the number of stages",
        f"Finding {AMBIGUOUS} and {ERRORS}: networks decide late about them.",
        "Few members, or networks of few stages: most samples tie.",
    ),
    "lid-features": Guide(
        "above 0; 0: no estimate", "As lid, of features learned without labels.", NO_LABELS
    ),
    "ad-features": Guide("0 to infinity", "As ad, of features learned without labels.", NO_LABELS),
    "prototype": Guide(
        "0 to infinity",
        "Samples unlike the mean of their class, in features learned without labels.",
        "Small classes: a sample is part of its class's mean.",
    ),
    "n3": Guide("0 or 1", "Samples at a border between classes.", "A ranking: two values only."),
    "cp": Guide("0 to 1", "Samples surrounded by other classes.", DATA_BASED),
    "dcc": Guide("0 to infinity", "Samples unlike the mean of their class.", DATA_BASED),
    "dnoc": Guide("0 to infinity", "Samples near the mean of another class.", DATA_BASED),
    "cdr": Guide("0 to infinity", "Both: far from the own mean, near another.", DATA_BASED),
    "mdsc": Guide(
        "0 to infinity", f"Finding {REDUNDANT}: one of the own class is very near.", DATA_BASED
    ),
    "adsc": Guide("0 to infinity", "Samples in thin regions of their class.", DATA_BASED),
    "mdoc": Guide("0 to infinity", "Samples near one of another class.", DATA_BASED),
    "adoc": Guide("0 to infinity", "Samples near several of other classes.", DATA_BASED),
    "mdr": Guide("0 to infinity", "Samples nearer to another class than to their own.", DATA_BASED),
    "adr": Guide("0 to infinity", "The same, of several neighbours.", DATA_BASED),
    "quadric-mean": Guide(
        "0 to infinity", "How strongly the data bend around a sample.", "Label errors."
    ),
    "quadric-gauss": Guide(
        "any number; below 0: a saddle", "The shape of the data around a sample.", "Label errors."
    ),
    "ma2023-mean": Guide(
        "0 to infinity", "Reproducing Ma et al.", "Curvature: it is a moment, not a curvature."
    ),
    "ma2023-gauss": Guide(
        "any number", "Reproducing Ma et al.", "Curvature: it is a moment, not a curvature."
    ),
    "volume": Guide("0 to infinity", "The spread of a class.", OF_CLASSES),
    "volume-unit": Guide("0 to infinity", "The same, as in the paper's code.", OF_CLASSES),
    "volume-printed": Guide(
        "0 to infinity", "Reproducing the paper.", "All else: 0 or infinite for most data."
    ),
    "max-lambda": Guide("0 to infinity", "The longest extent of a class.", OF_CLASSES),
    "avg-lambda": Guide("0 to infinity", "The mean extent of a class.", OF_CLASSES),
}
NO_WORDS = Guide("", "", "")
FACTS = """\
The rank columns of samples.csv take the direction into account: 1 is the hardest.
The raw scores do not: read the direction first.

The numbers are AUROCs of flipped labels.
.5 is chance; below it label errors rank as *easy*.
They were measured on CIFAR-10 with a tenth of the labels flipped.
"weak" is LeNet (right about 68% of the test images, 8 members), "good" is resnet9 (89%, 4 members).
[docs/reproduction](reproduction) has the tables.
With the weak network variability and Data-IQ ranked samples against the C-score.
Their rank correlations with it were -.69 and -.19, those of AUM and confidence +.74 and +.75.

- **Label errors**: start from review.csv, which uses AUM and predictions out of fold.
  Without folds: aum, loss or confidence.
- **Redundant samples**: the easiest by aum, forgetting or el2n.
- **Ambiguous samples**: variability, Data-IQ; and the reason `ambiguous` in review.csv.
- **Classes**: aum.
  class-differences.csv says for which adjacent classes of its order the difference is certain.
"""


def rows(names: Iterable[str] = ()) -> list[dict[str, str]]:
    """One row per estimator, or of all if no names are given: name, direction ("high is hard" or
    "low is hard"), range, cost, what_for, what_not_for.
    """
    found = []
    for name in names or ESTIMATORS.names():
        words = GUIDE.get(name, NO_WORDS)
        hard = "high" if ESTIMATORS.literal(name, "DIRECTION") == "up" else "low"
        found.append(
            {
                "name": name,
                "direction": f"{hard} is hard",
                "range": words.range,
                "cost": COST[estimator_source(name)],
                "what_for": words.what_for,
                "what_not_for": words.what_not_for,
            }
        )
    return found


def markdown() -> str:
    """docs/estimators.md."""
    table = rows()
    lines = [
        f"| {' | '.join(row[key] for key in ('name', 'direction', 'range', 'what_for'))} | "
        f"{row['what_not_for']} | {row['cost']} |"
        for row in table
    ]
    header = "| estimator | direction | range | what for | what not for | cost |"
    formulas = [(row["name"], *formula_of(row["name"])) for row in table]
    parts = [
        "# The estimators",
        FACTS.rstrip(),
        "\n".join([header, "|---" * 6 + "|", *lines]),
        "## How each is computed",
        SYMBOLS.rstrip(),
        "\n".join(
            ["| estimator | formula | source |", "|---" * 3 + "|"]
            + [f"| {' | '.join(words)} |" for words in formulas]
        ),
    ]
    return "\n\n".join(parts) + "\n"
