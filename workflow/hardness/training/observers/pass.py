"""A pass after each epoch over all rows of the data set's training part, trained on or not."""

from hardness.training.observers._passes import Pass
from hardness.training.protocols import Setting


def observer(setting: Setting) -> Pass:
    return Pass(setting, own=False)
