import numpy as np
import pandas as pd
import pytest
import toy_report as toy

from report.findings import findings
from report.words import count, listed


def said(frames=None, **study):
    """The findings' texts by their titles."""
    found = findings(toy.make_frames() if frames is None else frames, toy.STUDY | study)
    return {finding.title: str(finding.text) for finding in found}


def without(*names):
    return {name: frame for name, frame in toy.make_frames().items() if name not in names}


def test_the_order_is_the_same_whatever_is_there():
    assert list(said()) == [
        "The data", "Left out", "Duplicates", "Look at these first", "Hard classes",
        "How good the networks are", "Resampling", "Pruning", "Which estimator to trust",
    ]  # fmt: skip
    assert list(said(without("sizes", "cells", "left-out"))) == [
        "The data", "Duplicates", "Look at these first", "Hard classes",
        "How good the networks are", "Which estimator to trust",
    ]  # fmt: skip
    assert findings({}, toy.STUDY) == []


@pytest.mark.parametrize("name", toy.make_frames())
def test_a_missing_file_leaves_the_rest(name):
    assert len(said(without(name))) >= 6


def test_sizes():
    text = said()["The data"]
    assert text.startswith("90 samples in 3 classes: 60 to train on, 30 to test.")
    assert "largest class is 007 with 22" in text and "smallest apple with 18" in text
    equal = toy.make_frames() | {"ranks": toy.make_ranks().assign(n=20)}
    assert said(equal)["The data"].endswith("Each class has 20 of the training samples.")


def test_files_left_out():
    assert said()["Left out"] == "2 files left out: 2 empty (a.png, b.png)."
    assert "Left out" not in said(toy.make_frames() | {"left-out": toy.make_left_out()[:0]})


def test_duplicates_are_counted_in_groups_and_named():
    text = said()["Duplicates"]
    assert "2 groups of equal samples." in text
    assert "1 group of nearly equal samples." in text
    assert "the labels differ, so one is wrong: 007/c.png = apple/d.png." in text
    assert "1 group of equal samples is both in the training and in the test part" in text
    assert "apple/a.png = apple/b.png" in text
    none = toy.make_frames() | {"duplicates": toy.make_duplicates()[:0]}
    assert said(none)["Duplicates"] == "No sample occurs twice."


def test_what_to_look_at_first():
    text = said()["Look at these first"]
    assert "61 samples are worth a look" in text and 'href="#review"' in text
    assert "9 likely mislabelled, 51 ambiguous and 1 unreadable" in text
    assert (
        "Start with oak &amp; ash/000.png: its label is oak &amp; ash, networks that did not train"
        " on it say 007 (99%)." in text
    )
    conflict = toy.make_review()
    conflict.loc[0, "reason"] = "conflicting-duplicate"
    text = said(toy.make_frames() | {"review": conflict})["Look at these first"]
    assert "Start with 007/001.png: its label is 007" in text
    agreed = toy.make_review()
    agreed["suggested"] = agreed["label"]
    assert "Start with" not in said(toy.make_frames() | {"review": agreed})["Look at these first"]


def test_classes_from_the_hardest_and_how_surely():
    text = said()["Hard classes"]
    assert text.startswith("From the hardest, by AUM: oak &amp; ash, 007 and apple.")
    assert "Certain: oak &amp; ash is harder than 007." in text
    assert "Not certain which is harder: 007 or apple." in text
    few = toy.make_class_differences().assign(verdict="not certain", members=4)
    text = said(toy.make_frames() | {"class-differences": few})["Hard classes"]
    assert "Nothing can be certain with fewer than 6 members." in text
    assert "hardest, by EL2N: apple" in said(ranked_by="el2n")["Hard classes"]  # high is hard


def test_weak_networks_are_said_to_be_weak():
    text = said()["How good the networks are"]
    # t interval of .70 .72 .74 .76: sd .0258, t(3) 3.182
    assert "73.0% of the test samples are recognized (95% interval 68.9% to 77.1%)" in text
    assert "<strong>The networks are weak: out of fold they are right about 70%" in text
    assert "no better than chance on oak &amp; ash" in text
    strong = toy.make_out_of_fold().assign(weak=False, no_better_than_chance=False)
    text = said(toy.make_frames() | {"out-of-fold": strong})["How good the networks are"]
    assert "recognize 70% (95% interval 60% to 80%); guessing the largest" in text
    assert "weak" not in text


def test_resampling_with_and_without_a_change():
    text = said()["Resampling"]
    assert "of 4 changes of mean precision and recall 1 is shown, and 1 shown to be smaller" in text
    assert (
        "Precision of easy classes by SMOTE-Easy, ρ = 2: +3.1 points (95% interval +2.0 to +4.2)."
        in text
    )
    none = toy.make_cells(verdicts="undecided")
    text = said(toy.make_frames() | {"cells": none})["Resampling"]
    assert "none is shown; all are undecided. 4 networks for each set would show changes" in text
    assert "about 5.0 points or more" in text
    text = said(toy.make_frames() | {"cells": none.assign(detectable=np.nan)})["Resampling"]
    assert "4 networks for each set cannot show any" in text


def test_pruning_is_compared_seed_by_seed():
    # changes -.05 -.03 -.05 -.03: mean -.04, sd .01155, t(3) 3.182
    assert said()["Pruning"] == (
        "Removing 30% of the training samples changes the test accuracy: the easiest of all"
        " \N{MINUS SIGN}4.0 points (95% interval \N{MINUS SIGN}5.8 to \N{MINUS SIGN}2.2)."
    )


def test_of_many_rates_the_smallest_and_the_largest_are_said_and_of_none_nothing():
    frames = toy.make_frames()
    sets = [f"prune-dlp-{rate}" for rate in (20, 30, 40)]
    pruned = frames["overall"][frames["overall"]["set"] == "prune-dlp-30"]
    full = frames["overall"][frames["overall"]["set"] == "full"]
    frames["overall"] = pd.concat([full, *(pruned.assign(set=name) for name in sets)])
    frames["sizes"] = pd.DataFrame(
        {
            "set": sets,
            "kind": "prune",
            "level": "dlp",
            "rate": [20, 30, 40],
            "estimator": "aum",
            "draws": 1,
        }
    )
    text = said(frames)["Pruning"]
    assert "Removing 20%" in text and "Removing 40%" in text and "30%" not in text
    assert "Pruning" not in said(frames | {"sizes": toy.make_sizes()[:1]})


def test_what_own_data_are_not_used_for_is_said_and_of_papers_data_nothing():
    assert "Not tried" not in said()
    text = said(kinds=["full"])["Not tried"]
    assert "With ρ = 2 the training samples would be" in text
    assert "hardest class, oak &amp; ash 27 (now 20); of the easiest, apple 13 (now 18)." in text
    assert "<code>pruning</code>" in text
    assert "pruning" not in said(kinds=["full", "prune"])["Not tried"]
    assert "Not tried" not in said(kinds=["full"], stands_for="cifar10")
    trained_elsewhere = said(without("overall"), kinds=["full"])
    assert "Not tried" not in trained_elsewhere


def test_how_many_members_an_estimator_needs():
    """Spearman and Brown: r = .75 with 4 members is .4286 with one, and .9 with 12."""
    text = said()["Which estimator to trust"]
    assert "AUM 0.95 and EL2N 0.75" in text and "(at least 0.9): AUM." in text
    assert "EL2N about 12." in text


@pytest.mark.parametrize(
    ("number", "what", "text"),
    [(1, "sample", "1 sample"), (1234, "sample", "1,234 samples"), (2, "class", "2 classes")],
)
def test_counts(number, what, text):
    assert count(number, what) == text


def test_lists_end():
    assert listed(["a"]) == "a" and listed(["a", "b"]) == "a and b"
    assert listed(list("abcdefg"), 3) == "a, b, c and 4 more"


def test_names_are_text_whatever_signs_they_hold():
    ranks = toy.make_ranks().assign(name=["<b>", "{0}", "a%s"])
    text = said(toy.make_frames() | {"ranks": ranks})["Hard classes"]
    assert "&lt;b&gt;, {0} and a%s" in text


def test_columns_without_a_value_are_left_alone():
    """A column without any text reads as numbers."""
    rows = toy.make_duplicates().assign(file=np.nan)
    assert (
        "train sample 4 = train sample 5"
        in said(toy.make_frames() | {"duplicates": pd.DataFrame(rows)})["Duplicates"]
    )
