"""How well a score finds flipped labels: against scikit-learn; its intervals against
simulations.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import expit, logit

from hardness.analysis import label_noise
from hardness.core import artifacts
from hardness.data import datasets, derived
from hardness.scoring import scores as scoring
from hardness.scoring.scores import Scores

WORKFLOW = Path(__file__).resolve().parents[2] / "workflow"


def scored(scores, direction="up", keys=None):
    scores = np.atleast_2d(np.asarray(scores, dtype=np.float32))
    keys = np.empty((0, *scores.shape)) if keys is None else np.asarray(keys, dtype=np.float32)
    return Scores(scores, keys, np.arange(len(scores)), direction)


def rows_of(columns, **wanted):
    """The rows of a table of columns that hold these values, as dicts."""
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


def only(columns, **wanted):
    (row,) = rows_of(columns, **wanted)
    return row


def binormal(rng, n, positives, members=1, shift=1.5, own=0.5):
    """Hardness (M, n) of samples of which the first `positives` are flipped, and so harder by
    `shift`.
    """
    flipped = np.arange(n) < positives
    return shift * flipped + rng.normal(size=n) + own * rng.normal(size=(members, n)), flipped


# Values


@settings(deadline=None, max_examples=100)
@given(st.integers(4, 80), st.floats(0.05, 0.9), st.integers(0, 2**31))
def test_values_are_those_of_scikit_learn(n, rate, seed):
    from sklearn.metrics import (
        average_precision_score,
        precision_score,
        recall_score,
        roc_auc_score,
    )

    rng = np.random.default_rng(seed)
    flipped = rng.permutation(n) < np.clip(round(rate * n), 2, n - 2)
    hardness = rng.permutation(n) + 3.0 * flipped + rng.random(n) / 2
    columns = label_noise.detection({"loss": scored(hardness)}, flipped, [1])
    found = {
        (row["metric"], row["removed"]): row["value"] for row in rows_of(columns, estimator="loss")
    }
    assert only(columns, metric="average-precision")["value"] == pytest.approx(
        average_precision_score(flipped, hardness)
    )
    assert only(columns, metric="auroc")["value"] == pytest.approx(roc_auc_score(flipped, hardness))
    cuts = [row["removed"] for row in rows_of(columns, metric="precision")]
    assert flipped.sum() in cuts
    for cut in cuts:
        removed = hardness >= np.sort(hardness)[-cut]
        assert found["precision", cut] == pytest.approx(precision_score(flipped, removed))
        assert found["recall", cut] == pytest.approx(recall_score(flipped, removed))


def test_a_hand_computed_ranking():
    """From the hardest: flipped, not, flipped, flipped, not, not, not, flipped. Low is hard."""
    flipped = np.array([1, 0, 1, 1, 0, 0, 0, 1], dtype=bool)
    columns = label_noise.detection({"aum": scored(np.arange(8), "down")}, flipped, [1])
    assert only(columns, metric="average-precision")["value"] == pytest.approx(
        (1 + 2 / 3 + 3 / 4 + 4 / 8) / 4
    )
    assert only(columns, metric="auroc")["value"] == pytest.approx((4 + 3 + 3 + 0) / 16)
    cuts = [
        (row["metric"], row["removed"], row["value"])
        for row in rows_of(columns)
        if row["removed"] > 0
    ]
    assert cuts == [
        ("precision", 2, 1 / 2),
        ("recall", 2, 1 / 4),
        ("precision", 4, 3 / 4),
        ("recall", 4, 3 / 4),
    ]
    assert len(columns["metric"]) == 6  # and none for 8: removing all of 8 is no choice
    assert set(columns["samples"]) == {8} and set(columns["flipped"]) == {4}


def test_tied_scores_go_by_the_keys_as_in_every_ranking():
    flipped = np.array([0, 0, 1, 1], dtype=bool)
    tied = np.ones((1, 4))
    for key, found in (([0, 1, 2, 3], 1.0), ([3, 2, 1, 0], 0.0)):
        columns = label_noise.detection({"forgetting": scored(tied, keys=[[key]])}, flipped, [1])
        assert only(columns, metric="auroc")["value"] == found


def test_a_random_score_is_at_chance():
    rng = np.random.default_rng(0)
    flipped = rng.random(5_000) < 0.1
    columns = label_noise.detection({"loss": scored(rng.normal(size=(40, 5_000)))}, flipped, [1])
    rows = rows_of(columns, members=1)
    assert len(rows) == 8
    for row in rows:
        # t, 39 df
        assert abs(row["value"] - row["chance"]) < 4 * (row["member_high"] - row["value"]) / 2.02


def test_more_members_find_more_where_members_err_on_their_own():
    hardness, flipped = binormal(np.random.default_rng(1), 2_000, 200, members=8, own=2.0)
    columns = label_noise.detection({"loss": scored(hardness)}, flipped, label_noise.sizes(8))
    values = [only(columns, members=m, metric="average-precision")["value"] for m in (1, 2, 4, 8)]
    assert np.all(np.diff(values) > 0.03)


def test_sizes_double_up_to_all_members():
    assert label_noise.sizes(20) == [1, 2, 4, 8, 16, 20]
    assert label_noise.sizes(8) == [1, 2, 4, 8]
    assert label_noise.sizes(1) == [1]


# Intervals


def test_members_are_judged_in_disjoint_ensembles_by_students_t():
    from sklearn.metrics import roc_auc_score

    hardness, flipped = binormal(np.random.default_rng(2), 300, 60, members=7, own=2.0)
    columns = label_noise.detection({"loss": scored(hardness)}, flipped, [1, 3, 4])
    for size, groups in ((1, [[m] for m in range(7)]), (3, [[0, 1, 2], [3, 4, 5]])):
        values = [roc_auc_score(flipped, hardness[group].mean(axis=0)) for group in groups]
        row = only(columns, members=size, metric="auroc")
        interval = stats.t.interval(0.95, len(values) - 1, np.mean(values), stats.sem(values))
        assert (row["ensembles"], row["value"]) == (len(groups), pytest.approx(np.mean(values)))
        assert (row["member_low"], row["member_high"]) == pytest.approx(interval)
    row = only(columns, members=4, metric="auroc")
    assert row["ensembles"] == 1 and np.isnan([row["member_low"], row["member_high"]]).all()
    assert row["sample_low"] < row["value"] < row["sample_high"]


def test_the_error_of_auroc_is_delongs():
    hardness, flipped = binormal(np.random.default_rng(3), 120, 30)
    pairs = hardness[0, flipped][:, None] > hardness[0, ~flipped]
    error = np.sqrt(pairs.mean(axis=1).var(ddof=1) / 30 + pairs.mean(axis=0).var(ddof=1) / 90)
    row = only(label_noise.detection({"loss": scored(hardness)}, flipped, [1]), metric="auroc")
    half = (logit(row["sample_high"]) - logit(row["sample_low"])) / 2
    assert half == pytest.approx(1.959964 * error / (row["value"] * (1 - row["value"])), rel=1e-6)
    assert expit(logit(row["value"]) - half) == pytest.approx(row["sample_low"])


def test_influence_is_what_a_value_changes_by_with_a_samples_weight():
    """scikit-learn takes weights: a difference quotient of its values, up to a constant for each
    kind of sample.
    """
    from sklearn.metrics import average_precision_score, roc_auc_score

    hardness, flipped = binormal(np.random.default_rng(4), 40, 12)
    _, influence = label_noise.judge(np.argsort(hardness[0]), flipped, [])
    for metric, own in zip((average_precision_score, roc_auc_score), influence, strict=True):
        changes, step = np.empty(40), 1e-6
        for i in range(40):
            up, down = np.ones(40), np.ones(40)
            up[i] += step
            down[i] -= step
            values = [metric(flipped, hardness[0], sample_weight=weight) for weight in (up, down)]
            changes[i] = (values[0] - values[1]) / (2 * step)
        for kind in (flipped, ~flipped):
            np.testing.assert_allclose(
                own[kind] - own[kind].mean(), changes[kind] - changes[kind].mean(), atol=1e-7
            )


def test_errors_are_those_of_a_bootstrap_within_flipped_and_unflipped():
    """Of a mean over two ensembles, resampled together; cuts, which have no derivative,
    included.
    """
    rng = np.random.default_rng(5)
    hardness, flipped = binormal(rng, 2_000, 400, members=2)
    columns = label_noise.detection({"loss": scored(hardness)}, flipped, [1])
    rows, cuts = rows_of(columns, members=1), [200, 400, 800]
    kinds = [np.flatnonzero(flipped), np.flatnonzero(~flipped)]
    values = []
    for _ in range(400):
        chosen = np.concatenate([rng.choice(kind, len(kind)) for kind in kinds])
        jitter = 1e-9 * rng.random(len(chosen))  # copies of a sample are tied
        values.append(
            np.mean(
                [
                    label_noise.judge(np.argsort(own[chosen] + jitter), flipped[chosen], cuts)[0]
                    for own in hardness
                ],
                0,
            )
        )
    scale = {"average-precision": 1, "auroc": 1}
    position = {"average-precision": 0, "auroc": 1} | {
        cut: i for i, cut in enumerate(cuts, start=2)
    }
    assert len(rows) == 8
    for row in rows:
        cut = row["removed"]
        divisor = scale.get(row["metric"], cut if row["metric"] == "precision" else 400)
        spread = (
            np.std([value[position[row["metric"] if np.isnan(cut) else cut]] for value in values])
            / divisor
        )
        slope = row["value"] * (1 - row["value"])
        error = slope * (logit(row["sample_high"]) - logit(row["sample_low"])) / (2 * 1.959964)
        assert error == pytest.approx(spread, rel=0.2)  # a standard deviation of 400: +-3.5%


def test_the_sample_interval_covers_the_truth_as_often_as_it_says():
    """The truth: the mean over many data sets of the same kind."""
    rng, covered, simulations = np.random.default_rng(6), [], 500
    drawn = [binormal(rng, 1_000, 100)[0] for _ in range(simulations)]
    flipped = np.arange(1_000) < 100
    tables = [label_noise.detection({"loss": scored(hardness)}, flipped, [1]) for hardness in drawn]
    truth = np.mean([table["value"] for table in tables], axis=0)
    for table in tables:
        covered.append(
            (np.array(table["sample_low"]) <= truth) & (truth <= np.array(table["sample_high"]))
        )
    assert len(truth) == 8
    error = np.sqrt(0.95 * 0.05 / simulations)
    assert np.all(np.abs(np.mean(covered, axis=0) - 0.95) < 0.01 + 4 * error)


def test_a_perfect_and_a_hopeless_ranking_have_a_one_sided_bound():
    flipped = np.arange(100) < 20
    perfect = label_noise.detection({"loss": scored(flipped)}, flipped, [1])
    row = only(perfect, metric="recall", removed=20)
    assert (row["value"], row["sample_high"]) == (1, 1)
    assert row["sample_low"] == pytest.approx(
        stats.binomtest(20, 20).proportion_ci(method="exact").low
    )
    # ten removed samples are no more than half the flips
    row = only(perfect, metric="recall", removed=10)
    assert (row["value"], row["sample_high"]) == (0.5, 0.5)
    assert row["sample_low"] == pytest.approx(
        stats.binomtest(10, 10).proportion_ci(method="exact").low / 2
    )
    hopeless = label_noise.detection({"loss": scored(-flipped.astype(float))}, flipped, [1])
    # of 20 flips none is among 40 removed samples
    for metric, scale in (
        ("recall", 20),
        ("precision", 40),
    ):
        row = only(hopeless, metric=metric, removed=40)
        assert (row["value"], row["sample_low"]) == (0, 0)
        assert row["sample_high"] == pytest.approx(
            stats.binomtest(0, 20).proportion_ci(method="exact").high * 20 / scale
        )


def test_a_perfect_ranking_by_every_one_of_many_ensembles_has_a_bound_too():
    """A mean over ensembles may miss 1 by rounding."""
    flipped = np.arange(143) < 49
    hardness = flipped + np.random.default_rng(8).random((7, 143)) / 2
    columns = label_noise.detection({"loss": scored(hardness)}, flipped, [1, 2])
    assert len(columns["value"]) == 16
    for row in rows_of(columns, flipped=49):
        assert row["sample_low"] < row["value"] - 1e-3 and row["sample_high"] == pytest.approx(
            row["value"]
        )


# What it is given


@pytest.mark.parametrize(
    "flipped, ensembles, message",
    [
        ([0, 0, 0, 0, 0], [1], "0 of 5 labels are flipped"),
        ([1, 0, 0, 0, 0], [1], "1 of 5 labels are flipped"),
        ([1, 1, 1, 1, 0], [1], "4 of 5 labels are flipped"),
        ([1, 1, 0, 0, 0, 0], [1], "loss scores 5 samples, 6 labels are given"),
        ([1, 1, 0, 0, 0], [1, 3], "3 members are asked for, but the scores hold 2"),
    ],
)
def test_what_cannot_be_judged_is_refused(flipped, ensembles, message):
    with pytest.raises(ValueError, match=message):
        label_noise.detection(
            {"loss": scored(np.ones((2, 5)))}, np.array(flipped, dtype=bool), ensembles
        )


def noisy_digits():
    base = datasets.read({"kind": "digits", "test_share": 0.2, "split_seed": 0}, Path())
    return base, derived.noisy(base, 0.1, 0)


def test_flips_are_where_labels_differ_from_the_true_ones():
    base, made = noisy_digits()
    flipped = label_noise.flips(made)
    assert flipped.sum() == 144
    np.testing.assert_array_equal(made.train_labels[~flipped], base.train_labels[~flipped])
    with pytest.raises(ValueError, match="no labels from before a flip"):
        label_noise.flips(base)


def test_the_script_writes_the_table_of_the_first_members(tmp_path):
    _, data = noisy_digits()
    hardness, _ = binormal(np.random.default_rng(7), len(data.train_labels), 0, members=6)
    hardness += 2 * label_noise.flips(data)
    datasets.save(tmp_path / "data.npz", data)
    names = {"loss": 1, "aum": -1}
    for name, sign in names.items():
        artifacts.save_npz(
            tmp_path / f"{name}.npz",
            **{key: getattr(scored(sign * hardness), key) for key in ("scores", "keys", "seeds")},
        )
    paths = [str(tmp_path / f"{name}.npz") for name in names]
    job = {
        "input": {"all": [], "names": {"data": str(tmp_path / "data.npz"), "hardness": paths}},
        "output": [str(tmp_path / "noise-detection.csv")],
        "log": [str(tmp_path / "log")],
        "params": {"estimators": list(names), "members": 4},
        "wildcards": {},
    }  # fmt: skip
    (tmp_path / "job.json").write_text(json.dumps(job))
    subprocess.run(
        [sys.executable, WORKFLOW / "scripts" / "detect_noise.py", tmp_path / "job.json"],
        check=True,
        env=os.environ | {"PYTHONPATH": str(WORKFLOW)},
    )
    table = artifacts.load_csv(tmp_path / "noise-detection.csv")
    assert sorted(set(table["members"])) == [1, 2, 4]
    whole = (table["members"] == 4) & (table["metric"] == "auroc")
    assert table["estimator"][whole].tolist() == ["loss", "aum"]
    expected = scoring.hardness(scored(hardness), 4)
    from sklearn.metrics import roc_auc_score

    np.testing.assert_allclose(
        table["value"][whole], roc_auc_score(label_noise.flips(data), expected)
    )
    assert np.isnan(table["member_low"][whole]).all() and np.isfinite(table["sample_low"]).all()
    ends = table["metric"] == "precision"
    assert sorted(set(table["removed"][ends])) == [72, 144, 288]


def test_scores_without_members_are_judged_once_and_the_same_at_every_size():
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(11)
    hardness, flipped = binormal(rng, 400, 60, members=4)
    alone = Scores(hardness[0].astype(np.float32), np.empty((0, 400)), None, "up")
    columns = label_noise.detection(
        {"loss": scored(hardness), "density": alone}, flipped, label_noise.sizes(4)
    )
    for size in (1, 2, 4):
        row = only(columns, estimator="density", members=size, metric="auroc")
        assert row["value"] == pytest.approx(roc_auc_score(flipped, hardness[0]))
        assert row["ensembles"] == 1 and np.isnan([row["member_low"], row["member_high"]]).all()
        assert row["sample_low"] < row["value"] < row["sample_high"]
    assert only(columns, estimator="loss", members=1, metric="auroc")["ensembles"] == 4


def test_scores_of_classes_find_flips_by_class():
    """Class 1, the harder by its score, holds all flips, and as many other samples."""
    labels = np.repeat([0, 1], [80, 20])
    by_class = Scores(np.array([0.5, 2]), np.empty((0, 2)), None, "up", labels)
    columns = label_noise.detection({"spread": by_class}, np.arange(100) >= 90, [1])
    assert only(columns, metric="recall", removed=20)["value"] == 1
    assert only(columns, metric="precision", removed=20)["value"] == 1 / 2
