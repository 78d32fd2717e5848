"""Repeat samples of the class, drawn with replacement; the hardest about twice as often as the
easiest (Eq. 7).
"""

from hardness.sets.resampling import rank_probabilities

NEEDS = 1


def sample(inputs, members, hardness_order, count, rng):
    hardest_first = hardness_order[::-1]
    return rng.choice(hardest_first, size=count, p=rank_probabilities(len(hardest_first))), None
