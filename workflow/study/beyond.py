"""The networks of the comparisons that go beyond the paper on re-balancing: difficulty against
class sizes by hardness, and difficulty with flipped labels.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from hardness.sets.spec import FULL, PAPER, LongTail, Resampled, number

from .plan import Ensemble, Plan
from .settings.source import Noisy

SAMPLER, CONTROL = "difficulty", "uniform"
SCORE = "psi-difficulty"  # the estimator of the same quantity
FEWEST = 4  # networks that two disjoint ensembles need


def drawn_by(plan: Plan, recipe: str) -> str:
    """The sampler of a recipe."""
    return plan.recipe_params(recipe)["sampler"]["name"]


# Against class sizes by hardness


def rivals(plan: Plan, dataset: str) -> dict[str, Ensemble]:
    """Return the ensembles that are compared, by a name for each: plain, uniform (its control with
    replacement), difficulty, hardness-a1 and the like (the base recipe on sets resampled by the
    paper's hardness), both-a1. If several recipes share a sampler, the last one counts. Empty if
    no recipe that draws by difficulty is trained on full, or if nothing is resampled.
    """
    base, sets = plan.dataset(dataset).recipe, plan.sets(dataset)
    usual = plan.paper_suffix(dataset)
    found: dict[str, Ensemble] = {}
    for one in plan.ensembles(dataset):
        spec, sampler = sets[one.set], drawn_by(plan, one.recipe)
        named = {SAMPLER: SAMPLER, CONTROL: CONTROL}.get(sampler)
        if spec == FULL and (one.recipe == base or named):
            found[named or "plain"] = one
        elif isinstance(spec, Resampled) and _keeps_its_size(spec) and spec.suffix == usual:
            kind = "hardness" if one.recipe == base else "both" if sampler == SAMPLER else None
            if kind:
                found[f"{kind}-a{number(spec.setting)}"] = one
    by_hardness = any(name.startswith("hardness") for name in found)
    return found if SAMPLER in found and by_hardness else {}


def _keeps_its_size(spec: Resampled) -> bool:
    """Whether a set is as large as full, so that equal epochs are equal numbers of steps."""
    return (spec.mode, spec.over, spec.under) == (PAPER, "random", "easy")


# With flipped labels


class Compared(NamedTuple):
    """An ensemble of a data set. rate: the share of its training labels that are flipped."""

    rate: float
    dataset: str
    set: str
    recipe: str


def with_flips(plan: Plan, dataset: str) -> list[Compared]:
    """Return the ensembles on long-tailed sets of a data set with flipped labels, and those of the
    same recipes and sets on its source and on data sets made from that source with fewer flips.
    Empty if no recipe draws by difficulty.
    """
    source = plan.dataset(dataset).source
    own = set(_long_tailed(plan, dataset))
    if not isinstance(source, Noisy) or SAMPLER not in {drawn_by(plan, one.recipe) for one in own}:
        return []
    rates = {source.of: 0.0} | {
        name: other.source.rate
        for name, other in plan.study.datasets.items()
        if isinstance(other.source, Noisy)
        and other.source.model_copy(update={"rate": source.rate}) == source
        and other.source.rate <= source.rate
    }
    return [
        Compared(rate, name, *one)
        for name, rate in sorted(rates.items(), key=lambda item: item[1])
        for one in _long_tailed(plan, name)
        if one in own
    ]


def _long_tailed(plan: Plan, dataset: str) -> Iterator[Ensemble]:
    sets = plan.sets(dataset)
    return (one for one in plan.ensembles(dataset) if isinstance(sets[one.set], LongTail))


def difficulty_of(plan: Plan, recipe: str) -> dict[str, Any]:
    """Return c and the names of the two sums in own-pass.npz by which a recipe draws; the paper's
    for a recipe that does not draw by difficulty.
    """
    options = plan.recipe_params(recipe)["sampler"] if drawn_by(plan, recipe) == SAMPLER else {}
    prefix = "untrained_" if options.get("before") == "untrained" else ""
    return {"c": options.get("c", 1), "sums": [f"{prefix}du", f"{prefix}dl"]}


# Over networks


def scores_difficulty(plan: Plan, dataset: str) -> bool:
    """Whether difficulty is among a data set's scores, with enough networks for two halves."""
    settings = plan.dataset(dataset)
    return SCORE in settings.estimators and settings.ensembles.stability >= FEWEST
