import numpy as np
import pytest

from hardness.analysis import comparisons, effects, inference, units
from hardness.analysis.comparisons import Family
from hardness.core import artifacts
from hardness.sets.spec import Resampled

K, PER_CLASS, M = 4, 50, 8
LABELS = np.repeat(np.arange(K), PER_CLASS)
EASY = np.array([True, True, False, False])
SMOTE, NONE = "resample-smote-easy-a1", "resample-none-easy-a1"


def spec(over="none", draws=1, mode="paper", setting=1, estimator="aum"):
    return Resampled(over, "easy", mode, setting, estimator, 8, 8, draws)


def predictions(right, members=M, seed=0):
    """Members that take a share `right` (k,) of each class for what it is, and the rest for the
    next class.
    """
    rng = np.random.default_rng([seed, 7])
    correct = rng.random((members, len(LABELS))) < np.asarray(right)[LABELS]
    return np.where(correct, LABELS, (LABELS + 1) % K)


def inputs(ensembles, sets=None, margin=0.05, origin=None, base="cnn"):
    sets = sets or {
        name: spec("smote" if "smote" in name else "none")
        for name, _ in ensembles
        if name != "full"
    }
    return comparisons.Inputs(
        labels=LABELS,
        easy=EASY,
        rule="paper",
        class_names=np.array(list("abcd")),
        sets=sets,
        ensembles={
            key: comparisons.ensemble(LABELS, predicted, K) for key, predicted in ensembles.items()
        },
        base=base,
        origin=None if origin is None else comparisons.ensemble(LABELS, origin, K),
        margin=margin,
    )


def rows(table, **wanted):
    """The rows of columns that have these values, each as a dict."""
    count = len(next(iter(table.values())))
    found = [{name: column[i] for name, column in table.items()} for i in range(count)]
    return [row for row in found if all(row[name] == value for name, value in wanted.items())]


def row(table, **wanted):
    (one,) = rows(table, **wanted)
    return one


FULL = predictions([0.9, 0.8, 0.6, 0.5], members=20)


def test_a_cells_change_is_the_mean_over_the_groups_classes_paired_by_seed():
    shifted = FULL[:M].copy()
    for m in range(M):  # in class 2 member m gets m + 1 more images right, in class 3 none
        wrong = np.flatnonzero((LABELS == 2) & (shifted[m] != LABELS))[: m + 1]
        shifted[m, wrong] = 2
    found = effects.tables(inputs({("full", "cnn"): FULL, (NONE, "cnn"): shifted}))
    hard = row(found["cells"], metric="recall", group="hard")
    gained = np.arange(1, M + 1) / PER_CLASS / 2
    assert hard["change"] == pytest.approx(gained.mean())
    assert hard["noise_sd"] == pytest.approx(gained.std(ddof=1))
    assert hard["sd_over_classes"] == pytest.approx(gained.mean())  # classes: twice the mean, and 0
    assert row(found["cells"], metric="recall", group="easy")["change"] == 0
    assert hard["p"] == 2 / 2**M and hard["verdict"] == "changed"
    pooled = row(found["classes"], metric="recall", **{"class": 2})
    assert (
        pooled["change"] == pytest.approx(2 * gained.mean())
        and 0 < pooled["pooled"] <= pooled["change"]
    )


def test_a_family_is_tested_together_and_its_gaps_are_another():
    ensembles = {("full", "cnn"): FULL, (NONE, "cnn"): predictions([0.9, 0.8, 0.6, 0.5], seed=1)}
    ensembles[SMOTE, "cnn"] = predictions([0.9, 0.8, 0.6, 0.5], seed=2)
    found = effects.tables(inputs(ensembles))
    said = {one["what"]: one for one in rows(found["families"])}
    assert {what: one["cells"] for what, one in said.items()} == {
        "table": 8,
        "further": 12,
        "gaps": 16,
    }
    assert {one["strategies"] for one in said.values()} == {2}
    table = [one for one in rows(found["cells"]) if one["metric"] in ("precision", "recall")]
    changes = {(one["set"], one["metric"], one["group"]): one["change"] for one in table}
    for one in rows(found["gaps"]):  # what the margin needs, if there is one
        if one["measure"] == "sd_without_noise":
            continue
        needed = inference.members_needed(one["noise_sd"], 0.05 if one["measure"] == "sd" else None)
        assert one["members_needed"] == pytest.approx(needed, nan_ok=True)
        assert np.isfinite(needed) == (one["measure"] == "sd")
    assert said["table"]["largest"] == max(map(abs, changes.values()))
    assert said["table"]["smallest_p"] == min(one["p"] for one in table)
    alone = effects.tables(inputs({key: one for key, one in ensembles.items() if key[0] != SMOTE}))
    p_alone = row(alone["cells"], set=NONE, metric="recall", group="hard")["p"]
    assert row(found["cells"], set=NONE, metric="recall", group="hard")["p"] >= p_alone


def test_small_noise_and_a_wide_margin_show_that_there_is_nothing():
    same = FULL[:M].copy()
    # of each class every second member gets one image more right, the others one less
    for m in range(M):
        for c in range(K):
            gains = (m + c) % 2 == 0
            chosen = np.flatnonzero(
                (LABELS == c) & ((same[m] != LABELS) if gains else (same[m] == LABELS))
            )[0]
            same[m, chosen] = c if gains else (c + 1) % K
    found = effects.tables(inputs({("full", "cnn"): FULL, (NONE, "cnn"): same}, margin=0.1))
    assert {one["verdict"] for one in rows(found["cells"], metric="recall")} == {"none"}
    family = row(found["families"], what="table")
    assert family["nothing"] and family["nothing_verdict"] == inference.NOTHING


def test_without_a_margin_nothing_is_shown_to_be_none():
    found = effects.tables(
        inputs({("full", "cnn"): FULL, (NONE, "cnn"): FULL[:M].copy()}, margin=None)
    )
    assert {one["verdict"] for one in rows(found["cells"])} == {"undecided"}
    assert not row(found["families"], what="table")["nothing"]


def test_five_members_decide_nothing():
    worse = predictions([0.1, 0.1, 0.1, 0.1], members=5)
    found = effects.tables(inputs({("full", "cnn"): FULL, (NONE, "cnn"): worse}))
    assert {one["verdict"] for one in rows(found["cells"])} == {"undecided"}


@pytest.mark.parametrize(
    ("draws", "count"),
    [
        ([1], 24),
        ([24], 24),
        ([100, 1], 24),
        ([6], 6),
        ([1, 8], 8),
        ([2], None),
        ([5], None),
        ([24, 2], None),
        ([6, 8], None),
    ],
)
def test_members_that_share_a_draw_are_one_unit(draws, count):
    values = np.arange(24.0)[:, None] % max(draws)
    independent = units.units_of(values, draws)
    assert (independent is None) == (count is None)
    assert units.is_testable(draws, len(values)) == (count is not None)
    if count:
        assert len(independent) == count
        assert count == 24 or np.array_equal(independent[:, 0], np.arange(count))


def test_with_one_member_nothing_is_known_and_the_files_say_so_by_empty_fields(tmp_path):
    full = FULL[:1]
    found = effects.tables(inputs({("full", "cnn"): full, (NONE, "cnn"): full.copy()}))
    for name in ("cells", "gaps"):
        artifacts.save_csv(tmp_path / name, found[name])
        frame = artifacts.load_csv(tmp_path / name)
        assert set(frame["verdict"]) - {""} == {"undecided"}
        for column in ("welch_low", "welch_high", "low", "high", "noise_sd"):
            assert np.isnan(frame[column]).all(), column


def test_two_shared_draws_are_not_tested():
    sets = {SMOTE: spec("smote", draws=2)}
    worse = predictions([0.1, 0.1, 0.1, 0.1])
    found = effects.tables(inputs({("full", "cnn"): FULL, (SMOTE, "cnn"): worse}, sets))
    cells = rows(found["cells"])
    assert {one["verdict"] for one in cells} == {"undecided"} and np.isnan(
        [one["p"] for one in cells]
    ).all()
    assert {one["interval"] for one in cells} == {"range over draws"}
    for name in (
        "smallest_margin",
        "noise_sd",
        "welch_low",
        "images_low",
        "detectable",
        "members_needed",
    ):
        assert np.isnan([one[name] for one in cells]).all(), name


def test_another_recipe_is_compared_with_its_own_full_and_with_the_base_recipes():
    ensembles = {
        ("full", "cnn"): FULL,
        ("full", "padded"): predictions([0.8, 0.7, 0.5, 0.4], seed=3),
    }
    ensembles |= {
        (NONE, "cnn"): FULL[:M].copy(),
        (NONE, "padded"): ensembles["full", "padded"].copy(),
    }
    found = effects.tables(inputs(ensembles))
    recalls = {
        (one["recipe"], one["baseline"]): one["change"]
        for one in rows(found["cells"], metric="recall", group="hard")
    }
    assert set(recalls) == {("cnn", "own"), ("padded", "own"), ("padded", "base-recipe")}
    assert recalls["cnn", "own"] == recalls["padded", "own"] == 0 > recalls["padded", "base-recipe"]


def test_the_data_set_that_this_one_is_made_from_is_a_second_baseline():
    better = predictions([1, 1, 1, 1], members=20)
    found = effects.tables(
        inputs({("full", "cnn"): FULL, (NONE, "cnn"): FULL[:M].copy()}, origin=better)
    )
    easy = {
        one["baseline"]: one["change"]
        for one in rows(found["cells"], metric="recall", group="easy")
    }
    assert easy["own"] == 0 and easy["origin"] == pytest.approx(
        np.mean(FULL[:M, :100] == LABELS[:100]) - 1
    )


def test_a_family_is_one_setting_one_suffix_one_recipe():
    chosen = [spec(), spec("smote"), spec(estimator="el2n"), spec(mode="study", setting=2)]
    sets = {one.name: one for one in chosen}
    found = comparisons.families(sets, [(name, "cnn") for name in sets], "cnn", origin=False)
    assert found == {
        Family("cnn", "own", "paper", 1.0, ""): ["resample-none-easy-a1", "resample-smote-easy-a1"],
        Family("cnn", "own", "paper", 1.0, "el2n"): ["resample-none-easy-a1-el2n"],
        Family("cnn", "own", "study", 2.0, ""): ["resample-none-easy-r2"],
    }


def test_gaps_are_compared_and_only_the_spread_may_be_none():
    found = effects.tables(
        inputs({("full", "cnn"): FULL, (NONE, "cnn"): FULL[:M].copy()}, margin=0.1)
    )
    gaps = {one["measure"]: one for one in rows(found["gaps"])}
    assert set(gaps) == {
        *(
            "range",
            "quantile_gap",
            "easy_minus_hard",
            "sd",
            "mad",
            "fixed_gap",
            "fixed_best",
            "fixed_worst",
        ),
        "sd_without_noise",
    }
    assert {name for name, one in gaps.items() if one["verdict"] == "none"} == {"sd"}
    assert all(one["change"] == 0 for one in gaps.values())
    by_member = [[np.mean(FULL[m][LABELS == c] == c) for c in range(K)] for m in range(M)]
    assert gaps["range"]["value"] == pytest.approx(
        np.mean([max(one) - min(one) for one in by_member])
    )


def test_sets_of_different_sizes_are_refused():
    ensembles = {("full", "cnn"): FULL, (NONE, "cnn"): FULL[:4], (SMOTE, "cnn"): FULL[:5]}
    with pytest.raises(ValueError, match=r"\[4, 5\] members.*paired by seed"):
        effects.tables(inputs(ensembles))
    with pytest.raises(ValueError, match="full 2"):
        effects.tables(inputs({("full", "cnn"): FULL[:2], (NONE, "cnn"): FULL[:4]}))


def test_a_data_set_whose_classes_are_all_easy_has_no_hard_cells():
    easy = inputs({("full", "cnn"): FULL, (NONE, "cnn"): FULL[:M].copy()})._replace(
        easy=np.ones(K, dtype=bool)
    )
    found = effects.tables(easy)
    assert {one["group"] for one in rows(found["cells"])} == {"easy"}
    assert "easy_minus_hard" not in {one["measure"] for one in rows(found["gaps"])}
