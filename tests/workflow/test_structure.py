"""The code's structure: which file imports which, the cost of a job's start, and the largest
lengths of lines, functions and files.
"""

import ast
import contextlib
import importlib
import inspect
import json
import os
import re
import statistics
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
WORKFLOW = PROJECT / "workflow"
PACKAGE = WORKFLOW / "hardness"
SCRIPTS = sorted(
    path
    for path in (WORKFLOW / "scripts").glob("*.py")
    if path.stem not in ("blocks", "common", "frames")
)
WITHOUT_TORCH = ("store", "devices", "parts")  # what of training is imported without it
SEARCHES = "hardness.data.neighbours"  # imports torch when it multiplies, because it may use a GPU
# the jobs that may import pandas
DRAWING = ("draw_figure", "make_report", "write_table", "write_ten_tables")
HEAVY = ("matplotlib", "pandas", "seaborn", "sklearn", "imblearn", "torchvision", "snakemake")
CODE = sorted(
    path
    for folder in ("workflow", "tests", "benchmarks")
    for path in [*(PROJECT / folder).rglob("*.py"), *(PROJECT / folder).rglob("*.smk")]
)


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


def trains(name):
    """Whether a module belongs to the training."""
    return name.startswith("hardness.training.") or name == "hardness.__main__"


def loads_torch(name):
    """Whether importing a module may import torch."""
    return trains(name) and name.split(".")[-1] not in WITHOUT_TORCH


def loaded_after(code):
    """The top names of sys.modules after a piece of Python, in a process of its own."""
    told = (
        "\nimport json, sys\n"
        "print('LOADED', json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    path = os.pathsep.join([str(WORKFLOW), str(WORKFLOW / "scripts")])
    done = subprocess.run(
        [sys.executable, "-c", code + told], env=os.environ | {"PYTHONPATH": path},
        capture_output=True, text=True, encoding="utf-8", timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.rpartition("LOADED")[2]))


# Imports of the package


def test_imports_of_the_package_and_the_study_run_one_way():
    """By import-linter; the order is in pyproject.toml."""
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    done = subprocess.run(
        command, cwd=PROJECT, env=os.environ | {"PYTHONPATH": str(WORKFLOW)},
        capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_every_subpackage_has_its_place_in_the_order_and_its_init_is_empty():
    contracts = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]
    order = contracts["contracts"][1]["layers"]
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    faces = {"callbacks", "recorder | trainingset"}  # for a user's own loop, beside the folders
    assert {*folders, "__main__", *faces} == set(order) and len(order) == 10
    inits = [path for path in WORKFLOW.rglob("__init__.py") if "plugin" not in str(path)]
    assert len(inits) > 12 and not [path for path in inits if path.read_text()]


def test_the_look_at_imports_sees_those_inside_functions_and_relative_ones():
    for name, taken in (
        ("hardness.evidence.plots._select", "hardness.core.intervals"),
        ("hardness.sets.oversamplers.smote", "imblearn.over_sampling"),
        ("hardness.data.datasets", "torchvision"),
    ):
        assert taken in set(taken_from(name, MODULES[name]))


@pytest.mark.parametrize("name", MODULES)
def test_the_package_knows_neither_snakemake_nor_the_study_and_torch_only_where_it_trains(name):
    tops = {taken.split(".")[0] for taken in taken_from(name, MODULES[name])}
    assert not tops & {"snakemake", "study", "common", "report", "yaml", "pydantic", "jsonschema"}
    assert "torch" not in tops or trains(name) or name == SEARCHES


def test_no_path_below_results_is_written_in_the_package():
    for name, tree in MODULES.items():
        texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
        assert not [
            text for text in texts if isinstance(text, str) and text.startswith("results/")
        ], name


# What importing costs


def test_importing_what_small_jobs_use_loads_no_heavy_library():
    small = [name for name in MODULES if not loads_torch(name) and ".plots" not in name]
    assert len(small) > 20
    loaded = loaded_after("\n".join(f"import {name}" for name in small))
    assert "numpy" in loaded and "hardness" in loaded
    assert not loaded & {"torch", *HEAVY}


def test_importing_all_but_training_loads_no_torch():
    rest = [name for name in MODULES if not loads_torch(name)]
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


def test_the_scripts_of_many_small_jobs_start_without_scipy():
    many = [
        script for script in SCRIPTS if script.stem in ("evaluate", "make_set", "train_members")
    ]
    assert len(many) == 3 and "scipy" not in loaded_after(started(many))


def test_a_job_ends_without_looking_for_garbage(tmp_path):
    """An object that only the collector can free is still there when Python ends."""
    described = {"output": [], "log": [str(tmp_path / "job.log")], "params": {}, "wildcards": {}}
    (tmp_path / "job.json").write_text(json.dumps(described))
    code = """
from common import job
class Cycle:
    def __init__(self): self.itself = self
    def __del__(self): print("collected", flush=True)
with job("toy"):
    Cycle()
"""
    (tmp_path / "toy.py").write_text(code)
    subprocess.run(
        [sys.executable, "toy.py", "job.json"], cwd=tmp_path, check=True, timeout=60,
        env=os.environ | {"PYTHONPATH": str(WORKFLOW / "scripts")},
    )  # fmt: skip
    assert re.fullmatch(r"finished in .*\n", (tmp_path / "job.log").read_text())


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
    assert {script for script, taken in names.items() if taken & {"loop", "torch"}} == {
        "train_members"
    }


def test_scripts_name_only_what_the_modules_that_they_import_hold():
    """A script that runs in no other test would fail after hours."""
    missing, seen = [], 0
    for script in SCRIPTS:
        tree = ast.parse(script.read_text(encoding="utf-8"))
        held = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("hardness"):
                for alias in node.names:
                    with contextlib.suppress(ImportError):
                        importlib.import_module(f"{node.module}.{alias.name}")
                    held[alias.asname or alias.name] = getattr(
                        importlib.import_module(node.module), alias.name
                    )
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                module = held.get(node.value.id)
                if inspect.ismodule(module):
                    seen += 1
                    missing += [] if hasattr(module, node.attr) else [f"{script.name}: {node.attr}"]
    assert seen > 100 and missing == []


# Sizes


def test_no_line_is_over_100_columns():
    long = []
    for path in [*CODE, PROJECT / "Snakefile", WORKFLOW / "Snakefile"]:
        lines = path.read_text(encoding="utf-8").splitlines()
        long += [f"{path}:{i}" for i, line in enumerate(lines, 1) if len(line) > 100]
    assert len(CODE) > 200 and long == []


def test_no_file_of_the_workflow_is_over_400_lines():
    files = [path for path in CODE if path.is_relative_to(WORKFLOW)]
    lines = {str(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {name: count for name, count in lines.items() if count > 400} == {}


def lines_of(function):
    """How many lines a function has, its decorators included."""
    first = min(node.lineno for node in [function, *function.decorator_list])
    return function.end_lineno - first + 1


def test_no_function_is_over_60_lines():
    long, number = {}, 0
    for path in CODE:
        if path.suffix == ".py":
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef):
                    number += 1
                    if lines_of(node) > 60:
                        long[f"{path}: {node.name}"] = lines_of(node)
    assert number > 1000 and long == {}


def streams_of(tree):
    """The ids of a module's random streams: what default_rng([...]) is given besides variables."""
    constants = {}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            names, values = node.targets[0], node.value
            pairs = [(names, values)]
            if isinstance(names, ast.Tuple) and isinstance(values, ast.Tuple):
                pairs = zip(names.elts, values.elts, strict=True)
            constants |= {ast.unparse(name): value for name, value in pairs}
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "np.random.default_rng":
            for seed in getattr(call.args[0], "elts", []):
                value = constants.get(ast.unparse(seed), seed)
                if isinstance(value, ast.Constant):
                    yield value.value


def test_each_random_stream_has_an_id_of_its_own():
    """They are defined where they are used: in one file, a new one would make all results stale."""
    ids = [number for tree in MODULES.values() for number in set(streams_of(tree))]
    assert len(ids) >= 14 and len(set(ids)) == len(ids)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_scripts_are_a_few_lines(script):
    assert len(script.read_text().splitlines()) < 40


# Rules


def blocks_of_rules(text):
    """Each rule of a file, its lines."""
    found = re.findall(r"^( *)rule \w+:\n((?:\1 +.*\n|\n(?=\1 ))*)", text, re.MULTILINE)
    return [["rule", *body.rstrip().splitlines()] for _, body in found]


def test_rules_are_about_a_dozen_lines_and_plan_nothing():
    lengths = []
    for path in sorted((WORKFLOW / "rules").glob("*.smk")):
        for rule in blocks_of_rules(path.read_text()):
            lengths.append(len(rule))
            assert "lambda" not in "\n".join(rule), (path.name, rule)
    assert len(lengths) > 20 and statistics.median(lengths) <= 15


def test_each_rule_has_its_script_and_each_script_its_rule():
    rules = "\n".join(path.read_text() for path in sorted((WORKFLOW / "rules").glob("*.smk")))
    named = re.findall(r'"\.\./scripts/(\w+)\.py"', rules)
    assert sorted(set(named)) == [script.stem for script in SCRIPTS]


def test_each_stage_says_what_it_needs_and_makes():
    stages = [path for path in sorted((WORKFLOW / "rules").glob("*.smk")) if path.stem != "common"]
    assert len(stages) >= 9
    for path in stages:
        head = path.read_text().split("\n\n")[0]
        assert re.match(r"# Stage: .+\n# Needs: .+\n(?:#  .+\n)*# Makes: ", head), path.name
