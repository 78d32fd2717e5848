"""The workflow as others use it: as a module of their own, by itself, and in the layout that
snakedeploy makes.
"""

import http.server
import re
import subprocess
import sys
import threading
from functools import partial

import pytest
import yaml
from conftest import ROOT

from study.config import check

SNAKEFILE = ROOT / "workflow" / "Snakefile"
CONFIG = {
    "recipes": {
        "quick": {
            "model": {"name": "digits-cnn"}, "epochs": 2, "batch_size": 32,
            "optimizer": {"name": "sgd", "lr": 0.05}, "members_per_job": 2,
        }
    },
    "datasets": {
        "digits": {
            "source": {"kind": "digits"}, "recipe": "quick",
            "ensembles": dict.fromkeys(["stability", "recall", "hardness", "retraining"], 2),
            "estimators": ["aum"],
        }
    },
}  # fmt: skip
FIGURE = "results/digits/figures/data-map.pdf"
IMPORTER = f"""
configfile: "mine.yaml"

rule own:
    input:
        "summary.txt",

module hardness:
    snakefile:
        {str(SNAKEFILE)!r}
    config:
        config["hardness"]

use rule * from hardness as hardness_*

rule summary:
    input:
        {FIGURE!r},
        "notes/{{name}}.md".format(name="mine"),
    output:
        "summary.txt",
    shell:
        "ls -l {{input}} > {{output}}"

rule notes:
    output:
        "notes/{{name}}.md",
    shell:
        "touch {{output}}"
"""


def snakemake(folder, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "1", *map(str, arguments)], cwd=folder,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", timeout=300,
    )  # fmt: skip
    return done.returncode, done.stdout


def rules_of(output):
    return re.findall(r"^(?:local)?rule (\w+):$", output, re.MULTILINE)


@pytest.fixture
def importer(tmp_path):
    (tmp_path / "Snakefile").write_text(IMPORTER)
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump({"hardness": CONFIG, "own key": 1}))
    return tmp_path


def test_another_workflow_asks_for_a_figure_of_digits(importer):
    """Its own default target, rules, wildcards and files stay its own."""
    status, output = snakemake(importer)
    assert status == 0, output
    assert {*rules_of(output)} == {
        "own", "summary", "notes", "hardness_make_data", "hardness_make_full_set",
        "hardness_train_full", "hardness_map_samples", "hardness_draw_figure",
    }  # fmt: skip
    assert (importer / FIGURE).read_bytes().startswith(b"%PDF")
    assert FIGURE in (importer / "summary.txt").read_text()
    status, output = snakemake(importer, "-n")
    assert status == 0 and "Nothing to be done" in output, output


def test_a_file_that_only_the_importer_could_make_is_no_mistyped_target(importer):
    status, output = snakemake(importer, "-n", "sumary.txt")
    assert status == 1 and "unknown target" not in output
    assert "MissingRuleException" in output and "sumary.txt" in output


def test_a_wrong_key_in_the_importers_config_is_named_as_ever(importer):
    config = {"hardness": {**CONFIG, "recipe": {}}}
    (importer / "mine.yaml").write_text(yaml.safe_dump(config))
    status, output = snakemake(importer, "-n")
    assert status == 1 and "recipe: unknown key" in output and "did you mean 'recipes'" in output


def test_a_module_without_a_config_says_what_to_write(importer):
    text = IMPORTER.replace('    config:\n        config["hardness"]\n', "")
    (importer / "Snakefile").write_text(text)
    status, output = snakemake(importer, "-n")
    assert status == 1 and "the module has no config; expected a line such as" in output


def test_a_prefix_is_refused(importer):
    text = IMPORTER.replace("    config:\n", '    prefix:\n        "below"\n    config:\n')
    (importer / "Snakefile").write_text(text)
    status, output = snakemake(importer, "-n")
    assert status == 1 and "a prefix is not supported: results lie in results/" in output


def test_a_module_from_the_network_is_refused_with_what_to_write(importer):
    """As by github(...): Snakemake would fetch the Snakefile alone."""
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=ROOT)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/workflow/Snakefile"
        (importer / "Snakefile").write_text(IMPORTER.replace(str(SNAKEFILE), url))
        status, output = snakemake(importer, "-n")
        server.shutdown()
    assert status == 1 and "this workflow is more than its Snakefile. Clone it" in output


def test_the_layout_that_snakedeploy_makes(tmp_path):
    """workflow/Snakefile with the module alone, config/config.yaml: the default is all of it."""
    (tmp_path / "workflow").mkdir()
    (tmp_path / "config").mkdir()
    (tmp_path / "workflow" / "Snakefile").write_text(f"""
configfile: "config/config.yaml"

module hardness:
    snakefile:
        {str(SNAKEFILE)!r}
    config:
        config

use rule * from hardness
""")
    (tmp_path / "config" / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    status, output = snakemake(tmp_path, "-n")
    assert status == 0 and {"all", "make_report", "train_full"} <= {*rules_of(output)}, output


@pytest.mark.parametrize("place", ["config", ".", None])
def test_the_workflow_by_itself_reads_the_config_of_the_working_directory(tmp_path, place):
    if place:
        (tmp_path / place).mkdir(exist_ok=True)
        (tmp_path / place / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    status, output = snakemake(tmp_path, "-n", "--snakefile", SNAKEFILE, FIGURE)
    if place:
        assert status == 0 and "draw_figure" in rules_of(output), output
    else:
        assert status == 1 and f"{tmp_path / 'config' / 'config.yaml'}" in output
        assert "Traceback" not in output


def test_the_template_is_a_config():
    path = ROOT / "config" / "config.yaml"
    checked = check(yaml.safe_load(path.read_text(encoding="utf-8")), [path])
    assert [*checked["datasets"]] == checked["study"]["datasets"] == ["photos"]


# What `snakemake --lint` says of this workflow, and why it stays so; CONTRIBUTING.md says it too.
EXCEPTIONS = {
    "Specify a conda environment or container for each rule.": "one locked environment runs "
    "Snakemake and all jobs (make setup); a job starts in 0.25 s, and all use the same versions",
    "Mixed rules and functions in same snakefile.": "a function that looks up the inputs of one "
    "rule stands above it; what several stages share is in common.smk, what plans in study/",
    "Environment variable PYTHONPATH": "it is set for the jobs, not expected of the user",
    "Environment variable PYTHONUTF8": "as PYTHONPATH",
}


def test_snakemakes_linter_finds_nothing_but_what_has_a_reason(tmp_path):
    arguments = ["--lint", "text", "--snakefile", ROOT / "Snakefile", "--directory", tmp_path]
    _, output = snakemake(tmp_path, *arguments)
    found = re.findall(r"^ {4}\* (.+?)(?: used but .*)?:$", output, re.MULTILINE)
    assert {*found} == {*EXCEPTIONS}, output
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert "snakemake --lint" in guide


def test_the_catalogs_description_names_what_is_there():
    described = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text("utf-8"))
    usage = described["usage"]
    assert {*usage} == {"mandatory-flags", "software-stack-deployment", "report"}
    assert {*usage["software-stack-deployment"]} == {"conda", "singularity", "singularity+conda"}
    assert not any(usage["software-stack-deployment"].values())  # no rule has one of its own
    assert "make setup" in usage["mandatory-flags"]["desc"] and usage["report"] is True
    assert (ROOT / "config" / "README.md").exists() and SNAKEFILE.exists()
