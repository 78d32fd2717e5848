"""Estimators: one conformance suite for all, each formula by hand, and the one function that
ranks.
"""

import copy
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardness.data import datasets, neighbours
from hardness.evidence.samples import samples
from hardness.scoring import estimation, estimators
from hardness.scoring.parts import ESTIMATORS, SOURCES, estimator_source
from hardness.scoring.scores import Scores, hardness, ranking
from hardness.scoring.sources import (
    Depth,
    Dynamics,
    Features,
    InputGradients,
    LabelGradients,
    MeanPredictions,
    Neighbours,
    Pass,
    Reducible,
    SecondSplit,
    mean_predictions,
)

M, T, N, K = 5, 7, 30, 4
SEEDS = np.arange(M)
NEAR = 22  # neighbours of each of the N samples
OF_LOGITS = [one for one in ESTIMATORS.names() if estimator_source(one) in ("dynamics", "pass")]
OTHERS = (
    "features", "input-gradients", "label-gradients", "labelled-features", "depth", "reducible",
    "second-split",
)  # fmt: skip
OF_MEMBERS = [
    one for one in ESTIMATORS.names() if one in OF_LOGITS or estimator_source(one) in OTHERS
]
# High is ambiguous, not hard: a sample that is always wrong need not lie above one that is always
# right.
AMBIGUOUS = {"variability", "dyn-unc", "dual"}
# Who is right at once has learned, whatever comes after.
LEARNED_AT_ONCE_IS_EASY = {"first-learned"}
# Never learned counts as never forgotten (definitions.md): as easy as always right.
NEVER_LEARNED_IS_EASY = {"forgetting-paper"}


def sources_of(logits, labels):
    """Training dynamics and passes, both of logits (M, T, n, k); the probe is the middle epoch."""
    p = np.exp(logits) / np.exp(logits).sum(axis=3, keepdims=True)
    m, t, n = np.indices(logits.shape[:3])
    true, p_true = logits[m, t, n, labels], p[m, t, n, labels]
    others = logits.copy()
    others[m, t, n, labels] = -np.inf
    margin, el2n = (
        true - others.max(axis=3),
        np.linalg.norm(p - np.eye(logits.shape[3])[labels], axis=3),
    )
    dynamics = Dynamics(
        seeds=np.arange(len(logits)),
        probe_epoch=logits.shape[1] // 2 + 1,
        margin=margin.astype(np.float16),
        loss=(-np.log(p_true)).astype(np.float16),
        el2n=el2n.astype(np.float16),
        true_logit=true.astype(np.float16),
        correct=margin > 0,
        aum=margin.mean(axis=1).astype(np.float32),
        probe_el2n=el2n[:, logits.shape[1] // 2].astype(np.float32),
    )
    du, dl = changes_of(p, labels)
    passes = Pass(
        dynamics.seeds, dynamics.loss, dynamics.margin, dynamics.correct,
        du.astype(np.float32), dl.astype(np.float32),
    )  # fmt: skip
    return {"dynamics": dynamics, "pass": passes}


def changes_of(p, labels):
    """The sums over epochs of psi-difficulty's du and dl (M, n), of p (M, T, n, k)."""
    p = np.concatenate([np.full_like(p[:, :1], 1 / p.shape[3]), np.clip(p, 1e-8, None)], axis=1)
    change, log = np.diff(p, axis=1), np.diff(np.log(p), axis=1)
    own = np.eye(p.shape[3], dtype=bool)[labels]
    away, towards = np.where(own, change < 0, change > 0), np.where(own, change > 0, change < 0)
    return tuple((change * log * where).sum(axis=(1, 3)) for where in (away, towards))


def neighbours_of(points, labels, classes=K):
    """The source of points (n, d) float32 among each other."""
    found = neighbours.nearest(points, NEAR)
    return Neighbours(
        classes, labels, labels[found.indices], found.distances,
        neighbours.centroid_distances(points, labels, classes, points),
        neighbours.local_coordinates(points, points, found.indices), points,
    )  # fmt: skip


@pytest.fixture(scope="module")
def toy():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, K, N)
    ease = rng.normal(0.5, 1.5, N)
    logits = rng.normal(0, 1, (M, T, N, K)) + rng.normal(0, 0.5, (M, 1, N, K))
    logits[..., np.arange(N), labels] += ease
    made = sources_of(logits, labels)
    correct = made["dynamics"].correct
    assert 0.2 < correct.mean() < 0.8 and not correct.any(axis=1).all()  # some never learned
    points = rng.normal(size=(N, 12)) + 2 * np.eye(12)[labels]
    p = np.exp(logits) / np.exp(logits).sum(axis=3, keepdims=True)
    predictions = mean_predictions(p[:, -1], labels)
    features = rng.normal(size=(M, T, N, 6)) + np.eye(6)[labels]
    observed = Features(
        np.arange(M),
        labels,
        T // 2 + 1,
        np.square(np.diff(features, axis=1)).mean(axis=3).astype(np.float32),
        np.linalg.norm(features, axis=3).astype(np.float32),
        features[:, -1].astype(np.float16),
        made["dynamics"].probe_el2n,
    )
    return made | {
        "features": observed,
        "labelled-features": observed,
        "input-gradients": InputGradients(
            np.arange(M), rng.exponential(size=(M, T, N)).astype(np.float32)
        ),
        "label-gradients": LabelGradients(
            np.arange(M), rng.exponential(size=(M, N)).astype(np.float32)
        ),
        "depth": Depth(np.arange(M), rng.integers(0, 5, (M, N)).astype(np.int16)),
        "data": images_of(labels, rng),
        "reducible": Reducible(np.arange(M), made["dynamics"].loss, rng.exponential(size=N)),
        "second-split": SecondSplit(np.arange(M), correct),
        "neighbours": neighbours_of(points.astype(np.float32), labels),
        "predictions": predictions,
        "out-of-fold": predictions,
    }


def images_of(labels, rng):
    images = rng.integers(0, 256, (len(labels), 4, 5, 3)).astype(np.uint8)
    return datasets.checked(images, labels, images, labels, [str(c) for c in range(K)])


@pytest.fixture(scope="module")
def toy_dynamics(toy):
    return toy["dynamics"]


def only_needed(name, every):
    """An estimator's source as the rule reads it: nothing but the arrays in NEEDS."""
    estimator = ESTIMATORS.find(name)
    source = every[estimator.SOURCE] if isinstance(every, dict) else every
    if estimator.SOURCE == "data":
        return source
    others = set(SOURCES[estimator.SOURCE]) - {*estimator.NEEDS, "labels"}
    return source._replace(**dict.fromkeys(others))


def chosen(every, members=slice(None), samples=slice(None)):
    """The sources of some members and samples; neighbours, predictions and data have no members."""

    def part(source, field, array):
        if isinstance(source, datasets.Data) and not field.startswith("train_"):
            return array
        of_none = isinstance(source, Neighbours | MeanPredictions | datasets.Data)
        if of_none or field in ("labels", "held_out_loss"):
            return array[samples]
        if field == "features":
            return array[members][:, samples]
        return array[members] if field == "seeds" else array[members][..., samples]

    return {
        name: source._replace(
            **{
                field: part(source, field, array)
                for field, array in source._asdict().items()
                if isinstance(array, np.ndarray)
            }
        )
        for name, source in every.items()
    }


def compute(name, every):
    """every: the sources by their names, or the one that is needed."""
    return estimation.compute(name, only_needed(name, every))


# What every estimator must do


@pytest.mark.parametrize("name", ESTIMATORS.names())
def test_scores_are_finite_of_the_right_shape_and_say_their_direction(name, toy):
    made = compute(name, toy)
    assert made.scores.dtype == made.keys.dtype == np.float32
    may_be_infinite = hasattr(ESTIMATORS.find(name), "INFINITE")
    assert np.isfinite(made.scores).all() or (may_be_infinite and not np.isnan(made.scores).any())
    assert np.isfinite(made.keys).all() and made.keys.shape[1:] == made.scores.shape
    assert made.direction in ("up", "down") and made.direction == estimation.direction(name)
    if name in OF_MEMBERS:
        assert made.scores.shape == (M, N) and made.seeds.tolist() == list(range(M))
        assert (made.scores[0] != made.scores[1]).any()
    else:
        assert made.scores.shape in ((N,), (K,)) and made.members is None
        assert (made.labels is not None) == (made.scores.shape == (K,))
    assert len(np.unique(made.scores)) > 3 or name in ("n3", "volume-printed")


@pytest.mark.parametrize("name", ESTIMATORS.names())
def test_sources_are_not_changed(name, toy):
    every = copy.deepcopy(toy)
    compute(name, every)
    for source in SOURCES.keys() & toy.keys():
        for field, before in toy[source]._asdict().items():
            np.testing.assert_array_equal(getattr(every[source], field), before)


@pytest.mark.parametrize("name", ESTIMATORS.names())
def test_scores_do_not_depend_on_the_order_of_samples(name, toy):
    order = np.random.default_rng(1).permutation(N)
    made, shuffled = compute(name, toy), compute(name, chosen(toy, samples=order))
    order = order if made.labels is None else np.arange(K)
    np.testing.assert_allclose(shuffled.scores, made.scores[..., order], rtol=1e-6)
    np.testing.assert_allclose(shuffled.keys, made.keys[..., order], rtol=1e-6)


@pytest.mark.parametrize("name", OF_MEMBERS)
def test_a_members_scores_do_not_depend_on_the_others(name, toy):
    made = compute(name, toy)
    for members in ([2], [4, 1]):
        some = compute(name, chosen(toy, members=members))
        assert some.seeds.tolist() == members
        np.testing.assert_allclose(some.scores, made.scores[members], rtol=1e-6)
        np.testing.assert_allclose(some.keys, made.keys[:, members], rtol=1e-6)


@pytest.mark.parametrize("name", OF_LOGITS)
def test_always_wrong_is_harder_than_always_right(name):
    """Sample 0 is always right and sure, 1 never right, 2 half of the time."""
    logits = np.zeros((2, 6, 3, K))
    logits[:, :, 0, 1], logits[:, :, 1, 0], logits[:, ::2, 2, 1], logits[:, 1::2, 2, 0] = 4, 1, 3, 3
    right, wrong, changing = hardness(compute(name, sources_of(logits, np.array([1, 1, 1]))), 2)
    if name in AMBIGUOUS:
        assert changing > max(right, wrong)
    elif name in LEARNED_AT_ONCE_IS_EASY:
        assert wrong > right == changing
    elif name in NEVER_LEARNED_IS_EASY:
        assert changing > right == wrong
    else:
        assert wrong > right and changing > right


@pytest.mark.parametrize("name", ESTIMATORS.names())
def test_a_ranking_is_a_permutation_from_easy_to_hard(name, toy):
    made = compute(name, toy)
    for members in (1, 3, M, np.array([3, 0])):
        order = ranking(made, members)
        assert order.dtype == np.int64 and sorted(order.tolist()) == list(range(N))
        assert (np.diff(hardness(made, members)[order]) >= 0).all()


@pytest.mark.parametrize("name", OF_MEMBERS)
def test_a_smaller_ensemble_is_the_first_members(name, toy):
    made, small = compute(name, toy), compute(name, chosen(toy, members=slice(3)))
    first = made.first(3)
    assert first.seeds.tolist() == [0, 1, 2] and first.direction == made.direction
    np.testing.assert_allclose(first.scores, small.scores, rtol=1e-6)
    np.testing.assert_allclose(first.keys, small.keys, rtol=1e-6)
    sign = -1 if made.direction == "down" else 1
    expected = [sign * sum(float(made.scores[m, i]) for m in range(3)) / 3 for i in range(N)]
    for found in (
        hardness(made, 3),
        hardness(first, 3),
        hardness(small, 3),
        hardness(made, np.array([2, 0, 1])),
    ):
        assert found.dtype == np.float64
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    orders = [ranking(scores, 3).tolist() for scores in (made, first, small)]
    assert orders[0] == orders[1] == orders[2]


@pytest.mark.parametrize("name", OF_MEMBERS)
def test_more_members_than_there_are_is_an_error(name, toy):
    made = compute(name, toy)
    for ask in (hardness, ranking):
        with pytest.raises(ValueError, match=f"{M + 1} members.*hold {M}"):
            ask(made, M + 1)
        with pytest.raises(ValueError, match="at least one"):
            ask(made, 0)
    with pytest.raises(ValueError, match="4 members.*hold 3"):
        hardness(made.first(3), 4)


@pytest.mark.parametrize("positions", [[0, M], [-1]])
def test_positions_of_members_that_are_not_there_are_an_error(positions, toy):
    with pytest.raises(ValueError, match="members"):
        hardness(compute("aum", toy), np.array(positions))


@pytest.mark.parametrize("name", ESTIMATORS.names())
def test_scores_come_back_from_their_file(name, toy, tmp_path):
    made = compute(name, toy)
    estimation.save(tmp_path / "a.npz", made)
    read = estimation.load(tmp_path / "a.npz", name)
    assert read.direction == made.direction and read.members == made.members
    assert ranking(read, M).tolist() == ranking(made, M).tolist()


@pytest.mark.parametrize("name", [n for n in OF_LOGITS if not n.startswith("forgetting")])
def test_a_score_that_is_not_finite_names_its_sample_and_seed(name, toy):
    estimator = ESTIMATORS.find(name)
    source = copy.deepcopy(toy[estimator.SOURCE])._replace(seeds=np.arange(10, 10 + M))
    for field in estimator.NEEDS:
        getattr(source, field)[3, ..., 11] = np.nan
    with pytest.raises(
        ValueError, match=rf"{name.replace('-', '_')}\.py: .*sample 11 by seed 13 is nan"
    ):
        compute(name, source)


def test_an_unknown_estimator_gets_the_nearest_name():
    with pytest.raises(ValueError, match="'forgeting'.*'forgetting'"):
        ESTIMATORS.find("forgeting")


# A user's estimator

OWN = """import numpy as np

DIRECTION = "up"
SOURCE = "dynamics"
NEEDS = ("loss", "aum")


def score(dynamics):
    return dynamics.loss.mean(axis=1)


def keys(dynamics):
    return -dynamics.aum[None]
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Writes an estimator's file, found by the name `own`."""
    monkeypatch.setattr(estimators, "__path__", [*estimators.__path__, str(tmp_path)])
    yield (tmp_path / "own.py").write_text
    sys.modules.pop("hardness.scoring.estimators.own", None)


def test_an_estimator_of_ones_own_needs_no_more_than_its_file(own, toy_dynamics):
    own(OWN)
    made = compute("own", toy_dynamics)
    np.testing.assert_array_equal(made.scores, toy_dynamics.loss.mean(axis=1))
    np.testing.assert_array_equal(made.keys, [-toy_dynamics.aum])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('DIRECTION = "up"', "", "DIRECTION is missing;"),
        ('DIRECTION = "up"', 'DIRECTION = "high"', "DIRECTION is 'high';"),
        ('NEEDS = ("loss", "aum")', "", "NEEDS is missing;"),
        ('NEEDS = ("loss", "aum")', 'NEEDS = ("loss")', "NEEDS is 'loss';"),
        ('NEEDS = ("loss", "aum")', 'NEEDS = ("losses",)', r"NEEDS is \('losses',\);"),
        ('NEEDS = ("loss", "aum")', 'NEEDS = ("seeds",)', r"NEEDS is \('seeds',\);"),
        ('NEEDS = ("loss", "aum")', "NEEDS = ()", r"NEEDS is \(\);"),
        ('SOURCE = "dynamics"', "", "SOURCE is missing;"),
        ('SOURCE = "dynamics"', 'SOURCE = "gradients"', "SOURCE is 'gradients';"),
        ('SOURCE = "dynamics"', 'SOURCE = "pass"', r"NEEDS is \('loss', 'aum'\);"),
        ("def score", "def scores", "score is missing;"),
        ("def keys(dynamics):\n    return -dynamics.aum[None]", "keys = 3", "keys is 3;"),
        (
            'DIRECTION = "up"\nSOURCE = "dynamics"\nNEEDS = ("loss", "aum")',
            "",
            "DIRECTION is missing, SOURCE is missing, NEEDS is missing;",
        ),
    ],
)
def test_a_file_that_is_no_estimators_says_what_it_must_hold(own, old, new, said):
    assert old in OWN
    own(OWN.replace(old, new))
    with pytest.raises(
        ValueError,
        match=rf'own\.py: {said}.*DIRECTION, "up" or "down".*SOURCE.*NEEDS.*margin.*score',
    ):
        ESTIMATORS.find("own")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("loss.mean(axis=1)", "loss.mean(axis=(0, 1))", r"score.* shape \(30,\)"),
        ("loss.mean(axis=1)", "loss", r"score.* shape \(5, 7, 30\)"),
        ("loss.mean(axis=1)", "loss.mean(axis=1).T", r"score.* shape \(30, 5\)"),
        ("-dynamics.aum[None]", "-dynamics.aum", r"keys.* shape \(5, 30\)"),
        ("-dynamics.aum[None]", "-dynamics.aum[:, None]", r"keys.* shape \(5, 1, 30\)"),
        ("-dynamics.aum[None]", "0.0", r"keys.* shape \(\)"),
    ],
)
def test_scores_and_keys_of_another_shape_name_the_file_and_both_shapes(
    own, toy_dynamics, old, new, said
):
    assert old in OWN
    own(OWN.replace(old, new))
    with pytest.raises(
        ValueError, match=rf"own\.py: {said}; .*members, samples.* 5 members and 30 samples"
    ):
        compute("own", toy_dynamics)


def test_a_key_that_is_not_finite_names_its_file_sample_and_seed(own, toy_dynamics):
    own(
        OWN.replace(
            "-dynamics.aum[None]", "np.where(np.arange(30) == 8, np.inf, dynamics.aum)[None]"
        )
    )
    with pytest.raises(ValueError, match=r"own\.py: keys.*sample 8 by seed 0 is inf"):
        compute("own", toy_dynamics)


# An estimator that asks no network

OF_DATA = """import numpy as np

DIRECTION = "up"
SOURCE = "data"
NEEDS = ("train_inputs", "train_labels")


def score(data):
    brightness = data.train_inputs.mean(axis=(1, 2, 3))
    return brightness
"""
BY_CLASS = OF_DATA.replace(
    "return brightness",
    "return [brightness[data.train_labels == c].mean() for c in range(data.classes)]",
)


@pytest.fixture
def few_images():
    """Six images of one pixel, of three classes with means 20, 4 and 7."""
    pixels, labels = np.array([10, 4, 30, 7, 20, 4]), np.array([0, 1, 0, 2, 0, 1])
    images = pixels.astype(np.uint8).reshape(-1, 1, 1, 1)
    names = np.array(["ant", "bee", "cat"])
    return datasets.Data(images, labels, images, labels, names, np.zeros(1), np.ones(1))


def test_an_estimator_of_the_data_scores_without_members(own, few_images, tmp_path):
    own(OF_DATA)
    made = estimation.compute("own", few_images)
    estimation.save(tmp_path / "own.npz", made)
    for scores in (made, estimation.load(tmp_path / "own.npz", "own")):
        assert scores.members is None and scores.samples == 6 and scores.scores.shape == (6,)
        assert scores.first(99).scores.tolist() == [10, 4, 30, 7, 20, 4]
        for members in (1, 99, np.array([3, 0])):
            assert hardness(scores, members).tolist() == [10, 4, 30, 7, 20, 4]
            assert ranking(scores, members).tolist() == [1, 5, 3, 0, 4, 2]


def test_an_estimator_of_classes_scores_all_samples_of_a_class_alike(own, few_images, tmp_path):
    own(BY_CLASS.replace('"up"', '"down"'))
    made = estimation.compute("own", few_images)
    estimation.save(tmp_path / "own.npz", made)
    for scores in (made, estimation.load(tmp_path / "own.npz", "own")):
        assert scores.members is None and scores.samples == 6 and scores.scores.shape == (3,)
        assert hardness(scores, 8).tolist() == [-20, -4, -20, -7, -20, -4]
        assert ranking(scores, 8).tolist() == [0, 2, 4, 3, 1, 5]


def test_ties_of_classes_are_broken_by_their_keys(own, few_images):
    own(BY_CLASS.replace("brightness[data", "0 * brightness[data") + KEYS_OF_CLASSES)
    made = estimation.compute("own", few_images)
    assert hardness(made, 1).tolist() == [0] * 6
    assert ranking(made, 1).tolist() == [1, 5, 3, 0, 2, 4]  # classes 1, 2, 0


KEYS_OF_CLASSES = """

def keys(data):
    return np.array([[3, 1, 2]])
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("return brightness", "return brightness[:4]", r"score.* shape \(4,\)"),
        ("return brightness", "return brightness[None]", r"score.* shape \(1, 6\)"),
        ("return brightness", "return brightness.mean()", r"score.* shape \(\)"),
    ],
)
def test_scores_of_data_that_are_neither_of_samples_nor_of_classes_are_refused(
    own, few_images, old, new, said
):
    assert old in OF_DATA
    own(OF_DATA.replace(old, new))
    expected = r"\(classes\) with 3 classes or \(samples\) with 6 samples"
    with pytest.raises(ValueError, match=rf"own\.py: {said}; expected {expected}"):
        estimation.compute("own", few_images)


def test_a_score_of_data_that_is_not_finite_names_its_sample_or_class(own, few_images):
    own(OF_DATA.replace("return brightness", "return np.log(brightness - 4)"))
    with (
        np.errstate(divide="ignore"),
        pytest.raises(ValueError, match=r"score of sample 1 is -inf"),
    ):
        estimation.compute("own", few_images)
    sys.modules.pop("hardness.scoring.estimators.own")
    own(BY_CLASS.replace("brightness[data", "np.nan * brightness[data"))
    with pytest.raises(ValueError, match=r"score of class 0 is nan"):
        estimation.compute("own", few_images)


def test_the_arrays_of_each_source_are_those_it_holds():
    for source, kind, more in (
        ("dynamics", Dynamics, {"seeds", "probe_epoch"}),
        ("pass", Pass, {"seeds"}),
        ("neighbours", Neighbours, {"classes", "labels"}),
        ("predictions", MeanPredictions, set()),
        ("out-of-fold", MeanPredictions, set()),
        ("features", Features, {"seeds", "labels", "probe_epoch", "probe_el2n"}),
        ("labelled-features", Features, {"seeds", "labels", "probe_epoch"}),
        ("input-gradients", InputGradients, {"seeds"}),
        ("label-gradients", LabelGradients, {"seeds"}),
        ("depth", Depth, {"seeds"}),
        ("reducible", Reducible, {"seeds"}),
        ("second-split", SecondSplit, {"seeds"}),
    ):
        assert set(SOURCES[source]) == set(kind._fields) - more
    assert set(SOURCES["data"]) <= set(datasets.Data._fields) and len(SOURCES) == 13


# Formulas, by hand: two members, three epochs, three samples

P = np.array(
    [
        [[1 / 2, 1, 1 / 8], [1 / 4, 1, 1 / 8], [3 / 4, 1, 1 / 8]],
        [[1 / 4, 1 / 2, 1 / 2], [1 / 4, 1 / 2, 1], [1 / 4, 1, 1]],
    ]
)
BY_HAND = Dynamics(
    seeds=np.arange(2),
    probe_epoch=2,
    loss=-np.log(P).astype(np.float16),
    true_logit=np.array(
        [[[1, -2, 0], [2, -2, 0], [6, -2, 3]], [[0, 0, 4], [0, 1, 4], [0, 1, 4]]], dtype=np.float16
    ),
    aum=np.array([[1.5, -2, 0], [3, 0, 0.25]], dtype=np.float32),
    probe_el2n=np.array([[0.5, 1.25, 0], [1, 0, 0.75]], dtype=np.float32),
    el2n=np.array(
        [[[9, 9, 9], [0.5, 1, 0.25], [9, 9, 9]], [[9, 9, 9], [1.5, 0, 0.75], [9, 9, 9]]],
        dtype=np.float16,
    ),
)
LN2, LN3 = 0.6931472, 1.0986123
EXPECTED = {
    "confidence": [[1 / 2, 1, 1 / 8], [1 / 4, 2 / 3, 5 / 6]],
    "variability": [[(1 / 24) ** 0.5, 0, 0], [0, (1 / 18) ** 0.5, (1 / 18) ** 0.5]],
    "dataiq": [[(4 + 3 + 3) / 48, 0, 7 / 64], [3 / 16, 1 / 6, 1 / 12]],
    "loss": [[(5 * LN2 - LN3) / 3, 0, 3 * LN2], [2 * LN2, 2 * LN2 / 3, LN2 / 3]],
    "true-logit": [[3, -2, 1], [0, 2 / 3, 4]],
    "aum": [[1.5, -2, 0], [3, 0, 0.25]],
    "el2n": [[0.5, 1.25, 0], [1, 0, 0.75]],
    "el2n-train": [[0.5, 1, 0.25], [1.5, 0, 0.75]],
    # Windows of two epochs: their standard deviation is the difference over the root of 2.
    "dyn-unc": [[(1 / 4 + 1 / 2) / 8**0.5, 0, 0], [0, 1 / 2 / 8**0.5, 1 / 2 / 8**0.5]],
    "dual": [
        [(5 / 8 * 1 / 4 + 1 / 2 * 1 / 2) / 8**0.5, 0, 0],
        [0, 1 / 4 * 1 / 2 / 8**0.5, 1 / 4 * 1 / 2 / 8**0.5],
    ],
}
DIRECTIONS = dict.fromkeys(
    ("aum", "confidence", "true-logit", "accuracy", "dnoc", "mdoc", "adoc", "cleanlab",
     "margin", "cleanlab-out-of-fold", "margin-out-of-fold", "msd", "msd-std", "msd-discrepancy",
     "msd-labelled", "feature-norm", "lgn", "contrast", "brightness", "saturation",
     "ssft"), "down"
) | dict.fromkeys(
    ("el2n", "el2n-train", "forgetting", "forgetting-paper", "loss", "dataiq", "variability",
     "first-learned", "settled", "dyn-unc", "dual", "psi-difficulty",
     "psi-difficulty-tenth", "psi-difficulty-ten",
     "dcc", "mdsc", "adsc", "n3", "cp", "cdr", "mdr", "adr", "ad", "lid", "ma2023-mean",
     "ma2023-gauss", "quadric-mean", "quadric-gauss", "volume", "volume-printed", "volume-unit",
     "max-lambda", "avg-lambda", "el2n-final", "el2n-out-of-fold", "msd-relative", "lid-features",
     "ad-features", "prototype", "grand", "entropy", "bald", "entropy-out-of-fold",
     "bald-out-of-fold", "rho", "fslt", "vog", "prediction-depth"), "up"
)  # fmt: skip # definitions.md


@pytest.mark.parametrize("name", EXPECTED)
def test_formulas_by_hand(name):
    made = compute(name, BY_HAND)
    # ln p was kept in float16
    np.testing.assert_allclose(made.scores, EXPECTED[name], rtol=1e-3, atol=1e-3)
    mean = np.mean(EXPECTED[name], axis=0)
    hard = -mean if DIRECTIONS[name] == "down" else mean
    np.testing.assert_allclose(hardness(made, 2), hard, rtol=1e-3, atol=1e-3)
    assert made.keys.shape == (0, 2, 3)


@pytest.mark.parametrize("name", ESTIMATORS.names())
def test_directions(name):
    assert estimation.direction(name) == DIRECTIONS[name]


def runs_of(*members, aum=None, seeds=None):
    """Dynamics of members that are lists of rows such as "0110", one a sample: right (1) or wrong
    (0) in each epoch.
    """
    correct = np.array([[[c == "1" for c in row] for row in rows] for rows in members]).transpose(
        0, 2, 1
    )
    aum = np.zeros(correct[:, 0].shape) if aum is None else np.atleast_2d(aum)
    seeds = np.arange(len(members)) if seeds is None else np.array(seeds)
    return Dynamics(seeds=seeds, correct=correct, aum=aum.astype(np.float32))


def test_forgetting_by_hand():
    rows = ["11111", "00000", "10101", "01010", "00001", "10000", "01101", "00110"]
    assert compute("forgetting", runs_of(rows)).scores.tolist() == [[0, 5, 2, 2, 0, 1, 1, 1]]
    assert compute("forgetting-paper", runs_of(rows)).scores.tolist() == [[0, 0, 2, 2, 0, 1, 1, 1]]
    both = compute("forgetting", runs_of(rows, rows[::-1]))
    assert both.scores.tolist() == [[0, 5, 2, 2, 0, 1, 1, 1], [1, 1, 1, 0, 2, 2, 5, 0]]
    assert hardness(both, 2).tolist() == [0.5, 3, 1.5, 1, 1, 1.5, 3, 0.5]


def test_first_learned_settled_and_accuracy_by_hand():
    rows = ["11111", "00000", "10101", "01010", "00001", "10000", "01101", "00110"]
    found = {
        name: compute(name, runs_of(rows)).scores.tolist() for name in ("first-learned", "settled")
    }
    assert found == {
        "first-learned": [[1, 6, 1, 2, 5, 1, 2, 3]],
        "settled": [[1, 6, 5, 6, 5, 6, 5, 6]],
    }
    shares = [[1, 0, 3 / 5, 2 / 5, 1 / 5, 1 / 5, 3 / 5, 2 / 5]]
    np.testing.assert_allclose(compute("accuracy", runs_of(rows)).scores, shares, rtol=1e-6)


@given(
    st.integers(1, 9).flatmap(
        lambda epochs: st.lists(
            st.text("01", min_size=epochs, max_size=epochs), min_size=1, max_size=6
        )
    )
)
def test_first_learned_and_settled_are_what_a_reader_of_the_record_counts(rows):
    epochs = len(rows[0])
    first = [
        min((t + 1 for t in range(epochs) if row[t] == "1"), default=epochs + 1) for row in rows
    ]
    settled = [
        min((t + 1 for t in range(epochs) if "0" not in row[t:]), default=epochs + 1)
        for row in rows
    ]
    assert compute("first-learned", runs_of(rows)).scores.tolist() == [first]
    assert compute("settled", runs_of(rows)).scores.tolist() == [settled]


@pytest.mark.parametrize("name", ["first-learned", "settled", "accuracy"])
def test_ties_of_learning_times_are_broken_by_aum(name):
    rows = [["011", "111", "011"], ["011", "111", "011"]]
    made = compute(name, runs_of(*rows, aum=[[1, 0, 5], [2, 0, 1]]))
    assert ranking(made, 2).tolist() == [1, 2, 0] and ranking(made, np.array([1])).tolist() == [
        1,
        0,
        2,
    ]


@pytest.mark.parametrize(("epochs", "size"), [(2, 2), (9, 2), (23, 4), (30, 6), (57, 10), (80, 10)])
def test_windowed_uncertainty_is_that_of_pandas_rolling(epochs, size):
    import pandas as pd

    loss = np.random.default_rng(epochs).exponential(1, (2, epochs, 40)).astype(np.float16)
    runs, expected = Dynamics(seeds=np.arange(2), loss=loss), {"dyn-unc": [], "dual": []}
    for member in loss:
        p = pd.DataFrame(np.exp(-member.astype(np.float64)))
        expected["dyn-unc"].append(p.rolling(size).std().mean())
        windows = p[:30].rolling(size)
        expected["dual"].append(((1 - windows.mean()) * windows.std()).mean())
    for name, values in expected.items():
        np.testing.assert_allclose(compute(name, runs).scores, values, rtol=1e-4)


@pytest.mark.parametrize("name", ["dyn-unc", "dual"])
def test_uncertainty_of_a_sure_sample_is_no_rounding(name):
    """p_y is 1 in all epochs except the first: only the windows that contain it vary."""
    loss = np.zeros((1, 100, 2), dtype=np.float16)
    loss[0, 0] = 3, 0
    changed, sure = compute(name, Dynamics(seeds=np.arange(1), loss=loss)).scores[0]
    assert changed > 0 and sure == 0


@pytest.mark.parametrize("name", ["dyn-unc", "dual"])
def test_one_epoch_has_no_windows(name):
    runs = Dynamics(seeds=np.arange(1), loss=np.ones((1, 1, 3), np.float16))
    with pytest.raises(ValueError, match="1 epoch; expected at least 2"):
        compute(name, runs)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("psi-difficulty", [[1, 2, 1 / 2], [1, 1, 1 / 2]]),
        ("psi-difficulty-tenth", [[1, 3.1 / 1.1, 1 / 11], [1, 1, 1.1 / 3.1]]),
        ("psi-difficulty-ten", [[1, 13 / 11, 10 / 11], [1, 1, 11 / 13]]),
    ],
)
def test_psi_difficulty_by_hand(name, expected):
    """Of three samples one never changed, one went away from its label, one towards it."""
    runs = Pass(
        seeds=np.arange(2),
        du=np.array([[0, 3, 0], [0, 0, 1]], dtype=np.float32),
        dl=np.array([[0, 1, 1], [0, 0, 3]], dtype=np.float32),
    )
    made = compute(name, runs)
    np.testing.assert_allclose(made.scores, expected, rtol=1e-6)
    np.testing.assert_allclose(hardness(made, 2), np.mean(expected, axis=0), rtol=1e-6)


def test_ties_of_forgetting_are_broken_by_the_first_learned_epoch_then_aum_then_index():
    #        0        1        2        3        4        5        6        7        8
    rows = ["00011", "11111", "00000", "00111", "00000", "00111", "01011", "00111", "11111"]
    aum = [5, -1, -3, 1, -2, 2, 9, 1, 7]
    # never forgotten: learned at once 8 (aum 7), 1 (-1); in epoch 3: 5 (2), 3 and 7 (1, by index);
    # in epoch 4: 0; forgotten once: 6; never learned: 4 (-2), 2 (-3)
    order = [8, 1, 5, 3, 7, 0, 6, 4, 2]
    assert ranking(compute("forgetting", runs_of(rows, aum=aum)), 1).tolist() == order


def test_a_member_that_never_learned_counts_its_epochs_as_the_first_learned():
    """Mean forgetting 2 both; 0: never learned by member 0 (epochs 4 and 0), 1: learned at once by
    both.
    """
    made = compute("forgetting", runs_of(["0000", "1010"], ["1111", "1010"]))
    assert made.scores.tolist() == [[4, 2], [0, 2]] and made.keys[0].tolist() == [[4, 0], [0, 0]]
    assert ranking(made, 2).tolist() == [1, 0]


def test_ties_go_by_the_keys_mean_over_the_same_members():
    """First learned in epochs (0, 3, 0) and (1, 1, 9): member 0 alone, the first two, and all three
    disagree.
    """
    rows = [["1" * 10, "0" + "1" * 9], ["000" + "1" * 7, "0" + "1" * 9], ["1" * 10, "0" * 9 + "1"]]
    made = compute("forgetting", runs_of(*rows, aum=[[1, 2]] * 3))
    assert made.scores.tolist() == [[0, 0]] * 3
    found = {members: ranking(made, members).tolist() for members in (1, 2, 3)}
    assert found == {1: [0, 1], 2: [1, 0], 3: [0, 1]}
    assert ranking(made, np.array([1])).tolist() == [1, 0]


def test_ties_of_forgetting_paper_fall_at_random_anew_in_each_ensemble():
    rows = ["111"] * 40 + ["000"] * 40 + ["101"] * 20

    def ordered(seeds, members):
        made = compute("forgetting-paper", runs_of(*[rows] * len(seeds), seeds=seeds))
        assert made.keys.shape == (0, len(seeds), 100)
        return tuple(ranking(made, members).tolist())

    first = ordered((0, 1, 2), 2)
    assert first == ordered((1, 0), 2) == ordered((5, 1, 0), np.array([2, 1]))
    others = [ordered((0, 1, 2), 1), ordered((0, 1, 2), 3), ordered((0, 2), 2)]
    assert len({first, *others}) == 4  # another seed, another size: another order
    for found in (first, *others):
        assert set(found[80:]) == set(range(80, 100))  # the forgotten are the hardest
        # always right and never learned, mixed: .5 +- .056
        share = np.mean(np.array(found[:40]) < 40)
        assert 0.2 < share < 0.8 and list(found[:80]) != sorted(found[:80])


# Ranking


@st.composite
def many_ties(draw):
    members, n, q = draw(st.integers(1, 5)), draw(st.integers(1, 12)), draw(st.integers(0, 2))
    values = st.lists(st.integers(-2, 2), min_size=n, max_size=n)
    arrays = [[draw(values) for _ in range(members)] for _ in range(1 + q)]
    direction = draw(st.sampled_from(["up", "down"]))
    wanted = draw(
        st.integers(1, members)
        | st.lists(st.integers(0, members - 1), min_size=1, unique=True).map(np.array)
    )
    return arrays[0], arrays[1:], direction, wanted


@given(many_ties())
def test_a_ranking_is_a_plain_sort_by_mean_hardness_mean_keys_and_index(case):
    scores, keys, direction, wanted = case
    members, n = len(scores), len(scores[0])
    made = Scores(
        np.array(scores, dtype=np.float32) / 4,
        np.array(keys, dtype=np.float32).reshape(-1, members, n),
        np.arange(members),
        direction,
    )
    rows = range(wanted) if isinstance(wanted, int) else wanted.tolist()
    sign = {"up": 1, "down": -1}[direction]

    def place(i):
        means = [Fraction(sum(part[m][i] for m in rows), len(rows)) for part in (scores, *keys)]
        return (sign * means[0], *means[1:], i)

    assert ranking(made, wanted).tolist() == sorted(range(n), key=place)


def test_the_table_of_samples(toy_dynamics):
    labels, names = np.arange(N) % K, np.array(["ant", "bee", "cat", "dog"])
    image = np.zeros((N, 1, 1, 1), dtype=np.uint8)
    data = datasets.Data(image, labels, image, labels, names, np.zeros(1), np.ones(1))
    scores = {name: compute(name, toy_dynamics) for name in ("aum", "forgetting")}
    made = samples(data, scores, toy_dynamics.correct[:3], 3)
    assert list(made) == [
        "index", "file", "label", "name", "aum", "aum_rank", "forgetting", "forgetting_rank",
        "never_learned"]  # fmt: skip
    assert np.argsort(made["aum"], kind="stable").tolist() == np.argsort(made["aum_rank"]).tolist()
    hardest = made["forgetting_rank"] == 1
    assert made["forgetting"][hardest] == made["forgetting"].max()
    assert made["index"].tolist() == list(range(N)) and made["label"].tolist() == labels.tolist()
    assert made["name"][:5].tolist() == ["ant", "bee", "cat", "dog", "ant"]
    for name in scores:  # raw, not converted into hardness
        np.testing.assert_allclose(made[name], scores[name].scores[:3].mean(axis=0), rtol=1e-6)
    expected = [
        not any(toy_dynamics.correct[m, t, i] for m in range(3) for t in range(T)) for i in range(N)
    ]
    assert made["never_learned"].tolist() == expected and 0 < sum(expected) < N
