"""A dense layer from the features to the outputs; scale: the factor of weight times feature."""

from hardness.training.layers import Linear


def head(members: int, inputs: int, outputs: int, bias: bool = True, scale: float = 1) -> Linear:
    return Linear(members, inputs, outputs, bias, scale)
