"""Folds: which samples a draw leaves out, and the values of the members that did not train on a
sample.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardness.data import datasets
from hardness.sets import folds

NAMES = [f"class-{c}" for c in range(20)]


def distinct(n, seed=0):
    """n rows that all differ."""
    return np.random.default_rng(seed).permutation(n)[:, None].astype(np.float32)


# at least two contents of each class, with repeated ones
CLASSES = st.lists(
    st.lists(st.integers(0, 6), min_size=2, max_size=12).filter(lambda ones: len(set(ones)) > 1),
    min_size=1,
    max_size=3,
)


def samples(classes):
    """Inputs and labels of lists of contents."""
    contents = np.array([content for ones in classes for content in ones])
    labels = np.repeat(np.arange(len(classes)), [len(ones) for ones in classes])
    return contents[:, None].astype(np.float32), labels


@settings(max_examples=100, deadline=None)
@given(st.integers(2, 30), st.integers(2, 7), st.integers(0, 100))
def test_folds_of_different_samples_are_as_equal_as_can_be(n, k, seed):
    sizes = np.bincount(folds.folds(distinct(n, seed), np.zeros(n, int), k), minlength=k)
    assert len(sizes) == k and sizes.sum() == n and sizes.max() - sizes.min() <= 1


@settings(max_examples=200, deadline=None)
@given(CLASSES, st.integers(2, 6))
def test_equal_samples_of_a_class_are_in_one_fold_whatever_their_order(classes, k):
    inputs, labels = samples(classes)
    fold = folds.folds(inputs, labels, k)
    assert ((0 <= fold) & (fold < k)).all()
    keys = list(zip(labels, inputs[:, 0], strict=True))
    assert len({(key, f) for key, f in zip(keys, fold, strict=True)}) == len(set(keys))
    order = np.random.default_rng(0).permutation(len(labels))
    np.testing.assert_array_equal(folds.folds(inputs[order], labels[order], k), fold[order])


@settings(max_examples=300, deadline=None)
@given(st.integers(3, 40), st.integers(2, 7), st.integers(0, 100), st.data())
def test_where_one_sample_goes_at_most_k_minus_1_others_change_folds(n, k, seed, data):
    inputs = distinct(n, seed)
    gone = data.draw(st.integers(0, n - 1))
    rest = np.delete(np.arange(n), gone)
    before = folds.folds(inputs, np.zeros(n, int), k)[rest]
    after = folds.folds(inputs[rest], np.zeros(n - 1, int), k)
    assert (before != after).sum() <= k - 1


def test_another_class_moves_no_sample():
    inputs, labels = distinct(40), np.repeat([0, 1], 20)
    alone = folds.folds(inputs[:20], labels[:20], 5)
    np.testing.assert_array_equal(folds.folds(inputs, labels, 5)[:20], alone)


def test_folds_do_not_follow_the_order_or_the_values():
    """Ranked by a hash: the folds of rising values are no more alike than a random order's."""
    fold = folds.folds(np.arange(1000, dtype=np.float32)[:, None], np.zeros(1000, int), 2)
    assert 0.4 < (fold[1:] == fold[:-1]).mean() < 0.6


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(2, 15), min_size=1, max_size=4), st.integers(2, 7))
def test_each_draw_leaves_out_its_fold_and_as_many_of_each_class(counts, k):
    """By hand: ceil(n_c / k) of each class; more than its fold only where that is smaller."""
    labels = np.random.default_rng(3).permutation(np.repeat(np.arange(len(counts)), counts))
    inputs = distinct(len(labels))
    made, fold = folds.training_sets(inputs, labels, k, NAMES), folds.folds(inputs, labels, k)
    kept = [count - -(-count // k) for count in counts]
    assert made.source.shape == (k, sum(kept)) == made.labels.shape
    assert made.synthetic.shape == (k, 0, 1) and made.synthetic.dtype == np.float32
    for d, (rows, of_rows) in enumerate(zip(made.source, made.labels, strict=True)):
        assert (np.diff(rows) > 0).all() and np.bincount(of_rows).tolist() == kept
        np.testing.assert_array_equal(of_rows, labels[rows])
        out = np.setdiff1d(np.arange(len(labels)), rows)
        assert set(np.flatnonzero(fold == d)) <= set(out)
        for c in range(len(counts)):  # filled up from the next folds: none is passed over
            others = [f for f in np.roll(range(k), -d - 1) if ((fold == f) & (labels == c)).any()]
            extra = [fold[row] for row in out if labels[row] == c and fold[row] != d]
            assert set(extra) <= set(others[:1])


@settings(max_examples=200, deadline=None)
@given(CLASSES, st.integers(2, 6))
def test_with_equal_samples_draws_stay_equally_large(classes, k):
    inputs, labels = samples(classes)
    fold = folds.folds(inputs, labels, k)
    alone = [len(set(fold[labels == label])) == 1 for label in range(len(classes))]
    if all(alone):
        with pytest.raises(ValueError, match="no class has training samples in two folds"):
            folds.training_sets(inputs, labels, k, NAMES)
        return
    made = folds.training_sets(inputs, labels, k, NAMES)
    sizes = [np.bincount(of_rows, minlength=len(classes)).tolist() for of_rows in made.labels]
    assert sizes == [sizes[0]] * k
    assert [size == 0 for size in sizes[0]] == alone  # such a class is left out
    for d, rows in enumerate(made.source):
        assert not np.isin(np.flatnonzero(fold == d), rows).any()


def test_equal_samples_are_not_parted_where_it_can_be_avoided():
    """51 pairs in 5 folds of 20 or 22: what fills a draw up to 22 is a pair."""
    inputs = np.repeat(np.arange(51), 2)[:, None].astype(np.float32)
    made = folds.training_sets(inputs, np.zeros(102, int), 5, NAMES)
    assert made.source.shape == (5, 80)
    for rows in made.source:
        assert (np.bincount(rows // 2, minlength=51) % 2 == 0).all()


def test_images_are_cut_as_rows_are():
    images = np.random.default_rng(0).integers(0, 256, (30, 2, 2, 3), dtype=np.uint8)
    made = folds.training_sets(images, np.arange(30) % 3, 5, NAMES)
    assert made.source.shape == (5, 24) and made.synthetic.shape == (5, 0, 2, 2, 3)
    assert made.synthetic.dtype == np.uint8


def test_folds_come_back_from_their_file(tmp_path):
    made = folds.training_sets(distinct(13), np.arange(13) % 3, 4, NAMES)
    datasets.save_set(tmp_path / "folds-4.npz", made)
    again = datasets.load_set(tmp_path / "folds-4.npz")
    for ours, theirs in zip(again, made, strict=True):
        np.testing.assert_array_equal(ours, theirs, strict=True)
    np.testing.assert_array_equal(again.labels_of(2), made.labels[2])


@pytest.mark.parametrize(
    ("inputs", "labels", "k", "said"),
    [
        (distinct(4), [0, 0, 1, 1], 1, "1 folds are asked for; expected at least 2"),
        (distinct(2), [0, 1], 2, "no class has training samples in two folds"),
        (np.ones((4, 1), np.float32), [0, 0, 0, 0], 2, "no class .*: add samples, or write folds"),
    ],
    ids=["one fold", "one sample", "one content"],
)
def test_what_cannot_be_cut_is_said(inputs, labels, k, said):
    with pytest.raises(ValueError, match=said):
        folds.training_sets(inputs, np.array(labels), k, NAMES)


@pytest.mark.parametrize("count", [1, 3])
def test_a_class_in_one_fold_is_in_no_draw_and_is_named(capsys, count):
    inputs = np.concatenate([distinct(10), np.full((count, 1), 77, np.float32)])
    made = folds.training_sets(inputs, np.repeat([0, 1], [10, count]), 5, NAMES)
    assert made.source.shape == (5, 8) and not made.labels.any()
    assert f"class 1 (class-1) has {count} training sample(s)" in capsys.readouterr().out
    values = np.arange(10)[:, None] * np.ones((1, 10 + count))
    assert np.isfinite(folds.out_of_fold(values, made.source)).all()


# Out of fold


def test_out_of_fold_values_by_hand():
    """Draws 0, 1, 2 of six samples leave out 0 and 1, 4 and 5, 2 and 3 and, filled up, 5. Member m
    says 10 m + sample.
    """
    source = np.array([[2, 3, 4, 5], [0, 1, 2, 3], [0, 1, 4, 4]])
    values = 10 * np.arange(6)[:, None] + np.arange(6)
    assert folds.out_of_fold(values, source).tolist() == [
        [0, 1, 22, 23, 14, 15],
        [30, 31, 52, 53, 44, 25],
    ]


@settings(max_examples=100, deadline=None)
@given(CLASSES, st.integers(2, 5), st.integers(1, 3))
def test_out_of_fold_rows_are_the_members_that_did_not_see_a_sample(classes, k, times):
    inputs, labels = samples(classes)
    try:
        made = folds.training_sets(inputs, labels, k, NAMES)
    except ValueError:
        return
    members = np.arange(k * times)
    values = np.broadcast_to(members[:, None, None], (k * times, len(labels), 2))
    found = folds.out_of_fold(values, made.source)
    assert found.shape == (times, len(labels), 2)
    for sample in range(len(labels)):
        unseen = [m for m in members if sample not in made.source[m % k]]
        assert found[:, sample, 0].tolist() == unseen[:times]


def test_out_of_fold_values_need_whole_rounds_of_members_and_folds():
    source = np.array([[0, 1], [2, 3]])
    with pytest.raises(ValueError, match="3 members; expected a multiple of 2"):
        folds.out_of_fold(np.zeros((3, 4)), source)
    with pytest.raises(ValueError, match="sample 0 is in every draw"):
        folds.out_of_fold(np.zeros((2, 4)), np.array([[0, 1], [0, 2]]))
