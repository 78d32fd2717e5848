"""The estimators, and what each one's file must hold. It is light to import, because the config's
check reads names here.

An estimator's file holds DIRECTION ("up": a high score is hard; "down": a low score is hard),
SOURCE (what it reads, see sources.py), NEEDS (the arrays of that source that it reads) and one
function, `score(source)`. It returns (M, n) from observations of M members. From data, neighbours
or predictions (the mean over an ensemble) it returns one score per sample (n,), or one per class
(k,). If many scores tie, the file may also hold `keys(source)`, (q, ...) with the scores' shape
behind q, up = hard, which break ties; or RANDOM_TIES = True, so that ties fall at random.

INFINITE = True allows scores of +inf; scores.finite says how they count in means. CLASS_MEAN =
"harmonic" makes a class's value the harmonic mean of its samples' scores.
"""

from types import ModuleType

from hardness.core.registry import Part, Registry, function

SOURCES = {  # each source's arrays
    "dynamics": ("margin", "loss", "el2n", "true_logit", "correct", "aum", "probe_el2n"),
    "pass": ("loss", "margin", "correct", "du", "dl"),
    "data": ("train_inputs", "train_labels"),
    "predictions": ("p", "labels", "entropy"),  # of the ensemble on `full`
    "out-of-fold": ("p", "labels", "entropy"),  # of those members that did not train on a sample
    # both: losses in training, and in the end of those members that did not train on a sample
    "reducible": ("loss", "held_out_loss"),
    # of networks that train first on one half of the samples, then on the other
    "second-split": ("correct",),
    # of networks trained without labels, and always the samples' own labels
    "features": ("changes", "norms", "features"),
    "input-gradients": ("norms",),
    "label-gradients": ("deviation",),  # of the same network trained with labels
    "depth": ("depth",),  # of the stages of the trained networks
    # of the same network trained with labels, and always the samples' own
    "labelled-features": ("changes", "norms", "features", "probe_el2n"),
    "neighbours": (
        "neighbour_labels", "distances", "centroid_distances", "coordinates", "inputs"
    ),  # and always the samples' own labels
}  # fmt: skip
NETWORKS = ("dynamics", "pass", "predictions", "out-of-fold")  # those that networks leave
_LISTED = "; ".join(f"{name}: {', '.join(arrays)}" for name, arrays in SOURCES.items())


def _is_direction(value: object) -> bool:
    return value in ("up", "down")


def _is_source(value: object) -> bool:
    return isinstance(value, str) and value in SOURCES


def _are_names(value: object) -> bool:
    if not isinstance(value, tuple | list):
        return False
    return bool(value) and all(isinstance(name, str) for name in value)


def _is_true(value: object) -> bool:
    return value is True


def _is_harmonic(value: object) -> bool:
    return value == "harmonic"


def estimator_source(name: str) -> str:
    """An estimator's SOURCE, read without importing it. Raises as ESTIMATORS.find."""
    source = ESTIMATORS.literal(name, "SOURCE")
    return source if source in SOURCES else ESTIMATORS.find(name).SOURCE


def _foreign(estimator: ModuleType) -> list[str]:
    """["NEEDS"] if the estimator needs an array that its source does not have, else []."""
    return [] if set(estimator.NEEDS) <= set(SOURCES[estimator.SOURCE]) else ["NEEDS"]


ESTIMATORS = Registry(
    "estimator",
    "hardness.scoring.estimators",
    {
        "DIRECTION": Part('DIRECTION, "up" or "down" (what is hard)', _is_direction),
        "SOURCE": Part(f"SOURCE, one of {', '.join(SOURCES)}", _is_source),
        "NEEDS": Part(f"NEEDS, a tuple of arrays of that source ({_LISTED})", _are_names),
        "score": function("score(source)"),
        "keys": function("keys(source)", optional=True),
        "RANDOM_TIES": Part(
            "RANDOM_TIES, True or False", lambda value: isinstance(value, bool), optional=True
        ),
        "INFINITE": Part("INFINITE, True where scores may be +inf", _is_true, True),
        "CLASS_MEAN": Part('CLASS_MEAN, "harmonic"', _is_harmonic, True),
    },
    disagreeing=_foreign,
)
