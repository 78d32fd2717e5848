"""The measures of the claims of Appendices B and C, on frames whose answer is known."""

import numpy as np
import pytest
from scipy import stats

from hardness.evidence.kinds import PAPER
from hardness.evidence.measures import appendix
from hardness.evidence.measures._values import NotComputedError, Study

STUDY = Study("lenet", "aum", "", {}, {})
K = 10
ACCURACY = {"part": np.linspace(0.99, 0.9, K), "full": np.linspace(0.99, 0.9, K)[::-1]}
DOWN = {"dnoc", "mdoc", "adoc", "cleanlab", "margin"}


def columns(names, rows):
    return {
        name: np.array(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)
    }


def ensembles(sd_members=0.0, members=4, seed=0):
    """The classes' own accuracies, and noise of members around them."""
    rng = np.random.default_rng(seed)
    rows = []
    for setting, accuracy in ACCURACY.items():
        member = accuracy + sd_members * rng.normal(size=(members, K))
        mean = member.cumsum(axis=0) / np.arange(1, members + 1)[:, None]
        n = 10 if setting == "part" else 70
        rows += [
            (setting, m + 1, c, f"class {c}", n, mean[m, c], member[m, c])
            for m in range(members)
            for c in range(K)
        ]
    return columns(("setting", "members", "class", "name", "n", "mean", "member"), rows)


def correlations(rho, related=(), p=0.5):
    """Rows of all of the paper's estimators in both settings, in pixels and another space."""
    rows = [
        (
            setting, space, "data-based", name, -rho if name not in DOWN else rho, p, -0.9, 0.2,
            "related" if name in related else "undecided", 22,
        )
        for setting in ("full", "part")
        for space in ("pca", "pixels")
        for name in PAPER
    ]  # fmt: skip
    names = ("setting", "space", "family", "estimator", "rho", "p", "low", "high", "verdict",
             "compared")  # fmt: skip
    return columns(names, rows)


def test_a_correlation_is_turned_so_that_hard_classes_are_less_accurate():
    frames = {"class-accuracy/correlations": correlations(0.7)}
    made = appendix.class_correlation(frames, STUDY, ["dcc", "mdoc"], "part")
    assert made.value.tolist() == [0.7, 0.7] and list(made.names) == ["dcc", "mdoc"]
    # of dcc the interval is turned too
    assert made.low.tolist() == [-0.2, -0.9] and made.high.tolist() == [0.9, 0.2]
    raw = appendix.class_correlation(frames, STUDY, ["dcc", "mdoc"], "part", raw=True)
    assert raw.value.tolist() == [-0.7, 0.7] and raw.low.tolist() == [-0.9, -0.9]


def test_an_estimator_that_was_not_correlated_is_told():
    frames = {"class-accuracy/correlations": correlations(0.7)}
    with pytest.raises(NotComputedError, match="setting part has no correlation of lid"):
        appendix.class_correlation(frames, STUDY, ["lid"], "part")


def test_related_estimators_are_counted_by_their_verdict():
    frames = {"class-accuracy/correlations": correlations(0.7, related=("adr", "cp"), p=0.04)}
    made = appendix.related_estimators(frames, STUDY, "part")
    assert made.value.tolist() == [2] and made.note.startswith(
        "corrected for the 22 that are compared; 17 of 17 have p at most .05 alone"
    )


def test_estimators_are_weak_only_if_every_interval_says_so():
    frame = correlations(-0.3)
    shown = np.isin(frame["estimator"], ["ad", "cp"])
    frame["verdict"] = np.where(shown, "none above .6", frame["verdict"])
    frames = {"class-accuracy/correlations": frame}
    made = appendix.weak_estimators(frames, STUDY, "full", ["ad", "cp"])
    assert (made.changed, made.nothing, made.largest) == (False, True, 0.3)
    made = appendix.weak_estimators(frames, STUDY, "full", ["ad", "adr"])
    assert (made.changed, made.nothing) == (False, False)
    assert made.note.startswith("related: none, corrected for the 22") and "of 1 of 2" in made.note
    frame["verdict"][frame["estimator"] == "adr"] = "related"
    made = appendix.weak_estimators(frames, STUDY, "full", ["ad", "adr"])
    assert (made.changed, made.nothing) == (True, False) and "related: adr" in made.note


def values(noise):
    rng = np.random.default_rng(1)
    rows = []
    for space, names in (("predictions", appendix.PREDICTED), ("pixels", PAPER)):
        for name in names:
            error = rng.normal(size=K) if noise and space == "pixels" else -ACCURACY["part"]
            scores = -error if name in DOWN else error
            rows += [("part", space, name, c, score) for c, score in enumerate(scores)]
    return columns(("setting", "space", "estimator", "class", "score"), rows)


def test_model_based_estimators_are_ahead_of_noise_and_not_of_their_equals():
    frames = {"class-accuracy/ensembles": ensembles(), "class-accuracy/values": values(noise=True)}
    ahead = appendix.sides_apart(frames, STUDY, "part").values
    assert ahead.shape == (K, 1) and ahead.mean() > 0.5
    frames["class-accuracy/values"] = values(noise=False)
    np.testing.assert_allclose(appendix.sides_apart(frames, STUDY, "part").values, 0, atol=1e-9)
    with pytest.raises(NotComputedError, match="setting full has no scores by cleanlab"):
        appendix.sides_apart(frames, STUDY, "full")


def test_an_estimator_that_is_constant_without_one_class_counts_nowhere():
    frames = {"class-accuracy/ensembles": ensembles(), "class-accuracy/values": values(noise=True)}
    frame = frames["class-accuracy/values"]
    frame["score"][frame["estimator"] == "n3"] = [0] * 9 + [1]
    without = {name: column[frame["estimator"] != "n3"] for name, column in frame.items()}
    made = appendix.sides_apart(frames, STUDY, "part")
    assert made.note == "jackknife over classes, over 3 and 16 estimators"
    frames["class-accuracy/values"] = {name: column.copy() for name, column in frame.items()}
    frames["class-accuracy/values"]["score"][frame["estimator"] == "n3"] = 0
    np.testing.assert_array_equal(made.values, appendix.sides_apart(frames, STUDY, "part").values)
    frames["class-accuracy/values"] = without
    with pytest.raises(NotComputedError, match="setting part has no scores by"):
        appendix.sides_apart(frames, STUDY, "part")


def both_settings():
    """Values of data-based estimators in part, and the same in full, where the order of the classes
    is the opposite one.
    """
    frame = values(noise=True)
    full = {name: column.copy() for name, column in frame.items()} | {
        "setting": np.full(len(frame["class"]), "full")
    }
    return {name: np.concatenate([frame[name], full[name]]) for name in frame}


def test_settings_are_alike_where_their_correlations_are():
    frames = {"class-accuracy/ensembles": ensembles(), "class-accuracy/values": both_settings()}
    made = appendix.settings_alike(frames, STUDY)
    assert made.values.shape == (K, 1)
    np.testing.assert_allclose(made.values, -1)  # without any class, too
    frame = frames["class-accuracy/values"]
    frame["score"][frame["setting"] == "full"] *= -1
    made = appendix.settings_alike(frames, STUDY)
    np.testing.assert_allclose(made.values, 1)
    assert "over 17 estimators; the largest difference is 0.00" in made.note


def families(**kinds):
    rows = [
        (setting, name, variant, kinds.get(f"{setting}_{name}", "inverse-cumulative"))
        for setting in ("full", "part")
        for name in ("dcc", "mdoc", "n3", "cp", "lid")
        for variant in ("paper", "kneedle")
    ]
    return columns(("setting", "estimator", "variant", "family"), rows)


def test_families_are_counted_among_the_papers_estimators_but_n3_and_cp():
    frames = {"difficulty/families": families(full_mdoc="logarithmic", full_cp="exponential")}
    made = appendix.family_share(frames, STUDY, "inverse-cumulative", "full")
    assert made.value.tolist() == [0.5] and made.note == "of 2, others: mdoc logarithmic"
    alike = appendix.families_alike(frames, STUDY, ["full", "part"])
    assert alike.value.tolist() == [0.5] and alike.note == "of 4, of another family: mdoc, cp"


def test_families_that_switch_with_the_data_set_are_counted_but_those_that_may():
    frames = {
        "difficulty/families": families(full_n3="exponential", full_dcc="exponential"),
        "against/difficulty/families": families(),
    }
    made = appendix.families_switched(frames, STUDY, "full", ["n3", "cp"])
    assert made.value.tolist() == [1] and made.note == "of 4, switched: dcc, n3"


def test_families_are_compared_of_the_estimators_that_both_have():
    frame, other = families(full_mdoc="logarithmic"), families()
    lacking = (frame["setting"] == "part") & (frame["estimator"] == "dcc")
    frame = {name: column[~lacking] for name, column in frame.items()}
    other = {name: column[other["estimator"] != "mdoc"] for name, column in other.items()}
    frames = {"difficulty/families": frame, "against/difficulty/families": other}
    alike = appendix.families_alike(frames, STUDY, ["full", "part"])
    assert alike.value[0] == pytest.approx(2 / 3)
    assert alike.note == "of 3, of another family: mdoc"
    switched = appendix.families_switched(frames, STUDY, "full", [])
    assert switched.value.tolist() == [0] and switched.note == "of 3, switched: none"


def test_without_an_estimator_of_the_paper_no_family_is_compared():
    frame = families()
    only = frame["estimator"] == "lid"
    lid = {name: column[only] for name, column in frame.items()}
    frames = {"difficulty/families": lid, "against/difficulty/families": frame}
    for measure, arguments in (
        (appendix.family_share, ("inverse-cumulative", "full")),
        (appendix.families_alike, (["full", "part"],)),
        (appendix.families_switched, ("full", ["n3"])),
    ):
        with pytest.raises(NotComputedError, match="setting full.* none of the paper's"):
            measure(frames, STUDY, *arguments)


@pytest.mark.parametrize(("sd", "sign"), [(0.15, 1), (0.005, -1)])
def test_members_scatter_more_than_classes_or_less(sd, sign):
    frames = {"class-accuracy/ensembles": ensembles(sd, members=300)}
    made = appendix.members_against_classes(frames, STUDY, ["part", "full"])
    mean, error = made.values.mean(axis=0), made.values.std(axis=0, ddof=1) / np.sqrt(300)
    assert made.values.shape == (300, 2) and (sign * mean > 3 * error).all()
    # the spread of the classes' means holds 1/300 of the members' variance, too
    expected = np.log(sd / np.sqrt(ACCURACY["part"].var(ddof=1) + sd**2 / 300))
    np.testing.assert_allclose(mean, expected, atol=0.2)


def test_two_members_have_no_spread_to_speak_of():
    with pytest.raises(NotComputedError, match="three"):
        frames = {"class-accuracy/ensembles": ensembles(0.1, members=2)}
        appendix.members_against_classes(frames, STUDY, ["part"])


def test_the_place_of_a_class_counts_from_the_least_accurate():
    frames = {"class-accuracy/ensembles": ensembles()}
    made = appendix.class_place(frames, STUDY, "part", 9)
    assert made.value.tolist() == [1] and made.note.startswith("class 9, class 9; band")
    assert appendix.class_place(frames, STUDY, "full", 9).value.tolist() == [10]
    assert [end.tolist() for end in made.ends()] == [[1], [1]]  # members without noise


def test_the_band_of_a_place_contains_the_places_of_other_ensembles():
    """Steps of a hundredth between classes, means of 25 members with a standard error of as much:
    another ensemble gives the middle class other places, from 3 to 7 in nine of ten.
    """
    mean, rng = [], np.random.default_rng(1)
    for seed in range(20):
        frames = {"class-accuracy/ensembles": ensembles(0.05, members=25, seed=seed)}
        made = appendix.class_place(frames, STUDY, "part", 5)
        assert made.low[0] <= made.value[0] <= made.high[0]
        others = ACCURACY["part"] + 0.01 * rng.normal(size=(500, K))
        places = 1 + (others < others[:, [5]]).sum(axis=1)
        mean.append(((places >= made.low[0]) & (places <= made.high[0])).mean())
    assert 0.85 < np.mean(mean) < 0.99


def test_the_share_of_test_samples():
    frames = {"class-accuracy/ensembles": ensembles()}
    assert appendix.test_share(frames, STUDY).value[0] == pytest.approx(100 / 7)


def with_means(full, part, n=1_000):
    """Three members without noise of their own."""
    rows = [
        (setting, m, c, n, accuracy, accuracy)
        for setting, own in (("full", full), ("part", part))
        for m in (1, 2, 3)
        for c, accuracy in enumerate(own)
    ]
    names = ("setting", "members", "class", "n", "mean", "member")
    return {"class-accuracy/ensembles": columns(names, rows)}


def test_the_largest_reversal_by_hand():
    """Of three pairs only 0 and 1 swap: by 8 points in full, by 2 in part."""
    made = appendix.largest_reversal(with_means([0.9, 0.82, 0.5], [0.9, 0.92, 0.5]), STUDY)
    assert made.value[0] == pytest.approx(2)
    error = [np.sqrt((share := (1_000 * a + 1) / 1_002) * (1 - share) / 1_000) for a in (0.9, 0.92)]
    z = stats.norm.ppf(1 - 0.05 / 12)  # two sides, three pairs, two settings
    half = 100 * z * np.hypot(*error)
    assert made.low[0] == pytest.approx(2 - half) and made.high[0] == pytest.approx(2 + half)
    assert made.note.startswith("2 of 3 classes have another rank, rank correlation 0.50")


def test_the_same_order_has_no_reversal_and_a_clear_one_is_shown():
    same = appendix.largest_reversal(with_means([0.9, 0.6, 0.3], [0.8, 0.5, 0.2]), STUDY)
    assert same.value[0] == pytest.approx(-30) and same.high[0] < 0
    other = appendix.largest_reversal(with_means([0.9, 0.6, 0.3], [0.2, 0.5, 0.8]), STUDY)
    assert other.value[0] == pytest.approx(60) and other.low[0] > 0


def test_classes_that_tie_share_their_rank():
    """Both are at 1.5 in full, one of them at 1 and one at 2 in part."""
    made = appendix.largest_reversal(with_means([0.5, 0.5, 0.9], [0.5, 0.6, 0.9]), STUDY)
    assert made.note.startswith("2 of 3 classes have another rank") and made.value[0] == 0
