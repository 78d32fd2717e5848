"""docs/figures.md: every figure and table of the paper with the name of its counterpart here."""

import re
from pathlib import Path

from hardness.evidence.parts import FIGURES, TABLES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "figures.md"
ROW = re.compile(r"\| (Fig\.|Table) (\w+) \|(.*?)\| (.*) \|")
KINDS = {"Fig.": FIGURES, "Table": TABLES}
DRAWING = "2"  # of the method, not of results


def rows():
    """(kind, number, names, what differs) of each row."""
    found = [ROW.fullmatch(line) for line in PAGE.read_text(encoding="utf-8").splitlines()]
    parts = [match.groups() for match in found if match]
    return [(kind, number, re.findall("`(.*?)`", here), why) for kind, number, here, why in parts]


def numbers_of(registry):
    """The paper's number -> the names of the parts that say that they show it."""
    found: dict[str, set[str]] = {}
    for name in registry.names():
        for number in (registry.find(name).NUMBER or "").split(", "):
            found.setdefault(number, set()).add(name)
    return found


def test_every_figure_and_table_of_the_paper_has_one_row():
    places = [(kind, number) for kind, number, _, _ in rows()]
    figures = [("Fig.", str(number)) for number in range(1, 19)]
    assert places == [*figures, ("Table", "I"), ("Table", "II")]
    assert all(why for *_, why in rows())


def test_the_names_are_those_of_the_catalog_and_say_the_same_numbers():
    for kind, number, names, _ in rows():
        assert set(names) == numbers_of(KINDS[kind]).get(number, set()), number
        assert names or number == DRAWING, number
