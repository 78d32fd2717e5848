"""The epoch after which EL2N is probed. Nothing here imports torch: rules ask for it."""


def probe_epoch(recipe: dict) -> int:
    """The number of epochs after which EL2N is probed: 20 of 200 (Paul et al.), the same share of
    other lengths.
    """
    return recipe["probe_epoch"] or max(1, round(recipe["epochs"] / 10))
