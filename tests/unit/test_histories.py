"""Clusters of histories: planted clusters are found, without clusters the control says so, and
standardization agrees with scikit-learn's.
"""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import StandardScaler

from hardness.analysis import histories

N, T = 400, 12
RNG = np.random.default_rng(0)
TIME = np.linspace(0, 1, T)
KIND = np.arange(N) % 2
# falling or rising, at any level
PLANTED = np.exp(RNG.standard_normal((N, 1))) * (
    1 + np.where(KIND[:, None] > 0, TIME, -TIME) * 0.8 + 0.05 * RNG.standard_normal((N, T))
)
# one cloud: a common trend, a level of each sample, noise
CLOUD = np.exp(0.3 * RNG.standard_normal((N, 1))) * (2 - TIME) + 0.5 * RNG.standard_normal((N, T))


def rows(table, reading):
    return {
        count: {name: table[name][place] for name in histories.COLUMNS}
        for place, count in enumerate(table["clusters"])
        if table["reading"][place] == reading
    }


def test_standardized_as_scikit_learn_does_it():
    for reading, values in (("level", PLANTED), ("shape", PLANTED.T)):
        expected = StandardScaler().fit_transform(values)
        made = histories.standardized(PLANTED, reading)
        np.testing.assert_allclose(made, expected if reading == "level" else expected.T, atol=1e-9)
    flat = histories.standardized(np.ones((3, 4)), "shape")
    assert not flat.any()


def test_planted_kinds_are_found_by_their_shape_and_as_many_as_there_are():
    table = histories.clusters(PLANTED)
    shape = rows(table, "shape")
    assert histories.best(table, "shape") == 2
    assert shape[2]["low"] > shape[2]["control_high"] + 0.3
    own = histories._clustered(histories.standardized(PLANTED, "shape"), 2, 0)
    assert adjusted_rand_score(KIND, own) > 0.99


def test_the_shapes_of_one_cloud_are_no_more_in_clusters_than_the_control():
    shape = rows(histories.clusters(CLOUD), "shape")
    for count in histories.CLUSTERS:
        assert shape[count]["silhouette"] < shape[count]["control"] + 0.05


def test_the_control_keeps_the_values_of_each_epoch_and_no_histories():
    made = histories.dealt_anew(PLANTED, np.random.default_rng(1))
    np.testing.assert_array_equal(np.sort(made, axis=0), np.sort(PLANTED, axis=0))
    first, last = made[:, 0], made[:, -1]
    assert (
        abs(np.corrcoef(first, last)[0, 1]) < 0.2 < np.corrcoef(PLANTED[:, 0], PLANTED[:, 1])[0, 1]
    )


def test_clusters_means_are_their_samples():
    made = histories.by_cluster(PLANTED, {"shape": 2})
    first = [place for place, cluster in enumerate(made["cluster"]) if cluster == 1]
    assert len(first) == T and made["epoch"][: len(first)] == list(range(2, T + 2))
    assert made["samples"][0] + made["samples"][-1] == N
    means = {1: PLANTED[KIND == 1].mean(axis=0), 0: PLANTED[KIND == 0].mean(axis=0)}
    expected = max(means.values(), key=np.mean)
    np.testing.assert_allclose(np.array(made["change"])[first], expected, rtol=0.05)


def test_too_few_histories_are_refused():
    with pytest.raises(ValueError, match="11 histories; expected at least 12"):
        histories.clusters(PLANTED[:11])
