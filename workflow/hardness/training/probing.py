"""The epoch after which EL2N is probed. Nothing here imports torch, because rules use it."""


def probe_epoch(recipe: dict) -> int:
    """The number of epochs after which EL2N is probed: the recipe's probe_epoch; if that is None, a
    tenth of the epochs, as in Paul et al. (20 of 200), at least 1.
    """
    return recipe["probe_epoch"] or max(1, round(recipe["epochs"] / 10))
