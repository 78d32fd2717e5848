"""The claims of the paper on re-balancing: expansion of the entries of whole tables, and the
results of the measures on hand-made artifacts.
"""

import math

import numpy as np
import pytest
from scipy import stats

from hardness.core.tables import columns_of
from hardness.evidence import cells, claims, verdicts
from hardness.evidence.measures import beyond, lookup, rebalancing
from hardness.evidence.measures._values import NotComputedError, Study
from study import needs, published

STUDY = Study("slow", "aum", "", {}, {})
NAMES = ("set", "recipe", "reading", "group", "seed", "samples", "accuracy")
EVERY = claims.checked(needs.entries(needs.REBALANCING)).claims
BY_ID = {claim.id: claim for claim in EVERY}
PRINTED = published.rebalancing()


def members(*rows):
    """members.csv of (set, recipe, reading, group, accuracies of seeds 0, 1, ...)."""
    made = [
        dict(zip(NAMES, (*place, seed, 50, value), strict=True))
        for *place, values in rows
        for seed, value in enumerate(values)
    ]
    return {rebalancing.MEMBERS: {k: np.array(v) for k, v in columns_of(made, NAMES).items()}}


# Entries of whole tables


LINES = [
    {"table": "7", "data": data, "row": row, "column": column, "value": value}
    for data, row, column, value in (
        ("small", "Base", "1", "90.0"), ("small", "Base", "20", "80.0"),
        ("small", "Ours", "1", "89.5"), ("small", "Ours", "20", "83.1"),
    )
]  # fmt: skip


def test_a_table_is_one_claim_of_each_cell():
    entry = {
        "of_cells": 7, "recipe": "cnn", "data": {"small": "cifar10-lt"}, "base": "Base",
        "rows": {"Base": {}, "Ours": {"method": "difficulty", "reading": "tde-1"}},
        "columns": {1: {"sets": ["long-tailed-1"]}, 20: {"sets": ["long-tailed-20"]}},
        "tolerance": 2, "tolerance_of_gain": 1,
    }  # fmt: skip
    made = cells.expanded([{"id": "other"}, entry], LINES)
    assert made[0] == {"id": "other"} and len(made) == 5
    base, ours = made[2], made[4]
    assert (base["id"], base["published"], base["value"]) == ("table-7-small-base-20", "80", 80)
    assert base["rule"] == {"equal_within": 2} and "method_accuracy" in base["measure"]
    assert (ours["published"], ours["value"]) == ("83.1 (+3.1)", 3.1)
    assert ours["rule"] == {"equal_within": 1}
    assert ours["measure"]["method_gain"] == {
        "sets": ["long-tailed-20"], "method": "difficulty", "reading": "tde-1", "groups": ["all"],
    }  # fmt: skip
    assert ours["needs"] == [
        {"file": "rebalancing/members", "methods": ["", "difficulty"], "set": "long-tailed-20"}
    ]


def test_a_claim_of_each_row_has_the_rows_cells_and_words():
    entry = {
        "of_rows": 7, "id": "sums", "claim": "{row}: {low} and {high}", "with_cells": True,
        "each": {"small": "cifar10-lt"}, "measure": {"m": {"near": "Low"}},
        "value_of": "High", "less": "Low",
    }  # fmt: skip
    named = {"1": "Low", "20": "High"}
    lines = [line | {"column": named[line["column"]]} for line in LINES]
    first, second = cells.expanded([entry], lines)
    assert (first["id"], second["id"]) == ("sums-base", "sums-ours")
    assert second["claim"] == "Ours: 89.5 and 83.1" and second["data"] == "cifar10-lt"
    assert second["measure"] == {"m": {"near": 89.5, "cells": {"Low": 89.5, "High": 83.1}}}
    assert second["value"] == -6.4 and "each" not in second and "of_rows" not in second


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"of_cells": 8}, "published/rebalancing.csv has no Table 8"),
        (
            {"of_cells": 7, "data": {"small": "x"}, "rows": {"Our": {}}, "columns": {1: {}},
             "base": "Base"},
            "Table 7: no cell small, Our, 1",
        ),
        (
            {"of_rows": 7, "id": "sums", "each": {"tiny": "x"}, "measure": {"m": {}}},
            "the claim 'sums': unknown data tiny",
        ),
    ],
)  # fmt: skip
def test_what_the_table_does_not_have_is_told(entry, message):
    with pytest.raises(ValueError, match=message):
        cells.expanded([entry], LINES)


def test_every_cell_of_the_four_tables_is_a_claim():
    """Of Table 4's last line by hand: its claims compare ten data sets."""
    values = {claim.published.partition(" ")[0] for claim in EVERY if claim.kind != "finding"}
    assert {f"{float(line['value']):g}" for line in PRINTED} <= {
        f"{float(value):g}" for value in values if value.replace(".", "").isdigit()
    }
    counts = [sum(one.id.startswith(f"table-{n}-") for one in EVERY) for n in (1, 2, 3, 4)]
    assert counts == [48, 15, 21, 30]  # and six ratios of Table 3, three means of Table 4
    assert len(PRINTED) == sum(counts) + 6 + 3


def test_every_measure_is_used_and_the_ids_are_nobody_elses():
    own = {
        name
        for name, one in lookup.MEASURES.items()
        if one.__module__ in (rebalancing.__name__, beyond.__name__)
    }
    assert {claim.measure for claim in EVERY if claim.later is None} == own
    ids = [claim.id for claim in needs.published().claims]
    assert len(ids) == len(set(ids))


def test_no_data_set_answers_claims_of_both_papers():
    others = {claim.data for claim in needs.published().claims if claim.id not in BY_ID}
    assert others.isdisjoint(claim.data for claim in EVERY)
    assert {claim.data for claim in EVERY} | others <= {*claims.DATA}


# Accuracies and gains


TAIL, BASE, OURS = "long-tailed-100", "slow", "slow-difficulty"
TAILED = members(
    (TAIL, BASE, "logits", "all", [0.8, 0.7]), (TAIL, OURS, "logits", "all", [0.83, 0.76]),
    (TAIL, BASE, "tde-1", "all", [0.81, 0.75]), (TAIL, BASE, "logits", "even", [0.9, 0.9]),
    (TAIL, OURS, "logits", "even", [0.91, 0.9]), (TAIL, BASE, "logits", "odd", [0.6, 0.7]),
    (TAIL, OURS, "logits", "odd", [0.7, 0.7]), (TAIL, "fast", "logits", "all", [0.95, 0.93]),
    (TAIL, "fast-difficulty", "logits", "all", [0.95, 0.94]),
)  # fmt: skip


def values(measured):
    return np.round(measured.values, 9).T.tolist()


def test_a_gain_is_in_points_and_paired_by_seed():
    assert values(rebalancing.method_accuracy(TAILED, STUDY)) == [[80, 70]]
    assert values(rebalancing.method_gain(TAILED, STUDY, "difficulty")) == [[3, 6]]
    fast = rebalancing.method_gain(TAILED, STUDY, "difficulty", family="fast")
    assert values(fast) == [[0, 1]]
    reread = rebalancing.method_gain(TAILED, STUDY, "", reading="tde-1")
    assert values(reread) == [[1, 5]]
    of_groups = rebalancing.method_gain(TAILED, STUDY, "difficulty", groups=["even", "odd"])
    assert values(of_groups) == [[1, 0], [10, 0]]
    assert of_groups.names == [f"{TAIL}, even", f"{TAIL}, odd"]
    mean = rebalancing.method_gain(
        TAILED, STUDY, "difficulty", groups=["even", "odd"], average=True
    )
    assert values(mean) == [[5.5, 0]]


def test_groups_are_compared():
    gap = rebalancing.group_gap(TAILED, STUDY, ["even"], ["odd"])
    assert values(gap) == [[30, 20]]
    more = rebalancing.gain_of_group(TAILED, STUDY, "difficulty", "odd", "even")
    assert values(more) == [[9, 0]]


def test_what_is_not_there_is_told():
    with pytest.raises(NotComputedError, match="long-tailed-100 by slow-focal has no accuracy"):
        rebalancing.method_gain(TAILED, STUDY, "focal")
    with pytest.raises(NotComputedError, match="expected long-tailed-1"):
        rebalancing.method_gain(TAILED, STUDY, "difficulty", sets=["long-tailed-1"])


def test_a_reading_gains_more_on_the_longer_tail():
    frames = members(
        ("long-tailed-20", BASE, "logits", "all", [0.8, 0.8]),
        ("long-tailed-20", BASE, "tde-1", "all", [0.81, 0.8]),
        (TAIL, BASE, "logits", "all", [0.7, 0.7]), (TAIL, BASE, "tde-1", "all", [0.73, 0.74]),
    )  # fmt: skip
    found = rebalancing.gain_growth(frames, STUDY, "tde-1", ["long-tailed-20", TAIL])
    assert values(found) == [[2, 4]]


# Random splits


RNG = np.random.default_rng(0)
SPLIT = members(
    ("splits-40", BASE, "logits", "all", 0.8 + 0.05 * RNG.standard_normal(40)),
    ("splits-40", OURS, "logits", "all", 0.82 + 0.05 * RNG.standard_normal(40)),
    ("splits-40-raw", BASE, "logits", "all", 0.4 + 0.01 * RNG.standard_normal(40)),
    ("splits-40-raw", OURS, "logits", "all", 0.4 + 0.01 * RNG.standard_normal(40)),
)


def test_intervals_over_splits_are_nadeau_and_bengios():
    """Their variance is (1/J + n_test/n_train) times that of the splits, with J - 1 degrees."""
    claim = BY_ID["average-difficulty-helps"]  # a sign, one quantity: 95%
    measured = rebalancing.method_gain(SPLIT, STUDY, "difficulty", sets=["splits-40"])
    judged = verdicts.judge(claim, measured)
    rows = SPLIT[rebalancing.MEMBERS]
    pick = {
        recipe: rows["accuracy"][(rows["set"] == "splits-40") & (rows["recipe"] == recipe)]
        for recipe in (BASE, OURS)
    }
    gain = 100 * (pick[OURS] - pick[BASE])
    error = math.sqrt((1 / 40 + 0.25) * gain.var(ddof=1))
    half = stats.t.ppf(0.975, 39) * error
    expected = gain.mean(), gain.mean() - half, gain.mean() + half
    assert [float(judged.found), float(judged.low), float(judged.high)] == pytest.approx(
        expected, abs=0.005
    )


BANDS = [(80, "splits-40"), (41, "splits-40-raw"), (55, "splits-40-raw"), (99, "splits-40")]


@pytest.mark.parametrize(("near", "chosen"), BANDS)
def test_a_printed_accuracy_is_compared_with_the_band_that_is_next_to_it(near, chosen):
    sets = ["splits-40", "splits-40-raw"]
    found = rebalancing.realized_accuracy(SPLIT, STUDY, sets, family="slow", near=near)
    rows = SPLIT[rebalancing.MEMBERS]
    own = 100 * rows["accuracy"][(rows["set"] == chosen) & (rows["recipe"] == BASE)]
    assert found.names == [chosen]
    assert (found.low[0], found.high[0]) == pytest.approx(tuple(np.percentile(own, [2.5, 97.5])))


def test_a_single_splits_gain_is_judged_by_the_band_of_ours():
    claim = BY_ID["gain-of-one-split-glass"]
    assert claim.value == 18.6  # 34.9 to 53.5
    found = rebalancing.realized_gain(SPLIT, STUDY, ["splits-40", "splits-40-raw"], "difficulty")
    assert verdicts.judge(claim, found).answer == verdicts.NOT_REPRODUCED
    for name in ("heart", "seeds", "wine"):
        claim = BY_ID[f"gain-of-one-split-{name}"]
        assert claim.value == 0 and verdicts.judge(claim, found).answer == verdicts.REPRODUCED


def test_a_mean_over_data_sets_is_paired_by_seed():
    frames = members(
        ("splits-2", BASE, "logits", "all", [0.8, 0.6]),
        ("splits-2", OURS, "logits", "all", [0.9, 0.6]),
    )
    other = members(
        ("splits-2", BASE, "logits", "all", [0.5, 0.5]),
        ("splits-2", OURS, "logits", "all", [0.6, 0.8]),
    )
    frames |= {f"uci-wine/{rebalancing.MEMBERS}": other[rebalancing.MEMBERS]}
    gain = rebalancing.average_gain(frames, STUDY, "difficulty", ["splits-2"], ["uci-wine"])
    assert gain.values.mean() == pytest.approx((10 + 15) / 2)  # widened about the mean
    half = (15 - 10) / 2 * math.sqrt(1 + 2 * 0.25)
    np.testing.assert_allclose(np.sort(gain.values[:, 0]), [12.5 - half, 12.5 + half])
    accuracy = rebalancing.average_accuracy(frames, STUDY, ["splits-2"], ["uci-wine"])
    assert accuracy.value[0] == pytest.approx(60)
    assert (accuracy.low[0], accuracy.high[0]) == pytest.approx((55.25, 64.75))  # of 55 and 65
    band = rebalancing.average_gain(
        frames, STUDY, "difficulty", ["splits-2"], ["uci-wine"], realized=True
    )
    assert (band.low[0], band.high[0]) == pytest.approx((10.125, 14.875))


# Ratios, unlearning, the end of a training


def table(names, *rows):
    return {name: np.array(column) for name, column in zip(names, zip(*rows, strict=True),
                                                           strict=True)}  # fmt: skip


def test_ratios_without_spread_are_one_number():
    rows = [(BASE, "class", s, 1.668) for s in range(3)]
    rows += [(OURS, "class", s, one) for s, one in enumerate((1.3, 1.5, 1.4))]
    frames = {rebalancing.RATIOS: table(("recipe", "level", "seed", "ratio"), *rows)}
    base = rebalancing.ratio_after(frames, STUDY, "class")
    judged = verdicts.judge(BY_ID["class-ratio-base"], base)
    assert (judged.found, judged.answer) == ("1.668", verdicts.REPRODUCED)
    ours = rebalancing.ratio_after(frames, STUDY, "class", "difficulty")
    assert values(ours) == [[1.3, 1.5, 1.4]]
    reduced = rebalancing.ratio_reduced(frames, STUDY, "difficulty", ["class"])
    np.testing.assert_allclose(reduced.values[:, 0], np.log(np.array([1.3, 1.5, 1.4]) / 1.668))


def test_thirty_classes_of_a_long_tail_of_cifar100_have_the_papers_share():
    """Whole numbers of 500 * 100 ** (-c / 99) samples, rounded down."""
    sizes = np.floor(500 * 100.0 ** (-np.arange(100) / 99)).astype(int)
    rows = {
        "recipe": np.full(200, "slow"), "level": np.full(200, "class"),
        "seed": np.repeat([0, 1], 100), "set": np.full(200, "long-tailed-100"),
        "rows": np.tile(sizes, 2),
    }  # fmt: skip
    claim = BY_ID["minority-share"]
    made = rebalancing.rarest_share({rebalancing.WEIGHTS: rows}, STUDY, **claim.arguments)
    assert made.value[0] == pytest.approx(100 * sizes[70:].sum() / sizes.sum())
    assert abs(made.value[0] - claim.value) <= claim.bound and made.note == "30 of 100 classes"


def test_unlearning_is_compared_with_rarity():
    names = ("recipe", "level", "seed", "group", "share")
    rows = [
        (BASE, "sub-class", seed, f"digit-{d}", share)
        for seed, shares in enumerate(((0.1, 0.2, 0.3), (0.3, 0.1, 0.2)))
        for d, share in enumerate(shares)
    ]
    rows += [(BASE, "class", s, group, share) for s in (0, 1)
             for group, share in (("odd", 0.3), ("even", 0.2 + s / 10))]  # fmt: skip
    frames = {rebalancing.UNLEARNING: table(names, *rows)}
    digits = rebalancing.unlearned_by_rarity(frames, STUDY, "sub-class")
    assert values(digits) == [[1, -0.5]]
    assert values(rebalancing.unlearned_by_rarity(frames, STUDY, "class")) == [[0.1, 0]]


def test_the_last_epoch_is_read():
    rows = [(recipe, s, e, e / 10 + s / 100) for recipe in (BASE, OURS) for s in (0, 1)
            for e in (1, 2, 3)]  # fmt: skip
    frames = {rebalancing.EPOCHS: table(("recipe", "seed", "epoch", "growth"), *rows)}
    found = rebalancing.last_epoch(frames, STUDY, "growth", "difficulty")
    assert values(found) == [[0.3, 0.31]]
    with pytest.raises(NotComputedError, match="observes no passes"):
        rebalancing.last_epoch(frames, STUDY, "growth", "focal")


def test_simulated_difficulties_are_compared_in_the_end():
    names = ("probability", "epoch", "difficulty")
    rows = [(0.4, 2, 0.9), (0.1, 2, 0.5), (0.2, 2, 0.6), (0.1, 1, 1.0), (0.2, 1, 0.9)]
    frames = {rebalancing.SIMULATION: table(names, *rows)}
    assert rebalancing.simulated_order(frames, STUDY).value[0] == pytest.approx(0.1)


# What the paper's cells say of each other


def answer(name, frames=None):
    claim = BY_ID[name]
    measured = lookup.find(claim.measure)(frames or {}, STUDY, **claim.arguments)
    return verdicts.judge(claim, measured)


def test_one_row_of_table_3_contradicts_itself():
    """By hand: (2145 x 97.41 + 2929 x 77.43) / 5074 = 85.88, printed is 83.78."""
    judged = answer("odd-adds-up-our-approach")
    assert judged.answer == verdicts.NOT_REPRODUCED
    assert float(judged.found) == pytest.approx(83.78 - 85.876, abs=0.001)
    for row in ("base-model", "class-balance-loss", "our-approach"):
        for what in ("even", "odd", "classes")[:: 2 if row == "our-approach" else 1]:
            found = answer(f"{what}-add{'s' if what != 'classes' else ''}-up-{row}")
            assert found.answer == verdicts.REPRODUCED


def test_one_row_of_table_2_does_not_add_up():
    """By hand: .7 x 53.5 + .3 x 11.0 = 40.75, printed is 41.1."""
    rows = [name for name in BY_ID if name.startswith("adds-up-")]
    wrong = [name for name in rows if answer(name).answer == verdicts.NOT_REPRODUCED]
    assert len(rows) == 5 and wrong == ["adds-up-class-balance-loss"]
    assert float(answer(wrong[0]).found) == pytest.approx(0.35)


TESTED = {"sonar": 42, "balance": 125, "cmc": 295, "ecoli": 68, "glass": 43, "heart": 54,
          "iris": 30, "robot": 1092, "seeds": 42, "wine": 36}  # fmt: skip


def one_split(name):
    frames = members(("splits-200", BASE, "logits", "all", [0.5]))
    frames[rebalancing.MEMBERS]["samples"] = np.array([TESTED[name]])
    return frames


@pytest.mark.parametrize("name", TESTED)
def test_table_4_prints_whole_numbers_of_test_samples(name):
    assert answer(f"whole-samples-{name}", one_split(name)).answer == verdicts.REPRODUCED


def test_other_numbers_of_test_samples_are_told():
    found = answer("whole-samples-sonar", one_split("glass"))
    assert (found.found, found.answer) == ("3", verdicts.NOT_REPRODUCED)
    assert answer("whole-samples-glass", one_split("glass")).note.startswith("15, 19, 23 of 43")


def test_five_gains_are_one_sample_or_none():
    found = {
        name: int(answer(f"one-sample-gained-{name}", one_split(name)).found)
        for name in ("sonar", "heart", "iris", "seeds", "wine")
    }
    assert found == {"sonar": 1, "heart": 0, "iris": 1, "seeds": 0, "wine": 0}
