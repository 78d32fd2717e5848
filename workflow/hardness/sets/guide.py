"""What each sampler does, what it is for, and what not: docs/samplers.md, and the sentences that
explain the names of training sets.

No job reads it, so that a changed word here reruns none. A sampler without an entry has a row with
empty words.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from hardness.sets.parts import NONE, OVERSAMPLERS, UNDERSAMPLERS
from hardness.sets.pruning import LEVELS
from hardness.training.parts import SAMPLERS


class Guide(NamedTuple):
    """The words on one sampler. does: completes "it ..."; direction: which samples it favours;
    range: of the formula's values; use: when to use it; avoid: when not.
    """

    does: str
    formula: str
    direction: str
    range: str
    cost: str
    source: str
    use: str
    avoid: str


NO_WORDS = Guide(*[""] * len(Guide._fields))
P = "Pukowski & Osmani 2025"
CHEAP = "negligible"
RANKS = "W(x) = .5 + .5 (1 - e^(-5(1 - x))) / (1 - e^-5)"
NEARLY_UNIFORM = (
    "To make the favoured samples count much more: W is nearly uniform (their first tenth gets 11% "
    "of the draws)."
)

OVER = {
    NONE: Guide(
        "adds nothing", "S_c = n_c at most", "none", "", "none", P,
        "To see what undersampling does by itself.", "Where the set must keep its size.",
    ),
    "random": Guide(
        "repeats samples of the class, each equally likely, with replacement",
        "each with probability 1/n_c", "none", "0 or more repetitions", CHEAP, P,
        "As the control for all other oversamplers.",
        "Large ratios: a network learns repeated samples by heart.",
    ),
    "easy": Guide(
        "repeats samples of the class, the easiest about twice as often as the hardest",
        f"with weight {RANKS}, x the sample's rank in its class as a fraction, 0 = easiest", "easy",
        "W: .5 to 1", CHEAP, f"{P}, Eq. 7",
        "Where hard samples are suspected to be label errors.", NEARLY_UNIFORM,
    ),
    "hard": Guide(
        "repeats samples of the class, the hardest about twice as often as the easiest",
        f"with weight {RANKS}, x the sample's rank in its class as a fraction, 0 = hardest", "hard",
        "W: .5 to 1", CHEAP, f"{P}, Eq. 7",
        "Where labels are clean.", f"Noisy labels: they are among the hardest. {NEARLY_UNIFORM}",
    ),
    "smote": Guide(
        "adds new samples between a sample of the class and one of its 5 nearest ones",
        "x + u (x' - x), u uniform in 0..1, x' one of the 5 nearest of the class", "none",
        "between two samples, value by value",
        "the nearest neighbours of each class; minutes for large images",
        "Chawla et al. 2002; imbalanced-learn", "Rows of a table; images as in the paper.",
        "Images whose mean is no image; classes of one sample, which is repeated. Recordings.",
    ),
}  # fmt: skip
UNDER = {
    NONE: Guide(
        "drops nothing", "S_c = n_c at least", "none", "", "none", P,
        "To see what oversampling does by itself.", "Where the set must keep its size.",
    ),
    "easy": Guide(
        "drops the easiest samples of the class",
        "the S_c hardest of the class's n_c samples are kept", "hard",
        "n_c - S_c samples are dropped", CHEAP, P,
        "Where classes hold samples that are much alike.",
        "Noisy labels: their share among the remaining samples grows.",
    ),
}  # fmt: skip
PRUNING = {
    "dlp": Guide(
        "drops the easiest samples of the whole set",
        "the n - round(rate n / 100) hardest of all n samples are kept", "hard",
        "a class may lose all or nothing", CHEAP, f"{P}: data-set-level pruning",
        "Low and moderate rates: easy classes can spare more.",
        "High rates: easy classes lose nearly all.",
    ),
    "clp": Guide(
        "drops the easiest samples of each class, the same share of all classes",
        "of each class the hardest are kept; as many in all as by dlp, by largest remainder",
        "hard", "every class loses the same share", CHEAP, f"{P}: class-level pruning",
        "High rates; sets whose class sizes must not change.", "Classes that differ much.",
    ),
    "hardest": Guide(
        "drops the hardest samples of all classes together",
        "of all n samples the easiest are kept", "easy", "a class may lose all or nothing", CHEAP,
        "a control for dlp: the same score, reversed",
        "Beside dlp, for a score whose direction is uncertain.",
        "Scores that find label errors, unless these are to be removed.",
    ),
    "random": Guide(
        "drops samples at random, the same share of all classes",
        "of each class as many as by clp", "none", "every class loses the same share",
        "as many draws as networks", "a control that the paper lacks",
        "Always, beside the others: above half pruned it is hard to beat.",
        "As the only set: it says nothing about hardness.",
    ),
}  # fmt: skip
WHILE_TRAINING = {
    "permutation": Guide(
        "shows every row once in each epoch, in random order", "a random permutation of the n rows",
        "none", "each row once", "none", "the usual way",
        "By default: estimators of dynamics need it.", "",
    ),
    "uniform": Guide(
        "draws rows with replacement, each equally likely", "probability 1/n", "none",
        "about 63% of the rows in an epoch", CHEAP, "a control",
        "Beside class-balanced and difficulty: is it the draw with replacement that helps?",
        "Estimators of dynamics.",
    ),
    "class-balanced": Guide(
        "draws a class, each equally likely, and then a row of it", "probability 1/(k n_c)",
        "small classes", "1/k for each class", CHEAP, "Kang et al. 2020, among others",
        "Long-tailed sets.", "Very small classes, whose rows come in every batch. Estimators of "
        "dynamics.",
    ),
    "difficulty": Guide(
        "draws rows with replacement, with probability proportional to their difficulty so far",
        "D = (c + sum du) / (c + sum dl), probability D / sum D", "hard", "D: above 0; 1 at first",
        "a pass over all rows after each epoch: 30 to 47% of the time of an epoch, as measured",
        "Yu et al. 2022, Algorithm 1", "Long-tailed sets, and classes that hide smaller ones.",
        "Noisy labels: they are the most difficult (the authors say so). Estimators of dynamics.",
    ),
    "second-split": Guide(
        "draws from one half of the rows in the first half of the epochs, then from the other half",
        "each row of the half twice in an epoch", "none", "each row of the half twice", "none",
        "Maini et al. 2022", "For ssft and fslt (`second_split` of a data set) alone.",
        "Accurate networks: these forget the first half. Estimators of dynamics.",
    ),
}  # fmt: skip

ABOUT = """\
A *sampler* chooses samples. There are four kinds.

- **Oversamplers** and **undersamplers** bring a class to the size that follows from its hardness
  (`resampling` of a data set: `over`, `under`). They make training sets before the training.
- **Levels of pruning** drop a share of all samples (`pruning` of a data set: `levels`).
- **Samplers of a recipe** choose the rows of each epoch, while a network is trained (`sampler`).

n samples are in k classes; class c has n_c of them and gets S_c.
An oversampler adds S_c - n_c places to a class, an undersampler drops n_c - S_c.
[docs/set-names.md](set-names.md) explains the names of the training sets.
[docs/adding.md](adding.md) says how to add a sampler.
"""
PARTS = {
    "Oversamplers": OVER,
    "Undersamplers": UNDER,
    "Levels of pruning": PRUNING,
    "Samplers of a recipe": WHILE_TRAINING,
}


def names() -> dict[str, tuple[str, ...]]:
    """The names of all samplers, by the titles of PARTS."""
    of_parts = ((NONE, *OVERSAMPLERS.names()), (NONE, *UNDERSAMPLERS.names()), LEVELS)
    return dict(zip(PARTS, (*of_parts, SAMPLERS.names()), strict=True))


def markdown() -> str:
    """docs/samplers.md."""
    parts = ["# The samplers", ABOUT.rstrip()]
    for title, known in names().items():
        parts += [f"## {title}", *_described(PARTS[title], known)]
    return "\n\n".join(parts) + "\n"


def _described(guide: Mapping[str, Guide], known: Iterable[str]) -> list[str]:
    """A table of what samplers do and how, and one of when to use them."""
    rows = [(name, guide.get(name, NO_WORDS)) for name in known]
    how = [
        f"| {name} | {words.does} | {words.formula} | {words.direction} | {words.range} |"
        for name, words in rows
    ]
    when = [
        f"| {name} | {words.use} | {words.avoid} | {words.cost} | {words.source} |"
        for name, words in rows
    ]
    return [
        "\n".join([f"| name | it | formula | favours | range |\n|{'---|' * 5}", *how]),
        "\n".join([f"| name | use it | do not | cost | source |\n|{'---|' * 5}", *when]),
    ]
