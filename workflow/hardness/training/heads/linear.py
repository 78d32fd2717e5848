"""A dense layer from the features to the outputs."""

from hardness.training.layers import Linear


def head(members: int, inputs: int, outputs: int) -> Linear:
    return Linear(members, inputs, outputs)
