"""Which scores are known after each epoch of a training. Light to import, for planning."""

from hardness.scoring.parts import ESTIMATORS, estimator_source

RUNNING = {"margin", "loss", "true_logit", "correct", "aum"}  # what is known after each epoch


def is_running(name: str) -> bool:
    """Whether an estimator's score after some epochs follows from the record of those epochs."""
    needs = {*ESTIMATORS.literal(name, "NEEDS", ())}
    return estimator_source(name) == "dynamics" and needs <= RUNNING
