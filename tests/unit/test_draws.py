"""Training sets whose draws differ in their rows: long tails and random splits; and the data sets
with sub-classes that they are made of.
"""

import numpy as np
import pytest
import torch
from own_parts import check_grouped_is_single
from sklearn.preprocessing import StandardScaler
from toy_block import CPU, SGD, contents

from hardness.core import artifacts
from hardness.core.draws import draw_of
from hardness.data import datasets, derived, provenance
from hardness.sets import longtail, splits
from hardness.training import loop, store

ROWS = SGD | {
    "model": {"name": "mlp", "widths": [5]},
    "augment": {"shift": 0, "flip": False, "pad": "black"},
}


def table(counts=(30, 20, 12), columns=4):
    """Rows on other scales than one another, their class in the first column."""
    rng = np.random.default_rng(7)
    labels = rng.permutation(np.repeat(np.arange(len(counts)), counts))
    rows = rng.normal(size=(len(labels), columns)) * 2.0 ** np.arange(columns) + 3
    rows[:, 0] += 2 * labels
    rows[:, -1] = 5  # of one value
    names = [str(c) for c in range(len(counts))]
    rows = rows.astype(np.float32)
    return datasets.checked(rows, labels, rows, labels, names)


def digits(per_class=40):
    labels = np.tile(np.arange(10), per_class)
    images = np.random.default_rng(1).integers(0, 256, (len(labels), 4, 4, 1)).astype(np.uint8)
    test = slice(0, 30)
    names = [str(c) for c in range(10)]
    return datasets.checked(images, labels, images[test], labels[test], names)


# Sub-classes


def test_parity_keeps_the_digit_as_sub_class_through_every_derivation():
    base = digits()
    made = derived.parity(base)
    assert made.class_names.tolist() == ["even", "odd"] and made.sub_names.tolist() == list(
        "0123456789"
    )
    for labels, sub in (
        (made.train_labels, made.sub_labels),
        (made.test_labels, made.test_sub_labels),
    ):
        np.testing.assert_array_equal(labels, sub % 2)
    np.testing.assert_array_equal(made.sub_labels, base.train_labels)
    np.testing.assert_array_equal(made.train_inputs, base.train_inputs)
    for further in (
        derived.subset(made, 100, 20, 3),
        derived.noisy(made, 0.1, 0),
        derived.long_tailed(made, 5, 1),
    ):
        np.testing.assert_array_equal(further.sub_labels, base.train_labels[further.rows])
        assert len(further.test_sub_labels) == len(further.test_labels)
        assert set(further.sub_names) == set("0123456789")
    whole = derived.whole(made, provenance.NONE)
    np.testing.assert_array_equal(whole.sub_labels % 2, whole.train_labels)
    np.testing.assert_array_equal(whole.sub_labels, whole.test_sub_labels)


def test_parity_needs_classes_that_are_no_parity_yet():
    with pytest.raises(ValueError, match="of 2 classes with sub-classes; expected at least 4"):
        derived.parity(derived.parity(digits()))


def test_data_sets_come_back_from_their_files_with_their_sub_classes(tmp_path):
    made = derived.parity(digits())
    datasets.save(tmp_path / "data.npz", made)
    for name, value in datasets.load(tmp_path / "data.npz")._asdict().items():
        np.testing.assert_array_equal(value, getattr(made, name))


# Long tails


def test_mnists_parity_with_a_long_tail_of_digits_has_the_published_ratios():
    """Of 5,421 images of the rarest digit: digit d keeps int(5421 x 100^(-d/9)); even to odd is
    1.67 (Yu et al., Table 3).
    """
    labels = np.repeat(np.arange(10), 5421)
    images = np.zeros((len(labels), 1, 1, 1), np.uint8)
    images[:] = np.arange(len(labels))[:, None, None, None] % 251
    base = derived.parity(
        datasets.checked(images, labels, images[::5421], labels[::5421], list("0123456789"))
    )
    made = longtail.training_sets(base, 100, 3)
    digit = base.sub_labels[made.source]
    expected = [int(5421 * 100 ** (-d / 9) + 1e-9) for d in range(10)]
    for draw in range(3):
        np.testing.assert_array_equal(np.bincount(digit[draw]), expected)
        np.testing.assert_array_equal(made.labels_of(draw), digit[draw] % 2)
    even, odd = np.bincount(made.labels_of(0))
    assert even / odd == pytest.approx(1.67, abs=0.005)
    assert expected[0] / expected[9] == pytest.approx(100, abs=1)


def test_draws_of_a_long_tail_are_others_nested_and_each_as_likely_to_hold_a_row():
    base = digits()
    made = longtail.training_sets(base, 10, 200)
    assert made.source.dtype == np.int32 and made.source.shape == made.labels.shape
    for draw in (0, 7):
        np.testing.assert_array_equal(made.source[draw], derived.long_tailed(base, 10, draw).rows)
    smaller = longtail.training_sets(base, 20, 5)
    for few, many in zip(smaller.source, made.source, strict=False):
        assert set(few) < set(many)
    often = np.bincount(made.source.ravel(), minlength=400)
    for c in range(10):
        share = int(40 * 10 ** (-c / 9) + 1e-9) / 40
        own = often[base.train_labels == c]
        spread = (200 * share * (1 - share)) ** 0.5
        assert np.abs(own - 200 * share).max() <= 4.5 * spread


def test_a_ratio_of_1_is_the_whole_balanced_set():
    made = longtail.training_sets(digits(), 1, 2)
    np.testing.assert_array_equal(made.source, np.tile(np.arange(400), (2, 1)))


# Splits


def test_each_split_leaves_out_a_fifth_of_each_class_and_tests_on_it():
    data = table()
    made = splits.training_sets(data, 60, standardize=False)
    assert made.source.shape == (60, 62 - 13) and not len(made.statistics)
    rows = splits.test_rows(made.source, data.train_labels)
    assert rows.shape == (60, 13)  # ceil(62 / 5)
    for source, test in zip(made.source, rows, strict=True):
        assert sorted([*source, *test]) == list(range(62))
        np.testing.assert_array_equal(data.train_labels[test], data.train_labels[rows[0]])
    assert len({tuple(test) for test in rows}) == 60
    often = np.bincount(rows.ravel(), minlength=62)
    for c in range(3):  # each row as often as the others of its class
        own = often[data.train_labels == c]
        share = own.mean() / 60
        assert np.abs(own - own.mean()).max() < 4.5 * (60 * share * (1 - share)) ** 0.5


def test_splits_are_standardized_by_their_own_training_rows():
    """As scikit-learn does; a column of one value becomes 0."""
    data = table()
    made = splits.training_sets(data, 5, standardize=True)
    for source, (mean, std) in zip(made.source, made.statistics, strict=True):
        fitted = StandardScaler().fit(data.train_inputs[source].astype(np.float64))
        np.testing.assert_allclose(mean, fitted.mean_, rtol=1e-12)
        np.testing.assert_allclose(std, fitted.scale_, rtol=1e-12)
    assert len({*map(bytes, made.statistics)}) == 5


def test_a_set_of_splits_comes_back_from_its_file(tmp_path):
    made = splits.training_sets(table(), 4, standardize=True)
    datasets.save_set(tmp_path / "set.npz", made)
    for name, value in datasets.load_set(tmp_path / "set.npz")._asdict().items():
        np.testing.assert_array_equal(value, getattr(made, name))


def block_of(made, seeds, recipe=ROWS, observe=("predictions", "own-pass")):
    return store.Block(table(), made, recipe, list(seeds), observe, "toy, splits")


@pytest.mark.parametrize("standardize", [True, False])
def test_members_of_splits_see_rows_as_their_own_split_makes_them(standardize, tmp_path):
    """Training and prediction equal those of a data set that holds the standardized rows, one
    member after the other.
    """
    data, made = table(), splits.training_sets(table(), 3, standardize)
    state = loop.Training(block_of(made, [0, 1, 2]), tmp_path, CPU, torch.float64)
    for epoch in range(2):
        state.between_epochs(epoch)
        drawn = state.draw(epoch)
        for number in range(state.steps):
            state.train_step(number, drawn)
    found = state.evaluate(state.view, torch.arange(62), state.logits)
    for k in range(3):
        rows = data.train_inputs.astype(np.float64)
        if standardize:
            rows = StandardScaler().fit(rows[made.source[k]]).transform(rows)
        x = torch.from_numpy(rows)[:, None].permute(1, 2, 0)
        alone = loop.Training(block_of(made, [k]), tmp_path, CPU, torch.float64)
        for epoch in range(2):
            alone.between_epochs(epoch)
            drawn = alone.draw(epoch)
            for number in range(alone.steps):
                alone.train_step(number, drawn)
        logits = alone.network.eval()
        weights = logits.state_dict()
        hidden = torch.relu(weights["hidden.0.weight"] @ x[0] + weights["hidden.0.bias"][:, None])
        expected = weights["head.weight"] @ hidden + weights["head.bias"][:, None]
        torch.testing.assert_close(found[:, k], expected.T, rtol=1e-9, atol=1e-9)
    assert not torch.allclose(found[:, 0], found[:, 1])


def test_grouped_is_single_on_splits(tmp_path, monkeypatch):
    monkeypatch.setattr("own_parts.DATA", table())
    made = splits.training_sets(table(), 3, standardize=True)
    check_grouped_is_single(ROWS | {"sampler": {"name": "difficulty"}}, tmp_path, made)


def test_a_split_leaves_predictions_of_the_rows_that_it_left_out(tmp_path):
    """By the weights that a member has, also of seeds beyond the splits, which begin again."""
    data, made = table(), splits.training_sets(table(), 2, standardize=True)
    block = block_of(made, [2, 3], observe=("predictions", "weights"))
    entry = loop.train(block, tmp_path, CPU)
    predictions = artifacts.load_npz(entry / "predictions.npz")
    weights = artifacts.load_npz(entry / "weights.npz")
    test = splits.test_rows(made.source, data.train_labels)
    for k, seed in enumerate([2, 3]):
        draw = draw_of(seed, 2)
        fitted = StandardScaler().fit(data.train_inputs[made.source[draw]].astype(np.float64))
        x = fitted.transform(data.train_inputs[test[draw]].astype(np.float64))
        first, second = (np.split(weights[f"{name}.weight"], 2)[k] for name in ("hidden.0", "head"))
        hidden = np.maximum(x @ first.T + np.split(weights["hidden.0.bias"], 2)[k], 0)
        logits = hidden @ second.T + np.split(weights["head.bias"], 2)[k]
        found = predictions["logits"][k, test[draw]]
        np.testing.assert_allclose(found, logits, rtol=2**-9, atol=2e-3)
    assert "test.npz" in contents(entry)


def test_the_key_sees_how_a_split_is_standardized():
    made = splits.training_sets(table(), 2, standardize=True)
    raw = splits.training_sets(table(), 2, standardize=False)
    np.testing.assert_array_equal(made.source, raw.source)
    keys = [store.key(store.key_parts(block_of(one, [0, 1]))) for one in (made, raw)]
    assert keys[0] != keys[1]
