"""Predictions of members for samples held out of their training: by hand, scikit-learn, scipy."""

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import confusion_matrix, recall_score

from hardness.analysis import held_out
from hardness.analysis.held_out import HeldOut
from hardness.core import artifacts
from hardness.data import datasets
from hardness.sets import folds

NAMES = np.array(["cat", "dog", "01"])


def toy(part="train", n=60, members=2, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 3
    p = rng.dirichlet(np.ones(3), (members, n)) + 0.3 * np.eye(3)[labels]
    p /= p.sum(axis=2, keepdims=True)
    files = np.array([f"{NAMES[label]}/{i}.png" for i, label in enumerate(labels)])
    return HeldOut(part, labels, files, p.mean(axis=0), p.argmax(axis=2))


PARTS = [toy(), toy("test", 24, members=10, seed=1)]


def by_hand():
    """Two members on three samples, of labels 0, 1 and 2."""
    p = np.array(
        [
            [[0.7, 0.2, 0.1], [0.5, 0.3, 0.2], [0.1, 0.3, 0.6]],
            [[0.5, 0.4, 0.1], [0.1, 0.5, 0.4], [0.2, 0.1, 0.7]],
        ]
    )
    return HeldOut("train", np.arange(3), held_out.NO_FILES, p.mean(axis=0), p.argmax(axis=2))


def test_a_sample_by_hand():
    found = held_out.samples([by_hand()], NAMES)
    assert found["predicted"] == [0, 1, 2] and found["predicted_name"] == NAMES.tolist()
    np.testing.assert_allclose(found["self_confidence"], [0.6, 0.4, 0.65], rtol=1e-6)
    np.testing.assert_allclose(found["margin"], [0.3, 0.1, 0.45], rtol=1e-6)
    assert found["agreement"] == [1, 0.5, 1]  # the first member takes the second sample for a cat
    assert found["file"] == [None] * 3


def test_samples_of_both_parts_stand_below_each_other():
    found = held_out.samples(PARTS, NAMES)
    assert found["part"] == ["train"] * 60 + ["test"] * 24
    assert found["index"] == [*range(60), *range(24)] and found["file"][60] == "cat/0.png"
    wrong = np.array(found["predicted"]) != found["label"]
    margin = np.array(found["margin"])
    assert wrong.any() and (margin[wrong] < 0).all() and (margin[~wrong] > 0).all()


def test_confusion_is_scikit_learns():
    table = held_out.confusion_table(PARTS, NAMES)
    labels = np.concatenate([one.labels for one in PARTS])
    predicted = np.concatenate([one.p.argmax(axis=1) for one in PARTS])
    counts = confusion_matrix(labels, predicted)
    assert table["n"].tolist() == counts.ravel().tolist()
    shares = confusion_matrix(labels, predicted, normalize="true")
    np.testing.assert_allclose(table["share"], shares.ravel())
    assert table["name"].tolist() == np.repeat(NAMES, 3).tolist()
    assert table["predicted_name"].tolist() == NAMES.tolist() * 3
    classes = held_out.classes(PARTS, NAMES)
    np.testing.assert_allclose(
        classes["accuracy"][1:], recall_score(labels, predicted, average=None)
    )
    np.testing.assert_allclose(classes["accuracy"][0], np.mean(labels == predicted))
    np.testing.assert_allclose(classes["chance"][1:], np.bincount(predicted) / len(labels))
    assert classes["class"].tolist() == [-1, 0, 1, 2] and classes["name"][0] == "all"


@pytest.mark.parametrize(("hits", "trials"), [(0, 5), (3, 7), (96, 120), (120, 120), (1, 1)])
def test_intervals_are_wilsons(hits, trials):
    low, high = held_out.wilson(np.array([hits]), np.array([trials]))
    expected = binomtest(hits, trials).proportion_ci(method="wilson")
    np.testing.assert_allclose([low[0], high[0]], [expected.low, expected.high], atol=1e-12)


def certain(labels, predicted):
    """Members that are all sure of the same."""
    p = np.eye(3)[predicted]
    return HeldOut("train", np.array(labels), held_out.NO_FILES, p, np.array([predicted]))


def test_a_class_that_is_guessed_is_no_better_than_chance():
    """Class 0 is separated from the others; classes 1 and 2 are not separated from each other."""
    labels = [0] * 40 + [1] * 40 + [2] * 40
    predicted = [0] * 38 + [1] * 2 + ([1] * 20 + [2] * 20) * 2
    table = held_out.classes([certain(labels, predicted)], NAMES)
    assert table["weak"].tolist() == [True, False, True, True]
    # 20 of 40, interval .35 to .65; 42 of 120 samples, .35, are predicted as class 1
    assert table["chance"].tolist() == [1 / 3, 38 / 120, 42 / 120, 40 / 120]
    assert table["no_better_than_chance"].tolist() == [False, False, False, False]
    predicted[40:60] = [1] * 10 + [2] * 10
    table = held_out.classes([certain(labels, predicted)], NAMES)
    # 10 of 40, interval from .14 on, 32 of 120 are predicted as class 1; 20 of 40, from .352 on,
    # 50 of 120 are predicted as class 2
    assert table["no_better_than_chance"].tolist() == [False, False, True, True]
    said = held_out.weaknesses(table)
    assert said[0].startswith("The networks are weak: out of fold they are right about 57% of the")
    assert said[1] == "They are no better than chance on dog, 01." and "source.size" in said[2]


def test_networks_that_are_good_are_not_warned_of_and_weak_classes_are_named():
    labels = [0] * 40 + [1] * 40 + [2] * 40
    table = held_out.classes([certain(labels, labels)], NAMES)
    assert not table["weak"].any() and held_out.weaknesses(table) == []
    predicted = [*labels[:-10], *[0] * 10]
    said = held_out.weaknesses(held_out.classes([certain(labels, predicted)], NAMES))
    assert said[0] == "The networks are weak on some classes: 01 (75%)." and len(said) == 2


def test_training_samples_are_judged_by_those_that_did_not_train_on_them(tmp_path):
    """Members that say class 0 of what they trained on, and class 1 of all else."""
    rng = np.random.default_rng(0)
    inputs, labels = rng.normal(size=(20, 2)).astype(np.float32), np.arange(20) % 2
    data = datasets.checked(inputs, labels, inputs[:4], labels[:4], ["a", "b"])
    source = folds.training_sets(inputs, labels, 5, ["a", "b"]).source
    logits = np.zeros((10, 20, 2), dtype=np.float16)
    logits[..., 1] = 3
    for member in range(10):
        logits[member, source[member % 5]] = [3, 0]
    tests = np.zeros((10, 4, 2), dtype=np.float16)
    tests[:7, :, 1] = 1
    for name, values in (("predictions", logits), ("test", tests)):
        for block, seeds in enumerate((range(6), range(6, 10))):
            path = tmp_path / f"{name}-{block}.npz"
            artifacts.save_npz(path, seeds=np.array(seeds), logits=values[list(seeds)])
    files = [[tmp_path / f"{name}-{block}.npz" for block in (0, 1)] for name in
             ("predictions", "test")]  # fmt: skip
    train, test = held_out.load(data, source, *files)
    assert (train.predicted == 1).all() and train.predicted.shape == (2, 20)
    assert (train.agreement == 1).all() and (train.self_confidence[labels == 1] > 0.9).all()
    assert test.predicted.shape == (10, 4) and (test.agreement == 0.7).all()
    assert [one.part for one in held_out.load(data, source, files[0], [])] == ["train"]
