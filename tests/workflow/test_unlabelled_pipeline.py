"""Hardness without labels from networks to tables: every result of a small data set, once."""

import numpy as np
import pytest
import yaml
from conftest import Project

from hardness.core import artifacts
from hardness.data import imagenoise

CONFIG = """\
study: {datasets: [small]}
recipes:
  control: &control
    model: {name: conv4, widths: [4, 8, 8, 8]}
    observe: [features, label-gradients]
    epochs: 4
    batch_size: 20
    optimizer: {name: adam, lr: 0.01}
    members_per_job: 4
  split: {<<: *control, sampler: {name: second-split}, observe: pass}
  twins:
    <<: *control
    head: {name: projector, dims: [8, 8]}
    objective: {name: barlow-twins, lambda: 0.01}
    views: twins
    observe: [features, input-gradients]
datasets:
  digits: {source: {kind: digits}, recipe: control, estimators: [aum]}
  small: &small
    source: {kind: subset, of: digits, train: 120, test: 60}
    recipe: control
    unlabelled: {recipe: twins, control: control}
    second_split: split
    stands_for: cifar10-unlabelled
    ensembles: {stability: 2, recall: 2, hardness: 2, retraining: 2}
    estimators:
      [aum, forgetting, ssft, vog, prediction-depth, msd, msd-std, lgn, msd-labelled, feature-norm,
       contrast]
    pruning:
      - {levels: [dlp, hardest], rates: [30], estimator: msd}
      - {levels: [random], rates: [30, 67]}
    resampling:
      - {over: [random], under: [easy], rhos: [2]}
      - {over: [random], under: [easy], rhos: [2], estimator: msd}
  spoiled:
    <<: *small
    source: {kind: noisy-images, of: small, rate: 0.2}
    stands_for: cifar10-noisy-images
"""
FIGURES = ("msd-map", "score-correlations", "history-clusters", "representation", "pruned-by-msd",
           "classes-by-msd")  # fmt: skip
TABLES = ("score-correlations", "classes-by-msd", "claims")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    project = Project.new(tmp_path_factory.mktemp("unlabelled"))
    config = yaml.safe_load(CONFIG)
    (project / "config.yaml").write_text(yaml.safe_dump(config))
    wanted = [f"results/small/figures/{name}.png" for name in FIGURES]
    wanted += [f"results/small/tables/{name}.md" for name in TABLES]
    wanted += ["results/spoiled/figures/image-noise-detection.png",
               "results/spoiled/tables/claims.md"]  # fmt: skip
    project.complete("--cores", "2", *wanted, driver=False)
    return project


def table(project, dataset, *parts):
    return artifacts.load_csv(project.results(dataset, *parts))


def test_every_result_has_its_rows(made):
    representation = table(made, "small", "unlabelled", "representation.csv")
    spaces = representation["space"].tolist()
    assert spaces == ["pixels", "untrained", "untrained", "trained", "trained", "chance"]
    assert (representation["accuracy"][:-1] > 0.2).all()  # of ten classes
    correlations = table(made, "small", "unlabelled", "correlations.csv")
    compared = {*correlations["first"], *correlations["second"]}
    assert {"ssft", "vog", "prediction-depth", "msd", "contrast"} <= compared
    pruned = table(made, "small", "unlabelled", "pruned.csv")
    assert set(pruned["set"]) == {"prune-dlp-30-msd", "prune-hardest-30-msd", "prune-random-30",
                                  "prune-random-67"}  # fmt: skip
    assert set(table(made, "small", "unlabelled", "resampled.csv")["estimator"]) == {"aum", "msd"}
    assert set(table(made, "small", "unlabelled", "clusters.csv")["reading"]) == {"shape", "level"}


def test_the_trained_features_are_those_of_the_members(made):
    """Their neighbours' votes, from the files of the members, by scikit-learn."""
    from sklearn.neighbors import KNeighborsClassifier

    data = artifacts.load_npz(made.results("small", "data.npz"))
    block = made.results("small", "members", "full", "twins", "block-0")
    train = artifacts.load_npz(block / "features.npz")["features"].astype(float)
    test = artifacts.load_npz(block / "test.npz")["features"].astype(float)
    found = table(made, "small", "unlabelled", "representation.csv")["accuracy"][-3:-1]
    for own, asked, accuracy in zip(train, test, found, strict=True):
        oracle = KNeighborsClassifier(5, weights="distance").fit(own, data["train_labels"])
        # ties fall another way
        assert abs(oracle.score(asked, data["test_labels"]) - accuracy) < 0.1


def test_a_set_without_the_hardest_lacks_those_of_lowest_msd(made):
    scores = artifacts.load_npz(made.results("small", "hardness", "msd.npz"))["scores"][:2]
    order = np.argsort(scores.mean(axis=0), kind="stable")
    kept = artifacts.load_npz(made.results("small", "sets", "prune-hardest-30-msd.npz"))["source"]
    assert set(kept[0].tolist()) == {*range(120)} - set(order[:36].tolist())


def test_spoiled_images_are_those_that_the_seed_says(made):
    before, after = (
        artifacts.load_npz(made.results(name, "data.npz"))["train_inputs"]
        for name in ("small", "spoiled")
    )
    what = imagenoise.kinds(120, 0.2, 0)
    assert ((before != after).any(axis=(1, 2, 3)) == (what != "")).all()
    found = table(made, "spoiled", "image-noise.csv")
    assert set(found["spoiled"]) == {24, 8} and set(found["noise"]) == {"any", *imagenoise.KINDS}


def test_claims_are_judged_and_told_by_the_recipe_without_labels(made):
    claims = table(made, "small", "claims.csv")
    assert set(claims["recipe"]) == {"twins"} and "not computed" in set(claims["verdict"])
    words = {"holds here", "does not hold here", "undecided", "not judged", "not computed"}
    assert {*claims["verdict"]} <= words
    text = made.results("small", "tables", "claims.md").read_text(encoding="utf-8")
    assert "checked on small with the recipe twins" in text
    noisy = table(made, "spoiled", "claims.csv")
    assert len(noisy["id"]) == 4 and "not computed" not in set(noisy["verdict"])
