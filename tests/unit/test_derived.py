"""Data sets made from others: which samples go, how long the tail is, which labels are flipped, and
to what.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from hardness.data import datasets, derived, provenance
from hardness.scoring.scores import Scores
from hardness.sets import denoising


def toy(counts=(40, 30, 30), test=10, **extra):
    """A data set whose image i holds i's bytes; its classes are called a, b, ..."""
    labels = np.random.default_rng(1).permutation(np.repeat(np.arange(len(counts)), counts))
    n, names = len(labels), [chr(97 + c) for c in range(len(counts))]
    images = np.arange(n, dtype=np.uint32).view(np.uint8).reshape(n, 2, 2, 1)
    test_labels = np.repeat(np.arange(len(counts)), test)
    tests = np.full((len(test_labels), 2, 2, 1), 7, dtype=np.uint8)
    return datasets.checked(images, labels, tests, test_labels, names, name="toy")._replace(**extra)


def scored(scores, direction="down", keys=None):
    """Scores of (M, n), with keys (q, M, n) or none."""
    scores = np.atleast_2d(np.asarray(scores, dtype=np.float32))
    keys = np.empty((0, *scores.shape)) if keys is None else np.asarray(keys, dtype=np.float32)
    return Scores(scores, keys, np.arange(len(scores)), direction)


def same_but_for_training_samples(made, base):
    for field in ("test_inputs", "test_labels", "class_names", "mean", "std"):
        np.testing.assert_array_equal(getattr(made, field), getattr(base, field))


def holds_rows(made, base, rows):
    np.testing.assert_array_equal(made.rows, rows)
    np.testing.assert_array_equal(made.train_inputs, base.train_inputs[rows])
    np.testing.assert_array_equal(made.train_labels, base.train_labels[rows])


FILED = {"files": np.array([f"{i}.png" for i in range(100)]), "true_labels": np.arange(100) % 3}


@pytest.mark.parametrize(
    "make",
    [
        lambda base: derived.subset(base, 20, 10, 0),
        lambda base: denoising.denoised(base, scored(np.arange(100)), 1, 10),
        lambda base: derived.long_tailed(base, 4, 0),
    ],
)
def test_samples_keep_their_file_true_label_and_row(make):
    base = toy(**FILED)
    made = make(base)
    assert 2 < len(made.rows) < 100
    holds_rows(made, base, made.rows)
    np.testing.assert_array_equal(made.files, [f"{row}.png" for row in made.rows])
    np.testing.assert_array_equal(made.true_labels, made.rows % 3)
    np.testing.assert_array_equal([made.mean, made.std], [base.mean, base.std])
    plain = make(toy())
    assert len(plain.files) == len(plain.true_labels) == 0


# Denoised


def test_the_samples_of_lowest_mean_margin_go_and_the_others_stay_in_order():
    base, scores = toy(), np.zeros((3, 100))
    # means -3, -2, -.5 and -2.5
    scores[0, [5, 50, 99]], scores[1, [5, 50, 7]] = (
        [-3, -1, -1],
        [-3, -3, -5],
    )
    scores[2, 0] = -100  # a member beyond the two
    made = denoising.denoised(base, scored(scores), 2, 3)
    holds_rows(made, base, np.delete(np.arange(100), [5, 7, 50]))
    same_but_for_training_samples(made, base)


def test_where_high_is_hard_the_highest_go_and_ties_follow_the_ranking():
    keys = np.zeros((1, 1, 100))
    keys[0, 0, [20, 30]] = 1
    made = denoising.denoised(toy(), scored(np.repeat([0, 7], 50)[::-1], "up", keys), 1, 2)
    assert sorted(set(range(100)) - set(made.rows)) == [20, 30]


def test_scores_without_members_remove_the_same_for_every_ensemble():
    base, values = toy(), np.random.default_rng(4).normal(size=100)
    alone = Scores(values, np.empty((0, 100)), None, "up")
    for members in (1, 8):
        made = denoising.denoised(base, alone, members, 10)
        holds_rows(made, base, np.sort(np.argsort(values)[:90]))


def test_a_class_that_would_lose_all_its_samples_is_named():
    base = toy()
    scores = scored(np.where(base.train_labels == 1, -1.0, np.arange(100)))
    assert len(denoising.denoised(base, scores, 1, 29).rows) == 71
    with pytest.raises(ValueError, match="negative takes every sample of b away"):
        denoising.denoised(base, scores, 1, "negative")


@pytest.mark.parametrize(
    "scores, remove, message",
    [
        (np.arange(99), 5, "the scores are of 99 samples, but the data set has 100"),
        (np.arange(100), "negative", "takes 0 of 100"),
        (-1 - np.arange(100), "negative", "takes 100 of 100"),
        (np.ones(100), "elbow", "takes 0 of 100"),
    ],
)
def test_foreign_scores_and_thresholds_that_take_none_or_all_are_refused(scores, remove, message):
    with pytest.raises(ValueError, match=message):
        denoising.denoised(toy(), scored(scores), 1, remove)


def test_a_threshold_is_a_count_a_share_or_a_sign():
    scores = np.arange(50_000) - 17.0
    assert denoising.threshold(scores, "down", 552) == 552
    assert denoising.threshold(scores, "down", 552 / 50_000) == 552
    assert denoising.threshold(scores, "down", 0.12) == 6_000
    assert denoising.threshold(scores, "down", "negative") == 17  # 0 itself stays
    with pytest.raises(
        ValueError, match="negative needs a score that is low where samples are hard"
    ):
        denoising.threshold(scores, "up", "negative")


@pytest.mark.parametrize("remove", [0, 100, -3, 0.0, 1.0, 1.5, "knee", None])
def test_another_threshold_is_refused_with_what_was_expected(remove):
    with pytest.raises(
        ValueError,
        match=r"remove is .*; expected a number of samples \(1 to 99\), a share .* elbow",
    ):
        denoising.threshold(np.arange(100.0), "down", remove)


# The elbow


@pytest.mark.parametrize("tail, n", [(11, 1_000), (552, 50_000), (300, 1_000)])
def test_the_elbow_lies_where_a_thin_tail_meets_the_bulk(tail, n):
    """Few values evenly on [0, 1), the others evenly on [1, 2]: the curve has one kink, at 1."""
    values = np.concatenate([np.arange(tail) / tail, np.linspace(1, 2, n - tail)])
    shuffled = np.random.default_rng(0).permutation(values)
    assert denoising.threshold(shuffled, "down", "elbow") == tail
    assert denoising.threshold(7 - 3 * shuffled, "up", "elbow") == tail


def test_the_elbow_of_a_normal_distribution_is_where_its_density_is_that_of_an_even_spread():
    n = 100_001
    values = stats.norm.ppf(np.arange(1, n) / n)  # range +-4.265; density 1/8.53 at z = -1.5665
    expected = stats.norm.cdf(-np.sqrt(-2 * np.log(np.sqrt(2 * np.pi) / np.ptp(values)))) * n
    assert denoising.elbow(values) == pytest.approx(expected, abs=2)
    assert 0.05 < expected / n < 0.07


def test_an_outlier_at_either_end_moves_the_elbow_to_fewer_samples():
    values = np.random.default_rng(0).normal(size=5_000)
    below, above = denoising.elbow(np.append(values, -20)), denoising.elbow(np.append(values, 20))
    assert 0 < above < denoising.elbow(values) / 2 > below > 0


@pytest.mark.parametrize(
    "values", [np.arange(100), np.sqrt(np.arange(100)) * -1, np.repeat([0, 1], [99, 1])]
)
def test_a_curve_that_never_lies_below_the_diagonal_has_no_elbow(values):
    """An even spread, one that is densest at the hard end, and one outlier among the easiest."""
    assert denoising.elbow(np.sort(values - np.max(values))) == 0


@settings(deadline=None, max_examples=200)
@given(st.lists(st.integers(-40, 40), min_size=2, max_size=60))
def test_the_elbow_is_the_point_farthest_below_the_line_between_the_ends(values):
    """Found in whole numbers; and near the one-sided Kolmogorov-Smirnov distance from an even
    spread.
    """
    ordered, n = sorted(values), len(values)
    low, span = ordered[0], ordered[-1] - ordered[0]
    depths = [(value - low) * (n - 1) - ordered.index(value) * span for value in ordered]
    count = denoising.elbow(np.array(values, dtype=float))
    assert ordered.index(ordered[count]) == count and depths[count] == max(depths)
    if span:
        distance = stats.ks_1samp(
            values, stats.uniform(low, span).cdf, alternative="less"
        ).statistic
        assert max(depths) / (span * (n - 1)) == pytest.approx(distance, abs=1 / n + 1e-12)


# Long-tailed


def balanced(k, each):
    """A data set of one pixel an image."""
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(k), each))
    images = np.zeros((k * each, 1, 1, 1), dtype=np.uint8)
    return datasets.checked(images, labels, images[:k], np.arange(k), [f"c{c}" for c in range(k)])


@pytest.mark.parametrize(
    "k, ratio, total",
    [(10, 100, 12_406), (10, 50, 13_996), (100, 100, 10_847), (100, 50, 12_608), (10, 1, 50_000)],
)
def test_long_tailed_cifar_has_the_size_that_the_literature_gives(k, ratio, total):
    made = derived.long_tailed(balanced(k, 50_000 // k), ratio, 0)
    assert len(made.train_labels) == total
    if (k, ratio) == (10, 100):
        assert np.bincount(made.train_labels).tolist() == [
            5000,
            2997,
            1796,
            1077,
            645,
            387,
            232,
            139,
            83,
            50,
        ]


def test_the_same_seed_chooses_nested_samples_and_another_seed_others():
    base = balanced(5, 200)
    rows = [set(derived.long_tailed(base, ratio, 3).rows) for ratio in (1, 2, 20, 100)]
    assert rows[0] > rows[1] > rows[2] > rows[3] and len(rows[0]) == 1000
    assert (
        rows[2]
        == set(derived.long_tailed(base, 20, 3).rows)
        != set(derived.long_tailed(base, 20, 4).rows)
    )


def test_every_sample_of_a_class_is_as_likely_to_be_chosen():
    base = balanced(2, 20)
    last = np.flatnonzero(base.train_labels == 1)
    chosen = np.concatenate([derived.long_tailed(base, 4, seed).rows for seed in range(800)])
    counts = np.array([np.count_nonzero(chosen == row) for row in last])
    assert counts.sum() == 800 * 5
    assert np.abs(counts - 200).max() < 4.5 * np.sqrt(800 * 0.25 * 0.75)


def test_in_an_unbalanced_data_set_the_smallest_class_sets_the_sizes():
    made = derived.long_tailed(toy((40, 32, 90)), 4, 0)
    assert np.bincount(made.train_labels).tolist() == [32, 16, 8]
    same_but_for_training_samples(made, toy((40, 32, 90)))


def test_a_tail_of_fewer_than_two_samples_and_a_ratio_below_1_are_refused():
    assert np.bincount(derived.long_tailed(toy((50, 31)), 15, 0).train_labels).tolist() == [31, 2]
    with pytest.raises(ValueError, match="ratio of 16 class b keeps 1 of 31 samples.*at most 15"):
        derived.long_tailed(toy((50, 31)), 16, 0)
    with pytest.raises(ValueError, match="is 0.5; it must be at least 1"):
        derived.long_tailed(toy(), 0.5, 0)


# Noisy


def test_the_share_asked_for_is_flipped_each_to_another_class_and_remembered():
    base = toy((400, 300, 300))
    made = derived.noisy(base, 0.1, 0)
    flipped = made.train_labels != base.train_labels
    assert flipped.sum() == 100
    np.testing.assert_array_equal(made.true_labels, base.train_labels)
    np.testing.assert_array_equal(made.train_inputs, base.train_inputs)
    np.testing.assert_array_equal(made.rows, np.arange(1000))
    same_but_for_training_samples(made, base)
    assert np.bincount(base.train_labels).tolist() == [400, 300, 300]  # the base is as it was


def test_flips_fall_on_all_samples_alike_and_go_to_all_other_classes_alike():
    base = balanced(5, 2_000)
    made = derived.noisy(base, 0.3, 1)
    pairs = np.zeros((5, 5), dtype=int)
    np.add.at(pairs, (made.true_labels, made.train_labels), 1)
    off = pairs[~np.eye(5, dtype=bool)]
    assert off.sum() == 3_000
    assert np.abs(off - 150).max() < 4.5 * np.sqrt(3_000 * 0.05 * 0.95)
    assert stats.chisquare(off).pvalue > 1e-4
    first = made.train_labels[:5_000] != made.true_labels[:5_000]
    assert abs(first.sum() - 1_500) < 4 * np.sqrt(5_000 * 0.3 * 0.7 / 2)


def test_a_larger_rate_of_the_same_seed_flips_more_of_the_same():
    base = toy((400, 300, 300))
    few, many, other = (
        derived.noisy(base, rate, seed) for rate, seed in ((0.1, 0), (0.4, 0), (0.1, 1))
    )
    flipped = few.train_labels != few.true_labels
    np.testing.assert_array_equal(many.train_labels[flipped], few.train_labels[flipped])
    assert (many.train_labels != many.true_labels).sum() == 400
    assert (other.train_labels != few.train_labels).any()


def test_pairs_flip_to_the_class_that_is_confused_with_ones_own():
    base = toy((400, 300, 300))
    made = derived.noisy(base, 0.2, 0, confused=np.array([2, 0, 1]))
    flipped = made.train_labels != base.train_labels
    assert flipped.sum() == 200
    assert set(
        zip(base.train_labels[flipped].tolist(), made.train_labels[flipped].tolist(), strict=True)
    ) == {
        (0, 2),
        (1, 0),
        (2, 1),
    }
    np.testing.assert_array_equal(
        flipped, (other := derived.noisy(base, 0.2, 0)).train_labels != other.true_labels
    )


@pytest.mark.parametrize("rate", [0, 0.001, 1, 1.2, -0.1])
def test_a_rate_that_flips_nothing_or_is_no_share_is_refused(rate):
    with pytest.raises(ValueError, match=f"a rate of {rate} flips .* of 100 labels"):
        derived.noisy(toy(), rate, 0)


@pytest.mark.parametrize("confused", [[1, 0], [0, 2, 1], [1, 2, 3], [1, 2, -1]])
def test_confused_classes_must_be_other_classes(confused):
    with pytest.raises(ValueError, match="expected another class for each of 3"):
        derived.noisy(toy(), 0.1, 0, confused=np.array(confused))


def test_labels_are_flipped_once_and_not_where_there_is_one_class():
    with pytest.raises(ValueError, match="flipped already"):
        derived.noisy(derived.noisy(toy(), 0.1, 0), 0.1, 1)
    with pytest.raises(ValueError, match="at least two classes"):
        derived.noisy(toy((20,)), 0.1, 0)


def test_the_most_confused_class_is_counted_over_members_and_ties_go_to_the_lower():
    test = np.array([0, 0, 0, 1, 1, 2, 2, 2])
    first = np.array([1, 0, 0, 2, 0, 2, 2, 0])
    second = np.array([2, 2, 0, 1, 1, 2, 1, 1])
    assert derived.most_confused(test, np.stack([first, second]), 3).tolist() == [2, 0, 1]
    assert derived.most_confused(test, first[None], 3).tolist() == [1, 0, 0]


def test_a_class_never_taken_for_another_gets_the_one_taken_for_it():
    test, predicted = np.array([0, 0, 1, 1, 2, 2]), np.array([[0, 0, 2, 2, 2, 0]])
    assert derived.most_confused(test, predicted, 3).tolist() == [2, 2, 0]
    with pytest.raises(ValueError, match="class 2 is never confused.*pairs: false"):
        derived.most_confused(test, np.array([[1, 0, 0, 1, 2, 2]]), 3)


@settings(deadline=None, max_examples=50)
@given(st.integers(2, 6), st.integers(1, 4), st.integers(0, 2**31))
def test_the_most_confused_class_is_the_largest_other_cell_of_the_confusion_matrix(
    k, members, seed
):
    from sklearn.metrics import confusion_matrix

    rng = np.random.default_rng(seed)
    test, predicted = rng.integers(0, k, 200), rng.integers(0, k, (members, 200))
    matrix = sum(confusion_matrix(test, one, labels=range(k)) for one in predicted)
    for own, other in enumerate(derived.most_confused(test, predicted, k)):
        assert other != own
        assert matrix[own, other] == np.delete(matrix[own], own).max()


# The whole


def test_the_whole_is_trained_and_tested_on_all_samples():
    base = toy()
    made = derived.whole(base, provenance.NONE)
    assert len(made.train_labels) == 130 and made.files.size == made.true_labels.size == 0
    np.testing.assert_array_equal(made.train_inputs[:100], base.train_inputs)
    np.testing.assert_array_equal(made.train_inputs[100:], base.test_inputs)
    np.testing.assert_array_equal(made.train_labels, [*base.train_labels, *base.test_labels])
    np.testing.assert_array_equal(made.test_inputs, made.train_inputs)
    np.testing.assert_array_equal(made.test_labels, made.train_labels)
    np.testing.assert_array_equal(made.rows, np.arange(130))
    for field in ("class_names", "mean", "std"):
        np.testing.assert_array_equal(getattr(made, field), getattr(base, field))


def test_the_whole_keeps_files_and_true_labels_where_they_are_known():
    test_files = np.array([f"test/{i}.png" for i in range(30)])
    made = derived.whole(toy(**FILED), test_files)
    assert made.files.tolist() == [*FILED["files"], *test_files]
    np.testing.assert_array_equal(made.true_labels[:100], FILED["true_labels"])
    np.testing.assert_array_equal(made.true_labels[100:], toy().test_labels)


def test_the_whole_of_a_table_keeps_its_rows():
    rows = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)
    labels = np.array([0, 1, 0, 1, 0, 1])
    base = datasets.checked(rows[:4], labels[:4], rows[4:], labels[4:], ["a", "b"])
    np.testing.assert_array_equal(derived.whole(base, provenance.NONE).train_inputs, rows)
