"""Long-tailed draws and random splits, from the config to the files of their members."""

import csv

import numpy as np
import pytest
import yaml
from sklearn.datasets import load_iris

NORMAL = {"model": {"name": "mlp", "widths": [8]}, "head": {"name": "normalized"},
          "observe": "pass", "epochs": 2, "batch_size": 64, "members_per_job": 2,
          "optimizer": {"name": "sgd", "lr": 0.05, "momentum": 0.9}}  # fmt: skip
RECIPES = {
    "normal": NORMAL,
    "hard": NORMAL | {"sampler": {"name": "difficulty"}},
    "plain": NORMAL | {"observe": "dynamics", "head": {"name": "linear"}},
}
TINY = {
    "source": {"kind": "parity", "of": "digits"},
    "recipe": "normal",
    "estimators": ["aum"],
    "ensembles": {"stability": 2, "recall": 2, "hardness": 2, "retraining": 2},
    "long_tailed": [{"ratios": [10], "recipes": ["hard", "plain"]}],
    "splits": [{"draws": 3, "recipes": ["hard"]}],
}


@pytest.fixture
def made(empty):
    digits = {"source": {"kind": "digits"}, "recipe": "plain", "estimators": ["aum"]}
    load_iris(as_frame=True).frame.to_csv(empty / "sonar.csv", index=False)
    table = {"source": {"kind": "table", "path": "sonar.csv", "label": "target"},
             "recipe": "plain", "estimators": ["aum"], "ensembles": TINY["ensembles"],
             "splits": [{"draws": 3, "recipes": ["plain", "hard"]}]}  # fmt: skip
    config = {"data_dir": "data", "study": {"datasets": ["tiny"]}, "recipes": RECIPES,
              "datasets": {"digits": digits, "tiny": TINY, "table": table}}  # fmt: skip
    (empty / "config.yaml").write_text(yaml.safe_dump(config))
    below = ("evaluation/long-tailed-10/hard.csv", "evaluation/long-tailed-10/plain.csv",
             "evaluation/splits-3/hard.csv",
             "members/long-tailed-10/hard/block-0/tde.npz")  # fmt: skip
    files = [f"results/tiny/{file}" for file in below]
    empty.complete("--cores", "1", *files, "results/tables/ten-tables.md")
    return empty


def recalls(project, *place):
    with open(project.results("tiny", *place), encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    support = [int(row["support"]) for row in rows]
    return np.array([float(row["recall"]) for row in rows]).reshape(-1, 2), support


def test_draws_and_splits_are_trained_and_evaluated_each_on_its_own_rows(made):
    members = made.results("tiny", "members")
    with np.load(made.results("tiny", "data.npz")) as data:
        labels, sub_labels = data["train_labels"], data["sub_labels"]
        assert (labels == sub_labels % 2).all() and data["sub_names"].tolist() == list("0123456789")
        test_labels = data["test_labels"]
    with np.load(made.results("tiny", "sets", "long-tailed-10.npz")) as tails:
        sizes = [np.bincount(sub_labels[rows]).tolist() for rows in tails["source"]]
    smallest = np.bincount(sub_labels).min()
    assert sizes == [[int(smallest * 10 ** (-c / 9) + 1e-9) for c in range(10)]] * 2
    block = members / "long-tailed-10" / "hard" / "block-0"
    with np.load(block / "own-pass.npz") as passed, np.load(block / "tde.npz") as tde:
        assert passed["du"].shape == (2, sum(sizes[0])) and passed["loss"].shape[1] == 2
        assert tde["predicted"].shape == (2, len(tde["alphas"]), len(test_labels))
    assert not (members / "long-tailed-10" / "plain" / "block-0" / "own-pass.npz").exists()
    assert not (members / "full").exists()  # nothing is compared with it
    with np.load(made.results("tiny", "sets", "splits-3.npz")) as split:
        source = split["source"]
    recall, support = recalls(made, "evaluation", "splits-3", "hard.csv")
    seed = 0
    for number in range(2):  # blocks of two members, then of one
        folder = members / "splits-3" / "hard" / f"block-{number}"
        with np.load(folder / "predictions.npz") as predictions:
            for predicted in predictions["predicted"]:
                left_out = np.setdiff1d(np.arange(len(labels)), source[seed])
                for c in range(2):
                    own = left_out[labels[left_out] == c]
                    assert recall[seed, c] == pytest.approx((predicted[own] == c).mean())
                    assert support[2 * seed + c] == len(own)
                seed += 1
    assert seed == 3 and len(left_out) == 288  # a fifth of 1,437
    for ending, row in (("md", "| table |"), ("tex", "table &"), ("csv", "hard")):
        table = made.results("tables", f"ten-tables.{ending}").read_text(encoding="utf-8")
        assert row in table, table
