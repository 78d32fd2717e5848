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


def test_what_users_call_has_examples():
    called = {"recorder", "core.logits", "scoring.scores", "sets.allocation", "sets.pruning"}
    assert {f"hardness.{name}" for name in called} <= set(WITH_EXAMPLES)
