"""`snakemake verify` on a real study: all that is damaged, missing, stale, unplanned or of mixed
origin is named.
"""

import json
import os
import re

import pytest
from conftest import rules

from hardness.core import artifacts
from study import verification

BLOCK = "results/tiny/members/full/digits-cnn/block-0"
STALE = "Made by other code or from another config"
RANDOM = "results/tiny/members/prune-random-50/digits-cnn/block-0"


def verify(study, *options, driver=False):
    """Returns status, what it printed, and title -> the lines listed below it."""
    status, output = study.run("verify", "--cores", "1", *options, driver=driver)
    told = output.partition("compared with their checksums")[2]
    parts = re.findall(r"^(\S.* \(\d+\)): .+\n((?:  .+\n)+)", told, re.MULTILINE)
    return (
        status,
        output,
        {title: [line.strip() for line in lines.splitlines()] for title, lines in parts},
    )


def listed(parts, word):
    """What is listed below the one title that begins so; its number is that of the lines."""
    (title,) = [title for title in parts if title.startswith(word)]
    assert title == f"{word} ({len(parts[title])})"
    return parts[title]


def names(parts, word):
    return {line.partition(": ")[0] for line in listed(parts, word)}


def flip_a_bit(path):
    """With the old time stamp, so that nothing but the content tells of it."""
    times = path.stat()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_a_finished_study_is_right_and_nothing_is_computed(study):
    before, plan = study.entries(), study.plan()
    checksums = len(list(study.results().rglob("*.sha256")))
    status, output, parts = verify(study)
    assert status == 0 and verification.RIGHT in output and parts == {}, output
    assert checksums > 100 and f"{checksums} files, " in output
    assert "1 of 1 steps (100%) done" in output
    assert study.entries() == before and study.plan() == plan == []


def test_nothing_computed_yet_is_nothing_wrong(empty):
    status, output, parts = verify(empty)
    assert status == 0 and "0 files" in output and verification.RIGHT in output and parts == {}
    assert {path.name for path in empty.results().iterdir()} <= {"logs", ".snakemake"}


def in_the_store(study, path):
    """The other name of a file that was linked from the store."""
    (entry,) = [
        other for other in study.results(".store").glob(f"*/{path.name}") if other.samefile(path)
    ]
    return str(entry.relative_to(study.folder))


def test_all_damage_is_named_at_once_and_a_deleted_file_is_made_again(study):
    changed = {f"{BLOCK}/dynamics.npz", f"{RANDOM}/test.npz", "results/tiny/figures/gallery.png"}
    linked = {in_the_store(study, study / name) for name in changed if "members" in name}
    for name in changed:
        flip_a_bit(study / name)
    os.truncate(study / "results/tiny/samples.csv", 100)
    (study / "results/tiny/groups.csv.sha256").unlink()
    (study / "results/tiny/report.html.sha256").write_text("")
    damaged = (
        changed
        | linked
        | {f"results/tiny/{name}" for name in ("samples.csv", "groups.csv", "report.html")}
    )
    gone = {"results/tiny/evaluation/full/digits-cnn.csv", "results/tiny/sets/full.npz"}
    for name in gone:
        (study / name).unlink()
    (study / "results/tiny/sets/full.npz.sha256").unlink()

    status, output, parts = verify(study)
    assert status == 1
    assert names(parts, "Damaged") == damaged
    assert names(parts, "Missing") == gone
    assert f"Wrong: {len(damaged)} damaged, 2 missing" in output
    assert rules(study.plan())["train_set"] == 0  # Snakemake by itself knows nothing of the damage

    for end in ("", ".sha256"):
        (study / f"{RANDOM}/test.npz{end}").unlink()
    study.complete("--cores", "1", f"{RANDOM}/test.npz")
    status, output, parts = verify(study)
    again = {name for name in damaged if name.endswith("/test.npz")}
    assert len(again) == 2 and names(parts, "Damaged") == damaged - again
    assert len(listed(parts, "Set aside as damaged by earlier runs")) == 1


def test_what_is_of_another_config_or_other_code_is_named(study):
    """The files that a dry run plans: named, if they are themselves of something else, or counted,
    if they follow.
    """
    study.change("datasets", "tiny", "margin", value=0.02)
    study.edit(
        "workflow/hardness/evidence/plots/recall_by_class.py",
        "style.COLUMN, 2.3)",
        "style.COLUMN, 2.4)",
    )
    planned = {path for job in study.plan() for path in job.outputs}
    status, output, parts = verify(study)
    assert status == 1
    stale = names(parts, STALE)
    own = {f"results/tiny/effects/{name}.csv" for name in ("cells", "gaps", "families", "classes")}
    own |= {f"results/tiny/figures/recall-by-class.{end}" for end in ("pdf", "png", "csv")}
    assert own <= stale <= planned
    assert "results/tiny/claims.csv" not in stale
    assert f"{len(planned - stale)} more files are made again" in output
    assert f"Wrong: {len(stale)} stale." in output


def test_options_that_change_the_config_count(study):
    more = study / "more.yaml"
    more.write_text("datasets: {tiny: {stability: {orders: 11}}}\n")
    options = ("--config", "datasets={tiny: {margin: 0.02}}", "--configfile", more)
    planned = {path for job in study.plan("all", *options) for path in job.outputs}
    status, output, parts = verify(study, *options)
    assert status == 1
    stale = names(parts, STALE)
    assert (
        {"results/tiny/effects/cells.csv", "results/tiny/stability/overlap.csv"} <= stale <= planned
    )
    assert f"{len(planned - stale)} more files are made again" in output


def test_what_the_config_does_not_ask_for_is_told_and_not_wrong(study):
    study.complete("--cores", "1", "results/tiny/hardness/loss.npz", driver=False)
    (study / "results" / "other").mkdir()
    artifacts.save_csv(study / "results" / "other" / "samples.csv", {"index": [1]})
    # of the paper's data sets; this config has none
    artifacts.save_csv(study / "results" / "claims.csv", {"id": [1]})
    status, output, parts = verify(study)
    assert status == 0 and verification.RIGHT in output, output
    assert listed(parts, "Folders with files that the config does not ask for") == [
        "results: 1",
        "results/tiny/hardness: 1",
    ]
    assert listed(parts, "Data sets that the config does not have") == ["other"]


def test_files_that_snakemake_has_no_record_of_are_told(study):
    for record in (study / ".snakemake" / "metadata").rglob("*"):
        if record.is_file():
            record.unlink()
    status, output, parts = verify(study)
    assert status == 0, output
    assert re.search(
        r"^Of unknown code and config \(\d{3}\): .*\n(  results/.*\n){3}  and \d+ more$",
        output,
        re.MULTILINE,
    )


def test_ensembles_of_mixed_origin_are_named(study):
    def change(block, **made_by):
        checksum = (
            study / "results/tiny/members/full/digits-cnn" / block / "test.npz.sha256"
        ).read_text()
        entries = [
            path
            for path in study.results(".store").glob("*/test.npz.sha256")
            if path.read_text() == checksum
        ]
        path = entries[0].with_name("origin.json")
        origin = json.loads(path.read_text())
        (before,) = origin["made_by"]
        artifacts.save_text(path, json.dumps(origin | {"made_by": [before | made_by]}))
        return before["torch"]

    change("block-1", machine="elsewhere")
    status, output, parts = verify(study)
    assert status == 0 and verification.RIGHT in output, output
    assert listed(parts, "Ensembles of several machines") == ["tiny/full/digits-cnn"]
    assert re.search(r"several machines \(1\): .*elsewhere.*; the same torch and device", output)

    torch = change("block-1", torch="2.0.0", device="NVIDIA H200")
    status, output, parts = verify(study)
    assert status == 0 and "several machines" not in output
    (line,) = listed(parts, "Ensembles of mixed origin")
    assert line.startswith("tiny/full/digits-cnn: ")
    assert (
        "torch 2.0.0 on NVIDIA H200 of elsewhere (1 blocks)" in line
        and f"torch {torch} on cpu of " in line
    )


def test_the_driver_passes_the_verdict_on(study):
    flip_a_bit(study / "results/tiny/data.npz")
    status, output, parts = verify(study, driver=True)
    assert status == 1
    assert listed(parts, "Damaged")[0].startswith("results/tiny/data.npz: its SHA-256")


# The parts


def test_linked_files_are_read_once_and_the_time_is_passed_with_a_line(tmp_path, monkeypatch):
    for name in "abc":
        artifacts.save_npz(tmp_path / f"{name}.npz", values=[1])
    os.link(tmp_path / "a.npz", tmp_path / "d.npz")
    (tmp_path / "d.npz.sha256").write_text("0" * 64 + "  d.npz\n")
    read, digest = [], artifacts.file_digest
    monkeypatch.setattr(
        artifacts, "file_digest", lambda path: read.append(path.name) or digest(path)
    )
    monkeypatch.setattr(verification, "TELL_EVERY", -1)
    lines = []
    found = verification.compare(verification.artifacts_below(tmp_path), lines.append)
    assert sorted(read) == ["a.npz", "b.npz", "c.npz"]
    assert list(found) == [f"{tmp_path}/d.npz"]
    assert len(lines) == 3 and lines[-1] == "0.0 of 0.0 GB compared, 1 damaged files so far"


def test_a_file_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    artifacts.save_text(tmp_path / "a.csv", "a\n")

    def fail(path):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(artifacts, "file_digest", fail)
    found = verification.compare(verification.artifacts_below(tmp_path), print)
    assert found == {f"{tmp_path}/a.csv": "cannot be read: Input/output error"}


def test_a_plan_that_fails_is_an_error_with_snakemakes_message(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results" / "toy").mkdir(parents=True)
    (tmp_path / "Snakefile").write_text("rule toy:\n    input: lambda wildcards: nowhere\n")
    with pytest.raises(RuntimeError, match="(?s)Snakemake cannot plan toy: .*nowhere"):
        verification.verify(
            verification.Path("results"), ["toy"], ["--snakefile", "Snakefile"], print
        )
