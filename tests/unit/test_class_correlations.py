"""Every estimator's scores of the classes against their accuracy: which accuracy, which family."""

import numpy as np
import pytest
from scipy import stats

from hardness.analysis import class_correlations as analysis
from hardness.core.tables import pick, rows_of
from hardness.scoring.scores import Scores

K = 5
MEAN = {"part": np.array([0.9, 0.8, 0.95, 0.7, 0.6]), "full": np.array([0.9, 0.8, 0.7, 0.6, 0.5])}
PREDICTION = np.array([0.95, 0.9, 0.95, 0.9, 0.7])


@pytest.fixture
def accuracy():
    """Two members; with one alone the order of classes is the other one round."""
    rows = [
        (setting, members, c, PREDICTION[c], mean[c] if members == 2 else 1 - mean[c])
        for setting, mean in MEAN.items()
        for members in (1, 2)
        for c in range(K)
    ]
    names = ("setting", "members", "class", "prediction", "mean")
    columns = zip(*rows, strict=True)
    return {name: np.array(column) for name, column in zip(names, columns, strict=True)}


def values(*rows):
    """rows: setting, space, estimator, scores of the classes; classes come in no order."""
    order = np.array([3, 0, 4, 1, 2])
    tables = [
        {
            "setting": np.full(K, setting), "space": np.full(K, space),
            "estimator": np.full(K, name), "class": order, "score": np.array(scores)[order],
        }
        for setting, space, name, scores in rows
    ]  # fmt: skip
    return analysis.joined(tables)


NOISE = np.random.default_rng(0).normal(size=(4, K))


@pytest.fixture
def table(accuracy):
    made = analysis.table(
        values(
            ("part", "pixels", "dcc", NOISE[0]),
            ("part", "pixels", "mdoc", 10 * MEAN["part"] ** 3),
            ("part", "pca", "dcc", NOISE[1]),
            ("part", "predictions", "margin", MEAN["part"] + 0.1 * NOISE[2]),
            ("train-only", "dynamics", "aum", NOISE[2]),
            ("train-only", "out-of-fold", "margin-out-of-fold", NOISE[3]),
            ("full", "pixels", "dcc", -MEAN["full"]),
            ("full", "pixels", "volume-printed", np.zeros(K)),
        ),
        accuracy,
    )
    return {(row["setting"], row["space"], row["estimator"]): row for row in rows_of(made)}


def test_correlations_are_scipys_with_the_accuracy_of_all_members(table):
    row = table["part", "pixels", "dcc"]
    assert row["rho"] == pytest.approx(stats.spearmanr(NOISE[0], MEAN["part"]).statistic)
    assert row["rho_prediction"] == pytest.approx(stats.spearmanr(NOISE[0], PREDICTION).statistic)
    pearson = stats.pearsonr(NOISE[0], MEAN["part"])
    assert (row["pearson"], row["pearson_p"]) == pytest.approx((pearson.statistic, pearson.pvalue))
    assert row["classes"] == K and row["direction"] == "up"
    assert table["part", "pixels", "mdoc"]["rho"] == pytest.approx(1)
    assert table["part", "pixels", "mdoc"]["p"] == pytest.approx(2 / 120)


def test_each_setting_has_its_accuracy(table):
    assert table["full", "pixels", "dcc"]["rho"] == pytest.approx(-1)
    row = table["train-only", "dynamics", "aum"]
    assert row["rho"] == pytest.approx(stats.spearmanr(NOISE[2], MEAN["part"]).statistic)


def test_estimators_are_corrected_for_those_of_their_side_setting_and_space(table):
    compared = {key: (row["family"], row["compared"]) for key, row in table.items()}
    assert compared["part", "pixels", "dcc"] == ("data-based", 2)
    assert compared["part", "pca", "dcc"] == ("data-based", 1)
    assert compared["part", "predictions", "margin"] == ("model-based", 1)
    assert compared["train-only", "dynamics", "aum"] == ("model-based", 2)
    assert table["part", "pca", "dcc"]["p_max"] == table["part", "pca", "dcc"]["p"]
    assert table["part", "pixels", "dcc"]["p_max"] >= table["part", "pixels", "dcc"]["p"]


def test_an_estimator_of_one_value_has_no_correlation_and_shows_nothing(table):
    row = table["full", "pixels", "volume-printed"]
    assert np.isnan([row["rho"], row["low"], row["high"], row["pearson"], row["pearson_p"]]).all()
    assert (row["p"], row["p_max"], row["verdict"]) == (1, 1, "undecided")


def test_other_classes_than_those_with_an_accuracy_are_told(accuracy):
    made = values(("full", "pixels", "dcc", NOISE[0]))
    made = {name: column[:4] for name, column in made.items()}
    with pytest.raises(ValueError, match="setting full: 4 classes are scored, 5 have an accuracy"):
        analysis.table(made, accuracy)


def test_scores_of_samples_become_means_of_classes():
    labels = np.array([0, 1, 1])
    scores = np.array([[1, 2, 4], [3, 4, 6], [90, 90, 90]], dtype=np.float32)
    aum = Scores(scores, np.empty((0, 3, 3), np.float32), np.arange(3), "down")
    made = analysis.of_samples("part", {"aum": aum}, labels, 2, 2)
    assert rows_of(made) == [
        {"setting": "train-only", "space": "dynamics", "estimator": "aum", "class": c, "score": s}
        for c, s in ((0, 2.0), (1, 4.0))
    ]
    of_whole = analysis.of_samples("full", {"aum": aum}, labels, 2, 3)
    assert set(of_whole["setting"]) == {"full"} and of_whole["score"][0] == pytest.approx(94 / 3)


def test_tables_are_put_below_each_other_without_empty_ones():
    row = {"setting": "part", "estimator": "dcc", "class": 0, "score": 1.5, "infinite": 2}
    one = analysis.in_space({name: np.array([value]) for name, value in row.items()}, "pca")
    empty = analysis.of_samples("part", {}, np.array([0, 1]), 2, 1)
    joined = analysis.joined([one, empty, one])
    assert tuple(joined) == analysis.VALUES and len(joined["class"]) == 2
    assert pick(joined, space="pca")["score"].tolist() == [1.5, 1.5]
