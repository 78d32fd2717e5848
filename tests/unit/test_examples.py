"""The examples in the package's docstrings."""

import doctest
import importlib
from pathlib import Path

import pytest

import hardness

PACKAGE = Path(hardness.__path__[0])
WITH_EXAMPLES = sorted(
    ".".join(("hardness", *path.relative_to(PACKAGE).with_suffix("").parts))
    for path in PACKAGE.rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_say_what_happens(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted and not result.failed


# What the pages name for a user's own code: each public function and class of these has an example
CALLED = (
    "recorder", "trainingset", "core.logits", "scoring.ranks", "scoring.scores", "sets.pruning",
    "sets.resampling", "sets.explain", "evidence.exports",
)  # fmt: skip
WITHOUT = {  # what others of these return, raise or use; of resample the module has one
    "RecordingError", "Scores", "random_keys", "checked_order", "places", "datalab", "resample",
}  # fmt: skip


@pytest.mark.parametrize("name", CALLED)
def test_what_users_call_has_examples(name):
    module = importlib.import_module(f"hardness.{name}")
    public = {
        key: value
        for key, value in vars(module).items()
        if not key.startswith("_") and getattr(value, "__module__", "") == module.__name__
    }
    assert public
    bare = {key for key, value in public.items() if callable(value) and ">>>" not in value.__doc__}
    assert bare <= WITHOUT
