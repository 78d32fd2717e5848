"""The study's tables in LaTeX, with the packages booktabs, graphicx, longtable and array."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from hardness.evidence.parts import TABLES
from hardness.evidence.tabulation import BOLD, LONG

if TYPE_CHECKING:
    import pandas as pd

PACKAGES = "% needs the packages booktabs, graphicx, longtable and array"
ROWS = 45  # rows that fit on a page
LINE = 95  # characters that fit on a line of a table with long texts
LONGEST = 200  # characters: a longer cell does not make its column wider
TEX = {
    "±": r"$\pm$",
    "†": r"$\dagger$",
    "\N{MINUS SIGN}": "$-$",
    "≥": r"$\ge$",
    "≤": r"$\le$",
    "<": "$<$",
    ">": "$>$",
    "×": r"$\times$",
    "–": "--",
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
TEX |= {sign: f"\\{sign}" for sign in "_%&#${}"}
TEX |= {
    letter: rf"$\{name}$"
    for letter, name in {"α": "alpha", "λ": "lambda", "ρ": "rho", "τ": "tau"}.items()
}


def latex(name: str, table: "pd.DataFrame", study: dict) -> str:
    """One table* per section; a longtable if it has long texts, or more rows than fit on a page."""
    lines, caption = [PACKAGES], TABLES.find(name).caption(table, study)
    for title, header, rows in TABLES.find(name).sections(table, study):
        text = ". ".join(part.rstrip(".") for part in (title, caption) if part)
        longest = max((len(cell) for row in rows for cell in row), default=0)
        written = _over_pages if longest > LONG or len(rows) > ROWS else _on_a_page
        lines += [*written(f"{tex(text)}.", header, rows), ""]
        caption = ""  # once
    return "\n".join(lines)


def _on_a_page(caption: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield from (r"\begin{table*}", r"\centering", rf"\caption{{{caption}}}")
    yield r"\resizebox{\textwidth}{!}{%"
    yield rf"\begin{{tabular}}{{l{'r' * (len(header) - 1)}}}"
    yield from (r"\toprule", _row(header), r"\midrule", *map(_row, rows), r"\bottomrule")
    yield from (r"\end{tabular}}", r"\end{table*}")


def _over_pages(
    caption: str, header: Sequence[str], rows: Sequence[Sequence[str]]
) -> Iterator[str]:
    widths = _widths([*zip(header, *rows, strict=True)])
    columns = "".join(
        r">{\raggedright\arraybackslash}p{\dimexpr "
        rf"{width:.3f}\linewidth-2\tabcolsep\relax}}"
        for width in widths
    )
    yield r"\begingroup\scriptsize\setlength{\tabcolsep}{3pt}"
    yield from (rf"\begin{{longtable}}{{{columns}}}", rf"\caption{{{caption}}}\\")
    yield from (r"\toprule", _row(header), r"\midrule", r"\endfirsthead")
    yield from (r"\toprule", _row(header), r"\midrule", r"\endhead")
    yield from (r"\bottomrule", r"\endfoot", *map(_row, rows))
    yield from (r"\end{longtable}", r"\endgroup")


def _widths(columns: Sequence[Sequence[str]]) -> list[float]:
    """Shares of the line's width: each column gets its longest word, and the rest is shared in
    proportion to the columns' longest cells.
    """
    words = [
        max(len(word) for cell in column for word in [*cell.split(), ""]) for column in columns
    ]
    lengths = [min(max(map(len, column)), LONGEST) for column in columns]
    rest = max(LINE - sum(words), 0)
    letters = [
        word + 2 + rest * length / max(sum(lengths), 1)
        for word, length in zip(words, lengths, strict=True)
    ]
    return [0.999 * one / sum(letters) for one in letters]


def _row(cells: Sequence[str]) -> str:
    return " & ".join(map(tex, cells)) + r" \\"


def tex(text: str) -> str:
    """A text with LaTeX's special characters escaped.

    >>> print(tex("50% ± 2"))
    50\\% $\\pm$ 2
    """
    if text.startswith(BOLD):
        return rf"\textbf{{{tex(text.removeprefix(BOLD).removesuffix(BOLD))}}}"
    return "".join(TEX.get(letter, letter) for letter in text)
