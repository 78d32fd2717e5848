"""The project's pages: their links work, and their statements about the code are true."""

import csv
import re
import subprocess
import textwrap
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md",
    ROOT / "config" / "README.md", ROOT / "results" / "README.md", *sorted(ROOT.glob("docs/*.md")),
]  # fmt: skip
REPRODUCED = sorted(ROOT.glob("docs/reproduction/*/README.md"))
LINK = re.compile(r"\]\(([^)#:]+)(?:#([\w-]+))?\)")


def anchors(page):
    """The anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title).lower().replace(" ", "-") for title in titles}


@pytest.mark.parametrize(
    "page", [*PAGES, *REPRODUCED], ids=lambda page: page.relative_to(ROOT).as_posix()
)
def test_links_lead_to_what_is_there(page):
    for target, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        path = page.parent / target
        assert path.exists(), target
        if anchor and path.suffix == ".md":
            assert anchor in anchors(path), f"{target}#{anchor}"


def test_every_page_is_led_to_from_the_readme():
    linked = {target for target, _ in LINK.findall(PAGES[0].read_text(encoding="utf-8"))}
    pages = {page.relative_to(ROOT).as_posix() for page in PAGES[1:]}
    assert pages - linked == set()


def test_the_readme_can_be_read_in_five_minutes():
    words = PAGES[0].read_text(encoding="utf-8").split()
    assert len(words) < 1200


def test_every_figure_and_table_stands_in_the_list():
    from hardness.evidence.parts import FIGURES, TABLES

    text = (ROOT / "docs" / "figures.md").read_text(encoding="utf-8")
    listed = text.split("## All figures and tables")[1]
    figures, tables = listed.split("| **table** |")
    for registry, part in ((FIGURES, figures), (TABLES, tables)):
        named = set(re.findall(r"[a-z0-9-]+", " ".join(re.findall(r"^\| (.+?) \|", part, re.M))))
        full = {name for name in registry.names() if name not in named}
        assert full <= {"estimator-clusters-by-classes"}, full  # "..-by-samples, -by-classes"


def test_the_hook_before_commits_is_the_projects_own_lint():
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert [repo["repo"] for repo in config["repos"]] == ["local"]  # nothing is downloaded
    (hook,) = config["repos"][0]["hooks"]
    assert hook["entry"] == "make lint" and hook["language"] == "system"
    make = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^lint: ", make, re.MULTILINE)


def test_the_commands_of_the_pages_are_targets_of_make():
    make = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", make, re.MULTILINE))
    named = set()
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        named |= set(re.findall(r"^ {4,}make ([a-z-]+)", text, re.MULTILINE))
        named |= set(re.findall(r"`make ([a-z-]+)[ `]", text))
    assert {"study", "export", "describe", "schema"} <= named and named <= targets


def test_make_says_each_of_its_targets(tmp_path):
    done = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=60
    )
    make = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", make, re.MULTILINE)) - {"help", "setup"}
    assert all(f"make {target} " in done.stdout for target in targets)


def test_the_glossary_says_which_way_a_score_is_hard_as_the_estimators_do():
    from hardness.scoring.parts import ESTIMATORS

    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| [^|]+ \| (`[^|]+`) \| (low|high) \|", text, re.MULTILINE)
    said = {name: way for names, way in rows for name in re.findall(r"`([^`]+)`", names)}
    assert {"aum", "el2n", "forgetting", "msd", "lgn", "dnoc"} <= {*said}
    ways = {name: {"up": "high", "down": "low"}[ESTIMATORS.find(name).DIRECTION] for name in said}
    assert said == ways


def test_the_page_on_hardness_without_labels_says_what_the_embedded_study_makes():
    from study import catalog
    from study.config import load
    from study.plan import Plan

    plan, embedded = Plan(load(ROOT)), "digits-unlabelled"
    assert embedded in plan.study.study.datasets
    parts = (catalog.figures(plan), catalog.tables(plan))
    made = {Path(file).stem for part in parts for file in part.files(embedded)}
    text = (ROOT / "docs" / "unlabelled.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (?:figure|table)[^`|]* `([\w-]+)`.* \| (yes|no)[^|]* \|$", text, re.M)
    assert len(rows) == 8 and {name for name, answer in rows if answer == "yes"} <= made
    assert not {name for name, answer in rows if answer == "no"} & made


def test_the_table_of_all_estimators_has_every_reproduced_data_set():
    """benchmarks/appendix_table.py makes it anew from the data sets' own tables."""

    def rows(path):
        with path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def number(text):
        return f"{float(text):.6g}" if text else ""

    folder, keys = ROOT / "docs" / "reproduction", ("setting", "space", "estimator")
    expected = {
        (path.parts[-3], *(row[key] for key in keys)): (number(row["rho"]), number(row["p_max"]))
        for path in folder.glob("*/tables/class-correlations.csv")
        for row in rows(path)
    }
    made = {
        (row["dataset"], *(row[key] for key in keys)): (number(row["rho"]), number(row["p_max"]))
        for row in rows(folder / "estimators.csv")
    }
    assert len({dataset for dataset, *_ in expected}) > 2 and made == expected
    page = (folder / "estimators.md").read_text(encoding="utf-8")
    shown = {f"{dataset}, {setting}" for dataset, setting, space, _ in made if space == "pixels"}
    (header,) = re.findall(r"^\| Estimator \| Type \| Cost \| (.*) \|$", page, re.MULTILINE)
    assert set(header.split(" | ")) == shown


def configs():
    """Each yaml example of the pages: what it adds to the study's config. A part of a data set, as
    it stands in an indented example, is added to one with the source of the digits.
    """
    for page in PAGES:
        for text in re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            if "tiny-net" in text:  # with a file of its own: test_own_images.py runs it
                continue
            found = yaml.safe_load(textwrap.dedent(text))
            if not {"datasets", "recipes"} & {*found}:
                own = {"source": {"kind": "digits"}, "recipe": "digits-cnn"} | found
                if own["source"].get("inputs") == "rows":
                    own["recipe"] = "uci-mlp"
                found = {"datasets": {"own": own}}
            yield pytest.param(found, id=f"{page.name}-{'-'.join(found['datasets'])}")


@pytest.mark.parametrize("found", [*configs()])
def test_the_config_of_an_example_is_valid(found):
    from study.config import check

    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    for part in ("recipes", "datasets"):
        assert not {*found.get(part, {})} & {*config[part]}, "a name is given once"
        config[part] |= found.get(part, {})
    assert {*found["datasets"]} <= {*check(config, [])["datasets"]}
