"""Repeat samples of the class, drawn uniformly with replacement."""

NEEDS = 1


def sample(inputs, members, hardness_order, count, rng):
    return rng.choice(members, size=count), None
