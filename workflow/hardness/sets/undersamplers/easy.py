"""Drop the easiest samples of the class."""


def keep(hardness_order, count):
    return hardness_order[len(hardness_order) - count :]
