"""Input that is damaged, foreign or impossible: one error that names it, and nothing
half-written.
"""

import gzip
import json
import os
import pickle
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT

from hardness.core import artifacts
from hardness.data import datasets, provenance

MNIST_FILES = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
CIFAR_FILES = ("data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5",
    "test_batch",
               "batches.meta")  # fmt: skip


def said_once(output, text):
    """The error is there; in the lines that show a log's end, no other error is."""
    errors = [line for line in output.splitlines() if re.search(r"^  \| \w+ failed: ", line)]
    assert len(errors) == 1 and text in errors[0], output


def left_of(project, path):
    """What there is of an output: itself, and temporary files; the checksum of an older one tells
    nothing.
    """
    folder, name = (project / path).parent, (project / path).name
    return [
        found.name for found in folder.glob("*") if name in found.name and found.suffix != ".sha256"
    ]


def by_hand(project, script, job, **options):
    """Run a script as a person would, from the file beside an earlier run's log. Returns its status
    and its log.
    """
    (project / "job.json").write_text(json.dumps(job))
    done = subprocess.run([sys.executable, f"workflow/scripts/{script}.py", "job.json"],
        cwd=project.folder,
                          env=os.environ | {"PYTHONPATH": str(project / "workflow")},
                          check=False, **options)  # fmt: skip
    return done.returncode, (project / job["log"][0]).read_text()


def job_of(project, *log):
    return json.loads(project.log(*log))


def test_a_truncated_npz_stops_only_what_needs_it(study):
    damaged = study.results("tiny", "hardness", "el2n.npz")
    os.truncate(damaged, damaged.stat().st_size // 2)
    figures = study.results("tiny", "figures")
    for name in ("recall-by-class", "pruning-stability"):
        for path in figures.glob(f"{name}.*"):
            path.unlink()
    status, output = study.run("--cores", "2")
    assert status == 1
    for rule in ("measure_stability", "allocate", "list_samples"):
        assert f"{rule} failed: results/tiny/hardness/el2n.npz is damaged: its SHA-256" in output
    assert left_of(study, "results/tiny/allocation/el2n.csv") == []
    assert not study.results("tiny", "stability", "overlap.csv").exists()

    assert (
        figures / "recall-by-class.png"
    ).stat().st_size > 1000  # --keep-going: what can be made is made
    assert not (figures / "pruning-stability.png").exists()
    report = study.results("tiny", "report.html").read_text()
    assert re.search(r"results/tiny/figures/pruning-stability\.\w+ is missing", report)
    assert "logs/draw_figure/pruning-stability.log" in report
    assert "recall-by-class.png is missing" not in report


def flip_a_bit(path):
    """Change one bit in the midst of a file, which keeps its dates."""
    content, dates = bytearray(path.read_bytes()), path.stat()
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(dates.st_atime_ns, dates.st_mtime_ns))


def test_a_flipped_bit_with_the_old_date_stops_whoever_reads_it(study):
    """Snakemake, which knows dates, sees nothing; so what is made from the files is asked for
    again.
    """
    read_by = {
        "sets/prune-dlp-30.npz": (
            "train_members",
            "members/prune-dlp-30/digits-cnn/block-0/test.npz",
        ),
        "evaluation/full/digits-cnn.csv": ("draw_figure", "figures/recall-by-class.csv"),
        "hardness/el2n.npz": ("allocate", "allocation/el2n.csv"),
    }
    for name in read_by:
        flip_a_bit(study.results("tiny", name))
    assert study.plan() == []
    wanted = [f"results/tiny/{made}" for _, made in read_by.values()]
    for path in wanted:
        (study / path).unlink()
    status, output = study.run("--cores", "2", *wanted)
    assert status == 1
    for name, (script, _) in read_by.items():
        assert f"{script} failed: results/tiny/{name} is damaged: its SHA-256" in output
    assert not [path for path in wanted if (study / path).exists()]


def read_by_scripts(finished):
    """For every script and every kind of file that it reads, a job and one such file: (script,
    kind) -> (job, path).
    """
    found = {}
    for path in sorted(finished.results().glob("*/logs/**/*.json")):
        rule, job = (
            path.relative_to(finished.results()).parts[2].removesuffix(".json"),
            json.loads(path.read_text()),
        )
        if rule == "make_report":  # which shows what is damaged
            continue
        for file in map(Path, job["input"]["all"]):
            kind = f"{file.parts[2]} {file.name}"
            if file.parts[2] in ("hardness", "sets", "evaluation"):  # whatever their names
                kind = f"{file.parts[2]} {file.suffix}"
            # these read all their files by one line
            if rule in (
                "draw_figure",
                "write_table",
                "check_claims",
            ):
                kind = file.suffix
            found.setdefault(
                ("train_members" if rule.startswith("train") else rule, kind), (job, str(file))
            )
    return found


def test_no_script_computes_on_with_a_damaged_file(finished, tmp_path):
    """Each script, run by hand with one bit flipped in one of its inputs, fails, names the file,
    and makes nothing.
    """

    def run(number, script, job, damaged):
        folder = tmp_path / str(number)
        for file in job["input"]["all"]:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            for name in (file, f"{file}.sha256"):
                shutil.copy2(finished / name, folder / name)
        flip_a_bit(folder / damaged)
        (folder / job["log"][0]).parent.mkdir(parents=True, exist_ok=True)
        (folder / "job.json").write_text(json.dumps(job))
        done = subprocess.run(
            [sys.executable, ROOT / "workflow" / "scripts" / f"{script}.py", "job.json"],
            cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT / "workflow")}, check=False,
        )  # fmt: skip
        made = [file for file in job["output"]["all"] if (folder / file).exists()]
        log = (folder / job["log"][0]).read_text()
        said = f"{script} failed: {damaged} is damaged: its SHA-256" in log
        return (
            None
            if (done.returncode, made, said) == (1, [], True)
            else (done.returncode, made, log[-300:])
        )

    cases = read_by_scripts(finished)
    assert len(cases) > 30 and len({script for script, _ in cases}) > 15
    with ThreadPoolExecutor(2) as both:
        ends = both.map(lambda case: run(case[0], case[1][0], *cases[case[1]]), enumerate(cases))
        assert {case: end for case, end in zip(cases, ends, strict=True) if end} == {}


@pytest.mark.parametrize("fault", ["missing", "another block's", "too short"])
def test_an_ensemble_with_a_member_missing_is_not_averaged(study, fault):
    """Full has seeds 0 and 1 in one block, 2 and 3 in the other, which now holds something else."""
    second = study.results("tiny", "members", "full", "digits-cnn", "block-1")
    if fault == "missing":
        (second / "test.npz").unlink()
        message = "block-1/test.npz is missing: run what makes it"
    elif fault == "another block's":
        for name in ("test.npz", "test.npz.sha256"):
            (second / name).unlink()
            shutil.copy(second.parent / "block-0" / name, second / name)
        message = "hold the seeds [0, 1, 0, 1]; expected every seed from 0 on, once"
    else:
        kept = {
            name: values[:1] for name, values in artifacts.load_npz(second / "test.npz").items()
        }
        (second / "test.npz").unlink()
        artifacts.save_npz(second / "test.npz", **kept)
        message = "hold the seeds [0, 1, 2]; expected every seed from 0 on, once, 4 of them"
    made = study.results("tiny", "evaluation", "full", "digits-cnn.csv")
    made.unlink()
    status, log = by_hand(study, "evaluate", job_of(study, "evaluate", "full", "digits-cnn.json"))
    assert status == 1 and message in log
    assert not made.exists()


def test_the_report_after_a_failure_says_what_it_could_not_make_again(study):
    """All figures are there, from the run before; two of them are of other numbers than this run
    asked for.
    """
    (study / "workflow/hardness/scoring/estimators/broken.py").write_text(
        '"""No score."""\n\nDIRECTION = "up"\nSOURCE = "dynamics"\nNEEDS = ("aum",)\n\n\n'
        "def score(dynamics):\n    raise ValueError('no score today')\n"
    )
    study.change("datasets", "tiny", "estimators", value=["aum", "el2n", "forgetting", "broken"])
    status, output = study.run("--cores", "2")
    assert status == 1 and "score_hardness failed: no score today" in output
    report = study.results("tiny", "report.html").read_text()
    assert re.search(
        r"logs/score_hardness/broken\.log|out of date|outdated|not made again|failed", report
    )


def test_a_report_is_made_only_of_what_was_asked_for(study):
    """digits is only the source of tiny's images: nothing of it is missing."""
    (study / "results/tiny/hardness/el2n.npz").write_bytes(b"foreign")
    assert study.run("--cores", "2", "results/tiny/allocation/el2n.csv")[0] == 1
    assert not study.results("digits", "report.html").exists()


def test_a_foreign_npz_is_not_unpickled(tmp_path):
    """Its checksum is right, so that only what reads it stands between the object and its
    execution.
    """
    path = tmp_path / "scores.npz"
    np.savez(path, scores=np.array([Trap(tmp_path / "executed")], dtype=object))
    artifacts.checksum_path(path).write_text(f"{artifacts.file_digest(path)}  scores.npz\n")
    with pytest.raises(artifacts.DamagedError, match=r"scores\.npz is no readable npz"):
        artifacts.load_npz(path, "scores")
    assert not (tmp_path / "executed").exists()


class Trap:
    """An object that leaves a file when it is unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


def test_a_foreign_file_in_data_dir(empty):
    raw = empty / "data" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    idx = bytes([0, 0, 8, 1, 0, 0, 0, 2, 7, 7])  # would be two labels, were it read
    for part in MNIST_FILES:
        (raw / f"{part}-ubyte.gz").write_bytes(gzip.compress(idx, mtime=0))
    empty.change("datasets", "mnist", value={"source": {"kind": "mnist"}, "recipe": "digits-cnn"})
    status, output = empty.run("--cores", "1", "results/mnist/data.npz")
    assert status == 1
    said_once(output, "make_data failed: data/MNIST/raw/train-images-idx3-ubyte.gz: md5 ")
    assert re.search(
        r"expected f68b3c2dcbeaaa9fbdd348bbdeb94873: the file is damaged, incomplete or another",
        output,
    )
    assert "it was not read" in output
    assert left_of(empty, "results/mnist/data.npz") == []


@pytest.mark.parametrize(
    ("kind", "fault"),
    [("mnist", "gone"), ("mnist", "foreign"), ("mnist", "no folder"), ("cifar10", "gone")],
)
def test_a_data_set_whose_files_are_away_is_not_removed(empty, monkeypatch, kind, fault):
    """Read once, data.npz needs them no more; where it is to be made again, it stays if it cannot
    be. The network is away too.
    """
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody listens
    if fault == "foreign":
        (empty / "data" / "MNIST" / "raw").mkdir(parents=True)
        for part in MNIST_FILES:
            (empty / "data" / "MNIST" / "raw" / f"{part}-ubyte.gz").write_bytes(b"x")
    elif fault == "no folder":
        (empty / "data").write_bytes(b"x")
    empty.change("datasets", "far", value={"source": {"kind": kind}, "recipe": "digits-cnn"})
    data = empty.results("far", "data.npz")
    provenance.save(data, datasets.checked(*arrays()), provenance.UNKNOWN)
    before = data.read_bytes(), data.stat().st_mtime_ns
    empty.complete("--cores", "1", "results/far/duplicates.csv")

    options = ["--forcerun", "make_data"]
    status, output = empty.run("--cores", "1", "results/far/duplicates.csv", *options)
    assert status == 1 and (data.read_bytes(), data.stat().st_mtime_ns) == before
    said = "results/far/data.npz has to be made again, "
    assert output.count(said) == 1 and "Nothing was removed or computed" in output
    reason = {
        "gone": r"data/\S+gz is not there and could not be downloaded",
        "foreign": r"data/MNIST/raw/train-images-idx3-ubyte.gz: md5 \w+, expected \w+",
        "no folder": "data",
    }
    assert re.search(f"cannot be: .*{reason[fault]}.* correct data_dir in the config", output)
    assert "make_data failed" not in output and "Traceback" not in output


@pytest.mark.parametrize("foreign", ["all", "meta", "archive"])
def test_a_pickle_in_cifars_place_is_never_executed(tmp_path, foreign):
    assert pickle.loads(pickle.dumps(Trap(tmp_path / "works"))) and (tmp_path / "works").exists()
    trap, folder = pickle.dumps(Trap(tmp_path / "executed")), tmp_path / "cifar-10-batches-py"
    if foreign == "archive":
        (tmp_path / "cifar-10-python.tar.gz").write_bytes(trap)
        wrong = "cifar-10-python.tar.gz"
    else:
        folder.mkdir()
        for name in CIFAR_FILES:
            (folder / name).write_bytes(trap)
        wrong = "cifar-10-batches-py/data_batch_1"
    with pytest.raises(
        ValueError, match=rf"{re.escape(wrong)}: md5 \w+, expected \w+: .*it was not read"
    ):
        datasets.read({"kind": "cifar10"}, tmp_path)
    assert not (tmp_path / "executed").exists()


def arrays(train=(0, 1, 2), test=(0, 1, 2)):
    train, test = np.array(train), np.array(test)
    images = [np.zeros((len(labels), 4, 4, 1), np.uint8) for labels in (train, test)]
    return images[0], train, images[1], test, ["a", "b", "c"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"train": (0, 0, 2)}, r"toy, train: class 1 \(b\) has no sample"),
        ({"test": (0, 1, 1)}, r"toy, test: class 2 \(c\) has no sample"),
        ({"train": (0, 1, 3)}, r"toy, train: label 3 of sample 2 is out of range 0\.\.2"),
        ({"test": (-1, 1, 2)}, r"toy, test: label -1 of sample 0 is out of range 0\.\.2"),
    ],
)
def test_labels_that_cannot_be(given, message):
    assert datasets.checked(*arrays(), name="toy").classes == 3
    with pytest.raises(ValueError, match=message):
        datasets.checked(*arrays(**given), name="toy")


def test_a_subset_without_one_of_the_classes(empty):
    empty.change("datasets", "tiny", "source", "train", value=9)
    status, output = empty.run("--cores", "1", "results/tiny/data.npz")
    assert status == 1
    said_once(output, "make_data failed: subset, train: class ")
    assert left_of(empty, "results/tiny/data.npz") == []


def test_a_class_smaller_than_smote_needs_repeats_its_sample(study):
    """All of class 3 but one sample are taken away; it is the hardest, and would have to grow."""
    data = datasets.load(study.results("tiny", "data.npz"))
    own = np.flatnonzero(data.train_labels == 3)
    kept = np.setdiff1d(np.arange(200), own[1:])
    datasets.save(study.results("tiny", "data.npz"), data._replace(
        train_inputs=data.train_inputs[kept], train_labels=data.train_labels[kept]))  # fmt: skip
    scores = artifacts.load_npz(study.results("tiny", "hardness", "aum.npz"))
    aum = np.where(data.train_labels == 3, 0.1, 5.0)[kept].astype(np.float32)
    scores |= {"scores": np.tile(aum, (4, 1)), "keys": np.empty((0, 4, len(kept)), np.float32)}
    artifacts.save_npz(study.results("tiny", "hardness", "aum.npz"), **scores)
    job = job_of(study, "make_set", "resample-smote-easy-r2.json")
    study.results("tiny", "sets", "resample-smote-easy-r2.npz").unlink()
    status, log = by_hand(study, "make_set", job)
    assert status == 0
    assert "class 3 (3) has 1 of the 2 samples that 'smote' needs to add to a class" in log
    made = datasets.load_set(study.results("tiny", "sets", "resample-smote-easy-r2.npz"))
    rows = made.source[0][made.labels_of(0) == 3]
    assert len(rows) > 1 and len(set(rows.tolist())) == 1


def test_ratios_of_class_means_below_zero(study):
    """A set of mode paper fails; those of mode study do not need the ratios. The sign of two
    classes is turned.
    """
    path = study.results("tiny", "hardness", "aum.npz")
    scores, labels = (
        artifacts.load_npz(path),
        datasets.load(study.results("tiny", "data.npz")).train_labels,
    )
    scores["scores"] = np.abs(scores["scores"]) * np.where(np.isin(labels, [2, 8]), -1, 1).astype(
        np.float32
    )
    artifacts.save_npz(path, **scores)
    sets = [f"results/tiny/sets/resample-none-easy-{mode}.npz" for mode in ("a1", "r2")]
    status, output = study.run("--cores", "1", *sets)
    assert status == 1
    said_once(
        output,
        "make_set failed: Eq. 3 (mode paper, alpha) needs class means above 0, unlike those of "
        "class 2 (-",
    )
    ways_out = r"write rhos, such as rhos: \[2\], instead of alphas; or .*paper_estimator: el2n"
    assert re.search(rf"class 2 \(-[\d.]+\), 8 \(-[\d.]+\)\. .*{ways_out}", output)
    assert not (study / sets[0]).exists() and (study / sets[1]).exists()


def test_a_users_sampler_that_returns_too_few_rows(study):
    """In the whole pipeline; what else it may return is in tests/unit/test_resampling.py."""
    (study / "workflow/hardness/sets/undersamplers/own.py").write_text(
        '"""Drop the easiest, and one more."""\n\n\n'
        "def keep(hardness_order, count):\n    return hardness_order[-count:][1:]\n",
        encoding="utf-8",
    )
    grid = {"over": ["none"], "under": ["own"], "rhos": [2]}
    study.change("datasets", "tiny", "resampling", value=[grid])
    made = "results/tiny/sets/resample-none-own-r2.npz"
    status, output = study.run("--cores", "1", made)
    assert status == 1 and left_of(study, made) == []
    said_once(output, "undersamplers/own.py: keep(hardness_order, count) returned an array of ")
    assert re.search(r"for class (\d) \(\1\); expected an array of \d+ whole numbers", output)


def test_no_cores_at_all(empty):
    """Snakemake by itself would wait for a core forever."""
    status, output = empty.run("--cores", "0", "results/digits/data.npz")
    assert status == 1 and "--cores 0: no job could ever start; expected 1 or more" in output
    assert not empty.results("digits").exists()


def test_a_loss_that_is_not_finite(study):
    study.change("recipes", "digits-cnn", "optimizer", "lr", value=1e9)
    status, output = study.run(
        "--cores", "1", "results/tiny/members/full/digits-cnn/block-1/test.npz"
    )
    assert status == 1
    where = (
        r"tiny, full, digits-cnn, seed [23]: the loss is not finite in epoch 1, "
        r"step \d+ of 25: lower .* rate"
    )
    assert re.search(rf"train_members failed: {where}", output)
    assert left_of(study, "results/tiny/members/full/digits-cnn/block-1/test.npz") == []
    assert len(study.entries()) == 16  # those of before


def test_a_gpu_that_is_demanded_and_not_there(study):
    study.change("recipes", "digits-cnn", "device", value="gpu")
    status, output = study.run(
        "--cores", "1", "results/tiny/members/full/digits-cnn/block-0/test.npz"
    )
    assert status == 1
    said_once(
        output,
        "train_members failed: the recipe says `device: gpu`, and this job was given none: run "
        "with ",
    )
    assert "profiles/workstation-gpu" in output and "HARDNESS_DEVICE=cpu" in output


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("digits-cnn\n    stands_for", "digit-cnn\n    stands_for",
            "datasets.tiny.recipe: found 'digit-cnn'"),
        ("[aum, el2n, forgetting,", "[aum, el2n, forgettin,",
            "datasets.tiny.estimators[2]: found 'forgettin'"),
        ("margin: 0.05", "margn: 0.05", "unknown key 'margn'"),
        ("margin: 0.05\n", "margin: 0.05\n    margin: 0.1\n",
            "key 'margin' is given twice, on lines"),
        ("margin: 0.05", "margin: 5e-2", "found 5e-2 on line"),
    ],
)  # fmt: skip
def test_a_config_that_is_wrong(empty, old, new, message):
    empty.edit("config.yaml", old, new)
    status, output = empty.run("--cores", "1")
    assert status == 1
    assert output.count("config.yaml: ") == 1 and message in output
    assert "Traceback" not in output and "jobs done" not in output
    assert not empty.results("tiny").exists()
    if "margin" not in new:
        assert "did you mean" in output


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("datasets={tiny: {recipee: lenet}}", "recipee"),
        (
            "recipes={digits-cnn: {epochs: many}}",
            "recipes.digits-cnn.epochs: found 'many', expected",
        ),
        ("stduy={datasets: [tiny]}", "did you mean 'study'?"),
    ],
)
def test_a_config_that_is_wrong_by_the_command_line(empty, given, message):
    status, output = empty.run("--cores", "1", "--config", given)
    assert status == 1
    assert message in output and "Traceback" not in output and "jobs done" not in output
    assert not empty.results("tiny").exists()
