"""`make prune`: what the config does not ask for is listed, and removed after asking."""

import os
import pty
import subprocess
import sys

import pytest
from conftest import rules

from hardness.core import artifacts
from study import verification


def call(study, *arguments, **options):
    """Run prune in a study's folder; returns its exit status and all that it printed."""
    done = subprocess.run(
        [sys.executable, "workflow/prune.py", *arguments], cwd=study.folder, encoding="utf-8",
        **{"stdin": subprocess.DEVNULL, **options},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120,
    )  # fmt: skip
    return done.returncode, done.stdout


def files_below(study):
    return {path.relative_to(study.folder) for path in study.results().rglob("*") if path.is_file()}


@pytest.fixture
def with_old(study):
    """The finished study, and beside it a data set that the config does not have, in which somebody
    keeps notes; the config asks for no random pruning any more.
    """
    subprocess.run(["cp", "-a", study.results("tiny"), study.results("old")], check=True)
    study.results("old", "notes.txt").write_text("seen by me")
    study.results("mine").mkdir()
    study.results("mine", "thesis.log").write_text("years of work")
    artifacts.save_csv(study.results("claims.csv"), {"id": [1]})  # of the paper's data sets
    study.change(
        "datasets", "tiny", "pruning", value=[{"levels": ["dlp", "clp"], "rates": [30, 50]}]
    )
    return study


def test_a_finished_study_has_nothing_left_over(study):
    before = files_below(study)
    status, output = call(study, "--yes")
    assert status == 0 and output.startswith("Nothing is left over")
    assert files_below(study) - before <= {study.results(".study.lock").relative_to(study.folder)}


def test_nothing_is_removed_unasked(with_old):
    before = files_below(with_old)
    status, output = call(with_old)
    assert status == 0 and "make prune ARGS=--yes" in output
    assert "results/old: a data set that the config does not have" in output
    assert "results/tiny: not asked for (any more), 3 files" in output
    assert "members/prune-random-50/digits-cnn/block-0: 1" in output
    assert "results/.store: training that no other result uses, 1 entry" in output
    assert "results: not asked for (any more), 1 file" in output and "mine" not in output
    assert before <= files_below(with_old)


def test_what_is_left_over_goes_and_nothing_else(with_old):
    plan, before = with_old.plan(), files_below(with_old)
    status, output = call(with_old, "--yes")
    assert status == 0 and "Nothing that the config asks for was touched" in output
    gone = before - files_below(with_old)
    assert {path.parts[1] for path in gone} == {
        "old",
        "tiny",
        ".store",
        "claims.csv",
        "claims.csv.sha256",
    }
    assert {path.parts[3] for path in gone if path.parts[1:3] == ("tiny", "members")} == {
        "prune-random-50"
    }
    assert [path.name for path in with_old.results("old").iterdir()] == ["notes.txt"]
    assert with_old.results("mine", "thesis.log").read_text() == "years of work"
    assert rules(with_old.plan()) == rules(plan)  # what is there is found, as before
    assert call(with_old)[1].startswith("Nothing is left over")


@pytest.mark.parametrize("answer", ["y", "n"])
def test_at_a_terminal_it_asks(with_old, answer):
    ours, theirs = pty.openpty()
    os.write(ours, f"{answer}\n".encode())
    status, output = call(with_old, stdin=theirs)
    os.close(ours)
    os.close(theirs)
    assert status == 0 and "Remove all of this? [y/N]" in output
    assert with_old.results("old", "data.npz").exists() == (answer == "n")


def test_a_config_of_further_files_asks_for_theirs(with_old, tmp_path):
    further = tmp_path / "old.yaml"
    further.write_text("datasets: {old: {source: {kind: digits}, recipe: digits-cnn}}\n")
    output = call(with_old, "--configfile", str(further))[1]
    assert "results/old: a data set" not in output and "results/old: not asked for" in output


@pytest.mark.parametrize("wrong", ["datasets: [", "datasets: {tiny: {recipe: none}}"])
def test_where_snakemake_cannot_plan_nothing_is_removed(with_old, wrong):
    before = files_below(with_old)
    (with_old / "config.yaml").write_text(wrong)
    status, output = call(with_old, "--yes")
    assert status == 1 and output.startswith("Nothing was removed. ")
    assert before <= files_below(with_old)


def test_verify_says_what_is_left_over_and_looks_at_the_rest(with_old):
    with_old.results("old", "samples.csv").write_text("damaged")
    status, output = with_old.run("verify", "--cores", "1")
    assert "Data sets that the config does not have (1): left over" in output
    assert "samples.csv" not in output and "damaged" not in output
    assert output.count("make prune removes them, after asking") == 2
    assert "jobs done" not in output and "FAILED" not in output  # it has printed everything itself
    assert verification.RIGHT in output or "Wrong: " in output
    assert status == (verification.RIGHT not in output)
    assert verification.left_over_datasets(with_old.results(), {"tiny", "digits"}) == ["old"]
