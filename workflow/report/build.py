"""The report: one HTML file that opens offline, with the figures and tables that are there; it says
which are not.
"""

import base64
import importlib.metadata
import os
import platform
import struct
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import jinja2
from markupsafe import Markup

from hardness.analysis import evaluation
from hardness.core import artifacts

TEMPLATE = "report.html.jinja"
LOG_LINES = 15
# the overview of recorded networks
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
)


def versions() -> dict[str, str]:
    """The versions of Python and of the packages that results depend on."""
    return {"python": platform.python_version()} | {
        name: importlib.metadata.version(name) for name in PACKAGES
    }


def read_overview(
    path: str, recipe: str, log: str
) -> tuple[Sequence[tuple[str, str, str, str]], list[dict[str, str]]]:
    """The rows of the overview; and, where their file cannot be read, that as a missing part.

    path: evaluation/overall.csv; recipe: the base recipe; log: of the job that makes the file.
    """
    try:
        return evaluation.overview(artifacts.load_csv(path), recipe), []
    except (FileNotFoundError, artifacts.DamagedError) as error:
        name = "overall-evaluation"
        return [], [{"name": name, "path": path, "log": log, "problem": str(error)}]


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
) -> str:
    """The report as HTML; the same inputs give the same text.

    folder: where the report will lie; links are relative to it. header: facts below the title
    (recipe, members, ...).
    overview: rows of quantity, value, interval, note; may be empty. config: text. versions: name ->
    version.
    times: rows of text, the first one the header; may be empty.
    figures: mappings of name, number (or None), caption, and the paths png, pdf, csv, log.
    tables: mappings of name, number, caption, the paths csv, log, others to link (md, tex), and
    render, a function from the csv's DataFrame to HTML. missing: other files without which the
    study is not complete: name, path, log. Figures and tables whose files are missing or damaged
    get a placeholder with the last lines of their log.
    """
    figures = [_figure(figure, folder) for figure in figures]
    tables = [_table(table, folder) for table in tables]
    missing = [
        _part(part, folder) | {"problem": part.get("problem") or f"{part['path']} is missing."}
        for part in missing
    ]
    parts = [*missing, *tables, *figures]
    loader = jinja2.FileSystemLoader(Path(__file__).parent, encoding="utf-8")
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template(TEMPLATE).render(
        title=f"Hardness-based resampling: {dataset}",
        header=header,
        overview=overview,
        figures=figures,
        tables=tables,
        missing=missing,
        problems=[part for part in parts if part["problem"]],
        expected=len(parts),
        config=config,
        versions=versions,
        times=times,
    )


def _part(part: Mapping, folder: Path | str) -> dict:
    """What every part has: a title, links to its files, its log's end, and no problem yet."""
    title = (
        part["name"].replace("-", " ").capitalize().replace("Dlp against clp", "DLP against CLP")
    )
    links = [
        (kind, _link(part[kind], folder))
        for kind in ("pdf", "png", "csv", "md", "tex")
        if kind in part
    ]
    log = Path(part["log"])
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.is_file() else []
    tail = "\n".join(lines[-LOG_LINES:])
    known = {"anchor": part["name"], "title": title, "links": links, "tail": tail, "problem": None}
    return {"number": None, "caption": "", **part, **known}


def _link(path: Path | str, folder: Path | str) -> str:
    return Path(os.path.relpath(path, folder)).as_posix()


def _problem(read: Callable[[], dict]) -> dict:
    """What `read` returns, or why it could not read."""
    try:
        return read()
    except (FileNotFoundError, artifacts.DamagedError) as error:
        return {"problem": str(error)}


def _figure(figure: Mapping, folder: Path | str) -> dict:
    def read() -> dict:
        for kind in ("pdf", "csv", "png"):
            artifacts.check(figure[kind])
        image = Path(figure["png"]).read_bytes()
        width, height = struct.unpack(">II", image[16:24])  # the PNG's header; 120 pixels an inch
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
