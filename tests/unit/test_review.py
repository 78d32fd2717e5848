"""Which samples are worth a look, and why: by hand, and by cleanlab."""

import numpy as np
import pytest
from cleanlab.count import get_confident_thresholds
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores
from hypothesis import given
from hypothesis import strategies as st

from hardness.analysis import held_out, review
from hardness.analysis.held_out import HeldOut
from hardness.data import datasets
from hardness.scoring.ranks import ranks
from hardness.scoring.scores import Scores, ranking

NAMES = np.array(["cat", "dog", "cow"])
NOTHING = {
    name: np.array([], dtype=kind)
    for name, kind in (("part", str), ("index", int), ("conflict", bool), ("kind", str))
}


def held(p, labels, members=None, part="train"):
    """Predictions of which all members agree, unless `members` says what each predicts."""
    p, labels = np.array(p), np.array(labels)
    predicted = np.array([p.argmax(axis=1)] if members is None else members)
    return HeldOut(part, labels, held_out.NO_FILES, p, predicted)


def random_case(n=300, k=4, wrong=0.1, seed=0):
    """Predictions that know the true labels, of which some were flipped."""
    rng = np.random.default_rng(seed)
    true = np.arange(n) % k
    labels = np.where(rng.random(n) < wrong, (true + rng.integers(1, k, n)) % k, true)
    members = np.stack([rng.dirichlet(np.ones(k), n) + np.eye(k)[true] for _ in range(2)])
    members /= members.sum(axis=2, keepdims=True)
    found = HeldOut("train", labels, held_out.NO_FILES, members.mean(axis=0), members.argmax(2))
    return found, labels != true


def test_ranks_are_places_from_the_hardest_on():
    scores = Scores(np.array([[3.0, 1, 2]]), np.empty((0, 1, 3)), np.arange(1), "up")
    assert ranks(ranking(scores, 1)).tolist() == [1, 3, 2]
    assert ranks(ranking(scores._replace(direction="down"), 1)).tolist() == [3, 1, 2]


def test_the_order_is_that_of_the_mean_rank_by_hand():
    confidence = np.array([0.9, 0.1, 0.5, 0.3, 0.7])  # ranks 5, 1, 3, 2, 4
    alone = review.ordered(confidence)
    assert alone.aum is None and alone.out_of_fold.tolist() == [5, 1, 3, 2, 4]
    assert alone.suspicion.tolist() == [1, 0.2, 0.6, 0.4, 0.8]
    aum = np.array([4, 5, 1, 2, 3])  # means 4.5, 3, 2, 2, 3.5: equal means by confidence
    both = review.ordered(confidence, aum)
    assert both.suspicion.tolist() == [1, 0.6, 0.4, 0.2, 0.8]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.randoms())
def test_a_suspicion_is_a_place_as_a_fraction(confidence, random):
    n = len(confidence)
    aum = np.array(random.sample(range(1, n + 1), n))
    for order in (review.ordered(np.array(confidence)), review.ordered(np.array(confidence), aum)):
        np.testing.assert_allclose(np.sort(order.suspicion), np.arange(1, n + 1) / n)


def test_thresholds_and_the_order_are_cleanlabs():
    found, _ = random_case()
    expected = get_confident_thresholds(found.labels, found.p)
    np.testing.assert_allclose(review.thresholds(found.p, found.labels), expected)
    quality = get_label_quality_scores(found.labels, found.p)
    order = review.ordered(found.self_confidence)
    assert np.argsort(order.out_of_fold).tolist() == np.argsort(quality, kind="stable").tolist()


def test_what_is_likely_mislabelled_is_so_by_cleanlab_too():
    """Ours are those of confident learning on which all members agree."""
    found, flipped = random_case()
    ours = review.mislabelled(found, None, review.thresholds(found.p, found.labels))
    theirs = find_label_issues(
        found.labels, found.p, filter_by="confident_learning", n_jobs=1, min_examples_per_class=0
    )
    assert ours.sum() > 15 and (theirs[ours]).all()
    assert flipped[ours].mean() > 0.9 and ours[flipped].mean() > 0.5
    aum = np.arange(300, 0, -1)  # the last thirty are the hardest
    hard = review.mislabelled(found, aum, review.thresholds(found.p, found.labels))
    assert hard.any() and (hard == ours & (aum <= 30)).all()


LIMITS = np.array([0.7, 0.6, 0.5])


@pytest.mark.parametrize(
    ("p", "label", "members", "reason"),
    [
        ([0.2, 0.7, 0.1], 0, [[1], [1]], "likely-mislabelled"),
        ([0.2, 0.7, 0.1], 0, [[1], [0]], "unlike-its-class"),  # members do not agree
        ([0.2, 0.55, 0.25], 0, [[1], [1]], "unlike-its-class"),  # below the threshold of dogs
        ([0.2, 0.25, 0.55], 0, [[2], [2]], "likely-mislabelled"),  # but not of cows
        ([0.4, 0.55, 0.05], 0, [[1], [1]], "ambiguous"),
        ([0.55, 0.4, 0.05], 0, [[0], [0]], "ambiguous"),
        ([0.45, 0.05, 0.5], 1, [[2], [0]], "unlike-its-class"),  # split, but not with the label
        ([0.4, 0.3, 0.3], 0, [[0], [0]], "hard"),  # split between three
        ([0.8, 0.15, 0.05], 0, [[0], [0]], "hard"),
    ],
)
def test_reasons_by_hand(p, label, members, reason):
    found = held([p], [label], members)
    order = review.ordered(found.self_confidence)
    assert review.reasons(found, order, LIMITS, NOTHING).tolist() == [reason]


def copies(*rows):
    """Columns of duplicates.csv. rows: part, index, conflict, kind."""
    return {
        name: np.array([row[column] for row in rows])
        for column, name in enumerate(("part", "index", "conflict", "kind"))
    }


def test_duplicates_are_a_reason_and_conflicts_the_first():
    found = held([[0.1, 0.8, 0.1]] * 5, [0, 0, 1, 1, 1])
    duplicates = copies(
        ("train", 1, True, "exact"), ("train", 2, True, "near"), ("test", 0, True, "exact"),
        ("train", 0, False, "exact"), ("train", 3, False, "near"), ("train", 4, False, "exact"),
    )  # fmt: skip
    order = review.ordered(found.self_confidence)
    assert review.reasons(found, order, LIMITS, duplicates).tolist() == [
        "likely-mislabelled", "conflicting-duplicate", "conflicting-duplicate", "near-duplicate",
        "duplicate"]  # fmt: skip


def listed(parts, duplicates=NOTHING, left_out=()):
    orders = {part: review.ordered(one.self_confidence) for part, one in parts.items()}
    columns = review.table(parts, orders, duplicates, NAMES, left_out)
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def sure(n, part="train"):
    """n samples of each class, each less sure of its label than the one before."""
    labels = np.repeat(np.arange(3), n)
    confidence = np.linspace(0.99, 0.86, 3 * n)
    p = np.eye(3)[labels] * confidence[:, None]
    p[np.arange(3 * n), (labels + 1) % 3] = 1 - confidence
    return held(p, labels, part=part)


def test_a_tenth_of_each_part_is_listed_and_the_parts_interleave():
    rows = listed({"train": sure(20), "test": sure(10, "test")})
    assert [(row["part"], row["index"]) for row in rows] == [
        ("train", 59), ("train", 58), ("test", 29), ("train", 57), ("train", 56), ("test", 28),
        ("train", 55), ("train", 54), ("test", 27)]  # fmt: skip
    assert [row["rank"] for row in rows] == list(range(1, 10))
    assert {row["reason"] for row in rows} == {"hard"} and rows[0]["suspicion"] == 1 / 60
    assert rows[0]["name"] == rows[0]["suggested_name"] == "cow" and rows[0]["aum_rank"] is None


@pytest.mark.parametrize(("n", "listed_ones"), [(1, 1), (10, 3), (23, 7), (70, 21)])
def test_a_tenth_is_rounded_up(n, listed_ones):
    assert len(listed({"train": sure(n)})) == listed_ones


def test_what_has_a_reason_of_its_own_is_listed_wherever_it_stands():
    train = sure(20)
    train.p[0] = [0.002, 0.998, 0]  # sample 0 is no cat
    train = train._replace(predicted=np.array([train.p.argmax(axis=1)]))
    duplicates = copies(("train", 1, False, "exact"), ("train", 2, True, "exact"))
    rows = listed({"train": train}, duplicates, [("cow/broken.png", "cow")])
    by_reason = {row["reason"]: row for row in rows}
    assert by_reason["likely-mislabelled"]["rank"] == 1 and rows[0]["suggested_name"] == "dog"
    assert by_reason["conflicting-duplicate"]["index"] == 2
    assert by_reason["duplicate"]["suspicion"] > 0.9
    assert rows[-1] == dict.fromkeys(review.COLUMNS) | {
        "rank": 9, "file": "cow/broken.png", "name": "cow", "reason": "unreadable"}  # fmt: skip


def test_flipped_labels_lead_the_list():
    found, flipped = random_case(k=3, wrong=0.06)
    rows = listed({"train": found})
    first = [row["index"] for row in rows[: round(0.1 * len(flipped))]]
    assert flipped[first].sum() >= 0.9 * flipped.sum() > 10


def test_without_held_out_predictions_the_hardest_tenth_by_aum_is_listed():
    inputs = np.zeros((12, 2), np.float32)
    data = datasets.Data(
        inputs, np.arange(12) % 3, inputs[:3], np.arange(3), NAMES, *np.zeros((2, 2)), np.empty(0)
    )
    aum = ranks(np.array([4, 7, *np.setdiff1d(np.arange(12), [4, 7])])[::-1])
    listed = review.in_sample(data, aum)
    assert list(listed) == list(review.COLUMNS)
    assert listed["index"] == [4, 7] and listed["name"] == ["dog", "dog"]
    assert listed["reason"] == ["in-sample"] * 2 and listed["suspicion"] == [1 / 12, 2 / 12]
    assert set(listed["suggested"] + listed["probability"] + listed["out_of_fold_rank"]) == {None}


def test_what_cannot_be_compared_is_no_duplicate():
    found = held([[0.9, 0.1, 0], [0.2, 0.8, 0], [0, 0, 1]], [0, 1, 2])
    order = {"train": review.ordered(found.self_confidence)}
    listed = review.table({"train": found}, order, None, NAMES)
    assert listed["reason"] == ["hard"] and listed["index"] == [1]


def test_training_samples_have_every_estimators_score_and_rank():
    listed = {"rank": [1, 2, 3], "part": ["train", "test", None], "index": [2, 0, None]}
    scores = {
        "index": np.arange(3), "aum": np.array([0.5, 2, -1]), "aum_rank": np.array([2, 3, 1]),
        "el2n": np.array([0.7, 0.1, 0.6]), "el2n_rank": np.array([1, 3, 2]),
    }  # fmt: skip
    assert review.with_scores(listed, scores, ["aum", "el2n"]) == listed | {
        "aum": [-1, None, None], "aum_rank": [1, None, None],
        "el2n": [0.6, None, None], "el2n_rank": [2, None, None],
    }  # fmt: skip
