"""What the project's own exceptions share. Each is defined beside what raises it."""


class HardnessError(Exception):
    """Something that a user can put right. The message says what is wrong, and what to do."""
