"""The cost estimate before anything is computed: by hand, and against the plan and its files."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter

import pytest
from conftest import ROOT, Project

from hardness.sets.spec import LongTail, Resampled, Splits
from study import cost, targets
from study.config import check, read_strictly
from study.plan import Plan

PLAN = Plan(check(read_strictly(ROOT / "config.yaml")))


def plan_of(**datasets):
    """A config of small data sets, with one recipe for CPUs and one for GPUs."""
    optimizer = {"name": "sgd", "lr": 0.1}
    small = {
        "model": {"name": "digits-cnn"},
        "epochs": 10,
        "batch_size": 32,
        "optimizer": optimizer,
    }
    recipes = {
        "small": small | {"members_per_job": 3},
        "large": small | {"model": {"name": "resnet18"}, "device": "gpu"},
    }
    return Plan(
        check({"study": {"datasets": list(datasets)}, "recipes": recipes, "datasets": datasets})
    )


def by_recipe(plan, *names):
    return {(row.dataset, row.recipe): row for row in cost.trainings(plan, names)}


def test_the_papers_study():
    rows = by_recipe(PLAN, *targets.PAPER)
    networks = {name: row.networks for name, row in rows.items()}
    assert networks == {
        # 20 on full; 36 resampled, 4 by Forgetting, 16 pruned, 3 at random; on full, and 3
        # strategies at 3 alphas
        ("cifar10", "resnet18"): 20 + 8 * (36 + 4 + 16 + 3),
        ("cifar10", "paper-pad-mean"): 8 * (1 + 9),
        ("cifar100", "resnet18"): 20 + 8 * (27 + 4 + 14 + 3),
        ("cifar100", "paper-pad-mean"): 8 * (1 + 6),
        ("cifar100-clean", "resnet18"): 20 + 8 * 27,
    }
    assert sum(networks.values()) == 1268
    assert all(row.jobs == row.networks for row in rows.values())  # one network per job
    assert {name: row.recorded for name, row in rows.items()} == {
        name: 8 if "pad" in name[1] else 20 for name in rows
    }

    # shares that stay
    pruned = 2 * (0.9 + 0.8 + 0.7 + 0.6 + 0.5 + 0.4 + 0.3 + 0.2) + (0.7 + 0.5 + 0.3)
    assert rows["cifar10", "resnet18"].samples == pytest.approx(
        200 * 50_000 * (20 + 8 * (36 + 4 + pruned))
    )
    assert rows["cifar100-clean", "resnet18"].samples == 200 * (50_000 - 552) * (20 + 8 * 27)


def test_blocks_of_several_members_are_one_job():
    plan = plan_of(
        a={
            "source": {"kind": "digits"},
            "recipe": "small",
            "ensembles": {"stability": 8, "recall": 4, "hardness": 4, "retraining": 4},
            "pruning": [{"levels": ["random"], "rates": [50, 90]}],
        }
    )
    (row,) = cost.trainings(plan, ["a"])
    assert (row.jobs, row.networks, row.recorded) == (3 + 2 + 2, 8 + 4 + 4, 8)
    assert row.samples == 10 * (8 * 1437 + 4 * (1437 - 718) + 4 * (1437 - 1293))


def test_networks_without_labels_and_of_second_splits_count():
    """Twins see two views of each sample. A second split has twice the members: each sample is
    scored by one of two.
    """
    digits = by_recipe(PLAN, "digits-unlabelled")
    assert [(row.recipe, row.jobs, row.networks, row.recorded) for row in digits.values()] == [
        ("control-digits", 3, 3 * 4, 4), ("twins-digits", 1, 4, 4)
    ]  # fmt: skip
    assert digits["digits-unlabelled", "twins-digits"].samples == 2 * 30 * 4 * 720
    # the plan's own list stays as it is: they are not compared with other sets
    assert ("full", "twins-digits") not in PLAN.ensembles("digits-unlabelled")
    split = by_recipe(PLAN, "cifar10-unlabelled")["cifar10-unlabelled", "second-split-conv4"]
    assert (split.jobs, split.networks, split.samples) == (16, 16, 20 * 16 * 10_000)


@pytest.mark.parametrize(
    "target",
    ["digits-noisy", "cifar100", "cifar100-clean", "digits-unlabelled", "mnist-unlabelled"],
)
def test_snakemake_plans_as_many_training_jobs(tmp_path, target):
    """Also those of other data sets: what cifar100-clean is made from, and what a claim compares
    cifar100 with; and those without labels.
    """
    project = Project.new(tmp_path / "project")
    shutil.copy(ROOT / "config.yaml", project.folder)
    planned = [job for job in project.plan(target) if job.rule.startswith("train_")]
    found = Counter((job.outputs[0].split("/")[1], job.outputs[0].split("/")[4]) for job in planned)
    assert found == {name: row.jobs for name, row in by_recipe(PLAN, target).items()}


def test_sizes_of_data_sets():
    digits = {"source": {"kind": "digits"}, "recipe": "small"}
    sources = {
        "few": {"kind": "subset", "of": "base", "train": 100, "test": 50},
        "clean": {"kind": "denoised", "of": "few", "remove": 0.1},
        "tail": {"kind": "long-tailed", "of": "base", "ratio": 100},
        "noisy": {"kind": "noisy", "of": "clean", "rate": 0.2},
        "whole": {"kind": "whole", "of": "base"},
        "two": {"kind": "parity", "of": "base"},
    }
    plan = plan_of(
        base=digits,
        **{name: {"source": source, "recipe": "small"} for name, source in sources.items()},
    )
    sizes = {name: cost.shape_of(plan, name)[:2] for name in ("base", *sources)}
    # 1437 / 10 x the sum of 100^(-c/9)
    assert sizes == {
        "base": (1437, 360),
        "few": (100, 50),
        "clean": (90, 50),
        "tail": (356, 360),
        "noisy": (90, 50),
        "whole": (1797, 1797),
        "two": (1437, 360),
    }


def test_sizes_of_sets_of_draws():
    """As of long-tailed data sets; a fifth less."""
    plan = plan_of(base={"source": {"kind": "digits"}, "recipe": "small"})
    shape = cost.shape_of(plan, "base")
    assert cost.size(LongTail(100, 3), shape) == 356 and cost.size(LongTail(1, 3), shape) == 1437
    assert cost.size(Splits(200, True), shape) == 1437 - 288
    assert cost.set_bytes(LongTail(1, 3), shape) == 3 * (4 + 8) * 1437


@pytest.mark.parametrize("kind", ["image-folder", "arrays"])
def test_own_files_that_were_not_read_are_an_error(kind):
    plan = plan_of(own={"source": {"kind": kind, "path": "mine"}, "recipe": "small"})
    with pytest.raises(
        ValueError,
        match="the size of own is not known before it is read: make study "
        "ARGS=results/own/data.npz",
    ):
        cost.trainings(plan, ["own"])


def test_bytes_of_an_input():
    """A byte for each value of an image, four for each of a row."""
    assert cost.Shape(10, 5, (8, 6, 3), 2).bytes == 144
    assert cost.Shape(10, 5, (13,), 2).bytes == 52


def test_disk_by_hand():
    rows = [cost.Training("cifar10", "resnet18", jobs=3, networks=3, samples=0, recorded=2)]
    part = cost.disk(PLAN, rows)["cifar10"]
    assert part["data"] == 60_000 * (3072 + 8)
    assert part["observations"] == 2 * (200 * 50_000 * (4 * 2 + 1) + 50_000 * 2 * 4)
    # ResNet-18: 11,173,962 parameters; 20 batch normalizations with 4,800 means and variances, and
    # a count each
    assert part["weights"] == 2 * (4 * (11_173_962 + 2 * 4_800) + 8 * 20)
    assert part["test"] == 3 * 10_000 * (10 * 2 + 8)


def test_disk_without_labels_by_hand():
    """Conv4's features of 8x8 images are 64 numbers: the widest layer's, averaged over places."""
    rows = cost.trainings(PLAN, ["digits-unlabelled"])
    part = cost.disk(PLAN, rows)["digits-unlabelled"]
    features = 4 * 720 * ((29 + 30) * 4 + 64 * 2)
    assert part["observations"] == (
        720 * 4 * (30 * (4 * 2 + 1) + 2 * 4)  # dynamics of the control
        + 2 * features  # of both
        + 4 * 720 * 30 * 4  # gradients
    )
    assert part["test"] == 360 * (12 * (10 * 2 + 8) + 4 * 64 * 2)
    # convolutions 3x3 without bias from 1, 16, 32 and 64 channels, batch norms (four numbers each,
    # and a count), and ten outputs, or a projector of 256 and 256 with one batch norm
    common = 9 * (16 + 16 * 32 + 32 * 64 + 64 * 64)
    twins = 64 * 256 + 4 * 256 + 256 * 256
    norms = 4 * (16 + 32 + 64 + 64)
    assert part["weights"] == 4 * (4 * (2 * (common + norms) + 65 * 10 + twins) + 8 * 9)


def test_disk_is_that_of_the_files(finished):
    """A file is larger by what npz adds: a header for each array."""
    plan = Plan(check(read_strictly(finished / "config.yaml")))
    part = cost.disk(plan, cost.trainings(plan, ["tiny"]))["tiny"]
    for name, pattern in {
        "data": "data.npz",
        "observations": "members/*/*/*/dynamics.npz",
        "weights": "members/*/*/*/weights.npz",
        "test": "members/*/*/*/test.npz",
    }.items():
        sizes = [path.stat().st_size for path in finished.results("tiny").glob(pattern)]
        assert len(sizes) > 0 and part[name] < sum(sizes) < part[name] + 6_000 * len(sizes), name
    for name, spec in plan.sets("tiny").items():
        # what Eq. 3 moves is not known beforehand
        if not isinstance(spec, Resampled) or spec.over == "none":
            counted = cost.set_bytes(spec, cost.shape_of(plan, "tiny"))
            assert (
                counted - 400
                < finished.results("tiny", "sets", f"{name}.npz").stat().st_size
                < counted + 1500
            ), name


def test_hours_from_measured_speeds_and_a_question_mark_without(tmp_path):
    gpu = {"machine": "Card X", "one member, float32, captured": {"samples/s": 1000.0}}
    row = {
        "what": "2 at once: small, batch 32, block of 3, 1 thread",
        "unit": "samples/s",
        "ours": {"median": 500},
    }
    (tmp_path / "gpu.json").write_text(json.dumps(gpu))
    (tmp_path / "training.json").write_text(
        json.dumps({"machine": {"processor": "Chip Y"}, "rows": [row]})
    )
    ensembles = {"stability": 4, "recall": 4, "hardness": 4, "retraining": 4}
    source = {"kind": "subset", "of": "base", "train": 900, "test": 10}
    plan = plan_of(
        base={"source": {"kind": "digits"}, "recipe": "small"},
        a={"source": source, "recipe": "large", "ensembles": ensembles},
        b={"source": source, "recipe": "small", "ensembles": ensembles},
    )
    text = cost.page(plan, ["a", "b"], cost.speeds(tmp_path))
    # 4 networks x 10 epochs x 900 samples = 36,000: at 1,000/s 36 s, at 250/s a core 144 s
    assert "| a | large | 4 | 4 | 0.036 | 0.01 |  |" in text
    assert "| b | small | 2 | 4 | 0.036 |  | 0.04 |" in text
    assert "| all |  | 6 | 8 | 0.072 | 0.01 | 0.04 |" in text
    assert (
        "1,000 samples/s, measured on one Card X" in text
        and "250 samples/s, measured, Chip Y" in text
    )

    text = cost.page(plan, ["b"], {})
    assert (
        "| b | small | 2 | 4 | 0.036 |  | ? |" in text
        and "- small, a CPU core: speed unknown" in text
    )


def test_assumptions_say_so(tmp_path):
    text = cost.page(PLAN, targets.PAPER, cost.speeds(tmp_path))
    assert "4,000 samples/s, assumed: an A100" in text


def counted(project):
    """The data sets that are counted where none is named."""
    command, environment = (
        [sys.executable, "-m", "study.cost"],
        os.environ | {"PYTHONPATH": "workflow"},
    )
    text = subprocess.check_output(
        command, cwd=project.folder, env=environment, text=True, encoding="utf-8"
    )
    return set(re.findall(r"^\| ([\w-]+) \| [a-z-]+ \|", text, re.MULTILINE))


def test_where_none_is_named_the_papers_count_or_else_the_studys(empty):
    assert counted(empty) == {"tiny"}
    empty.change(
        "datasets", "cifar10", value={"source": {"kind": "cifar10"}, "recipe": "digits-cnn"}
    )
    assert counted(empty) == {"cifar10"}
