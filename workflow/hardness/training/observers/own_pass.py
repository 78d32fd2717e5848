"""A pass after each epoch over the rows of each member's training set, in its order."""

from hardness.training.observers._passes import Pass
from hardness.training.protocols import Setting


def observer(setting: Setting) -> Pass:
    return Pass(setting, own=True)
