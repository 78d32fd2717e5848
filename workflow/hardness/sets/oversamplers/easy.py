"""Repeat samples of the class, drawn with replacement; the easiest about twice as often as the
hardest (Eq. 7).
"""

from hardness.sets.resampling import rank_probabilities

NEEDS = 1


def sample(inputs, members, hardness_order, count, rng):
    return rng.choice(hardness_order, size=count, p=rank_probabilities(len(hardness_order))), None
