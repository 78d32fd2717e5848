"""The benchmarks' own correctness: both sides do the same work, and the tables say what was
measured.
"""

import json
import re
import socket
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from hardness.training import loop as package

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))
import bench  # noqa: E402
import gpu  # noqa: E402
import passes  # noqa: E402
import reference  # noqa: E402
import shares  # noqa: E402
import stability  # noqa: E402

torch.set_num_threads(1)

# Both sides do the same work


def test_the_reference_s_scores_are_the_package_s_measures():
    rng = np.random.default_rng(0)
    logits = torch.from_numpy(rng.normal(size=(20, 5)).astype(np.float32)) * 4
    labels, numbers = (
        torch.from_numpy(rng.integers(0, 5, 20)),
        torch.from_numpy(rng.permutation(20)),
    )
    found = {name: [[] for _ in range(20)] for name in reference.SCORES}
    reference.add_scores(found, logits, labels, numbers)
    expected = package.measures(logits[:, None], labels[:, None])
    assert set(found) == set(expected)
    for name, values in expected.items():
        of_each = np.array(found[name])[numbers]
        np.testing.assert_allclose(of_each, values.numpy(), rtol=1e-5, atol=1e-6, err_msg=name)
    assert 0 < np.mean(found["correct"]) < 1


@pytest.mark.parametrize("name", ["digits-cnn", "lenet-cifar"])
def test_the_reference_trains_as_the_package_does(name):
    """Where there is no chance, one batch an epoch without augmentation, both have the same
    training dynamics.
    """
    shape = (16, 16, 3)
    recipe = bench.recipes()[name] | {
        "epochs": 6,
        "batch_size": 40,
        "augment": {"shift": 0, "flip": False, "pad": "black"},
        "members_per_job": 2,
    }
    data = bench.random_data(40, shape)
    block = bench.start(data, recipe)
    assert len(list(bench.epochs(block))) == 6
    for member in range(2):
        *_, scores = reference.train(data, recipe, seed=member, workers=0)
        for score in ("margin", "loss", "el2n", "true_logit"):
            recorded = block.observers["dynamics"].record[score][member].astype(np.float32)
            np.testing.assert_allclose(
                np.array(scores[score]).T, recorded, rtol=2e-3, atol=2e-3, err_msg=score
            )
    # it does learn
    assert np.ptp(block.observers["dynamics"].record["loss"].mean(axis=(0, 2))) > 0.01


def test_the_reference_keeps_scores_only_if_asked():
    recipe = bench.recipes()["lenet-cifar"] | {"epochs": 1, "batch_size": 16}
    data = bench.random_data(40, (16, 16, 3))
    (kept,) = reference.train(data, recipe, workers=0)
    (none,) = reference.train(data, recipe, scores=False, workers=0)
    assert {len(values) for score in kept.values() for values in score} == {1}
    assert {len(values) for score in none.values() for values in score} == {0}


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_tiers_and_sets_count_the_same_changes(ties, seed):
    scores = stability.random_scores(5, 300, seed, ties)
    assert (len(np.unique(scores.scores)) < 30) == ties
    changes = stability.by_tiers(scores)
    assert changes.shape == (9, 4) and 0 < changes.min() <= changes.max() < 100
    np.testing.assert_array_equal(changes, stability.by_sets(scores))


def test_jobs_get_the_snakefile_s_environment():
    setting = re.compile(r'os\.environ\.setdefault\("(\w+)", (?:"(\w+)"|str\(2\*\*(\d+)\))\)')
    found = setting.findall((ROOT / "workflow" / "Snakefile").read_text())
    assert {name: text or str(2 ** int(power)) for name, text, power in found} == bench.JOBS


# Measuring


def test_sides_take_turns():
    order = []
    sides = {
        "reference": lambda: order.append("r") or len(order),
        "ours": lambda: order.append("o") or len(order),
    }
    found = bench.alternate("toy", sides, 3)
    assert "".join(order) == "rororo"
    assert found == {"reference": [1, 3, 5], "ours": [2, 4, 6]}


@pytest.mark.parametrize(
    ("how", "unit", "expected"),
    [
        ("times as fast", "s", [3, 0.5, 2]),
        ("times as fast", "samples/s", [1 / 3, 2, 0.5]),
        ("times as long", "s", [1 / 3, 2, 0.5]),
        ("share", "s", [1 / 3, 2, 0.5]),
        ("difference", "MiB", [-4, 3, -3]),
    ],
)
def test_each_repeat_is_compared_with_its_own_reference(how, unit, expected):
    row = bench.row("toy", unit, [2, 6, 3], [6, 3, 6], how)
    assert row["ratio"]["each"] == pytest.approx(expected, rel=1e-4)
    assert row["ratio"]["median"] == pytest.approx(sorted(expected)[1], rel=1e-4)
    assert (row["ours"]["median"], row["reference"]["median"]) == (3, 6)


def test_an_unpaired_repeat_is_an_error():
    with pytest.raises(ValueError, match="shorter"):
        bench.row("toy", "s", [1, 2], [1], "share")


def test_a_part_s_clock_stands_still_while_another_s_runs(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(shares.time, "perf_counter", lambda: now[0])
    clock = shares.Clock()

    def takes(duration, *then):
        now[0] += duration
        for function in then:
            function()

    forward = clock.timed("forward", lambda: takes(1))
    evaluation = clock.timed("evaluation", lambda: takes(10, forward))
    clock.timed("dynamics", lambda: takes(100, evaluation, forward))()
    takes(1000)
    found = clock.take()
    assert {part: value for part, value in found.items() if value} == {
        "evaluation": 11,
        "dynamics": 100,
        "forward": 1,
        "the rest": 1000,
    }
    assert not any(clock.take().values())


# Showing

RESULT = {
    "date": "2026-01-31",
    "machine": {"processor": "a processor", "cores": 2, "python": "3.12.1", "torch": "2.11.0"},
    "rows": [
        bench.row(
            "training", "samples/s", [61e3, 65432, 64e3], [2e3] * 3, "times as fast", "at least 40x"
        ),
        bench.row("start", "s", [0.30123]),
        bench.row("with dynamics", "s", [1.03], [1], "times as long"),
        bench.row("a part", "s", [0.0123, 0.0201], [1, 1], "share"),
        bench.row("memory", "MiB", [2000], [1500], "difference"),
    ],
}
TABLE = """\
[stability](stability.json), 2026-01-31, a processor, 2 cores, Python 3.12.1, torch 2.11.0

| what | ours | reference | ratio (range over repeats) | aim |
|---|---|---|---|---|
| training | 64,000 samples/s | 2,000 samples/s | 32x (30.5 to 32.7) | at least 40x |
| start | 0.301 s |  |  |  |
| with dynamics | 1.03 s | 1 s | 1.03x the time |  |
| a part | 0.0162 s | 1 s | 1.62% (1.23 to 2.01) |  |
| memory | 2,000 MiB | 1,500 MiB | 500 MiB more |  |"""


def test_tables_replace_what_stood_between_the_marks(tmp_path):
    (tmp_path / "stability.json").write_text(json.dumps(RESULT))
    (tmp_path / "README.md").write_text(
        f"Before.\n\n{bench.BEGIN}\n\nold\n\n{bench.END}\n\nAfter.\n"
    )
    bench.render(tmp_path)
    expected = f"Before.\n\n{bench.BEGIN}\n\n{TABLE}\n\n{bench.END}\n\nAfter.\n"
    assert (tmp_path / "README.md").read_text() == expected
    bench.render(tmp_path)
    assert (tmp_path / "README.md").read_text() == expected


def test_a_readme_without_marks_is_left_alone(tmp_path):
    (tmp_path / "README.md").write_text(f"{bench.BEGIN} but no end")
    with pytest.raises(ValueError, match="README.md has no lines <!-- table: begin -->"):
        bench.render(tmp_path)
    assert (tmp_path / "README.md").read_text() == f"{bench.BEGIN} but no end"


def test_the_readme_shows_what_is_stored(tmp_path):
    here = ROOT / "benchmarks"
    for path in (here / "README.md", *here.glob("*.json")):
        (tmp_path / path.name).write_text(path.read_text())
    bench.render(tmp_path)
    assert (tmp_path / "README.md").read_text() == (here / "README.md").read_text()


def test_the_machine_is_described_but_not_named():
    described = json.dumps(bench.machine())
    assert socket.gethostname() not in described and str(ROOT) not in described
    assert {"processor", "cores", "python", "torch"} <= set(bench.machine())


def test_all_benchmarks_are_run():
    """All but the two modules that they share, gpu.py, which is for a machine with a GPU, and
    appendix_table.py, rule_power*.py and label_errors.py, which measure no time.
    """
    programs = {path.stem for path in (ROOT / "benchmarks").glob("*.py")} - {
        "bench",
        "reference",
        "gpu",
        "appendix_table",
        "label_errors",
        "rule_power",
        "rule_power_appendix",
        "rule_power_rebalancing",
        "rule_power_unlabelled",
    }
    assert programs == set(bench.NAMES)


def test_the_recipes_for_a_gpu_are_the_configs():
    """gpu.py repeats the recipes, for a machine that cannot read the config."""
    recipes = bench.recipes()
    assert (gpu.PAPER, gpu.QUICK) == (recipes["resnet18"], recipes["resnet18-quick"])
    assert gpu.NINE == recipes["resnet9-cifar"]


def test_what_a_pass_costs_at_least_is_counted_layer_by_layer():
    """Of 2-3-1: 9 multiply-adds forward, 9 for the weights, 3 for the inputs of the last layer."""
    assert passes.floor([2, 3, 1]) == 9 / 21
