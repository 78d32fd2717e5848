"""Build the report: one HTML file that opens offline, with all existing figures and tables; it
names the missing ones.
"""

import base64
import importlib.metadata
import os
import platform
import re
import struct
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files as files_of
from pathlib import Path

import jinja2
import pandas as pd
from markupsafe import Markup

from hardness.analysis import evaluation
from hardness.core import artifacts
from report.findings import Finding
from report.lists import NOTHING, Lists, Table

HERE = Path(__file__).parent
TEMPLATE = "report.html.jinja"
PLACED = ("confusion", "data-map", "gallery-by-class")  # figures shown in a section of their own
LOG_LINES = 15
ACRONYMS = re.compile(r"\b(dlp|clp|msd)\b", re.IGNORECASE)  # in the names of figures
# the overview if networks were recorded
NOT_TESTED = (
    ("Tests", "none", "", "The networks were trained elsewhere; they are not tested here."),
)
PACKAGES = (
    "snakemake",
    "torch",
    "torchvision",
    "numpy",
    "pandas",
    "scipy",
    "scikit-learn",
    "imbalanced-learn",
    "matplotlib",
    "seaborn",
    "itables",
)


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that results depend on."""
    return {"python": platform.python_version()} | {
        name: importlib.metadata.version(name) for name in PACKAGES
    }


def read_frames(
    files: Mapping[str, str], optional: Mapping[str, str]
) -> tuple[dict[str, pd.DataFrame], list[dict[str, str]]]:
    """Read csv files. Returns the frames by name, and the files that cannot be read as missing
    parts.

    optional: further files, which do not count as missing parts if they do not exist.
    """
    frames, unread = {}, []
    for name, path in {**files, **optional}.items():
        try:
            frames[name] = artifacts.read_csv(path)
        except FileNotFoundError as error:
            if name in files:
                unread.append({"name": name, "path": path, "log": "", "problem": str(error)})
        except artifacts.DamagedError as error:
            unread.append({"name": name, "path": path, "log": "", "problem": str(error)})
    return frames, unread


def overview_of(
    frames: Mapping[str, pd.DataFrame], planned: bool, recipe: str
) -> Sequence[tuple[str, str, str, str]]:
    """Return the rows of the overview. planned: whether evaluation/overall.csv is planned (recorded
    networks are not tested); recipe: the base recipe.
    """
    if "overall" in frames:
        return evaluation.overview(frames["overall"], recipe)
    return [] if planned else NOT_TESTED


def build(
    folder: Path | str,
    dataset: str,
    header: Mapping[str, str],
    overview: Sequence[tuple[str, str, str, str]],
    figures: Sequence[Mapping],
    tables: Sequence[Mapping],
    config: str,
    versions: Mapping[str, str],
    times: Sequence[Sequence[str]],
    missing: Sequence[Mapping] = (),
    findings: Sequence[Finding] = (),
    lists: Lists = NOTHING,
    numbered: bool = True,
) -> str:
    """Return the report as HTML; the same inputs give the same text.

    folder: where the report will lie; links are relative to it.
    header: facts below the title (recipe, members, ...).
    overview: rows of quantity, value, interval, note; may be empty.
    figures: mappings with name, number (or None), caption, and the paths png, pdf, csv, log.
    tables: mappings with name, number, caption, meaning, leads (whether it opens the report), the
    paths csv, log, others to link (md, tex), and render, a function from the csv's DataFrame to
    HTML. Figures and tables whose files are missing or damaged get a placeholder with the last
    lines of their log.
    config: text; versions: name -> version; times: rows of text, of which the first is the header;
    may be empty.
    missing: other files without which the study is incomplete: name, path, log.
    findings: in words; lists: of samples and classes; numbered: whether to show the paper's numbers
    of figures and tables.
    """
    figures = [_figure(figure, folder) for figure in figures]
    tables = [_table(table, folder) for table in tables]
    missing = [_missing(part, folder) for part in missing]
    parts = [*missing, *tables, *figures]
    loader = jinja2.FileSystemLoader(HERE, encoding="utf-8")
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template(TEMPLATE).render(
        title=f"{dataset}: which samples and classes are hard",
        assets=_assets(),
        header=header,
        findings=findings,
        lists=lists,
        numbered=numbered,
        shown=_shown,
        overview=overview,
        placed=dict.fromkeys(PLACED) | {one["name"]: one for one in figures},
        figures=[figure for figure in figures if figure["name"] not in PLACED],
        leading=[table for table in tables if table["leads"]],
        tables=[table for table in tables if not table["leads"]],
        missing=missing,
        problems=[part for part in parts if part["problem"]],
        expected=len(parts),
        config=config,
        versions=versions,
        times=times,
    )


def _assets() -> dict[str, Markup]:
    """The styles and scripts in the page: ours, and those of DataTables."""
    bundle = files_of("itables") / "html"
    assets = {
        "css": HERE / "report.css",
        "js": HERE / "report.js",
        "datatables_css": bundle / "dt_bundle.css",
        "datatables_js": bundle / "dt_bundle.js",
    }
    return {name: Markup(path.read_text(encoding="utf-8")) for name, path in assets.items()}


def _shown(table: Table, path: str) -> Markup:
    """Say where a table's csv lies, and how many of its rows the page shows."""
    link = Markup('<a href="{}">{}</a>').format(path, path)
    if len(table.rows) == table.total:
        return Markup("As a file: {}.").format(link)
    text = Markup("The page has the first {} of {} rows; all are in {}.")
    return text.format(f"{len(table.rows):,}", f"{table.total:,}", link)


def _part(part: Mapping, folder: Path | str) -> dict:
    """The values that every part has: title, links to its files, the end of its log; no problem."""
    title = ACRONYMS.sub(lambda word: word[0].upper(), part["name"].replace("-", " ").capitalize())
    links = [
        (kind, _link(part[kind], folder))
        for kind in ("pdf", "png", "csv", "md", "tex")
        if kind in part
    ]
    log = Path(part["log"])
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.is_file() else []
    tail = "\n".join(lines[-LOG_LINES:])
    known = {"anchor": part["name"], "title": title, "links": links, "tail": tail, "problem": None}
    return {"number": None, "caption": "", "meaning": "", "leads": False, **part, **known}


def _missing(part: Mapping, folder: Path | str) -> dict:
    problem = part.get("problem") or f"{part['path']} is missing."
    return _part(part, folder) | {"problem": problem}


def _link(path: Path | str, folder: Path | str) -> str:
    return Path(os.path.relpath(path, folder)).as_posix()


def _problem(read: Callable[[], dict]) -> dict:
    """Return what `read` returns, or why it failed."""
    try:
        return read()
    except (FileNotFoundError, artifacts.DamagedError) as error:
        return {"problem": str(error)}


def _figure(figure: Mapping, folder: Path | str) -> dict:
    def read() -> dict:
        for kind in ("pdf", "csv", "png"):
            artifacts.check(figure[kind])
        image = Path(figure["png"]).read_bytes()
        width, height = struct.unpack(">II", image[16:24])  # the PNG's header; 120 pixels per inch
        return {
            "image": base64.b64encode(image).decode(),
            "width": width * 3 // 5,
            "height": height * 3 // 5,
        }

    part = _part(figure, folder)
    return part | {"alt": part["caption"].split(". ")[0].rstrip(".") + "."} | _problem(read)


def _table(table: Mapping, folder: Path | str) -> dict:
    def read() -> dict:
        return {"html": Markup(table["render"](artifacts.read_csv(table["csv"])))}

    part = _part(table, folder)
    # a figure may have the same name
    return part | {"anchor": f"table-{part['name']}"} | _problem(read)
