"""The study's tables: one file each, found by its name; and one way to write each in Markdown and
HTML (in LaTeX: latex.py).

A table's file holds NUMBER (the paper's table number, or None); INPUTS (what it is made from; see
parts.py); `table(frames, study) -> DataFrame`, the csv; `meaning(table, study) -> str`, the result
in one line; `caption(table, study) -> str`, how to read it; and `sections(table, study)`, which
yields what readers see: a title, a header and rows of text, once or more. frames maps the names of
INPUTS to DataFrames; study is that of the figures.
"""

import html as markup
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hardness.core import artifacts
from hardness.evidence.parts import TABLES

if TYPE_CHECKING:
    import pandas as pd
LONG = 40  # characters that fit on one line of a cell of the report
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
BOLD = "**"  # around a cell that stands out


def markdown(name: str, table: "pd.DataFrame", study: dict) -> str:
    lines = [TABLES.find(name).caption(table, study), ""]
    for title, header, rows in TABLES.find(name).sections(table, study):
        lines += [f"**{title}**", ""] if title else []
        lines += [_markdown_row(header), "|---|" + "---:|" * (len(header) - 1)]
        lines += [*map(_markdown_row, rows), ""]
    return "\n".join(lines)


def _markdown_row(texts: Iterable[str]) -> str:
    return "| " + " | ".join(text.replace("|", r"\|") for text in texts) + " |"


def html(name: str, table: "pd.DataFrame", study: dict) -> str:
    """One <table> per section, for the report (which adds the caption). Each scrolls by itself, and
    can be sorted by the numbers at the beginning of its cells.
    """
    return "\n".join(
        table_html(title or name.replace("-", " "), title, header, rows)
        for title, header, rows in TABLES.find(name).sections(table, study)
    )


def table_html(label: str, title: str, header: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    """A table as HTML. label: its name; title: the words above it, if any; rows: of texts."""
    head = "".join(f'<th scope="col">{markup.escape(text)}</th>' for text in header)
    body = "".join(
        f'<tr><th scope="row"{_width(row[0])}>{_html(row[0])}</th>'
        f"{''.join(f'<td{_order(text)}{_width(text)}>{_html(text)}</td>' for text in row[1:])}</tr>"
        for row in rows
    )
    caption = f"<caption>{markup.escape(title)}</caption>" if title else ""
    region = f'<div class="scroll" tabindex="0" role="region" aria-label="{markup.escape(label)}">'
    table = f"{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'{region}<table class="sorts">{table}</table></div>'


def _width(text: str) -> str:
    """A class for texts that must be broken into lines."""
    return ' class="long"' if len(text) > LONG else ""


def _order(text: str) -> str:
    """The sort key of a cell that begins with a number and is no long text. The typographic minus
    sign counts as a minus.
    """
    if len(text) > LONG:
        return ""
    number = NUMBER.match(text.removeprefix(BOLD).replace("\N{MINUS SIGN}", "-"))
    return f' data-order="{float(number[0])}"' if number else ""


def _html(text: str) -> str:
    if text.startswith(BOLD):
        return f"<strong>{_html(text.removeprefix(BOLD).removesuffix(BOLD))}</strong>"
    return markup.escape(text)


def described(name: str, path: Path | str, study: dict) -> dict:
    """A table's number in the paper, its result in one line, its caption and its HTML for the
    report, from its csv if that exists.
    """
    module, text, meaning = TABLES.find(name), "", ""
    try:
        table = artifacts.read_csv(path)
        text, meaning = module.caption(table, study), module.meaning(table, study)
    except (FileNotFoundError, artifacts.DamagedError):
        pass  # the report says what is wrong with the file
    return {
        "number": module.NUMBER,
        "leads": getattr(module, "LEADS", False),
        "meaning": meaning,
        "caption": text,
        "render": lambda table: html(name, table, study),
    }
