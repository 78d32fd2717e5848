"""The share of epochs in which a sample is right: a proxy of the C-score (Jiang et al. 2021).

Ties are broken by AUM, as those of forgetting are.
"""

DIRECTION = "down"
SOURCE = "dynamics"
NEEDS = ("correct", "aum")


def score(dynamics):
    return dynamics.correct.mean(axis=1)


def keys(dynamics):
    return -dynamics.aum[None]
