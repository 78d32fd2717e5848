"""Data sets that were recorded in a user's own training: their defaults, and the keys that they
cannot have, because nothing is trained and there are no inputs to train on.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hardness.core.names import nearest
from hardness.scoring.parts import ESTIMATORS

from .given import DEFAULTS, expand
from .settings.dataset import STANDARD_ESTIMATORS, Ensembles
from .strict import Problem, found

RECIPE = KIND = "recorded"  # in place of a recipe's name, and the kind of the source
ABSENT = "probe_el2n"  # the array of the dynamics that a recording does not have
# the only array, and its estimator, that is defined if samples are missing in some epochs
ONLY = "aum"
WITHOUT = {  # keys that must be null -> why
    "stands_for": "the claims are about networks that are tested here",
    "neighbours": "a recording holds no inputs",
}


def is_recorded(dataset: Any) -> bool:
    """Whether a data set of a config is recorded; the config may be wrong."""
    source = dataset.get("source") if isinstance(dataset, dict) else None
    return isinstance(source, dict) and source.get("kind") == KIND


def put_in_defaults(config: dict) -> None:
    """Give recorded data sets, in place, the defaults that follow from their source: ensembles of
    all members, and the standard estimators that a recording allows. The config may be wrong.
    """
    datasets = config.get("datasets")
    for dataset in datasets.values() if isinstance(datasets, dict) else ():
        if not is_recorded(dataset):
            continue
        members, ensembles = dataset["source"].get("members"), dataset.get("ensembles", {})
        if type(members) is int and members > 0 and isinstance(ensembles, dict):
            dataset["ensembles"] = dict.fromkeys(Ensembles.model_fields, members) | ensembles
        names = dataset.setdefault("estimators", [DEFAULTS])
        if isinstance(names, list):
            of_all = [ONLY] if dataset["source"].get("missing") else STANDARD_ESTIMATORS
            expand(names, [name for name in of_all if ABSENT not in _needs(name)])


def _needs(estimator: str) -> tuple[str, ...]:
    return ESTIMATORS.literal(estimator, "NEEDS", ())


def recipes_for(dataset: Any, recipes: Iterable[str]) -> list[str]:
    """Return the recipes that a data set may name; for a recorded one only `recorded`."""
    return [RECIPE] if is_recorded(dataset) else [name for name in recipes if name != RECIPE]


def problems(
    name: str, datasets: Mapping[str, Any], sources: Mapping[str, str]
) -> Iterator[Problem]:
    """Yield a problem for each key that a recorded data set cannot have, and for data sets made
    from one.

    datasets: of the config, which may be wrong; sources: estimator -> what it reads.
    """
    dataset, where = datasets[name], ("datasets", name)
    of = (dataset.get("source") or {}).get("of", "")
    if is_recorded(datasets.get(of)):
        yield (
            (*where, "source", "of"),
            f"found {found(of)}, which is recorded and holds no inputs to train on, expected "
            "another data set",
        )
    if not is_recorded(dataset):
        return
    for key, because in WITHOUT.items():
        if dataset.get(key) is not None:
            yield (*where, key), f"found {found(dataset[key])}, expected null: {because}"
    for key in ("folds", "long_tailed", "splits"):
        if dataset.get(key):
            text = "expected []: nothing is trained on a recording"
            yield (*where, key), f"found {found(dataset[key])}, {text}"
    for index, estimator in enumerate(dataset.get("estimators") or []):
        if estimator in sources and (instead := _instead(estimator, dataset["source"], sources)):
            yield (*where, "estimators", index), f"found {found(estimator)}, expected {instead}"
    for use, size in (dataset.get("ensembles") or {}).items():
        members = dataset["source"].get("members")
        if members and size and size > members:
            yield (
                (*where, "ensembles", use),
                f"found {size}, expected at most {members}, the source's members",
            )
    for index, grid in enumerate(dataset.get("resampling") or []):
        if "smote" in ((grid or {}).get("over") or []):
            yield (
                (*where, "resampling", index, "over"),
                "found 'smote', which makes new inputs, expected samplers that choose existing "
                "ones: random, hard, easy",
            )


def _instead(estimator: str, source: Mapping, sources: Mapping[str, str]) -> str | None:
    """What to use in place of an estimator that cannot read this recording; None if it can."""
    reads, needs = sources[estimator], _needs(estimator)
    if reads == "out-of-fold":
        if source.get("held_out"):
            return None
        return "held_out: true in the source, if the recording has predictions held out"
    recorded = [name for name, read in sources.items() if read == "dynamics"]
    if reads != "dynamics":
        known = nearest(estimator, [name for name in recorded if ABSENT not in _needs(name)])
        return f"an estimator of the training dynamics, as {reads} are not recorded: {known}"
    if ABSENT in needs:
        return "el2n-train: a recording has no pass in eval mode after the probe epoch"
    if source.get("missing") and needs != (ONLY,):
        return f"only {ONLY}: if samples are missing in some epochs, no other is defined"
    return None
