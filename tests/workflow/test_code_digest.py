"""Digests of code: what they ignore, what they see, which files they include, and that all Python
versions agree.
"""

import ast
import copy
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hardness.core import codedigest

WORKFLOW = Path(__file__).resolve().parents[2] / "workflow"

# Every construct that Python versions are known to tell apart, or might. None of it is run.
FIXTURE = '''\
"""A docstring."""
import os, sys as system
from . import sibling
from ..above import (one, two as deux)
RATE: float = 1e-3
NAMES = ("aum", 'el2n', b"bytes", "dash \\N{EN DASH} caf\\u00e9", r"\\d", """several
lines""", ..., None, True, 1, 1.0, 2j, -0.0, 10**40)
x = lambda a, /, b=1, *c, d, e=2, **f: (a if b else c)


class Toy(dict, metaclass=type):
    """Another docstring."""

    slots: "list[int]"

    @staticmethod
    async def run(first, *rest: int, key: str = "k", **more) -> None:
        """A third."""
        async with first as a, rest[0] as (b, *c):
            async for item in a:
                yield [i async for i in item if i > 0]
        await b


def texts(x, w, p):
    one = f"{x}" "tail" f"{w!r:>{w}}" f""
    two = f"{x=}" + f"{x = :>{w}.{p}f}" + f"{{literal}} {x:%H:%M} {x!s:}" + f"" + "" f"{x:{w}}" ""
    return rf"\\d{x}" "a" "b" + f"""
    {x:{'>'}{10}} {', '.join(f'{y:02d}' for y in x)}""" + one + two


def flow(value, *args, **kwargs):
    global RATE
    match value:
        case {"a": 1, **rest} | Toy(a=1) if rest:
            pass
        case [1, *_, None] | (True as flag):
            del flag
        case -1.5 | "x" | Toy.slots:
            raise ValueError("x") from None
    try:
        assert (n := len(args)) > 0, f"{n} given"
    except* (OSError, KeyError) as error:
        print(*args, sep="", **kwargs, **{"end": "", **kwargs})
    finally:
        args[1:, ::2, ...] = ~n @ n // 2 | 1 if not n < 3 <= 4 is not None else {1, 2}
    while True:
        n -= 1; continue
    else:
        return {k: v for k, v in kwargs.items()}, *args, yield_(not (yield))
'''
# what Python 3.11.7, 3.12.1 and 3.13.0 gave; another means that all results would be stale
FIXTURE_DIGEST = "be67dc99136cd67b"
SMALL = {
    "x = 1\n": "c21b837d061adeaa",
    "def f(a, b=2):\n    return a + b\n": "a087c2830c6eb1e8",
    "f'{x:{w}}'\n": "08e10e6c909c5353",
    "": "ad2e13b69c4fc1fd",
}


def digest_of(source: str) -> str:
    return codedigest.digest_of_source(source).own


# One file

SOURCE = '''\
"""What the module does."""

LIMIT = 3


def double(value, times=2):
    """What the function does."""
    return [value * times for _ in range(LIMIT)]


class Kept:
    def method(self):
        return f"{self}: {LIMIT}"
'''

SAME = {
    "comment": ("LIMIT = 3", "LIMIT = 3  # at most"),
    "docstring": ("What the function does.", "Another word."),
    "no docstring": ('    """What the function does."""\n', ""),
    "docstring of the module": ('"""What the module does."""', ""),
    "a docstring more": ("class Kept:\n", 'class Kept:\n    """New."""\n'),
    "text below a constant": ("LIMIT = 3", 'LIMIT = 3\n"""At most."""'),
    "blank line": ("LIMIT = 3\n", "LIMIT = 3\n\n\n"),
    "layout": ("def double(value, times=2):", "def double(\n    value,\n    times=2,\n):"),
    "spaces": ("value * times", "value*times"),
    "parentheses": ("value * times", "(value * times)"),
    "another number's spelling": ("times=2", "times=0x2"),
    "quotes": ('f"{self}: {LIMIT}"', "f'{self}: {LIMIT}'"),
    "a text in two pieces": ('f"{self}: {LIMIT}"', 'f"{self}" ": " f"{LIMIT}"'),
    "empty format": ("{LIMIT}", "{LIMIT:}"),
}  # fmt: skip
DIFFERENT = {
    "constant": ("LIMIT = 3", "LIMIT = 4"),
    "float for int": ("LIMIT = 3", "LIMIT = 3.0"),
    "true for one": ("times=2", "times=True"),
    "name": ("LIMIT = 3", "BOUND = 3"),
    "parameter": ("def double(value, times=2)", "def double(valve, times=2)"),
    "default": ("value, times", "value=1, times"),
    "keyword only": ("value, times", "value, *, times"),
    "operator": ("value * times", "value + times"),
    "order": ("value * times", "times * value"),
    "decorator": ("    def method", "    @property\n    def method"),
    "annotation": ("times=2", "times: int = 2"),
    "text": ('f"{self}: {LIMIT}"', 'f"{self}; {LIMIT}"'),
    "format": ("{LIMIT}", "{LIMIT:2}"),
    "conversion": ("{self}", "{self!r}"),
    "text that is returned": ('return f"{self}: {LIMIT}"', 'return "What the module does."'),
    "a statement less": ("LIMIT = 3\n", ""),
    "nothing for something": ("class Kept:", "class Kept(dict):"),
}  # fmt: skip


def edited(source: str, change: tuple[str, str]) -> str:
    assert source.count(change[0]) == 1, f"{change[0]!r} is not exactly once in the source"
    return source.replace(*change)


@pytest.mark.parametrize("edit", SAME)
def test_an_edit_that_computes_the_same_keeps_the_digest(edit):
    assert digest_of(edited(SOURCE, SAME[edit])) == digest_of(SOURCE)


@pytest.mark.parametrize("edit", DIFFERENT)
def test_an_edit_that_may_compute_something_else_changes_the_digest(edit):
    assert digest_of(edited(SOURCE, DIFFERENT[edit])) != digest_of(SOURCE)


def test_source_written_anew_from_its_tree_has_the_same_digest():
    files = sorted(WORKFLOW.rglob("*.py"))
    assert len(files) > 5
    for source in [FIXTURE, *(file.read_text() for file in files)]:
        assert digest_of(ast.unparse(ast.parse(source))) == digest_of(source)


def mutants(tree: ast.AST):
    """The tree with one thing changed: each name, constant and operator; the first item of each
    list left out.
    """
    for place, node in enumerate(ast.walk(tree)):
        for field, value in ast.iter_fields(node):
            if isinstance(value, str) and field != "kind":
                other = f"{value}_x"
            elif isinstance(node, ast.Constant) and field == "value":
                other = 7 if value != 7 else 8
            elif isinstance(value, ast.operator):
                other = ast.Pow() if not isinstance(value, ast.Pow) else ast.Add()
            elif isinstance(value, ast.unaryop):
                other = ast.Not() if not isinstance(value, ast.Not) else ast.USub()
            elif isinstance(value, int):
                other = value + 1
            elif isinstance(value, list) and value:
                other = value[1:]
            else:
                continue
            changed = copy.deepcopy(tree)
            setattr(list(ast.walk(changed))[place], field, other)
            yield f"{type(node).__name__}.{field}", changed


def test_every_name_constant_operator_and_item_counts():
    source = "\n".join(line for line in FIXTURE.splitlines() if not line.strip().startswith('"""'))
    tree = ast.parse(source)
    digest = codedigest.digest_of_tree(tree)
    changed = [(what, codedigest.digest_of_tree(mutant)) for what, mutant in mutants(tree)]
    assert len(changed) > 300
    assert {what for what, other in changed if other == digest} == set()
    assert len({other for _, other in changed}) > 0.9 * len(changed), "and each in its own way"


# Versions of Python


def pythons() -> dict[str, str]:
    """Interpreters of Python 3.11 to 3.13 that work here, on PATH or in pyenv's folder, by their
    version.
    """
    folder = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = {}
    for minor in (11, 12, 13):
        candidates = [
            shutil.which(f"python3.{minor}"),
            *map(str, sorted(folder.glob(f"3.{minor}.*/bin/python"))),
        ]
        for candidate in filter(None, candidates):
            ask = [candidate, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
            answer = subprocess.run(ask, capture_output=True, text=True, encoding="utf-8")
            if answer.stdout.strip() == f"3.{minor}":
                found[f"3.{minor}"] = candidate
                break
    return found


def test_digests_of_known_sources_are_the_stored_ones():
    assert {source: digest_of(source) for source in SMALL} == SMALL
    assert digest_of(FIXTURE) == FIXTURE_DIGEST


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_python_versions_agree_on_every_module(version, tmp_path):
    if version == f"3.{sys.version_info.minor}":
        pytest.skip(f"these tests run on Python {version} already")
    python = pythons().get(version)
    if python is None:
        pytest.skip(f"no Python {version} on PATH or in pyenv's folder")
    fixture = tmp_path / "fixture.py"
    fixture.write_text(FIXTURE)
    files = [fixture, *sorted(WORKFLOW.rglob("*.py"))]
    script = (
        "import json, pathlib, sys; from hardness.core import codedigest;"
        "print(json.dumps({file: codedigest.read(pathlib.Path(file)).own for file in "
        "sys.argv[1:]}))"
    )
    run = subprocess.run(
        [python, "-B", "-c", script, *map(str, files)],
        cwd=WORKFLOW,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert json.loads(run.stdout) == {str(file): codedigest.read(file).own for file in files}


# A script and what it imports

TREE = {
    "hardness/__init__.py": '"""The package."""\n',
    "hardness/artifacts.py": "import csv\n\n\ndef save():\n    return 1\n",
    "hardness/names.py": "KNOWN = 1\n",
    "hardness/statistics.py": "from .names import KNOWN\n",
    "hardness/lazy.py": "LATE = 1\n",
    "hardness/unused.py": "USED = False\n",
    "hardness/estimators/__init__.py": "from .. import artifacts\nfrom ..statistics import KNOWN\n",
    "hardness/estimators/aum.py": "from ..deep import tool\n",
    "hardness/estimators/el2n.py": "SCORE = 1\n",
    "hardness/deep/__init__.py": "DEEP = 1\n",
    "hardness/deep/tool.py": "from . import other\nimport hardness.deep.tool\n",
    "hardness/deep/other.py": "TOOL = 1\n",
    "hardness/plots/__init__.py": "def find(name):\n    return name\n",
    "hardness/plots/class_sizes.py": "BARS = 1\n",
    "scripts/common.py": "def job():\n    import hardness.lazy\n    return hardness.lazy\n",
    "scripts/score.py": "from common import job\nfrom hardness import artifacts, estimators\n",
    "scripts/draw.py": "import numpy as np\nfrom hardness.plots import find\n",
    "scripts/other.py": "import hardness.unused as unused\n",
}


@pytest.fixture
def tree(tmp_path):
    """Makes a workflow folder of TREE with changes, each time a new one (a file is read once per
    process).
    """
    made = []

    def make(changes: dict[str, str] | None = None) -> Path:
        root = tmp_path / f"{len(made)}" / "workflow"
        made.append(root)
        for name, source in {**TREE, **(changes or {})}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(source)
        return root

    return make


def included(root: Path, script: str, *extra: str) -> set[str]:
    files = codedigest.modules(*(root / name for name in (script, *extra)), root=root)
    return {file.relative_to(root.resolve()).as_posix() for file in files}


def test_a_script_depends_on_what_it_imports_transitively(tree):
    root = tree()
    score = {
        "scripts/score.py", "scripts/common.py", "hardness/__init__.py", "hardness/lazy.py",
        "hardness/artifacts.py",
        "hardness/estimators/__init__.py", "hardness/statistics.py", "hardness/names.py",
    }  # fmt: skip
    deep = {
        "hardness/estimators/aum.py",
        "hardness/deep/__init__.py",
        "hardness/deep/tool.py",
        "hardness/deep/other.py",
    }
    assert included(root, "scripts/score.py") == score
    assert included(root, "scripts/score.py", "hardness/estimators/aum.py") == score | deep
    assert included(root, "scripts/draw.py") == {
        "scripts/draw.py",
        "hardness/__init__.py",
        "hardness/plots/__init__.py",
    }
    assert included(root, "scripts/other.py") == {
        "scripts/other.py",
        "hardness/__init__.py",
        "hardness/unused.py",
    }


@pytest.mark.parametrize("edited_file", [name for name in TREE])
def test_an_edit_changes_the_digest_of_exactly_the_scripts_that_import_the_file(edited_file, tree):
    before, after = tree(), tree({edited_file: TREE[edited_file] + "ADDED = 1\n"})
    tried = 0
    for script, *extra in (
        ("scripts/score.py",),
        ("scripts/score.py", "hardness/estimators/aum.py"),
        ("scripts/draw.py", "hardness/plots/class_sizes.py"),
        ("scripts/other.py",),
    ):
        old, new = (
            codedigest.digest(root / script, *(root / one for one in extra), root=root)
            for root in (before, after)
        )
        assert (old != new) == (edited_file in included(before, script, *extra)), (script, extra)
        tried += 1
    assert tried == 4


def test_a_comment_in_an_imported_module_changes_nothing(tree):
    before, after = (
        tree(),
        tree({"hardness/names.py": '"""Now with a docstring."""\n\nKNOWN = 1  # and a comment\n'}),
    )
    assert codedigest.digest(before / "scripts/score.py", root=before) == codedigest.digest(
        after / "scripts/score.py", root=after
    )


def test_two_files_that_change_places_are_a_change(tree):
    names, lazy = TREE["hardness/names.py"], TREE["hardness/lazy.py"]
    before, after = tree(), tree({"hardness/names.py": lazy, "hardness/lazy.py": names})
    assert codedigest.digest(before / "scripts/score.py", root=before) != codedigest.digest(
        after / "scripts/score.py", root=after
    )


def test_the_same_code_at_another_place_is_the_same_digest(tree):
    el2n, score = TREE["hardness/estimators/el2n.py"], "from hardness.estimators.{} import SCORE\n"
    root = tree({"scripts/score.py": score.format("el2n")})
    moved = tree(
        {
            "hardness/estimators/el2n.py": "",
            "hardness/measured/__init__.py": "",
            "hardness/measured/twin.py": el2n,
            "scripts/score.py": "import sys\nfrom hardness.measured.twin import SCORE\n",
            "hardness/estimators/__init__.py": "",
        }
    )
    plain = tree({"hardness/estimators/__init__.py": "", "scripts/score.py": score.format("el2n")})
    (moved / "scripts/score.py").write_text("from hardness.measured.twin import SCORE\n")
    digests = [codedigest.digest(one / "scripts/score.py", root=one) for one in (plain, moved)]
    assert digests[0] == digests[1] != codedigest.digest(root / "scripts/score.py", root=root)


def test_the_order_of_imports_does_not_count_and_what_is_taken_does(tree):
    made = [
        tree({"scripts/draw.py": source})
        for source in (
            "import csv\nfrom hardness.names import KNOWN\nfrom hardness.deep.other import TOOL\n",
            "import csv\nfrom hardness.deep.other import TOOL\nfrom hardness.names import KNOWN\n",
            "import csv\nfrom hardness.deep.other import TOOL as KNOWN\nfrom hardness.names "
            "import KNOWN as TOOL\n",
            "import json\nfrom hardness.names import KNOWN\nfrom hardness.deep.other import TOOL\n",
        )
    ]
    first, *others = [codedigest.digest(root / "scripts/draw.py", root=root) for root in made]
    assert [other == first for other in others] == [True, False, False]


def test_a_file_that_is_not_there_or_is_no_python_is_named(tree):
    root = tree({"hardness/names.py": "KNOWN = \n"})
    with pytest.raises(FileNotFoundError, match="nothing.py"):
        codedigest.digest(root / "scripts/nothing.py", root=root)
    with pytest.raises(SyntaxError) as error:
        codedigest.digest(root / "scripts/score.py", root=root)
    assert error.value.filename.endswith("hardness/names.py")


def test_the_digest_of_one_file_does_not_follow_its_imports(tree):
    before, after = tree(), tree({"hardness/names.py": "KNOWN = 2\n"})
    one = [codedigest.read(root / "hardness/statistics.py", root).own for root in (before, after)]
    assert one[0] == one[1] == digest_of(TREE["hardness/statistics.py"])
    assert (
        len(
            {
                codedigest.digest(root / "hardness/statistics.py", root=root)
                for root in (before, after)
            }
        )
        == 2
    )


def test_the_projects_own_modules_are_followed():
    files = codedigest.modules(WORKFLOW / "hardness" / "core" / "codedigest.py")
    expected = {
        "hardness/__init__.py",
        "hardness/core/__init__.py",
        "hardness/core/codedigest.py",
    }
    assert {file.relative_to(WORKFLOW).as_posix() for file in files} == expected


def test_digesting_code_imports_nothing_heavy():
    code_ = (
        "import sys; from hardness.core import codedigest; "
        "print({'torch', 'numpy', 'study'} & set(sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code_],
        cwd=WORKFLOW,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert run.stdout.strip() == "set()"
