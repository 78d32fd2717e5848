"""How scores depend on epochs, recipes and members: on dynamics made by hand."""

import numpy as np
import pytest
from scipy import stats

from hardness.analysis import sensitivity
from hardness.scoring import estimation
from hardness.scoring.running import is_running
from hardness.scoring.scores import Scores
from hardness.scoring.sources import Dynamics


def dynamics(margin):
    """A record of margins (M, T, n); a sample is right where its margin is above 0."""
    margin = np.asarray(margin, dtype=np.float32)
    loss = np.log1p(np.exp(-margin))  # of two classes
    return Dynamics(
        np.arange(len(margin)), margin=margin, loss=loss, true_logit=margin, correct=margin > 0
    )


def rows(columns, **wanted):
    """The values of the rows that have these values."""
    chosen = [
        place
        for place in range(len(columns["value"]))
        if all(columns[key][place] == value for key, value in wanted.items())
    ]
    return [columns["value"][place] for place in chosen]


def random_record(seed=0, members=5, epochs=6, n=60):
    rng = np.random.default_rng(seed)
    hardness = rng.normal(size=n)
    return dynamics(hardness + rng.normal(scale=0.7, size=(members, epochs, n)))


def test_scores_of_all_epochs_are_the_scores():
    record = random_record()
    everything = sensitivity.until(record, 6)
    whole = record._replace(aum=record.margin.mean(axis=1))
    for name in ("aum", "confidence", "forgetting", "settled", "dual"):
        np.testing.assert_allclose(
            estimation.compute(name, everything).scores,
            estimation.compute(name, whole).scores,
            rtol=1e-6,
        )


def test_only_scores_of_the_record_so_far_are_known_early():
    known = ("aum", "loss", "forgetting", "forgetting-paper", "dyn-unc", "variability")
    assert all(map(is_running, known))
    # at a fixed epoch, in eval mode, of other networks, of no network
    assert not any(map(is_running, ("el2n", "el2n-train", "cleanlab", "lid", "psi-difficulty")))


def test_a_training_that_turns_round():
    """x in two epochs, -3 x in two: AUM is x, then -x/3, then -x."""
    x = np.linspace(-1, 1, 10)
    record = dynamics(np.broadcast_to([[x, x, -3 * x, -3 * x]], (3, 4, 10)))
    columns = sensitivity.by_epoch(record, ["aum"], [30, 50])
    assert rows(columns, quantity="scores") == pytest.approx([-1, 1, 1])
    assert rows(columns, quantity="pruned-30") == [1, 0, 0]
    settled = [columns["settled"][place] for place in range(len(columns["settled"]))]
    assert settled == [None, False, False, None, True, True, None, True, True]
    assert columns["epoch"] == [2, 2, 2, 3, 3, 3, 4, 4, 4]


def test_settled_means_from_there_on():
    values = np.array([[0.01], [0.2], [0.04], [0.0]])
    assert sensitivity._settled(values)[:, 0].tolist() == [False, False, True, True]


def test_correlations_and_intervals_are_those_of_scipy():
    record = random_record()
    columns = sensitivity.by_epoch(record, ["aum"], [50])
    place = columns["epoch"].index(3)
    early, final = record.margin[:, :3].mean(axis=1), record.margin.mean(axis=1)

    def rho(members):
        return stats.spearmanr(early[members].mean(axis=0), final[members].mean(axis=0)).statistic

    assert columns["value"][place] == pytest.approx(rho([0, 1, 2, 3, 4]))
    z = np.arctanh([rho([m for m in range(5) if m != left]) for left in range(5)])
    half = stats.t.ppf(0.975, 4) * np.sqrt(4 / 5 * ((z - z.mean()) ** 2).sum())
    center = np.arctanh(rho([0, 1, 2, 3, 4]))
    assert columns["low"][place] == pytest.approx(np.tanh(center - half))
    assert columns["high"][place] == pytest.approx(np.tanh(center + half))


def test_few_members_have_no_interval_and_one_epoch_no_rows():
    columns = sensitivity.by_epoch(random_record(members=2), ["loss"], [50])
    assert np.isnan(columns["low"]).all() and len(columns["low"]) == 2 * 5
    assert sensitivity.by_epoch(random_record(epochs=1), ["loss"], [50])["value"] == []


def test_long_trainings_are_looked_at_more_closely_at_the_start():
    epochs = sensitivity.epochs_looked_at(200)
    assert epochs[:4] == [2, 3, 4, 5] and epochs[-1] == 200 and len(epochs) <= 32
    assert max(np.diff(epochs)) < 15
    assert sensitivity.epochs_looked_at(32) == [*range(2, 33)]


def scores(values, direction="up"):
    values = np.asarray(values, dtype=np.float32)
    return Scores(values, np.empty((0, *values.shape)), np.arange(len(values)), direction)


def test_recipes_that_turn_each_others_scores_round():
    x = np.arange(20.0)
    by_recipe = {"one": scores([x] * 4), "two": scores([-x] * 4)}
    columns = sensitivity.between_recipes(by_recipe, [25], splits=3)
    pairs = dict.fromkeys(zip(columns["first"], columns["second"], strict=True))
    assert [*pairs] == [("one", "one"), ("one", "two"), ("two", "two")]
    assert rows(columns, quantity="scores") == pytest.approx([1, -1, 1])
    assert rows(columns, quantity="pruned-25") == [0, 1, 0]
    assert {*columns["members"]} == {2}


def test_halves_of_one_recipe_have_other_seeds():
    """Two members that have nothing in common: their correlation, whichever comes first."""
    rng = np.random.default_rng(1)
    one, two = rng.normal(size=(2, 50))
    columns = sensitivity.between_recipes({"a": scores([one, two])}, [50], splits=4)
    rho = stats.spearmanr(one, two).statistic
    (value,) = rows(columns, quantity="scores")
    assert value == pytest.approx(rho)
    assert sensitivity.between_recipes({"a": scores([one])}, [50])["value"] == []


# Six targets by four judges, Shrout & Fleiss 1979, Table 2; their ICC(2, 1) is .29
JUDGED = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


def test_with_one_recipe_the_samples_share_is_the_intraclass_correlation():
    shares = sensitivity.variance_shares(np.array(JUDGED, dtype=float).T[None])
    assert shares[0] == pytest.approx(0.29, abs=0.005)
    assert np.isnan(shares[1:3]).all() and shares[0] + shares[3] == pytest.approx(1)


def test_shares_of_effects_put_in_by_hand():
    """Orthogonal effects of 4 samples and 2 recipes, no noise: var(s) - var(d), 2 var(d) of the
    sample and of both together; of the recipe the difference of two means.
    """
    s, d = np.array([3, 3, -3, -3.0]), np.array([1, -1, 1, -1.0])
    values = np.array([[s + d] * 3, [s - d] * 3])
    of_s, of_d = s.var(ddof=1), d.var(ddof=1)
    total = of_s - of_d + 2 * of_d
    expected = [(of_s - of_d) / total, 0, 2 * of_d / total, 0]
    assert sensitivity.variance_shares(values) == pytest.approx(expected)
    shifted = np.array([[np.zeros(4)] * 3, [np.ones(4)] * 3])
    assert sensitivity.variance_shares(shifted) == pytest.approx([0, 1, 0, 0])
    assert np.isnan(sensitivity.variance_shares(np.ones((2, 3, 4)))).all()


def test_the_bootstrap_covers_what_was_put_in():
    rng = np.random.default_rng(3)
    sample = rng.normal(scale=2, size=400)
    values = sample + rng.normal(size=(8, 400))
    columns = sensitivity.variance_split({"only": scores(values)})
    assert columns["component"] == ["sample", "member"] and {*columns["members"]} == {8}
    assert columns["low"][0] < 4 / 5 < columns["high"][0] < columns["low"][0] + 0.1
    assert sensitivity.variance_split({"only": scores(values[:1])})["share"] == []
