"""Properties of every objective, head, sampler and model of a recipe: grouped training equals
single training, one core equals many, and resumed equals uninterrupted.
"""

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from own_parts import check_grouped_is_single
from toy_block import CLASSES, CPU, SGD, SHAPE, STEPS, TWINS, N, contents, interrupted, make_block

from hardness.data import datasets
from hardness.training import loop
from hardness.training.parts import HEADS, MODELS, OBJECTIVES, SAMPLERS, reads_labels

REGISTRIES = {"objective": OBJECTIVES, "head": HEADS, "sampler": SAMPLERS}
EVERY = [(kind, name) for kind, registry in REGISTRIES.items() for name in registry.names()]
# those that read labels; the others, and their head: see test_unlabelled.py
LABELLED = [name for name in OBJECTIVES.names() if reads_labels({"objective": {"name": name}})]
OTHER_OPTIONS = [
    ("sampler", "difficulty", {"c": 0.1, "start": "permutation", "before": "untrained"}),
    ("head", "normalized", {"groups": 4}),
]


def draws():
    """Draws with other labels for each member: so the objectives' class counts differ too."""
    rng = np.random.default_rng(2)
    source = np.sort(rng.integers(0, N, (3, N)), axis=1).astype(np.int32)
    labels = np.stack([np.sort(rng.integers(0, CLASSES, N) % (k + 2)) for k in range(3)])
    return datasets.TrainingSet(source, labels, np.empty((3, 0, *SHAPE), np.uint8))


@pytest.mark.parametrize("sampling", SAMPLERS.names())
@pytest.mark.parametrize("name", LABELLED)
def test_grouped_is_single_for_every_objective_and_sampler(name, sampling, tmp_path):
    parts = {"objective": {"name": name}, "sampler": {"name": sampling}}
    check_grouped_is_single(SGD | parts, tmp_path, draws())


@pytest.mark.parametrize("name", [name for name in HEADS.names() if name != "projector"])
def test_grouped_is_single_for_every_head(name, tmp_path):
    check_grouped_is_single(SGD | {"head": {"name": name}}, tmp_path)


@pytest.mark.parametrize(("kind", "name", "options"), OTHER_OPTIONS)
def test_grouped_is_single_with_other_options(kind, name, options, tmp_path):
    check_grouped_is_single(SGD | {kind: {"name": name, **options}}, tmp_path)


@pytest.mark.parametrize(
    "name",
    [name for name in MODELS.names() if not name.startswith("resnet18") and name != "lenet"],
)
def test_grouped_is_single_for_models_in_the_loop_itself(name, tmp_path):
    """The others are too large for these images, or this test: see test_models.py."""
    options = {"depth": 8} if name == "resnet-cifar" else {}
    check_grouped_is_single(SGD | {"model": {"name": name, **options}}, tmp_path)


# Bit for bit


def recipe_of(kind, name):
    """A recipe with this part, which observes passes; one without labels; or with this observer."""
    if kind == "observer":
        return SGD | {"observe": ["features", name]}
    if name in (TWINS["objective"]["name"], TWINS["head"]["name"]):
        return TWINS
    return SGD | {kind: {"name": name}, "observe": "pass"}


@pytest.mark.parametrize("how", ["term", "kill"])
@pytest.mark.parametrize(("kind", "name"), [*EVERY, ("observer", "label-gradients")])
def test_resumed_is_uninterrupted(kind, name, how, tmp_path, monkeypatch):
    """Stopped inside the first epoch, at the second one's end, and inside the last one."""
    block = make_block(recipe_of(kind, name), [0, 5])
    expected = loop.train(block, tmp_path / "whole", CPU)
    after = [2, 2 * STEPS, 4 * STEPS - 1]
    entry = interrupted(monkeypatch, tmp_path / "parts", block, after, how)
    assert entry.name == expected.name and contents(entry) == contents(expected)


CORES = """
import os, sys
os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:int(sys.argv[2])]))
from pathlib import Path
import test_conformance, toy_block
for kind, name in test_conformance.EVERY:
    recipe = test_conformance.recipe_of(kind, name) | {"threads": 2}
    toy_block.run(Path(sys.argv[1]) / f"{kind} {name}", recipe)
"""


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two cores")
def test_one_core_or_many_give_the_same_bits(tmp_path):
    """The threads are the recipe's, whatever the machine has. Parts differ from one another."""
    found = {}
    for cores in (1, 2):
        folder, here = tmp_path / str(cores), Path(__file__).resolve().parent
        path = os.pathsep.join([str(here), str(here.parents[1] / "workflow")])
        command = [sys.executable, "-c", CORES, str(folder), str(cores)]
        subprocess.run(command, check=True, env=os.environ | {"PYTHONPATH": path})
        for part in folder.iterdir():
            (entry,) = part.iterdir()
            found[part.name, cores] = contents(entry)
    assert len(found) == 2 * len(EVERY)
    for kind, name in EVERY:
        one, many = (found[f"{kind} {name}", cores] for cores in (1, 2))
        assert one == many and len(one) == 4


def test_a_sampler_of_the_passes_draws_by_what_a_resumed_training_observed(tmp_path, monkeypatch):
    """In the order in which the uninterrupted training draws, epoch by epoch."""
    orders, genuine = [], loop.Training.finish_epoch

    def finish_epoch(self, epoch, drawn):
        orders.append(drawn.order.numpy().copy())
        genuine(self, epoch, drawn)

    monkeypatch.setattr(loop.Training, "finish_epoch", finish_epoch)
    block = make_block(recipe_of("sampler", "difficulty"), [0, 5])
    loop.train(block, tmp_path / "whole", CPU)
    whole, orders = orders, []
    interrupted(monkeypatch, tmp_path / "parts", block, [STEPS + 1, 3 * STEPS + 2], "term")
    np.testing.assert_array_equal(whole, orders)
    assert all((first != second).any() for first, second in pairwise(whole))
