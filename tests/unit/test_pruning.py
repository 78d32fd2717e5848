"""Pruned sets: small ones by hand, and properties that must hold for any labels and rate."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from hardness.sets import pruning

LABELS = np.array([0, 1, 0, 2, 0, 1, 0, 2, 0, 1])  # 5, 3 and 2 samples
ORDER = np.array([8, 6, 0, 9, 4, 3, 2, 1, 7, 5])  # from the easiest to the hardest
SHAPE = (8, 8, 1)


def prune(level, rate, draws=1):
    return pruning.prune(LABELS, ORDER, level, rate, draws, SHAPE)


@pytest.mark.parametrize(
    ("level", "rate", "kept"),
    [
        ("dlp", 30, [2, 4, 1, 5, 9, 3, 7]),  # without 8, 6, 0
        ("dlp", 70, [1, 5, 7]),  # hardest three; class 0 is gone
        ("hardest", 30, [0, 2, 4, 6, 8, 9, 3]),  # without 5, 7, 1
        ("hardest", 70, [0, 6, 8]),
        ("clp", 30, [0, 2, 4, 6, 1, 5, 7]),  # shares 1.5, .9, .6 of 3: one of each class
        ("clp", 50, [2, 4, 1, 5, 7]),  # shares 2.5, 1.5, 1 of 5: the tie goes to class 0
        ("dlp", 0, [0, 2, 4, 6, 8, 1, 5, 9, 3, 7]),
        ("clp", 0, [0, 2, 4, 6, 8, 1, 5, 9, 3, 7]),
        ("random", 0, [0, 2, 4, 6, 8, 1, 5, 9, 3, 7]),
        ("dlp", 24.9, [0, 2, 4, 1, 5, 9, 3, 7]),  # 2.49 are two
    ],
)
def test_pruned_sets_by_hand(level, rate, kept):
    made = prune(level, rate)
    assert made.source.tolist() == [kept] and made.source.dtype == np.int32
    assert made.labels.tolist() == LABELS[kept].tolist() and made.labels.dtype == np.int64
    assert made.synthetic.shape == (1, 0, *SHAPE) and made.synthetic.dtype == np.uint8


@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=6),
    st.integers(0, 99),
    st.randoms(use_true_random=False),
)
def test_all_levels_drop_as_many_and_only_whole_shares(counts, rate, random):
    labels = np.repeat(np.arange(len(counts)), counts)
    random.shuffle(labels)
    order = np.array(random.sample(range(len(labels)), len(labels)))
    rank = np.argsort(order)
    try:
        made = {
            level: pruning.prune(labels, order, level, rate, 2, SHAPE) for level in pruning.LEVELS
        }
    except ValueError:
        assert len(labels) - round(rate * len(labels) / 100) < len(counts)
        return
    dropped = {len(labels) - len(x.labels) for x in made.values()}
    assert len(dropped) == 1 and abs(dropped.pop() - rate * len(labels) / 100) <= 0.5
    for x in made.values():
        for source in x.source:
            assert len(set(source.tolist())) == len(source) and (labels[source] == x.labels).all()
            assert (np.diff(x.labels * len(labels) + source) > 0).all()  # by class, then by index

    def left(level):
        return np.bincount(made[level].labels, minlength=len(counts))

    assert (left("clp") == left("random")).all()
    cut = (np.array(counts) - left("clp")).sum() / len(labels)
    shares = np.array(counts) * (1 - cut)
    assert left("clp").min() >= 1 and (left("clp") < np.maximum(shares, 1) + 1).all()
    if shares.min() >= 1:  # else what small classes keep is taken from the others
        assert (np.abs(shares - left("clp")) < 1).all()
    gone = np.setdiff1d(order, made["dlp"].source[0])
    assert (
        not len(gone)
        or not len(made["dlp"].labels)
        or rank[gone].max() < rank[made["dlp"].source[0]].min()
    )
    for c in range(len(counts)):
        own = made["clp"].source[0][made["clp"].labels == c]
        gone = np.setdiff1d(np.flatnonzero(labels == c), own)
        assert not len(gone) or not len(own) or rank[gone].max() < rank[own].min()


@pytest.mark.parametrize("level", ["clp", "random"])
def test_no_class_is_pruned_away_but_by_the_whole_data_set(level):
    """90% of 94 leave 9, by their shares 5, 0 and 4: class 1 keeps one, which class 0 loses."""
    labels, order = np.repeat([0, 1, 2], [50, 4, 40]), np.arange(94)
    made = pruning.prune(labels, order, level, 90, 1, SHAPE)
    assert np.bincount(made.labels).tolist() == [4, 1, 4]
    assert set(pruning.prune(labels, order, "dlp", 90, 1, SHAPE).labels) == {2}


def test_fewer_samples_than_classes_are_refused():
    with pytest.raises(
        ValueError, match="1 of 4 samples are left for 2 classes; expected at least"
    ):
        pruning.prune(np.array([0, 0, 0, 1]), np.arange(4), "clp", 75, 1, SHAPE)


def test_random_pruning_keeps_every_sample_of_a_class_equally_often():
    made = prune("random", 50, draws=3000)
    assert np.bincount(made.labels).tolist() == [2, 2, 1]
    kept = np.bincount(made.source.ravel(), minlength=10)
    for c in range(3):
        # draws without replacement vary less than chi-square supposes: too even is no fault
        assert scipy.stats.chisquare(kept[LABELS == c]).pvalue > 0.001
    assert len(np.unique(made.source, axis=0)) == 10 * 3 * 2  # every subset there is


def test_random_draws_depend_on_their_number_only_and_other_levels_have_one():
    few, many = prune("random", 50, 2), prune("random", 50, 9)
    assert (
        (few.source == many.source[:2]).all()
        and len(many.source) == 9
        and many.synthetic.shape == (9, 0, *SHAPE)
    )
    assert len(prune("dlp", 50, 9).source) == len(prune("clp", 50, 9).source) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"level": "dpl"}, "unknown pruning level 'dpl': did you mean 'dlp'"),
        ({"rate": 100}, "rate is 100"),
        ({"rate": -1}, "rate is -1"),
        ({"rate": float("nan")}, "rate is nan"),
        ({"draws": 0}, "0 draws are asked for"),
        ({"order": ORDER[:-1]}, "each of the 10 rows once"),
        ({"labels": np.where(LABELS == 1, 2, LABELS)}, "class 1 .* no samples"),
    ],
)
def test_bad_input_is_named(change, message):
    good = {
        "labels": LABELS,
        "order": ORDER,
        "level": "clp",
        "rate": 10,
        "draws": 1,
        "shape": SHAPE,
    }
    with pytest.raises(ValueError, match=message):
        pruning.prune(**(good | change))
