"""The code's shape: what imports what, what a job's start costs, how long a module may be, one file
a figure.
"""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
WORKFLOW = PROJECT / "workflow"
PACKAGE = WORKFLOW / "hardness"
SCRIPTS = sorted(
    path for path in (WORKFLOW / "scripts").glob("*.py") if path.stem not in ("common", "frames")
)
WITH_TORCH = ("models", "augmentation", "cudagraph", "optimization", "training", "__main__")
DRAWING = ("draw_figure", "make_report", "write_table")  # the jobs that may import pandas
HEAVY = ("matplotlib", "pandas", "seaborn", "sklearn", "imblearn", "torchvision", "snakemake")


def module_name(path):
    parts = path.relative_to(WORKFLOW).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}
MODULES = {name: ast.parse(path.read_text()) for name, path in FILES.items()}


def taken_from(name, tree):
    """What a module imports, at any depth: absolute names such as hardness.estimators, numpy,
    torch.nn.
    """
    package = name if FILES[name].stem == "__init__" else name.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *([base] if base else [])])
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield inner if inner in FILES else base


def part_of(name):
    """hardness.plots._style is of plots."""
    return name.split(".")[1] if "." in name else name


def documented_order():
    """The order in which imports run, as the package's own description tells it."""
    told = re.search(
        r"Imports run one way:(.*?)\.\n", ast.get_docstring(MODULES["hardness"]) + "\n", re.DOTALL
    )
    return re.findall(r"[a-z_]+", told[1])


def loaded_after(code):
    """The top names of sys.modules after a piece of Python, in a process of its own."""
    told = "\nimport json, sys\nprint('LOADED', json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    done = subprocess.run(
        [sys.executable, "-c", code + told], capture_output=True, text=True, timeout=120,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(WORKFLOW), str(WORKFLOW / "scripts")])},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.rpartition("LOADED")[2]))


# Imports of the package


def test_every_part_of_the_package_has_its_place_in_the_documented_order():
    order = documented_order()
    parts = {part_of(name) for name in MODULES} - {"hardness"}
    assert len(parts) > 15
    assert parts == set(order) and len(order) == len(set(order))


@pytest.mark.parametrize("name", sorted(set(MODULES) - {"hardness"}))
def test_imports_run_one_way(name):
    order = documented_order()
    own = part_of(name)
    ours = {
        part_of(other) for other in taken_from(name, MODULES[name]) if other.startswith("hardness.")
    } - {own}
    later = {other for other in ours if order.index(other) >= order.index(own)}
    assert not later, f"{name} imports {', '.join(sorted(later))}, which comes after {own}"


def test_the_look_at_imports_sees_those_inside_functions_and_relative_ones():
    for name, taken in (
        ("hardness.plots._style", "hardness.estimators"),
        ("hardness.resampling.over.smote", "imblearn.over_sampling"),
        ("hardness.datasets", "torchvision"),
    ):
        assert taken in set(taken_from(name, MODULES[name]))


@pytest.mark.parametrize("name", MODULES)
def test_the_package_knows_neither_snakemake_nor_the_study_and_torch_only_where_it_trains(name):
    tops = {taken.split(".")[0] for taken in taken_from(name, MODULES[name])}
    assert not tops & {"snakemake", "study", "common", "report", "yaml", "jsonschema"}
    assert "torch" not in tops or part_of(name) in WITH_TORCH


def test_no_path_below_results_is_written_in_the_package():
    for name, tree in MODULES.items():
        texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
        assert not [
            text for text in texts if isinstance(text, str) and text.startswith("results/")
        ], name


# What importing costs


def test_importing_what_small_jobs_use_loads_no_heavy_library():
    small = [name for name in MODULES if part_of(name) not in (*WITH_TORCH, "plots")]
    assert len(small) > 20
    loaded = loaded_after("\n".join(f"import {name}" for name in small))
    assert "numpy" in loaded and "hardness" in loaded
    assert not loaded & {"torch", *HEAVY}


def test_importing_all_but_training_loads_no_torch():
    rest = [name for name in MODULES if part_of(name) not in WITH_TORCH]
    loaded = loaded_after("\n".join(f"import {name}" for name in rest))
    assert "matplotlib" in loaded
    assert not loaded & {"torch", "torchvision", "snakemake"}


def started(scripts):
    """Python that runs scripts up to the start of their job, where they stop for want of a
    description of one.
    """
    return f"""
import runpy, sys
for script in {[str(script) for script in scripts]!r}:
    sys.argv = [script]
    try:
        runpy.run_path(script, run_name="script")
    except SystemExit as stop:
        assert "usage" in str(stop.code), stop.code
    else:
        raise AssertionError(f"{{script}} did not come to its job")
"""


def test_scripts_start_without_torch_and_the_small_ones_without_pandas():
    small = [script for script in SCRIPTS if script.stem not in DRAWING]
    assert {"allocate", "make_data", "train_members"} <= {script.stem for script in small}
    loaded = loaded_after(started(small))
    assert "hardness" in loaded and not loaded & {"torch", *HEAVY}
    drawing = [script for script in SCRIPTS if script.stem in DRAWING]
    assert len(drawing) == len(DRAWING)
    assert "torch" not in loaded_after(started(drawing))


def test_only_the_script_that_trains_imports_training():
    names = {}
    for script in SCRIPTS:
        nodes = [
            node
            for node in ast.walk(ast.parse(script.read_text()))
            if isinstance(node, ast.Import | ast.ImportFrom)
        ]
        names[script.stem] = {alias.name for node in nodes for alias in node.names}
        assert "common" in {getattr(node, "module", "") for node in nodes}
    assert {script for script, taken in names.items() if taken & {"training", "torch"}} == {
        "train_members"
    }


# Sizes


def test_modules_fit_on_a_few_screens():
    lines = {name: len(path.read_text().splitlines()) for name, path in FILES.items()}
    assert {name: n for name, n in lines.items() if n > 450} == {}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_scripts_are_a_few_lines(script):
    assert len(script.read_text().splitlines()) < 40


# One file for each


@pytest.mark.parametrize(
    ("kind", "folder", "count"), [("FIGURES", "plots", 14), ("TABLES", "tables", 5)]
)
def test_each_figure_and_table_is_one_file_and_one_line_of_the_rules(kind, folder, count):
    rules = (WORKFLOW / "rules" / "figures.smk").read_text()
    table = re.search(rf"^{kind} = \{{\n(.*?)^\}}", rules, re.MULTILINE | re.DOTALL)[1]
    listed = re.findall(r'^    "([a-z0-9-]+)":', table, re.MULTILINE)
    files = sorted(path.stem.replace("_", "-") for path in (PACKAGE / folder).glob("[a-z]*.py"))
    assert len(listed) == len(set(listed)) == count
    assert sorted(listed) == files


def test_each_rule_has_its_script_and_each_script_its_rule():
    rules = "\n".join(path.read_text() for path in sorted((WORKFLOW / "rules").glob("*.smk")))
    named = re.findall(r'"\.\./scripts/(\w+)\.py"', rules)
    assert sorted(set(named)) == [script.stem for script in SCRIPTS]


def test_each_stage_says_what_it_needs_and_makes():
    stages = [path for path in sorted((WORKFLOW / "rules").glob("*.smk")) if path.stem != "common"]
    assert len(stages) >= 9
    for path in stages:
        head = path.read_text().split("\n\n")[0]
        assert re.match(r"# Stage: .+\n# Needs: .+\n# Makes: ", head), path.name
