"""The base of the project's own exceptions."""


class HardnessError(Exception):
    """Something that the study cannot do, with a message for its user."""
