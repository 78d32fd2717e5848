import re

import pandas as pd
import pytest

from hardness.core import artifacts
from hardness.evidence import latex, tabulation
from hardness.evidence.parts import TABLES
from hardness.evidence.tables import _text

STUDY = {
    "dataset": "toy",
    "base_recipe": "cnn",
    "stands_for": "cifar10",
    "paper_estimator": "aum",
    "paper_suffix": "",
    "published": [],
}
FAMILY = {"recipe": "cnn", "baseline": "own", "mode": "paper", "setting": 1.0, "suffix": None}


def cell(over, under, metric, group, change=0.0012, **others):
    name = f"resample-{over}-{under}-a1" + (f"-{others['suffix']}" if others.get("suffix") else "")
    known = FAMILY | {
        "set": name,
        "over": over,
        "under": under,
        "metric": metric,
        "group": group,
        "change": change,
    }
    known |= {
        "classes": 6,
        "members": 8,
        "draws": 1,
        "sd_over_classes": 0.002,
        "low": -0.001,
        "high": 0.0034,
    }
    known |= {
        "welch_low": -0.002,
        "welch_high": 0.0044,
        "images_low": -0.004,
        "images_high": 0.0064,
    }
    known |= {"interval": "t over members", "p": 0.0312, "margin": 0.005, "smallest_margin": 0.0031}
    known |= {
        "verdict": "changed, below the margin",
        "detectable": 0.004,
        "rule": "paper",
        "detectable_alone": 0.003,
    }
    known |= {"noise_sd": 0.002, "noise_low": 0.0013, "noise_high": 0.0041, "members_needed": 11.0}
    return known | others


def frames(*cells):
    strategies = [("smote", "easy"), ("none", "easy"), ("random", "none")]
    every = [
        cell(*one, metric, group)
        for one in strategies
        for metric in ("recall", "precision")
        for group in ("hard", "easy")
    ]
    every += [cell("none", "easy", "f1", "easy"), *cells]
    family = FAMILY | {
        "what": "table",
        "largest": 0.0012,
        "point95": 0.003,
        "nothing_verdict": "undecided",
    }
    family |= {
        "scale_members": 20,
        "nothing_power": 0.61,
        "pair_correlation": -0.25,
        "pair_low": -0.5,
        "pair_high": 0.1,
    }
    return {
        "cells": pd.DataFrame(every),
        "families": pd.DataFrame(
            [family, family | {"what": "further", "largest": 0.5}, family | {"what": "gaps"}]
        ),
    }


def made(*cells, **study):
    return TABLES.find("resampling-effect").table(frames(*cells), STUDY | study)


def test_the_rows_stand_in_the_papers_order_further_metrics_last():
    table = made()
    assert len(table) == 13
    assert table["set"].drop_duplicates().tolist() == [
        f"resample-{name}-a1" for name in ("none-easy", "random-none", "smote-easy")
    ]
    assert table["metric"].tolist()[:5] == ["precision"] * 2 + ["recall"] * 2 + ["f1"]
    assert set(table.loc[table["what"] == "table", "largest"]) == {0.0012}
    assert table.loc[table["metric"] == "f1", "largest"].tolist() == [0.5]


def test_a_family_is_shown_in_the_papers_form_with_what_is_known_and_as_a_whole():
    sections = list(TABLES.find("resampling-effect").sections(made(), STUDY))
    assert [title.partition(": ")[2] for title, _, _ in sections] == [
        "the paper's form",
        "what is known",
        "how well it is known",
        "the table as a whole",
        "further metrics in the paper's form",
        "further metrics as a whole",
    ]
    assert {title.partition(": ")[0] for title, _, _ in sections} == {"Mode paper, α = 1"}
    assert all(len(row) == len(header) for _, header, rows in sections for row in rows)
    paper, known, how_well, whole, further, _ = (rows for _, _, rows in sections)
    assert paper[0] == ["None-Easy", *["**+0.12 ± 0.20**"] * 4, "8", "1"]
    assert known[0] == [
        *("None-Easy", "precision, easy", "changed, below the margin"),
        *("+0.12", "[−0.10, +0.34]", "0.031", "0.31"),
    ]
    assert how_well[0] == [
        *("None-Easy", "precision, easy", "[−0.20, +0.44]", "[−0.40, +0.64]", "0.40 (0.30)"),
        *("0.20 [0.13, 0.41]", "11", "t over members"),
    ]
    assert whole == [["12", "0.12", "0.30", "undecided", "0.61", "−0.25 [−0.50, 0.10]"]]
    assert further == [["None-Easy", *[""] * 2, "**+0.12 ± 0.20**", *[""] * 3, "8", "1"]]


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        (["changed", "changed, below the margin", "none", "undecided"],
         "of 4 changes 2 are shown, and 1 shown to be smaller than matters; 1 undecided."),
        (["changed", "undecided"],
         "of 2 changes 1 is shown, and none shown to be smaller than matters; 1 undecided."),
        (["undecided"] * 3, "of 3 changes none is shown; all are undecided."),
    ],
)  # fmt: skip
def test_verdicts_in_one_line(verdicts, said):
    assert _text.decided(pd.Series(verdicts), "changes") == said


def test_every_table_says_in_one_line_what_it_means():
    text = TABLES.find("resampling-effect").meaning(made(), STUDY)
    assert text.endswith("of 12 mean changes 12 are shown, and none shown to be smaller than"
                         " matters; 0 undecided.")  # fmt: skip
    assert "one at a time" in TABLES.find("verdict-anatomy").meaning(anatomy(), STUDY)


@pytest.mark.parametrize(
    ("text", "order"),
    [("−0.21 ± 0.20†", "-0.21"), ("**+0.12 ± 0.20**", "0.12"), ("95%", "95.0"),
     ("[−0.10, +0.34]", None), ("undecided", None), ("", None)],
)  # fmt: skip
def test_cells_sort_by_the_number_that_they_begin_with(text, order):
    html = tabulation.table_html("a", "", ["A", "B"], [["x", text]])
    assert re.findall('data-order="(.*?)"', html) == ([order] if order else [])


def test_bold_is_what_the_tests_find_and_a_dagger_what_exceeds_the_spread_over_classes():
    table = made(cell("hard", "none", "recall", "easy", change=-0.0021))
    assert "| **−0.21 ± 0.20†** |" in tabulation.markdown("resampling-effect", table, STUDY)
    assert r"\textbf{$-$0.21 $\pm$ 0.20$\dagger$}" in latex.latex("resampling-effect", table, STUDY)
    assert "<strong>−0.21 ± 0.20†</strong>" in tabulation.html("resampling-effect", table, STUDY)
    undecided = made(cell("hard", "none", "recall", "easy", change=-0.0021, verdict="undecided"))
    assert "| −0.21 ± 0.20† |" in tabulation.markdown("resampling-effect", undecided, STUDY)


def test_a_group_of_one_class_has_no_spread_and_no_mark():
    """A spread of 0 would be exceeded by any change."""
    lone = {"classes": 1, "sd_over_classes": 0.0, "verdict": "undecided"}
    table = made(cell("hard", "none", "recall", "easy", change=-0.0833, **lone))
    assert "| −8.33 (one class) |" in tabulation.markdown("resampling-effect", table, STUDY)


def test_the_papers_cells_stand_beside_those_of_its_own_setting_only():
    printed = {"over": "smote", "under": "easy", "metric": "recall", "group": "hard"}
    printed |= {"change": 0.00216, "sd_over_classes": 0.00173, "bold": "yes"}
    others = [
        cell("smote", "easy", "recall", "hard", recipe="padded"),
        cell("smote", "easy", "recall", "hard", suffix="el2n"),
        cell("smote", "easy", "recall", "hard", mode="study", setting=2.0),
        cell("smote", "easy", "recall", "hard", setting=3.0),
    ]
    table = made(*others, published=[printed])
    shown = table.dropna(subset="published")
    assert shown[["set", "metric", "group", "recipe", "mode"]].to_numpy().tolist() == [
        ["resample-smote-easy-a1", "recall", "hard", "cnn", "paper"]
    ]
    beside = [
        (header, rows)
        for title, header, rows in TABLES.find("resampling-effect").sections(table, STUDY)
        if title == "Mode paper, α = 1: beside the paper's cells"
    ]
    ((header, rows),) = beside
    assert rows[-1] == [
        *("SMOTE-Easy", "recall, hard", "**+0.00216 ± 0.00173**", "+0.00120 ± 0.00200"),
        "+0.12 [−0.10, +0.34]",
    ]
    assert rows[0][2] == "" and len(rows) == 12 and len(header) == len(rows[0])
    caption = TABLES.find("resampling-effect").caption(table, STUDY)
    assert "five decimals" in caption
    assert "five decimals" not in TABLES.find("resampling-effect").caption(made(), STUDY)


def test_families_of_another_recipe_baseline_or_suffix_stand_apart_and_say_so():
    others = [
        cell("none", "easy", "recall", "easy", recipe="padded"),
        cell("none", "easy", "recall", "easy", suffix="el2n"),
    ]
    others.append(cell("none", "easy", "recall", "easy", recipe="padded", baseline="base-recipe"))
    others.append(cell("none", "easy", "recall", "easy", baseline="origin"))
    titles = [
        title for title, _, _ in TABLES.find("resampling-effect").sections(made(*others), STUDY)
    ]
    ends = ": the paper's form"
    assert [title.removesuffix(ends) for title in titles if title.endswith(ends)] == [
        "Mode paper, α = 1",
        "Mode paper, α = 1 (el2n)",
        "Mode paper, α = 1, against full of the data set it is made from",
        "Mode paper, α = 1, recipe padded, against full by the same recipe",
        "Mode paper, α = 1, recipe padded, against full by cnn",
    ]


def test_the_caption_says_margin_draws_and_rule_and_nothing_is_called_significant():
    text = tabulation.markdown("resampling-effect", made(), STUDY)
    assert (
        "0.50 was fixed beforehand" in text
        and "given that draw" in text
        and "Groups of classes: by Eq. 3 at α = 1, by AUM" in text
    )
    none = made().assign(margin=float("nan"))
    assert "none was fixed beforehand" in TABLES.find("resampling-effect").caption(none, STUDY)
    assert "significan" not in text and "up to 9%" not in text
    alone = made().assign(scale_members=8)
    assert "its level is up to 9%" in TABLES.find("resampling-effect").caption(alone, STUDY)


def test_latex_is_whole_and_ascii_and_has_its_caption_once():
    text = latex.latex("resampling-effect", made(), STUDY)
    assert text.isascii() and text.count(r"\begin{tabular}") == text.count(r"\end{tabular}") == 6
    assert text.count("Change in class-level precision") == 1 and ".." not in text
    assert r"Mode paper, $\alpha$ = 1: what is known" in text


def claims_table(**texts):
    """claims.csv with one row, in which these texts stand."""
    row = {"claim": "a", "where": "x", "published": "1", "found": None, "low": None, "high": None}
    row |= {"verdict": "not computed", "because": "config", "note": "", "unit": "", "recipe": "cnn"}
    row |= {"kind": "finding", "headline": False, "if_true": 0.966, "if_null": 0.045}
    return pd.DataFrame([row | texts])


def test_latex_escapes_every_sign_that_it_reads():
    text = latex.latex("claims", claims_table(note=r"$0_$9 50% a&b #1 {x} ~ ^ \n"), STUDY)
    escaped = r"\$0\_\$9 50\% a\&b \#1 \{x\} \textasciitilde{} \textasciicircum{} \textbackslash{}n"
    assert escaped in text


def test_a_pipe_in_a_cell_does_not_end_it_in_markdown():
    table = claims_table(note="x|y")
    row = tabulation.markdown("claims", table, STUDY).splitlines()[-1]
    assert r"x\|y" in row
    (_, header, _), *_ = TABLES.find("claims").sections(table, STUDY)
    assert len(re.split(r"(?<!\\)\|", row)) == len(header) + 2


def test_html_escapes_what_a_data_set_is_called():
    text = tabulation.html("claims", claims_table(claim="a < b & c", note="<i>"), STUDY)
    assert "a &lt; b &amp; c" in text and "&lt;i&gt;" in text
    assert "<strong>not computed: not in the config</strong>" in text


def several_claims(**verdicts):
    """A row for each claim, by its name: its verdict, why there is none, whether it leads."""
    rows = [
        claims_table(claim=name, verdict=verdict, because=because, headline=headline)
        for name, (verdict, because, headline) in verdicts.items()
    ]
    return pd.concat(rows, ignore_index=True)


def test_claims_are_told_by_what_holds_what_does_not_and_what_cannot_be_said():
    table = several_claims(
        first=("does not hold here", None, True),
        second=("holds here", None, True),
        third=("undecided", "members", True),
        fourth=("holds here", None, False),
        fifth=("not judged", "recipe", False),
        sixth=("undecided", "power", False),
    )
    parts = {title: [line[0] for line in lines] for title, _, lines in sections_of(table)}
    assert parts == {
        "What of the paper holds (2)": ["second", "fourth"],
        "What of the paper does not hold (1)": ["first"],
        "What this study cannot say (3)": ["third", "fifth", "sixth"],
    }
    assert TABLES.find("claims").meaning(table, STUDY) == (
        "Of 6 claims about cifar10 2 hold, 1 do not, and on 3 this study cannot decide."
    )
    text = TABLES.find("claims").caption(table, STUDY)
    assert text.startswith(
        "The paper's claims about cifar10, checked on toy with the recipe cnn. That is not the"
        " paper's recipe: a finding holds here or it does not; a number is shown beside the"
        ' published one, but not judged. What of the paper holds: 2 claims, among them "second".'
        ' What of the paper does not hold: 1 claim, among them "first". What this study cannot'
        " say: 3 claims (1: too few members, 1: another recipe, 1: a rule that seldom passes even"
        ' if the claim is true), among them "third".'
    )


def test_what_no_paper_claims_is_counted_by_itself():
    """By the paper's recipe too: an answer to our own question reproduces nothing."""
    asked = several_claims(
        first=("holds here", None, True),
        second=("does not hold here", None, False),
        third=("undecided", "members", False),
    ).assign(kind="question")
    claimed = several_claims(fourth=("reproduced", None, True))
    table = pd.concat([asked, claimed], ignore_index=True)
    parts = {title: [line[0] for line in lines] for title, _, lines in sections_of(table)}
    assert parts == {
        "What of the paper holds (1)": ["fourth"],
        "Our own questions (3)": ["first", "second", "third"],
    }
    assert TABLES.find("claims").meaning(table, STUDY) == (
        "Of 1 claims about cifar10 1 hold, 0 do not, and on 0 this study cannot decide. Of 3"
        " questions of our own about cifar10 1 hold, 1 do not, and on 1 this study cannot decide."
    )
    text = TABLES.find("claims").caption(table, STUDY)
    assert "not the paper's recipe" not in text
    assert (
        "What this study cannot say: 0 claims. Our own questions: 1 hold here, 1 do not, 1 cannot"
        ' be decided; "first": holds here.'
    ) in text
    text = TABLES.find("claims").caption(asked, STUDY)
    assert text.startswith("Our own questions about cifar10, checked on toy with the recipe cnn. O")


def sections_of(table):
    return list(TABLES.find("claims").sections(table, STUDY))


def test_by_the_papers_recipe_no_word_is_lost_on_another():
    table = several_claims(first=("reproduced", None, False), second=("not reproduced", None, True))
    text = TABLES.find("claims").caption(table, STUDY)
    assert "not the paper's recipe" not in text
    assert "What of the paper holds: 1 claim. What of the paper does not hold: 1 claim," in text
    assert "What this study cannot say: 0 claims." in text
    assert [title for title, _, _ in sections_of(table)] == [
        "What of the paper holds (1)",
        "What of the paper does not hold (1)",
    ]


def test_the_tables_csv_has_the_numbers_of_claims_csv(tmp_path):
    """A column of whole numbers with a gap is read as floats."""
    found = {"id": ["a", "b", "c"], "found": [7, None, 0.5], "low": [6, None, None]}
    artifacts.save_csv(tmp_path / "claims.csv", found | {"high": [11823, None, None]})
    read = {"claims": artifacts.read_csv(tmp_path / "claims.csv")}
    made = TABLES.find("claims").table(read, STUDY)
    artifacts.save_csv(tmp_path / "table.csv", made)
    once, again = ((tmp_path / f"{name}.csv").read_text() for name in ("claims", "table"))
    assert "7,6,11823" in once and once == again


def test_another_recipe_is_told_though_no_number_waits_for_the_papers():
    table = several_claims(first=("does not hold here", None, False))
    assert "not the paper's recipe" in TABLES.find("claims").caption(table, STUDY)


def test_a_claims_line_has_its_interval_its_unit_and_its_chances():
    table = claims_table(
        verdict="reproduced", because=None, published="6", found=5.5, low=5.0, high=6.0,
        unit="classes", note=None,
    )  # fmt: skip
    ((_, header, (line,)),) = sections_of(table)
    assert dict(zip(header, line, strict=True)) == {
        "Claim": "a",
        "Verdict": "**reproduced**",
        "Published": "6",
        "Found": "5.5 [5, 6] classes",
        "If true, if not": "97%, 4%",
        "Note": "",
        "Where": "x",
    }


def anatomy():
    cells = [cell("none", "easy", "recall", group) for group in ("easy", "hard")]
    cells += [
        cell("none", "easy", "recall", g, recipe="padded", baseline=b)
        for b in ("own", "base-recipe")
        for g in ("easy", "hard")
    ]
    cells += [
        cell("none", "easy", "recall", g, suffix="forgetting-paper") for g in ("easy", "hard")
    ]
    cells += [
        cell("hard", "none", "recall", "easy"),
        cell("none", "easy", "recall", "easy", suffix="el2n"),
    ]
    gaps = [
        one | {"measure": measure}
        for one in cells
        if one["group"] == "easy"
        for measure in ("sd_without_noise", "range")
    ]
    frames = {
        "cells": pd.DataFrame(cells),
        "gaps": pd.DataFrame(gaps).drop(columns=["metric", "group"]),
    }
    return TABLES.find("verdict-anatomy").table(frames, STUDY)


def test_the_anatomy_puts_each_changed_ingredient_beside_the_unchanged():
    table = anatomy()
    assert table["ingredient"].drop_duplicates().tolist() == [
        "none",
        "padded, against full by cnn",
        "padded, against its own full",
        "hardness by forgetting-paper",
    ]
    assert set(table["measure"]) == {"recall_easy", "recall_hard", "sd_without_noise"}
    assert set(table["over"]) == {"none"}  # hard-none was varied in nothing
    ((title, header, rows),) = TABLES.find("verdict-anatomy").sections(table, STUDY)
    assert (
        title == "Mode paper, α = 1"
        and all(len(row) == len(header) for row in rows)
        and len(rows) == 4
    )
    assert rows[0][:2] == ["None-Easy", "none"]
    assert rows[0][2] == "+0.12 [−0.10, +0.34] changed, below the margin" and rows[0][4] == ""


def test_an_unknown_table_gets_the_nearest_name():
    with pytest.raises(ValueError, match="unknown table 'claim': did you mean 'claims'"):
        TABLES.find("claim")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0012, "+0.12"), (-0.0012, "−0.12"), (-1e-9, "+0.00"), (float("nan"), ""), (None, "")],
)
def test_points(value, text):
    assert _text.points(value) == text


def test_gaps_show_the_unbiased_first_and_both_powers():
    gaps = [
        cell("none", "easy", "recall", "easy", measure=measure, value=0.2, baseline_value=0.25)
        for measure in ("range", "sd", "fixed_gap")
    ]
    bare = dict.fromkeys(
        ("welch_low", "welch_high", "p", "smallest_margin", "detectable", "detectable_alone")
    )
    gaps.append(gaps[0] | bare | {"measure": "sd_without_noise", "verdict": None})
    table = TABLES.find("gaps").table({"gaps": pd.DataFrame(gaps)}, STUDY)
    assert table["measure"].tolist() == ["sd_without_noise", "fixed_gap", "sd", "range"]
    ((title, header, rows),) = TABLES.find("gaps").sections(table, STUDY)
    assert title == "Mode paper, α = 1" and all(len(row) == len(header) for row in rows)
    assert rows[0][1:] == [
        "Standard deviation, without noise",
        "",
        "25.00",
        "20.00",
        "+0.12",
        "[−0.10, +0.34]",
        *[""] * 4,
    ]
    assert rows[1][2] == "changed, below the margin"
    assert rows[1][-3:] == ["0.031", "0.31", "0.40 (0.30)"]
