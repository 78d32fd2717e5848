import numpy as np
import pandas as pd
import pytest
import toy_study as toy

from hardness import tables

T1, T7 = 12.706204736, 2.364624252  # 97.5% points of Student's t


def toy_inputs(draws=1, seeds=2):
    """Classes 0, 1 easy, 2 hard. Recall changes by +.1, +.3 (class 0), 0, 0 (1), -.2, -.2 (2); precision does not."""
    spec = {
        "kind": "resample",
        "over": "smote",
        "under": "easy",
        "mode": "paper",
        "alpha": 3,
        "rho": None,
        "draws": draws,
    }
    study = {"dataset": "toy", "base_recipe": "cnn", "sets": {"full": {"kind": "full"}, "resample-smote-easy-a3": spec}}
    rows = []
    for seed in range(seeds):
        for c, change in enumerate(([0.1, 0.3][seed % 2], 0.0, -0.2)):
            base = 0.5 + 0.01 * seed + 0.1 * c
            rows.append(("full", "cnn", seed, c, 0.4, base))
            rows.append(("resample-smote-easy-a3", "cnn", seed, c, 0.4, base + change))
    rows.append(("full", "cnn", 19, 0, 0.0, 0.0))  # a member that was not retrained
    rows.append(("full", "other", 0, 0, 0.0, 0.0))  # another recipe
    evaluation = pd.DataFrame(rows, columns=["set", "recipe", "seed", "class", "precision", "recall"])
    groups = pd.DataFrame({"class": [0, 1, 2], "group": ["easy", "easy", "hard"], "rule": "the rule"})
    return evaluation, groups, study


def test_a_cell_is_the_mean_change_the_spread_over_classes_and_the_interval_over_members():
    table = tables.resampling_effect(*toy_inputs()).set_index(["metric", "group"])
    easy, hard = table.loc[("recall", "easy")], table.loc[("recall", "hard")]
    assert easy["change"] == pytest.approx(0.1)  # classes: +.2, 0
    assert easy["sd_over_classes"] == pytest.approx(0.1)  # dividing by 2
    assert easy["high"] == pytest.approx(0.1 + T1 * 0.05)  # members: +.05, +.15: sd .1/sqrt(2), over sqrt(2)
    assert easy["low"] == pytest.approx(0.1 - T1 * 0.05)
    assert (easy["members"], easy["draws"], easy["classes"], hard["classes"]) == (2, 1, 2, 1)
    assert hard["change"] == pytest.approx(-0.2) and hard["sd_over_classes"] == 0
    assert not easy["interval_excludes_0"] and hard["interval_excludes_0"]
    assert easy["interval"] == "t over members, given one draw"
    assert table.loc[("precision", "easy"), "change"] == 0
    assert len(table) == 4


@pytest.mark.parametrize(
    "draws, low, high, kind",
    [
        (1, 1 - T7 * np.sqrt(8 / 7 / 8), 1 + T7 * np.sqrt(8 / 7 / 8), "t over members"),
        (2, 0, 2, "range over draws"),
        (8, 1 - T7 * np.sqrt(8 / 7 / 8), 1 + T7 * np.sqrt(8 / 7 / 8), "t over members"),
    ],
)
def test_the_unit_is_the_draw_where_members_share_it(draws, low, high, kind):
    effect = np.array([0, 2, 0, 2, 0, 2, 0, 2.0])  # odd members +2: mean 1, sd sqrt(8/7)
    found = tables.spread(effect, np.arange(8) % draws)
    assert found[:2] == pytest.approx((low, high)) and found[2] == kind


def test_from_six_shared_draws_the_interval_is_over_draws():
    effect = np.tile([0, 2, 0, 2, 0, 2, 0, 2.0], 2)
    low, high, kind = tables.spread(effect, np.arange(16) % 8)
    assert (low, high) == pytest.approx((1 - T7 * np.sqrt(1 / 7), 1 + T7 * np.sqrt(1 / 7))) and kind == "t over draws"


def test_a_range_over_draws_claims_nothing_about_0():
    table = tables.resampling_effect(*toy_inputs(draws=2, seeds=4))
    assert set(table["interval"]) == {"range over draws"}
    assert table["interval_excludes_0"].isna().all()
    assert tables.MARK not in tables.markdown(table, {"dataset": "x"}).split("\n\n", 1)[1]


def test_a_draw_for_each_member_needs_no_condition():
    table = tables.resampling_effect(*toy_inputs(draws=4, seeds=4))
    assert set(table["interval"]) == {"t over members"} and set(table["draws"]) == {4}


def test_one_member_gives_a_mean_and_no_interval():
    table = tables.resampling_effect(*toy_inputs(seeds=1))
    assert table["change"].tolist() == pytest.approx([0, 0, 0.05, -0.2])
    assert table["low"].isna().all() and table["interval_excludes_0"].isna().all()
    assert "| −20.00 ± 0.00 | 1 | 1 |" in tables.markdown(table, {"dataset": "x"})


@pytest.fixture(scope="module")
def complete():
    study = toy.make_study(10)
    evaluation = toy.make_evaluation(study, lambda name: not name.startswith("prune"))
    return tables.resampling_effect(evaluation, toy.make_groups(study), study), study


def test_a_table_has_nine_strategies_in_the_papers_order(complete):
    table, study = complete
    assert len(table) == 4 * 9 * 4  # alpha 1, 3, 5 and rho 2; strategies; cells
    first = table[(table["mode"] == "paper") & (table["setting"] == 1)].drop_duplicates("set")
    labels = [tables.strategy_label(*pair) for pair in zip(first["over"], first["under"], strict=True)]
    without, both = ["Random", "SMOTE", "Easy", "Hard"], ["None", "Easy"]
    assert labels == ["None-Easy", *(f"{over}-{under}" for under in both for over in without)]


def test_the_texts_hold_the_numbers_in_percentage_points():
    table, study = tables.resampling_effect(*toy_inputs()), {"dataset": "toy"}
    row = "SMOTE-Easy | +0.00 ± 0.00 [+0.00, +0.00] | +0.00 ± 0.00 [+0.00, +0.00] | +10.00 ± 10.00 [−53.53, +73.53] |"
    assert row in tables.markdown(table, study)
    assert "−20.00 ± 0.00 [−20.00, −20.00]†" in tables.markdown(table, study)
    latex = tables.latex(table, study)
    assert r"+10.00 $\pm$ 10.00 [$-$53.53, +73.53]" in latex and latex.isascii()
    assert latex.count(r"\begin{tabular}") == latex.count(r"\end{tabular}") == 1
    assert "+10.00 ± 10.00<br>[−53.53, +73.53]" in tables.html(table, study)


def test_no_text_says_significant_and_all_say_the_rule(complete):
    table, study = complete
    for text in (tables.markdown(table, study), tables.latex(table, study)):
        assert "significan" not in text
        assert "interval excludes 0" in text and "mode paper, alpha 1" in text


def test_sets_that_are_missing_are_named():
    evaluation, groups, study = toy_inputs()
    with pytest.raises(ValueError, match="'full'"):
        tables.resampling_effect(evaluation[evaluation["set"] != "full"], groups, study)
    apart = evaluation.assign(seed=evaluation["seed"] + 100 * (evaluation["set"] == "full"))
    with pytest.raises(ValueError, match="resample-smote-easy-a3 and full share no seeds"):
        tables.resampling_effect(apart, groups, study)
