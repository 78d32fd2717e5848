"""The measure of a claim, by its name.

A measure is a public function of one of the modules in SUBJECTS; claims.yaml uses the function's
name. It takes frames, study, and the arguments that the claim gives, and returns what it measured.
Other functions of these modules begin with an underscore.
"""

import inspect
from collections.abc import Callable

from hardness.core.names import nearest
from hardness.evidence.measures import (
    appendix,
    beyond,
    effects,
    rebalancing,
    recall,
    samples,
    sizes,
    stability,
    unlabelled,
)
from hardness.evidence.measures._values import Measured

SUBJECTS = (sizes, recall, stability, effects, samples, appendix, rebalancing, beyond, unlabelled)
Measure = Callable[..., Measured]
MEASURES: dict[str, Measure] = {
    name: function
    for module in SUBJECTS
    for name, function in inspect.getmembers(module, inspect.isfunction)
    if function.__module__ == module.__name__ and not name.startswith("_")
}


def find(name: str) -> Measure:
    """The measure of this name. Raises ValueError with the nearest name if there is none."""
    if name not in MEASURES:
        raise ValueError(f"unknown measure {name!r}: {nearest(name, MEASURES)}")
    return MEASURES[name]


def arguments(measure: Measure) -> dict[str, bool]:
    """A measure's arguments beside frames and study: name -> whether a claim must give it."""
    _, _, *parameters = inspect.signature(measure).parameters.values()
    return {given.name: given.default is given.empty for given in parameters}
