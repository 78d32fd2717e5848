"""Which estimators, recipes and members the sensitivity of a data set's scores can be computed
for, given what is recorded of its training.
"""

from hardness.scoring.parts import estimator_source
from hardness.scoring.running import is_running
from hardness.sets.spec import FULL
from hardness.training.parts import SAMPLERS, observers

from .plan import Plan
from .recordings import RECIPE as RECORDED


def of_dynamics(plan: Plan, dataset: str) -> list[str]:
    """Return the data set's estimators that read the training dynamics."""
    names = plan.dataset(dataset).estimators
    return [name for name in names if estimator_source(name) == "dynamics"]


def running(plan: Plan, dataset: str) -> list[str]:
    """Return the estimators that are known after each epoch; none if samples are missing in some
    epochs, or if there is only one epoch.
    """
    recipe = plan.dataset(dataset).recipe
    if not plan.has_every_epoch(dataset) or (recipe != RECORDED and plan.recipe(recipe).epochs < 2):
        return []
    return [name for name in of_dynamics(plan, dataset) if is_running(name)]


def recipes(plan: Plan, dataset: str) -> list[str]:
    """Return the recipes that are trained on full and record every sample in every epoch, the base
    recipe first.
    """
    asked = [one.recipe for one in plan.asked_ensembles(dataset) if one.set == FULL.name]
    known = dict.fromkeys([plan.dataset(dataset).recipe, *asked, *plan.unlabelled(dataset)])
    return [recipe for recipe in known if recipe == RECORDED or _records(plan, recipe)]


def _records(plan: Plan, recipe: str) -> bool:
    replaces = SAMPLERS.literal(plan.recipe(recipe).sampler.name, "REPLACES")
    return "dynamics" in observers(plan.recipe_params(recipe)) and not replaces


def members(plan: Plan, dataset: str) -> int:
    """Return how many members of each recipe are compared: the most that all recipes have, up to
    ensembles.hardness.
    """
    if not plan.trains(dataset):
        return plan.dataset(dataset).ensembles.hardness
    sizes = [plan.members(dataset, FULL.name, recipe) for recipe in recipes(plan, dataset)]
    return min(plan.dataset(dataset).ensembles.hardness, *sizes)


def blocks(plan: Plan, dataset: str) -> list[tuple[str, str]]:
    """Return (recipe, path of dynamics.npz) for each block of these members."""
    wanted = members(plan, dataset)
    return [
        (recipe, path)
        for recipe in recipes(plan, dataset)
        for path in plan.blocks(dataset, FULL.name, recipe, "dynamics.npz", wanted)
    ]
