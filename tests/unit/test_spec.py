"""Specifications of training sets: names as in definitions and README, and round trips."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardness.core.draws import draw_of
from hardness.sets import spec
from hardness.sets.spec import FULL, Folds, LongTail, Pruned, Resampled, Splits

# names as in the documentation, and their meanings
NAMED = {
    "full": FULL,
    "resample-smote-easy-a1": Resampled("smote", "easy", "paper", 1, "aum", 8, 8, 1),
    "resample-random-none-a0.5": Resampled("random", "none", "paper", 0.5, "aum", 8, 8, 1),
    "resample-none-easy-r2": Resampled("none", "easy", "study", 2.0, "aum", 8, 8, 1),
    "resample-smote-easy-a1-el2n": Resampled("smote", "easy", "paper", 1, "el2n", 8, 8, 1),
    "resample-hard-easy-r2-m4": Resampled("hard", "easy", "study", 2, "aum", 4, 8, 8),
    "resample-easy-easy-r2-forgetting-paper-m20": Resampled(
        "easy", "easy", "study", 2, "forgetting-paper", 20, 8, 8
    ),
    "prune-dlp-50": Pruned("dlp", 50, "aum", 8, 8, 1),
    "prune-clp-12.5-el2n-m4": Pruned("clp", 12.5, "el2n", 4, 8, 1),
    "prune-random-30": Pruned("random", 30.0, None, None, None, 8),
    "folds-5": Folds(5),
    "long-tailed-100": LongTail(100, 16),
    "long-tailed-2.5": LongTail(2.5, 1),
    "splits-200": Splits(200, True),
    "splits-200-raw": Splits(200, False),
}
words = st.from_regex(r"[a-z][a-z0-9]{0,6}(-[a-z0-9]{1,5})?", fullmatch=True)
counts = st.integers(1, 50)
amounts = st.floats(0, 1e6, allow_nan=False) | st.integers(0, 100)
specs = st.one_of(
    st.just(FULL),
    st.builds(
        Resampled,
        words,
        words,
        st.sampled_from([spec.PAPER, spec.STUDY]),
        amounts,
        words,
        counts,
        counts,
        counts,
    ),
    st.builds(
        Pruned, st.sampled_from(["dlp", "clp", "random"]), amounts, words, counts, counts, counts
    ),
    st.builds(Folds, counts),
    st.builds(LongTail, amounts, counts),
    st.builds(Splits, counts, st.booleans()),
)


@pytest.mark.parametrize("name", NAMED)
def test_names_are_as_documented(name):
    assert NAMED[name].name == name


@pytest.mark.parametrize(
    ("name", "suffix", "label", "stem"),
    [
        ("resample-smote-easy-a1", "", "", "resample-smote-easy-a1"),
        ("resample-smote-easy-a1-el2n", "el2n", " (el2n)", "resample-smote-easy-a1"),
        ("resample-hard-easy-r2-m4", "m4", " (m4)", "resample-hard-easy-r2"),
        (
            "resample-easy-easy-r2-forgetting-paper-m20",
            "forgetting-paper-m20",
            " (forgetting-paper, m20)",
            "resample-easy-easy-r2",
        ),
        ("prune-clp-12.5-el2n-m4", "el2n-m4", " (el2n, m4)", "prune-clp-12.5"),
        ("prune-random-30", "", "", "prune-random-30"),
    ],
)
def test_a_suffix_names_the_hardness_that_is_not_the_usual_one(name, suffix, label, stem):
    one = NAMED[name]
    assert (one.suffix, one.label, one.stem) == (suffix, label, stem)


def test_an_estimator_whose_name_looks_like_a_number_of_members_is_labelled_whole():
    assert Pruned("dlp", 10, "top-m2", 8, 8, 1).label == " (top-m2)"


@given(specs)
def test_columns_hold_the_whole_specification(one):
    columns = one.columns()
    again = spec.from_columns(columns)
    assert again == one
    assert again.name == one.name
    assert json.loads(json.dumps(columns)) == columns  # plain values only
    assert {*columns} - {*spec.COLUMNS} <= {"usual_members", "k", "ratio", "standardize"}


def test_one_draw_where_nothing_is_random():
    assert Resampled("none", "easy", "study", 2, "aum", 8, 8, 8).draws == 1
    assert Resampled("random", "none", "study", 2, "aum", 8, 8, 8).draws == 8
    assert [Pruned(level, 30, "aum", 8, 8, 8).draws for level in ("dlp", "clp", "random")] == [
        1,
        1,
        8,
    ]
    assert (FULL.draws, Folds(5).draws) == (1, 5)


def test_random_pruning_knows_no_hardness():
    one = Pruned("random", 30, "el2n", 4, 8, 8)
    assert one.columns() == {"kind": "prune", "level": "random", "rate": 30, "draws": 8}


def test_the_setting_has_its_modes_column():
    paper = Resampled("none", "easy", "paper", 3, "aum", 8, 8, 1)
    study = Resampled("none", "easy", "study", 2.5, "aum", 8, 8, 1)
    assert (paper.columns()["alpha"], "rho" in paper.columns()) == (3, False)
    assert (study.columns()["rho"], "alpha" in study.columns()) == (2.5, False)
    assert (paper.alpha, paper.rho, study.alpha, study.rho) == (3, None, None, 2.5)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"kind": "prunes"}, "unknown kind of training set 'prunes': did you mean 'prune'"),
        ({"level": "dlp"}, "unknown kind of training set None: known are full, resample"),
        ({"kind": "folds"}, "missing or unknown here: k"),
        ({"kind": "full", "rate": 3}, "missing or unknown here: rate"),
        (
            {"kind": "prune", "level": "dlp", "rate": 3, "draws": 1},
            "missing or unknown here: estimator, members, usual_members",
        ),
        (
            NAMED["resample-smote-easy-a1"].columns() | {"mode": "papers"},
            "missing or unknown here: alpha, setting",
        ),
    ],
)
def test_columns_that_describe_no_set_are_refused(columns, message):
    with pytest.raises(ValueError, match=message):
        spec.from_columns(columns)


def test_an_unknown_mode_is_refused():
    with pytest.raises(ValueError, match="unknown mode 'papers': did you mean 'paper'"):
        Resampled("none", "easy", "papers", 3, "aum", 8, 8, 1)


def test_members_take_the_draws_in_turn():
    assert [draw_of(member, 3) for member in range(7)] == [0, 1, 2, 0, 1, 2, 0]
    assert draw_of(np.arange(4), 1).tolist() == [0, 0, 0, 0]
