"""One conformance suite for all samplers, and the particular properties of each."""

import importlib
import sys

import numpy as np
import pytest
import scipy.stats
from threadpoolctl import threadpool_limits

from hardness.data import datasets
from hardness.sets import resampling
from hardness.sets.parts import OVERSAMPLERS, UNDERSAMPLERS

SHAPE = (3, 4, 2)
COUNTS = np.array([12, 7, 3, 9])
# one class shrinks, two grow (one smaller than SMOTE's five neighbors), one stays
SIZES = np.array([5, 11, 8, 9])
NAMES = ["cat", "dog", "owl", "ape"]
OVER = OVERSAMPLERS.names()
EVERY = [(over, under) for over in ("none", *OVER) for under in ("none", *UNDERSAMPLERS.names())]


def make_data(seed=0):
    """Images whose pixels tell the class: those of class c lie in 60c..60c+59. Labels and hardness
    are in no order.
    """
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(np.arange(len(COUNTS)), COUNTS))
    images = (60 * labels[:, None, None, None] + rng.integers(0, 60, (len(labels), *SHAPE))).astype(
        np.uint8
    )
    return images, labels, rng.permutation(len(labels))


@pytest.fixture
def data():
    arrays = make_data()
    for array in arrays:
        array.flags.writeable = False  # no sampler may change its input
    return arrays


def resample(images, labels, *arguments, **options):
    return resampling.resample(images, labels, NAMES, *arguments, **options)


def pixels(training_set, images, draw=0):
    """The images of one draw, in row order, the synthetic ones put into their places."""
    source = training_set.source[draw]
    result = images[source]
    result[source == -1] = training_set.synthetic[draw]
    return result


def test_the_samplers_of_the_paper_are_there():
    assert OVER == ("easy", "hard", "random", "smote")
    assert UNDERSAMPLERS.names() == ("easy",)


# The conformance suite


@pytest.mark.parametrize(("over", "under"), EVERY)
def test_class_sizes_types_and_shapes(over, under, data):
    images, labels, order = data
    made = resample(images, labels, order, SIZES, over, under, draws=3)
    wanted = [
        size if (size > count and over != "none") or (size < count and under != "none") else count
        for size, count in zip(SIZES, COUNTS, strict=True)
    ]
    draws = 1 if over == "none" else 3
    assert np.bincount(made.labels).tolist() == wanted
    assert made.source.shape == (draws, sum(wanted)) and made.source.dtype == np.int32
    assert made.labels.shape == (sum(wanted),) and made.labels.dtype == np.int64
    assert made.synthetic.dtype == np.uint8 and made.synthetic.shape[2:] == SHAPE
    assert (
        (made.source == -1).sum(axis=1) == made.synthetic.shape[1]
    ).all() and made.synthetic.shape[0] == draws


@pytest.mark.parametrize(("over", "under"), EVERY)
def test_rows_come_by_class_then_those_kept_by_index_then_those_added(over, under, data):
    images, labels, order = data
    made = resample(images, labels, order, SIZES, over, under, draws=2)
    assert (np.diff(made.labels) >= 0).all()
    for source in made.source:
        for c, count in enumerate(COUNTS):
            own = source[made.labels == c]
            kept = min(count, SIZES[c]) if under != "none" else count
            assert (np.diff(own[:kept]) > 0).all() and (own[:kept] >= 0).all()
            if SIZES[c] >= count:
                assert own[:kept].tolist() == np.flatnonzero(labels == c).tolist()


@pytest.mark.parametrize(("over", "under"), EVERY)
def test_every_row_is_of_its_own_class(over, under, data):
    images, labels, order = data
    made = resample(images, labels, order, SIZES, over, under, draws=3)
    for draw in range(len(made.source)):
        assert (made.source[draw] < len(labels)).all() and (made.source[draw] >= -1).all()
        shown = pixels(made, images, draw).reshape(len(made.labels), -1)
        assert (shown // 60 == made.labels[:, None]).all()


@pytest.mark.parametrize("over", OVER)
def test_other_classes_and_rows_outside_the_training_set_do_not_matter(over, data):
    images, labels, order = data
    own = labels == 1
    sizes = np.where(np.arange(4) == 1, 20, COUNTS)
    changed = np.random.default_rng(9).integers(0, 256, images.shape, dtype=np.uint8)
    changed[own] = images[own]
    first, second = (
        resample(x, labels, order, sizes, over, "easy", draws=2) for x in (images, changed)
    )
    assert (first.source == second.source).all() and (first.synthetic == second.synthetic).all()
    added = first.source[:, (first.labels == 1)][:, COUNTS[1] :]
    assert added.shape == (2, 13) and (np.isin(added, np.flatnonzero(own)) | (added == -1)).all()


@pytest.mark.parametrize("over", OVER)
def test_a_draw_depends_on_its_number_only(over, data):
    images, labels, order = data
    few, many, again = (
        resample(images, labels, order, SIZES, over, "easy", draws) for draws in (2, 5, 5)
    )
    assert all((a == b).all() for a, b in zip(many, again, strict=True))
    assert (few.source == many.source[:2]).all() and (few.synthetic == many.synthetic[:2]).all()
    shown = [pixels(many, images, draw).tobytes() for draw in range(5)]
    assert len(set(shown)) == 5


@pytest.mark.parametrize("over", [name for name in OVER if name != "smote"])
def test_a_class_of_one_sample_grows_by_repeating_it(over):
    labels = np.array([0, 1, 0, 0])
    images = np.arange(4 * np.prod(SHAPE), dtype=np.uint8).reshape(4, *SHAPE)
    made = resample(images, labels, np.array([2, 1, 0, 3]), np.array([3, 4]), over, "none", draws=2)
    wanted = [0, 2, 3, 1] if over == "none" else [0, 2, 3, 1, 1, 1, 1]
    assert (made.source == wanted).all() and len(made.source) == (1 if over == "none" else 2)


def test_a_class_too_small_for_smote_repeats_its_sample_and_it_is_said_by_its_name(capsys):
    labels = np.array([0, 1, 0, 0])
    images = np.random.default_rng(0).integers(0, 256, (4, *SHAPE), dtype=np.uint8)
    made = resample(images, labels, np.arange(4), np.array([5, 3]), "smote", "none", draws=2)
    assert made.source.tolist() == [[0, 2, 3, -1, -1, 1, 1, 1]] * 2
    assert made.labels.tolist() == [0] * 5 + [1] * 3 and made.synthetic.shape == (2, 2, *SHAPE)
    assert lies_between_neighbors(made.synthetic[0], images[labels == 0]).all()
    assert "class 1 (dog) has 1 of the 2 samples that 'smote' needs" in capsys.readouterr().out
    shrunk = resample(images, labels, np.arange(4), np.array([2, 1]), "smote", "easy")
    assert shrunk.source.tolist() == [[2, 3, 1]] and not capsys.readouterr().out


@pytest.mark.parametrize("over", OVER)
@pytest.mark.parametrize("count", [2, 3, 5, 6])
def test_classes_no_larger_than_the_neighborhood_can_grow(over, count):
    images = np.random.default_rng(0).integers(0, 256, (count + 4, *SHAPE), dtype=np.uint8)
    labels = np.repeat([0, 1], [count, 4])
    made = resample(images, labels, np.arange(count + 4), np.array([40, 4]), over, "none")
    assert np.bincount(made.labels).tolist() == [40, 4]
    if made.synthetic.shape[1]:
        assert lies_between_neighbors(made.synthetic[0], images[:count]).all()


@pytest.mark.parametrize("over", OVER)
def test_sizes_that_are_there_already_change_nothing(over, data):
    images, labels, order = data
    made = resample(images, labels, order, COUNTS, over, "easy")
    assert (made.source[0] == np.argsort(labels, kind="stable")).all() and made.synthetic.shape == (
        1,
        0,
        *SHAPE,
    )


@pytest.mark.parametrize("over", ["none", "easy", "hard"])
def test_samplers_that_follow_hardness_do_not_depend_on_the_order_of_samples(over, data):
    images, labels, order = data
    shuffled = np.random.default_rng(3).permutation(len(labels))
    place = np.argsort(shuffled)  # where each sample went
    first = resample(images, labels, order, SIZES, over, "easy", draws=2)
    second = resample(
        images[shuffled], labels[shuffled], place[order], SIZES, over, "easy", draws=2
    )
    assert (np.sort(first.source, axis=1) == np.sort(shuffled[second.source], axis=1)).all()


# Undersampling


@pytest.mark.parametrize("over", OVER)
def test_under_easy_drops_the_easiest_of_the_class(over, data):
    images, labels, order = data
    made = resample(images, labels, order, SIZES, over, "easy")
    rank = np.argsort(order)
    kept = made.source[0][made.labels == 0]
    dropped = np.setdiff1d(np.flatnonzero(labels == 0), kept)
    assert len(kept) == 5 and len(dropped) == 7 and rank[dropped].max() < rank[kept].min()


def test_a_training_set_by_hand():
    labels, order = np.array([1, 0, 0, 1, 0]), np.array([4, 3, 1, 0, 2])
    images = np.zeros((5, *SHAPE), dtype=np.uint8)
    made = resample(images, labels, order, np.array([2, 1]), "none", "easy", draws=8)
    assert made.source.tolist() == [[1, 2, 0]] and made.labels.tolist() == [0, 0, 1]
    emptied = resample(images, labels, order, np.array([0, 2]), "none", "easy")
    assert emptied.source.tolist() == [[0, 3]]


# Which samples are repeated (Eq. 7)


def test_the_sampling_weight_by_hand():
    # W(.5) = .5 + .5 (1 - e^-2.5) / (1 - e^-5) = .5 + .5 * .917915 / .993262
    np.testing.assert_allclose(
        resampling.weight(np.array([0, 0.5, 1])), [1, 0.962071, 0.5], atol=1e-6
    )
    np.testing.assert_allclose(
        resampling.weight(np.array([0, 0.5, 1]), beta=1e-9, floor=0.2), [1, 0.6, 0.2], atol=1e-6
    )


def test_the_sampling_weight_is_almost_uniform():
    p = resampling.rank_probabilities(100_000)
    assert p.sum() == pytest.approx(1) and (np.diff(p) < 0).all()
    assert p[:10_000].sum() == pytest.approx(0.111, abs=5e-4)
    assert 1 / (p**2).sum() / len(p) == pytest.approx(0.98, abs=5e-3)
    assert resampling.rank_probabilities(1).tolist() == [1]


@pytest.mark.parametrize(
    (
        "over",
        "expected",
    ),  # for five ranks from the easiest to the hardest: W at x = 1, .75, .5, .25, 0
    [
        ("random", [1, 1, 1, 1, 1]),
        ("hard", [0.5, 0.859168, 0.962071, 0.991553, 1]),
        ("easy", [1, 0.991553, 0.962071, 0.859168, 0.5]),
    ],
)
def test_samples_are_repeated_as_often_as_the_formula_says(over, expected):
    order, number = np.array([31, 5, 17, 8, 40]), 50_000
    source, new = OVERSAMPLERS.find(over).sample(
        None, np.sort(order), order, number, np.random.default_rng(0)
    )
    assert new is None
    observed = (source[:, None] == order).sum(axis=0)
    assert observed.sum() == number
    assert (
        scipy.stats.chisquare(observed, number * np.array(expected) / sum(expected)).pvalue > 0.001
    )


# SMOTE


def lies_between_neighbors(points, samples, neighbors=5):
    """Whether each point can be a + t (b - a), 0 <= t <= 1, rounded, of a sample a and b, one of
    its nearest.
    """
    points, samples = (np.reshape(x, (len(x), -1)).astype(np.int64) for x in (points, samples))
    distance = ((samples[:, None] - samples) ** 2).sum(axis=2)
    np.fill_diagonal(distance, np.iinfo(np.int64).max)
    reach = np.sort(distance, axis=1)[:, min(neighbors, len(samples) - 1) - 1]
    found = np.zeros(len(points), dtype=bool)
    for a, b in np.argwhere(distance <= reach[:, None]):
        step, offset = samples[b] - samples[a], points - samples[a]
        still = step == 0
        with np.errstate(divide="ignore", invalid="ignore"):
            bounds = np.sort([(offset - 0.501) / step, (offset + 0.501) / step], axis=0)[
                :, :, ~still
            ]
        low, high = bounds[0].max(axis=1, initial=0), bounds[1].min(axis=1, initial=1)
        found |= (low <= high) & (offset[:, still] == 0).all(axis=1)
    return found


def test_the_test_of_smotes_geometry_can_fail():
    samples = np.array([[0, 0], [100, 0], [0, 100], [200, 200]])
    points = np.array([[50, 0], [0, 30], [51, 1], [100, 100], [50, 50], [210, 210], [156, 24]])
    assert np.flatnonzero(lies_between_neighbors(points, samples, neighbors=1)).tolist() == [0, 1]
    assert np.flatnonzero(lies_between_neighbors(points, samples, neighbors=3)).tolist() == [
        0,
        1,
        3,
        4,
    ]


@pytest.mark.parametrize("low", [0, 100, 226])
def test_smote_makes_points_between_a_sample_and_one_of_its_five_nearest(low):
    rng = np.random.default_rng(low)
    images = rng.integers(low, low + 30, (60, *SHAPE), dtype=np.uint8)
    members = rng.permutation(60)[:40]
    source, new = OVERSAMPLERS.find("smote").sample(images, members, members, 300, rng)
    assert source.tolist() == [-1] * 300 and new.shape == (300, *SHAPE) and new.dtype == np.uint8
    assert lies_between_neighbors(new, images[members]).all()
    assert not lies_between_neighbors(new, images[members], neighbors=4).all()  # all five are used
    assert len(np.unique(new.reshape(300, -1), axis=0)) > 200


def test_smote_between_black_and_white_takes_every_gray():
    images = np.zeros((2, *SHAPE), dtype=np.uint8)
    images[1] = 255
    _, new = OVERSAMPLERS.find("smote").sample(
        images, np.arange(2), np.arange(2), 2000, np.random.default_rng(0)
    )
    gray = new[:, 0, 0, 0]
    assert (new == gray[:, None, None, None]).all()
    assert scipy.stats.kstest(gray / 255, "uniform").pvalue > 0.001


def test_smote_on_rows_of_a_table_is_not_rounded_and_keeps_to_the_segments():
    """Columns of other scales than pixels; each new row is a + t (b - a) to float32's rounding, b
    one of the five nearest of a.
    """
    rng = np.random.default_rng(0)
    rows = (rng.normal(size=(30, 3)) * [1e-3, 1, 500]).astype(np.float32)
    members = rng.permutation(30)[:20]
    source, new = OVERSAMPLERS.find("smote").sample(rows, members, members, 50, rng)
    assert source.tolist() == [-1] * 50 and new.shape == (50, 3) and new.dtype == np.float32
    samples = rows[members].astype(np.float64)
    distances = scipy.spatial.distance.cdist(samples, samples)
    nearest = np.argsort(distances, axis=1)[:, 1:6]
    begin, step = (
        np.repeat(samples, 5, axis=0),
        (samples[nearest] - samples[:, None]).reshape(-1, 3),
    )
    for point in new.astype(np.float64):
        t = ((point - begin) * step).sum(axis=1) / (step**2).sum(axis=1)
        away = np.abs(begin + np.clip(t, 0, 1)[:, None] * step - point) / [1e-3, 1, 500]
        assert away.max(axis=1).min() < 1e-5
    assert not np.isin(new[:, 0], np.rint(new[:, 0])).any()


@pytest.mark.parametrize(("over", "under"), EVERY)
def test_rows_of_a_table_are_resampled_as_images_are(over, under, data):
    """Images of few pixels as rows of numbers: the same samples, and synthetic ones unrounded."""
    images, labels, order = data
    rows = images.reshape(len(images), -1).astype(np.float32)
    made, of_rows = (
        resample(inputs, labels, order, SIZES, over, under, draws=2) for inputs in (images, rows)
    )
    np.testing.assert_array_equal(of_rows.source, made.source)
    np.testing.assert_array_equal(of_rows.labels, made.labels)
    assert of_rows.synthetic.dtype == np.float32
    assert of_rows.synthetic.shape == (*made.synthetic.shape[:2], rows.shape[1])
    np.testing.assert_array_equal(
        np.rint(of_rows.synthetic).reshape(made.synthetic.shape), made.synthetic
    )


def test_smote_does_not_depend_on_the_number_of_threads():
    # many equally near
    images = 80 * np.random.default_rng(0).integers(0, 3, (600, 4, 5, 1), dtype=np.uint8)
    rows, smote, made = np.arange(600), OVERSAMPLERS.find("smote"), []
    for threads in (1, 2):
        with threadpool_limits(threads):
            made.append(smote.sample(images, rows, rows, 500, np.random.default_rng(0))[1])
    assert (made[0] == made[1]).all()


# The full set, and bad input


def test_the_full_set_is_the_data_set_as_it_is():
    made = datasets.full(np.array([2, 0, 1], dtype=np.uint8), SHAPE)
    assert made.source.tolist() == [[0, 1, 2]] and made.source.dtype == np.int32
    assert made.labels.tolist() == [2, 0, 1] and made.labels.dtype == np.int64
    assert made.synthetic.shape == (1, 0, *SHAPE) and made.synthetic.dtype == np.uint8


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"over": "smoet"}, "unknown oversampler 'smoet': did you mean 'smote'"),
        ({"under": "esay"}, "unknown undersampler 'esay': did you mean 'easy'"),
        ({"sizes": np.array([5, 5, 5, 5, 5])}, "class 4 .* no samples"),
        ({"sizes": np.array([5, 5, 5])}, "labels must lie in 0..2"),
        ({"sizes": np.array([5, 5, 5, -1])}, "class sizes must be at least 0"),
        ({"draws": 0}, "draws at least 1"),
        ({"order": np.arange(30)}, "each of the 31 rows once"),
        ({"order": np.zeros(31, dtype=int)}, "each of the 31 rows once"),
    ],
)
def test_bad_input_is_named(change, message, data):
    images, labels, order = data
    good = {"order": order, "sizes": SIZES, "over": "random", "under": "easy", "draws": 2}
    with pytest.raises(ValueError, match=message):
        resample(images, labels, **(good | change))


# A user's samplers

FIRST = "hardness_order[:count]"
NEW = "np.full(count, -1), np.repeat(inputs[members[:1]], count, axis=0)"
UNDER = {  # what keep returns, asked for 5 of 12 cats -> the message
    "hardness_order[:count - 1]": r"int64 \(4,\) for .*; expected an array of 5 whole numbers",
    "hardness_order": r"an array of int64 \(12,\) for class 0 \(cat\); expected an array of 5",
    "hardness_order[:count][:, None]": r"an array of int64 \(5, 1\)",
    "np.repeat(hardness_order[:1], count)": r"row \d+ of class 0 \(cat\) more than once; .* 5 diff",
    "hardness_order[:count] + 1000": r"row 10\d\d for class 0 \(cat\), which has no such row",
    "hardness_order[:count] - 1000": r"row -9\d\d for class 0 \(cat\), which has no such row",
    "hardness_order[:count] / 2": r"an array of float64 \(5,\) for class 0 \(cat\)",
    "hardness_order * np.nan": r"an array of float64 \(12,\), some not finite",
    "np.isin(hardness_order, hardness_order[:count])": r"an array of bool \(12,\)",
    "list(hardness_order[:count])": r"returned a list for class 0",
    "None": r"returned None for class 0 \(cat\)",
}
MINUS = "np.full(count, -1)"
OVERS = {  # what sample returns, asked first for 4 more dogs -> the message
    FIRST: r"an array of int64 \(4,\) for class 1 \(dog\); expected two things: the 4 rows",
    "None": r"returned None for class 1 \(dog\); expected two things",
    f"{FIRST}, None, rng": r"a tuple of 3 for class 1 \(dog\); expected two things",
    "hardness_order[:count - 1], None": r"of int64 \(3,\) for class 1 \(dog\); .* 4 whole numbers",
    "np.setdiff1d(range(31), members)[:count], None": r"row \d+ for class 1 \(dog\), which has no",
    "np.full(count, 31), None": r"row 31 for class 1 \(dog\), which has no such row",
    f"{MINUS}, None": r"row -1 for class 1 \(dog\), which has no such row",
    f"{FIRST} * 1.0, None": r"an array of float64 \(4,\) for class 1 \(dog\)",
    f"{MINUS}, inputs[:1]": r"uint8 \(1, 3, 4, 2\) as .* class 1 .* of uint8 \(4, 3, 4, 2\)",
    f"{MINUS}, inputs[:count, :2]": r"uint8 \(4, 2, 4, 2\) as new inputs",
    f"{MINUS}, inputs[:count] / 255": r"an array of float64 \(4, 3, 4, 2\) as new inputs",
    f"{MINUS}, inputs[:count] * np.nan": r"float64 \(4, 3, 4, 2\), some not finite as new inputs",
    f"{MINUS}, list(inputs[:count])": r"returned a list as new inputs of class 1",
    f"{FIRST}, inputs[:count]": r"beside them an array of int64 \(4,\); expected -1 for each",
    "np.full(count - 1, -1), inputs[:count]": r"beside them an array of int64 \(3,\); expected -1",
}


@pytest.fixture
def users(tmp_path, monkeypatch):
    """Writes a user's sampler, which returns an expression; returns the file."""

    def write(kind, value):
        module = importlib.import_module(f"hardness.sets.{kind}s")
        monkeypatch.setattr(module, "__path__", [*module.__path__, str(tmp_path)])
        call = "keep(hardness_order, count)"
        if kind == "oversampler":
            call = "sample(inputs, members, hardness_order, count, rng)"
        file = tmp_path / "own.py"
        text = f"import numpy as np\n\nNEEDS = 1\n\n\ndef {call}:\n    return {value}\n"
        file.write_text(text, encoding="utf-8")
        monkeypatch.delitem(sys.modules, f"hardness.sets.{kind}s.own", raising=False)
        return file

    return write


@pytest.mark.parametrize("value", UNDER)
def test_what_a_users_undersampler_returns_is_checked(users, data, value):
    file = users("undersampler", value)
    with pytest.raises(ValueError, match=UNDER[value]) as error:
        resample(*data, SIZES, "none", "own")
    assert str(error.value).startswith(f"{file}: keep(hardness_order, count) returned ")


@pytest.mark.parametrize("value", OVERS)
def test_what_a_users_oversampler_returns_is_checked(users, data, value):
    file = users("oversampler", value)
    with pytest.raises(ValueError, match=OVERS[value]) as error:
        resample(*data, SIZES, "own", "none")
    assert str(error.value).startswith(f"{file}: sample(inputs, members, hardness_order, count, ")


@pytest.mark.parametrize("value", [f"{FIRST}.astype(np.uint8)", f"{FIRST}[::-1]"])
def test_a_users_undersampler_may_return_rows_in_any_order_and_of_any_whole_type(
    users, data, value
):
    users("undersampler", value)
    images, labels, order = data
    made = resample(images, labels, order, SIZES, "none", "own")
    easiest = order[labels[order] == 0][:5]
    assert made.source[0][made.labels == 0].tolist() == sorted(easiest)


@pytest.mark.parametrize("value", [f"np.resize({FIRST}, count), None", NEW])
def test_a_users_oversampler_may_repeat_rows_or_make_images(users, data, value):
    users("oversampler", value)
    images, labels, order = data
    made = resample(images, labels, order, SIZES, "own", "none", draws=2)
    assert np.bincount(made.labels).tolist() == [12, 11, 8, 9]
    shown = pixels(made, images, 1)
    assert (shown // 60 == made.labels[:, None, None, None]).all()


@pytest.mark.parametrize("name", ["inputs", "members", "hardness_order"])
def test_a_users_sampler_cannot_change_what_it_gets(users, name):
    images, labels, order = make_data()
    before = images.copy(), labels.copy(), order.copy()
    users("oversampler", f"{name}.fill(0)")
    with pytest.raises(ValueError, match="read-only"):
        resample(images, labels, order, SIZES, "own", "none")
    assert all((a == b).all() for a, b in zip(before, (images, labels, order), strict=True))
