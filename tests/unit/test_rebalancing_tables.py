"""Tables and figures of re-balancing beside the numbers that Yu et al. (2022) print, and the
consistency of these numbers.
"""

import csv
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import toy_methods
from scipy import stats
from toy_study import make_study

from hardness.evidence import latex, tabulation
from hardness.evidence.parts import FIGURES, TABLES
from hardness.evidence.tables import _methods
from hardness.sets import guide

ROOT = Path(__file__).resolve().parents[2]
PRINTED = ROOT / "workflow" / "published" / "rebalancing.csv"
STUDY = make_study() | {"dataset": "toy"}


def printed(table):
    with PRINTED.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["table"] == str(table)]
    return {(row["data"], row["row"], row["column"]): float(row["value"]) for row in rows}


# The printed numbers


def test_every_printed_cell_is_there_once():
    sizes = {1: 6 * 8, 2: 5 * 3, 3: 3 * 9, 4: 11 * 3}
    assert {table: len(printed(table)) for table in sizes} == sizes
    assert len(PRINTED.read_text(encoding="utf-8").splitlines()) == 1 + sum(sizes.values())


def test_table_2_repeats_table_1_and_its_overall_is_made_of_its_parts():
    """At ratio 100 of CIFAR-100; 70 classes and 30. A tenth is rounding; the class-balanced loss's
    overall accuracy is .35 above what its parts give.
    """
    whole, cells, off = printed(1), printed(2), {}
    for (data, row, column), value in cells.items():
        if column == "Overall":
            parts = [cells[data, row, name] for name in ("Majority", "Minority")]
            off[row] = value - 0.7 * parts[0] - 0.3 * parts[1]
            if (data, row, "100") in whole:
                assert whole[data, row, "100"] == value
    assert off.pop("Class-Balance Loss") == pytest.approx(0.35)
    assert len(off) == 4 and max(map(abs, off.values())) < 0.1


def test_table_3s_parts_make_up_its_overall_but_for_one_cell():
    """By the numbers of MNIST's test digits. Difficulty's odd overall is 2 points below what its
    parts give.
    """
    n = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    sizes = {
        "Even, Major": n[0] + n[2],
        "Even, Minor": n[4] + n[6] + n[8],
        "Odd, Major": n[1] + n[3],
        "Odd, Minor": n[5] + n[7] + n[9],
    }
    assert sum(sizes.values()) == 10_000
    cells, off = printed(3), {}
    for row in ("Base Model", "Class-Balance Loss", "Our Approach"):
        value = {column: cells["mnist-parity", row, column] for column in [*sizes, "Overall"]}
        for name in ("Even", "Odd"):
            own = {key: size for key, size in sizes.items() if key.startswith(name)}
            made = sum(size * value[key] for key, size in own.items()) / sum(own.values())
            off[row, name] = made - cells["mnist-parity", row, f"{name}, Overall"]
    assert off.pop(("Our Approach", "Odd")) == pytest.approx(2.1, abs=0.1)
    assert max(map(abs, off.values())) < 0.25


def test_table_4s_average_is_that_of_its_ten_data_sets():
    cells = printed(4)
    for column in ("Base", "CB", "Ours"):
        values = [value for (data, row, _), value in cells.items() if row == column]
        assert len(values) == 11
        assert np.mean(values[:10]) == pytest.approx(values[10], abs=0.06)
        assert cells["average", column, "Accuracy"] == values[10]


def test_every_printed_row_has_a_method_of_ours():
    rows = {row for table in (1, 2, 3, 4) for _, row, _ in printed(table)}
    assert rows == set(_methods.PRINTED)


# The tables


def table_of(name, frames, study=STUDY):
    module = TABLES.find(name)
    made = module.table(frames, study)
    sections = list(module.sections(made, study))
    assert all(len(row) == len(header) for _, header, rows in sections for row in rows)
    assert tabulation.markdown(name, made, study) and latex.latex(name, made, study)
    assert study["trained"]["training"] in module.caption(made, study)
    return made, sections, module.meaning(made, study)


def told(**changed):
    return STUDY | {"rebalancing": toy_methods.TOLD | changed}


def methods_rows(*rows):
    """Rows of methods.csv: recipe, reading, group, accuracy, gain."""
    return pd.DataFrame(
        {
            "set": toy_methods.SET, "recipe": recipe, "reading": reading, "group": group,
            "members": 8, "accuracy": accuracy, "low": accuracy - 0.01, "high": accuracy + 0.01,
            "gain": gain, "gain_low": gain - 0.02, "gain_high": gain + 0.02, "p": 0.031,
        }
        for recipe, reading, group, accuracy, gain in rows
    )  # fmt: skip


MISSING = math.nan
ROWS = methods_rows(
    ("slow", "logits", "all", 0.7, MISSING),
    ("slow", "logit-adjusted", "all", 0.71, 0.01),
    ("slow", "tde-1", "all", 0.73, 0.03),
    ("slow", "tde-1.5", "all", 0.72, 0.02),
    ("slow-difficulty", "logits", "all", 0.744, 0.044),
    ("slow-difficulty", "logits", "minority", 0.2, -0.1),
    ("slow-difficulty", "logits", "majority", 0.995, 0.0),
    ("slow", "logits", "minority", 0.3, MISSING),
)
CELLS = [
    {"table": "1", "row": row, "column": "20", "value": value, "dataset": "toy"}
    for row, value in (("Base Model", 70.6), ("Our Method", 71.5), ("TDE", 67.8))
]


def test_accuracy_stands_beside_the_paper_and_its_gain():
    study = told(printed=CELLS, beside="cifar100")
    made, sections, meaning = table_of("rebalancing", {"methods-of-tails": ROWS}, study)
    ((title, header, rows),) = sections
    assert title == f"{toy_methods.SET}, base slow, 12 epochs" and header[-2:] == [
        "Paper",
        "Paper's gain",
    ]
    assert rows == [
        ["Base", "slow", "70.00 [69.00, 71.00]", "", "0.031", "70.6", ""],
        ["Base, logit adjustment", "slow", "71.00 [70.00, 72.00]", "+1.00 [−1.00, +3.00]", "0.031",
         "", ""],
        ["Base, TDE at 1", "slow", "73.00 [72.00, 74.00]", "+3.00 [+1.00, +5.00]", "0.031", "", ""],
        ["Base, TDE at 1.5", "slow", "72.00 [71.00, 73.00]", "+2.00 [+0.00, +4.00]", "0.031",
         "67.8", "−2.8"],
        ["Difficulty", "slow-difficulty", "74.40 [73.40, 75.40]", "+4.40 [+2.40, +6.40]", "0.031",
         "71.5", "+0.9"],
    ]  # fmt: skip
    assert "+4.40 [+2.40, +6.40] (long-tailed-20, slow-difficulty)" in meaning
    of_cifar10 = told(printed=CELLS, beside="cifar10")
    made = TABLES.find("rebalancing").table({"methods-of-tails": ROWS}, of_cifar10)
    assert made.set_index("reading").loc["tde-1", "printed"] == 67.8  # its alpha is 1


def test_where_the_paper_prints_nothing_there_is_no_column_for_it():
    made, ((_, header, rows),), _ = table_of("rebalancing", {"methods-of-tails": ROWS}, told())
    assert header == ["Method", "Recipe", "Accuracy", "Gain", "p"] and len(rows[0]) == 5
    assert "Table 1" not in TABLES.find("rebalancing").caption(made, told())


@pytest.mark.parametrize("name", ["rebalancing", "majority-and-minority"])
def test_what_a_pass_costs_is_said_as_it_was_measured(name):
    rows = json.loads((ROOT / "benchmarks" / "passes.json").read_text(encoding="utf-8"))["rows"]
    shares = [100 * row["ours"]["median"] / row["reference"]["median"] for row in rows]
    said = f"{min(shares):.0f} to {max(shares):.0f}% of the time of an epoch, as measured"
    module = TABLES.find(name)
    made = module.table({module.INPUTS[0]: ROWS}, told())
    assert said in module.caption(made, told())
    assert said in guide.WHILE_TRAINING["difficulty"].cost
    plain = made[made["method"] == "Base"]
    assert "measured" not in module.caption(plain, told())


def test_majority_and_minority_stand_side_by_side_and_an_interval_ends_at_100():
    study = told(printed=[{"table": "2", "row": "Ours", "column": "Minority", "value": 9.9,
                           "dataset": "toy"}])  # fmt: skip
    made, sections, _ = table_of("majority-and-minority", {"methods-of-classes": ROWS}, study)
    (accuracy, header, rows), (_, _, gains) = sections
    assert accuracy.endswith(": accuracy")
    assert header == ["Method", "Majority", "Minority", "Overall"]
    assert rows[-1] == [
        "Difficulty",
        "99.50 [98.50, 100.00]",
        "20.00 [19.00, 21.00]",
        "74.40 [73.40, 75.40]",
    ]
    assert gains[-1][2] == "−10.00 [−12.00, −8.00]"
    assert not [row for row in rows if "TDE" in row[0]]
    assert made["printed"].isna().all()  # this set's ratio is 20, the paper's 100
    same = told(printed=study["rebalancing"]["printed"], ratios={toy_methods.SET: 100})
    made, sections, _ = table_of("majority-and-minority", {"methods-of-classes": ROWS}, same)
    assert sections[-1][0].endswith("as the paper prints")
    assert sections[-1][2] == [["Difficulty", "", "9.9", ""]]


def test_sub_classes_have_ratios_accuracies_and_gains_for_each_base():
    frames = {
        "methods-of-sub-classes": toy_methods.make_methods(None),
        "rebalancing-ratios": toy_methods.make_ratios(None),
    }
    made, sections, _ = table_of("sub-classes", frames)
    names = ["Class Ratio", "Sub-Class Ratio", "Overall", "Even, Overall", "Even, Major"]
    names += ["Even, Minor", "Odd, Overall", "Odd, Major", "Odd, Minor"]
    titles = [title.partition(": ")[2] for title, _, _ in sections]
    assert titles == ["accuracy", "gain over the base", "as the paper prints"] * 2
    assert sections[0][1] == ["Method", *names] and sections[1][1] == ["Method", *names[2:]]
    labels = ["Base", "Class-balanced loss, beta 0.9999", "Difficulty", "Focal loss"]
    assert [row[0] for row in sections[0][2]] == labels
    assert sections[0][2][3][1:3] == ["", ""]  # focal loss has no weights
    ratios = frames["rebalancing-ratios"]
    own = ratios[(ratios["recipe"] == "fast") & (ratios["level"] == "class")]["ratio"]
    of = made.set_index(["recipe", "column"])
    assert of.loc[("fast", "Class Ratio"), "accuracy"] == pytest.approx(own.mean())
    assert of.loc[("fast-difficulty", "Overall"), "printed_gain"] == 1.95
    assert sections[2][2] == [
        ["Base", "", "", "86.04", *[""] * 6],
        ["Difficulty", "", "37.3", "87.99", *[""] * 6],
    ]


def test_the_average_over_data_sets_adds_up_their_variances():
    """Half widths of .03 and .04 make .05 / 2 for the mean of two."""
    one = methods_rows(("slow", "logits", "all", 0.6, MISSING),
                       ("slow-difficulty", "logits", "all", 0.62, 0.02))  # fmt: skip
    parts = []
    for name, shift, half in (("wine", 0.0, 0.03), ("glass", 0.1, 0.04)):
        gain = one["gain"] + shift
        parts.append(one.assign(dataset=name, gain=gain, gain_low=gain - half,
                                gain_high=gain + half))  # fmt: skip
    cells = [{"table": "4", "row": "Ours", "column": "Accuracy", "value": 78.2,
              "dataset": "average"}]  # fmt: skip
    every = {"methods-of-splits": pd.concat(parts, ignore_index=True)}
    made, sections, meaning = table_of("ten-tables", every, told(printed=cells))
    average = made[(made["dataset"] == "average") & (made["method"] == "Difficulty")].iloc[0]
    assert average["gain"] == pytest.approx(0.07)
    assert average["gain_high"] - average["gain"] == pytest.approx(0.025)
    assert average["gain"] - average["gain_low"] == pytest.approx(0.025)
    assert "on average over the data sets, in points: +7.00 [+4.50, +9.50]" in meaning
    assert sections[1][2][-1] == ["average of 2", "+7.00 [+4.50, +9.50]"]
    alone, _, meaning = table_of("ten-tables", {"methods-of-splits": one}, told(printed=[]))
    assert set(alone["dataset"]) == {"toy"} and "on small tables" in meaning


# The figures


def epochs_rows(**balanced):
    """Rows of epochs.csv: recipe -> each seed's accuracies by epoch."""
    rows = [
        (toy_methods.SET, recipe, seed, epoch, value, value, 1 / epoch, (seed + 1) / epoch)
        for recipe, by_seed in balanced.items()
        for seed, values in enumerate(by_seed)
        for epoch, value in enumerate(values, start=1)
    ]
    names = ["set", "recipe", "seed", "epoch", "accuracy", "balanced", "change", "growth"]
    return pd.DataFrame(rows, columns=names)


def test_equal_accuracy_is_the_bases_last_of_the_same_seed():
    """Seed 0 gets there in epoch 1, seed 1 in epoch 3, seed 2 never: the median is 3."""
    frame = epochs_rows(
        slow=[[0.5, 0.9, 0.8], [0.5, 0.6, 0.7], [0.5, 0.6, 0.9]],
        **{"slow-difficulty": [[0.8, 0.7, 0.9], [0.6, 0.65, 0.7], [0.5, 0.6, 0.89]]},
    )
    made = FIGURES.find("accuracy-by-epoch").table({"epochs-of-tails": frame}, STUDY)
    of = made.groupby("method")["equal"].unique().map(list).to_dict()
    assert of == {"Base": [3.0], "Difficulty": [3.0]}
    one = made[(made["method"] == "Difficulty") & (made["epoch"] == 2)].iloc[0]
    assert one["mean"] == pytest.approx(0.65) and one["members"] == 3
    ends = stats.t.interval(0.95, 2, 0.65, stats.sem([0.7, 0.65, 0.6]))
    assert (one["low"], one["high"]) == pytest.approx(ends)


def test_equal_accuracy_that_most_never_reach_is_missing():
    frame = epochs_rows(slow=[[0.5, 0.9]] * 3, **{"slow-difficulty": [[0.6, 0.7]] * 3})
    made = FIGURES.find("accuracy-by-epoch").table({"epochs-of-tails": frame}, STUDY)
    assert made[made["method"] == "Difficulty"]["equal"].isna().all()


def test_convergence_is_the_median_of_the_seeds_with_their_range():
    frame = {"epochs-of-sub-classes": epochs_rows(fast=[[0.5, 0.6]] * 3)}
    made = FIGURES.find("difficulty-convergence").table(frame, STUDY)
    last = made[(made["measure"] == "growth") & (made["epoch"] == 2)].iloc[0]
    assert last[["median", "low", "high", "members"]].tolist() == [1, 0.5, 1.5, 3]
    assert set(made["base"]) == {"fast"} and set(made["method"]) == {"Base"}
