"""The examples of docs/adding.md, each as a reader would add it."""

import importlib
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import toy_study as toy
import yaml
from matplotlib.backends.backend_agg import FigureCanvasAgg
from own_parts import own, trained  # noqa: F401
from toy_block import CPU, DATA, FULL, SGD, N, make_block

from hardness.core import artifacts
from hardness.data import datasets
from hardness.evidence import latex, tabulation
from hardness.evidence.parts import FIGURES, TABLES
from hardness.scoring import estimation
from hardness.scoring.sources import Dynamics
from hardness.sets import resampling
from hardness.training import loop
from study.config import check

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "adding.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"`workflow/(hardness/\S+)\.py`:\n\n```python\n(.*?)```", PAGE, re.DOTALL))
RECIPES = dict.fromkeys(re.findall(r"^    ((?:model|head|objective|sampler|views|observe): .+)$",
                                   PAGE, re.MULTILINE))  # fmt: skip


def recipe(key):
    """SGD with the line of the page that names the part."""
    (line,) = (line for line in RECIPES if line.startswith(f"{key}: "))
    return SGD | yaml.safe_load(line)


@pytest.fixture
def added(tmp_path, monkeypatch):
    """Writes the page's file of a folder and a name where its registry looks too."""

    def add(folder, name):
        package = importlib.import_module(f"hardness.{folder.replace('/', '.')}")
        place = tmp_path / "added" / folder
        place.mkdir(parents=True)
        (place / f"{name}.py").write_text(FILES[f"hardness/{folder}/{name}"])
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(place)])
        monkeypatch.delitem(sys.modules, f"{package.__name__}.{name}", raising=False)

    return add


def train(own, kind, name, key, folder):  # noqa: F811
    own(kind, name, FILES[f"hardness/training/{kind}/{name}"])
    trained(recipe(key), folder)
    return {path.name: artifacts.load_npz(path) for path in folder.glob("*.npz")}


def test_the_page_has_an_example_of_each_part_and_every_one_is_here():
    tested = (ROOT / "tests" / "unit" / "test_adding.py").read_text(encoding="utf-8")
    assert len(FILES) == 11 and all(file.rpartition("/")[2] in tested for file in FILES)
    folders = {file.rpartition("/")[0].rpartition("/")[2] for file in FILES}
    kinds = {"models", "heads", "objectives", "samplers", "views", "observers"}
    assert folders == kinds | {
        "estimators", "oversamplers", "undersamplers", "plots", "tables"
    }  # fmt: skip


def test_the_estimator(added):
    added("scoring/estimators", "late_loss")
    loss = np.random.default_rng(0).random((2, 7, 5)).astype(np.float16)
    made = estimation.compute("late-loss", Dynamics(np.arange(2), loss=loss))
    expected = loss[:, 3:].astype(float).mean(axis=1)
    np.testing.assert_allclose(made.scores, expected, rtol=1e-3)
    assert made.direction == "up"


def test_the_samplers_of_sets(added):
    """20 samples of class 0 shrink to 15, 20 of class 1 grow to 25; low indices are easy."""
    added("sets/oversamplers", "hardest")
    added("sets/undersamplers", "hard")
    labels, order = np.repeat([0, 1], 20), np.arange(40)
    inputs = np.zeros((40, 2, 2, 1), np.uint8)
    sizes = np.array([15, 25])
    made = resampling.resample(inputs, labels, ["a", "b"], order, sizes, "hardest", "hard")
    counts = np.bincount(made.source[0], minlength=40)
    assert counts[:15].tolist() == [1] * 15 and not counts[15:20].any()  # the hardest are gone
    assert counts[20:38].tolist() == [1] * 18 and counts[38:].tolist() == [3, 4]


def test_the_model(own, tmp_path):  # noqa: F811
    own("models", "two_layers", FILES["hardness/training/models/two_layers"])
    alone = recipe("model") | {"members_per_job": 1}
    trained(alone, tmp_path, seeds=(0,))
    assert artifacts.load_npz(tmp_path / "test.npz")["logits"].shape == (1, 20, 3)
    # the recipe's width
    assert artifacts.load_npz(tmp_path / "weights.npz")["1.weight"].size == 64 * 160


def test_the_head(own, tmp_path):  # noqa: F811
    made = train(own, "heads", "sharp", "head", tmp_path / "entry")
    trained(SGD, tmp_path / "plain")
    plain = artifacts.load_npz(tmp_path / "plain" / "test.npz")["logits"]
    assert not np.array_equal(made["test.npz"]["logits"], plain)


def test_the_objective_is_torchs(own):  # noqa: F811
    import torch

    own("objectives", "smoothed", FILES["hardness/training/objectives/smoothed"])
    module = importlib.import_module("hardness.training.objectives.smoothed")
    logits, labels = torch.randn(4, 2, 3), torch.randint(3, (4, 2))
    expected = torch.nn.functional.cross_entropy(
        logits.flatten(0, 1), labels.flatten(), label_smoothing=0.2, reduction="none"
    ).view(4, 2)
    torch.testing.assert_close(module.objective(None, share=0.2).loss(logits, labels), expected)


def test_a_recipe_with_the_objective_trains(own, tmp_path):  # noqa: F811
    made = train(own, "objectives", "smoothed", "objective", tmp_path / "entry")
    assert np.isfinite(made["dynamics.npz"]["loss"]).all()


def test_the_sampler(own, tmp_path):  # noqa: F811
    made = train(own, "samplers", "halves", "sampler", tmp_path / "entry")
    assert not np.isnan(made["dynamics.npz"]["margin"]).any()  # every row in every epoch
    module = importlib.import_module("hardness.training.samplers.halves")
    setting = type("Setting", (), {"seeds": [3], "n": 10})
    drawn = module.sampler(setting).draw(0, 1, {})
    assert {*drawn[:5]} == {*range(5)} and {*drawn[5:]} == {*range(5, 10)}


def test_the_view(own, tmp_path):  # noqa: F811
    own("views", "jittered", FILES["hardness/training/views/jittered"])
    rows = np.random.default_rng(1).normal(size=(N, 4)).astype(np.float32)
    data = DATA._replace(train_inputs=rows, test_inputs=rows[:20], mean=np.zeros(4), std=np.ones(4))
    full = datasets.TrainingSet(FULL.source, FULL.labels, np.empty((1, 0, 4), np.float32))
    by_rows = {"model": {"name": "mlp", "widths": [8]}, "augment": {"shift": 0, "flip": False}}
    logits = []
    for views in ({}, {"views": "jittered"}):
        block = make_block(SGD | by_rows | views, [0, 1, 2], True, data, full)
        loop.train_into(block, tmp_path / f"{len(logits)}", CPU)
        logits.append(artifacts.load_npz(tmp_path / f"{len(logits)}" / "test.npz")["logits"])
    assert np.isfinite(logits[1]).all() and not np.array_equal(*logits)
    # a little noise changes little
    assert np.corrcoef(logits[0].ravel(), logits[1].ravel())[0, 1] > 0.9


def test_the_observer(own, tmp_path):  # noqa: F811
    own("observers", "mean_loss", FILES["hardness/training/observers/mean_loss"])
    block = make_block(recipe("observe"), (0, 1, 2))
    block = block._replace(observe=("dynamics", "mean-loss"))
    loop.train_into(block, tmp_path, CPU)
    means = artifacts.load_npz(tmp_path / "mean-loss.npz")["means"]
    loss = artifacts.load_npz(tmp_path / "dynamics.npz")["loss"].astype(float)
    np.testing.assert_allclose(means, loss.mean(axis=2), rtol=1e-3)


def test_the_figure(added, tmp_path):
    added("evidence/plots", "hardest_class")
    study = toy.make_study(10)
    module = FIGURES.find("hardest-class")
    table = module.table({"ranks": toy.make_allocation(study)}, study)
    assert len(table) == 10
    figure = module.draw(table, study)
    FigureCanvasAgg(figure).draw()
    assert [text.get_text() for text in figure.axes[0].get_xticklabels()] == [*study["names"]]


def test_the_table(added):
    added("evidence/tables", "class_sizes")
    module = TABLES.find("class-sizes")
    sizes = pd.DataFrame(
        {"set": ["full", "full", "p", "p"], "name": ["cat", "dog"] * 2, "size": [5, 6, 3, 4]}
    )
    table = module.table({"sizes": sizes}, {})
    text = tabulation.markdown("class-sizes", table, {"dataset": "pets"})
    assert "Samples of each class in the training sets of pets." in text
    assert "| dog | 6 | 4 |" in text and module.meaning(table, {}).startswith("2 training sets")
    assert r"dog & 6 & 4 \\" in latex.latex("class-sizes", table, {"dataset": "pets"})


def test_the_data_set_is_one_of_the_studys_config():
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    config["datasets"] |= yaml.safe_load(text)["datasets"]
    assert check(config)["datasets"]["digits-tail"]["source"]["ratio"] == 10
