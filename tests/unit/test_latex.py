"""Tables in LaTeX: complete, and compiled if LaTeX is installed."""

import re
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest
import yaml

from hardness.evidence import latex
from hardness.evidence.parts import TABLES

CLAIMS = Path(__file__).resolve().parents[2] / "workflow" / "claims.yaml"
STUDY = {"dataset": "toy", "base_recipe": "cnn", "stands_for": "cifar10"}
DOCUMENT = r"""\documentclass{article}
\usepackage{booktabs,graphicx,longtable,array}
\begin{document}
%s
\end{document}
"""


def all_claims():
    """claims.csv with every claim of the paper, its own words and notes."""
    claims = yaml.safe_load(CLAIMS.read_text(encoding="utf-8"))
    verdicts = ("reproduced", "not reproduced", "undecided")
    rows = [
        {
            "claim": claim["claim"], "where": claim.get("where", ""), "headline": number < 3,
            "note": claim.get("note", ""), "published": str(claim.get("published", "")),
            "verdict": verdicts[number % 3], "because": "members" if number % 3 == 2 else "",
            "unit": claim.get("unit", ""), "found": 0.5, "low": 0.25, "high": None,
            "if_true": 0.9, "if_null": 0.05, "kind": "finding", "recipe": "cnn",
        }
        for number, claim in enumerate(claims["claims"] if "claims" in claims else claims)
    ]  # fmt: skip
    return pd.DataFrame(rows)


class Short:
    """A table that fits on a page, in all the signs that tables have."""

    NUMBER = None

    @staticmethod
    def caption(table, study):
        return "±†−≥≤<>×–\\~^_%&#${}αλρτ é"

    @staticmethod
    def sections(table, study):
        yield "first", ["a_b", "50%"], [["**±1**", "<0.001"], ["é", "x & y"]]
        yield "", ["long"], [["word " * 20]] * 3
        yield "many", ["n", "square"], [[str(n), str(n * n)] for n in range(120)]


def structure(text):
    """Whether every \\begin has its \\end, innermost first."""
    open_ones = []
    for kind, name in re.findall(r"\\(begin|end)\{([a-z*]+)\}", text):
        if kind == "begin":
            open_ones.append(name)
        else:
            assert open_ones.pop() == name
    assert open_ones == []
    assert text.count(r"\begingroup") == text.count(r"\endgroup")
    plain = re.sub(r"\\[{}]", "", text)
    assert plain.count("{") == plain.count("}")


def compiled(text, folder):
    """The text of LaTeX's log. Fails where it finds an error."""
    (folder / "tables.tex").write_text(DOCUMENT % text, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "tables.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]
    return (folder / "tables.log").read_text(encoding="utf-8", errors="replace")


def test_long_tables_go_over_pages_and_short_ones_do_not(monkeypatch):
    monkeypatch.setattr(TABLES, "find", lambda name: Short)
    text = latex.latex("short", pd.DataFrame(), {})
    structure(text)
    assert text.count(r"\begin{longtable}") == 2 and text.count(r"\begin{tabular}") == 1
    assert text.count(r"\endhead") == 2  # the header comes again on each page
    assert r"14161 \\" in text  # no row is lost


def test_all_claims_are_one_long_table_each_verdict():
    table = all_claims()
    assert len(table) > 80
    text = latex.latex("claims", table, STUDY)
    structure(text)
    assert text.count(r"\begin{longtable}") == 3 and r"\begin{tabular}" not in text
    rows = [line for line in text.splitlines() if line.endswith(r"\\") and " & " in line]
    assert len(rows) == len(table) + 2 * 3  # a header on the first page, one on the others
    assert all(len(re.findall(r"(?<!\\)&", row)) == 6 for row in rows)


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="there is no LaTeX here")
def test_tables_compile(tmp_path, monkeypatch):
    claims = latex.latex("claims", all_claims(), STUDY)
    monkeypatch.setattr(TABLES, "find", lambda name: Short)
    log = compiled(claims + "\n" + latex.latex("short", pd.DataFrame(), {}), tmp_path)
    assert "Missing character" not in log
    overfull = [float(width) for width in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)]
    assert not [width for width in overfull if width > 40], overfull
