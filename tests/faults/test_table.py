"""docs/faults.md names a test for every fault."""

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
FILES = {
    **{
        name[0].upper(): TESTS / "faults" / f"test_{name}.py"
        for name in ("killed", "bad_input", "disk", "machine", "locale")
    },
    "R": TESTS / "workflow" / "test_driver.py",
    "E": TESTS / "workflow" / "test_end_to_end.py",
    "F": TESTS / "workflow" / "test_outlook.py",
    "O": TESTS / "workflow" / "test_own_images.py",
    "N": TESTS / "workflow" / "test_own_tables.py",
    "I": TESTS / "unit" / "test_imagefolder.py",
    "P": TESTS / "unit" / "test_resampling.py",
    "W": TESTS / "unit" / "test_own_parts.py",
    "C": TESTS / "unit" / "test_recorder.py",
    "Y": TESTS / "unit" / "test_recordings.py",
    "X": TESTS / "workflow" / "test_export.py",
    "U": TESTS / "workflow" / "test_module.py",
    **{
        name[0].upper(): TESTS / "unit" / f"test_{name}.py"
        for name in ("artifacts", "store", "training")
    },
}


def test_every_line_names_tests_that_exist():
    rows = re.findall(
        r"^\|.*\| ([^|]+) \|$", (TESTS.parent / "docs" / "faults.md").read_text(), re.MULTILINE
    )
    named = [
        one.split(" ") for row in rows if row not in ("test", "---") for one in row.split(", ")
    ]
    assert len(named) > 40
    there = {
        letter: re.findall(r"^def test_(\w+)", path.read_text(), re.MULTILINE)
        for letter, path in FILES.items()
    }
    assert [
        one for one in named if not any(name.startswith(one[1]) for name in there[one[0]])
    ] == []
