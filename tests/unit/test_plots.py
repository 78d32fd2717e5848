import re
import struct

import numpy as np
import pandas as pd
import pytest
import toy_study as toy
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from hardness.core import artifacts
from hardness.evidence import figures
from hardness.evidence.parts import FIGURES
from hardness.evidence.plots import _select as select
from hardness.evidence.plots import _style as style
from hardness.evidence.plots._changes import by_class
from hardness.sets.spec import FULL, Pruned, Resampled

T1 = 12.706204736  # the 97.5% point of Student's t with one degree of freedom

EXPECTED = {
    "absolute-differences",
    "accuracy-by-digit",
    "accuracy-by-epoch",
    "against-hardness",
    "class-accuracy",
    "class-correlations",
    "class-sizes",
    "classes-by-msd",
    "confusion",
    "data-map",
    "difficulty-convergence",
    "difficulty-families",
    "difficulty-simulation",
    "difficulty-stability",
    "difficulty-vectors",
    "dlp-against-clp",
    "epoch-sensitivity",
    "estimator-clusters-by-classes",
    "estimator-clusters-by-samples",
    "estimator-overlap",
    "flipped-labels",
    "gallery",
    "gallery-by-class",
    "history-clusters",
    "image-noise-detection",
    "metric-change",
    "msd-map",
    "noise-detection",
    "noise-thresholds",
    "pruned-by-msd",
    "pruning-stability",
    "recall-by-class",
    "recall-by-hardness",
    "recall-by-rate",
    "recall-change",
    "recipe-sensitivity",
    "removed-by-class",
    "representation",
    "sampling-weight",
    "score-correlations",
    "unlearning-frequency",
    "variance-split",
}


def drawn(name, study, folder=None):
    """The figure and its table; with a folder, drawn from the csv that is written there."""
    module = FIGURES.find(name)
    table = module.table(toy.make_frames(name, study), study)
    if folder is not None:
        artifacts.save_csv(
            folder / f"{name}.csv", {column: table[column].tolist() for column in table}
        )
        table = artifacts.read_csv(folder / f"{name}.csv")
    drawn_images = {"gallery": lambda: toy.make_gallery(study)[2],
                    "gallery-by-class": lambda: toy.make_pictures(study)[0]}  # fmt: skip
    images = [drawn_images[name]()] if name in drawn_images else []
    return module.draw(table, study, *images), table


STUDIES = {"ten": toy.make_study(10), "hundred": toy.make_study(100, alphas=(1, 2))}


def test_names_are_the_studys_figures():
    assert set(FIGURES.names()) == EXPECTED


@pytest.mark.parametrize("name", FIGURES.names())
def test_a_figure_is_the_same_to_the_byte_without_dates_and_from_its_csv(name, tmp_path):
    # names that a csv gives back as numbers
    study = STUDIES["ten"] | {"names": tuple("0123456789")}
    figures.save(drawn(name, study)[0], tmp_path / "first")
    figures.save(drawn(name, study, tmp_path)[0], tmp_path / "second")
    for suffix, start in (("pdf", b"%PDF"), ("png", b"\x89PNG")):
        first = (tmp_path / f"first.{suffix}").read_bytes()
        assert first == (tmp_path / f"second.{suffix}").read_bytes()
        assert first.startswith(start)
        assert not re.search(rb"CreationDate|ModDate|tIME|20\d\d-\d\d-\d\d|D:20\d\d", first)
        artifacts.check(tmp_path / f"first.{suffix}")


@pytest.mark.parametrize("classes", STUDIES)
@pytest.mark.parametrize("name", FIGURES.names())
def test_a_figure_has_a_papers_width_and_clips_no_letter(name, classes):
    figure, _ = drawn(name, STUDIES[classes])
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    assert figure.get_figwidth() in (style.COLUMN, style.PAGE)
    box, (width, height) = figure.get_tightbbox(canvas.get_renderer()), figure.get_size_inches()
    assert box.x0 > -0.01 and box.y0 > -0.01 and box.x1 < width + 0.01 and box.y1 < height + 0.01


@pytest.mark.parametrize("name", FIGURES.names())
def test_a_caption_names_the_data_set_and_the_uncertainty(name):
    study = STUDIES["ten"] | {"dataset": "MNIST", "ranked_by": "aum", "paper_estimator": "el2n"}
    study |= {"stands_for": None}
    caption = figures.described(name, study)["caption"]
    assert "MNIST" in caption or name == "sampling-weight"
    assert re.search("interval|uncertainty|band", caption)
    number = FIGURES.find(name).NUMBER
    own = ("noise-detection", "data-map", "confusion", "gallery-by-class", "accuracy-by-epoch")
    own += ("epoch-sensitivity", "recipe-sensitivity", "variance-split")
    own += ("against-hardness", "difficulty-stability", "flipped-labels", "classes-by-msd")
    own += ("history-clusters", "image-noise-detection", "msd-map", "pruned-by-msd")
    own += ("representation", "score-correlations")
    ours = name in own or name.startswith("estimator-clusters")
    ours = ours or hasattr(FIGURES.find(name), "COUNTERPART")  # in another paper
    assert (number is None) == ours and re.fullmatch(r"\d+(, \d+)*", number or "0")


def test_an_unknown_figure_is_answered_with_the_nearest_name():
    with pytest.raises(ValueError, match="'recall-by-clas'.*'recall-by-class'"):
        FIGURES.find("recall-by-clas")


SIGNS = ("$0_$100", "$100_$200", "$x^{", r"\alpha", "50%", "a&b", "#1", "~", "x|y", "$$")


@pytest.mark.parametrize(
    "name",
    [
        "recall-by-class",
        "recall-by-hardness",
        "recall-by-rate",
        "class-sizes",
        "gallery",
        "confusion",
        "gallery-by-class",
    ],
)
def test_class_names_are_text_whatever_signs_they_hold(name):
    """Matplotlib's mathematics would swallow $ signs, or refuse the figure."""
    figure, table = drawn(name, STUDIES["ten"] | {"names": SIGNS})
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    texts = "\n".join(text.get_text() for text in figure.findobj(Text))
    shown = set(table["name"])
    assert len(shown - {"easy classes", "hard classes"}) == 10 or name == "gallery"
    assert all(sign in texts for sign in shown - {"easy classes", "hard classes"})
    assert not any(text.get_parse_math() for text in figure.findobj(Text))


def test_class_accuracies_of_one_member_are_drawn():
    accuracy = pd.DataFrame(
        {"setting": "part", "members": 1, "class": [0, 1], "name": ["a", "b"], "n": 10,
         "prediction": [0.9, 0.8], "mean": [0.9, 0.8], "member": [0.9, 0.8]}
    )  # fmt: skip
    agreement = pd.DataFrame(columns=["setting", "reading", "members", "mean", "low", "high"])
    module = FIGURES.find("class-accuracy")
    frames = {"class-accuracy": accuracy, "class-agreement": agreement}
    table = module.table(frames, STUDIES["ten"])
    assert table["stable_from"].tolist() == [1, 1, 1, 1] and table["mean"].isna().all()
    texts = [text.get_text() for text in module.draw(table, STUDIES["ten"]).findobj(Text)]
    assert "one member alone" in texts


@pytest.mark.parametrize("name", FIGURES.names())
def test_the_papers_figures_are_named_only_where_a_paper_is_meant(name):
    own = STUDIES["ten"] | {"dataset": "pets", "ranked_by": "aum", "paper_estimator": "aum"}
    captions = [
        figures.described(name, own | {"stands_for": answers})["caption"]
        for answers in (None, "cifar10")
    ]
    counterpart = hasattr(FIGURES.find(name), "COUNTERPART")  # only of data sets of another paper
    assert counterpart or not re.search(r"Fig\. \d|Table \d|Sec\. |50,000", captions[0])
    paper = getattr(FIGURES.find(name), "PAPER", "")
    assert captions[1].removeprefix(captions[0]).strip() == paper


def test_figures_without_mode_paper_are_drawn():
    study = toy.make_study(10, alphas=())
    for name in ("class-sizes", "recall-change", "recall-by-hardness"):
        figure, table = drawn(name, study)
        assert len(table) == 10 and len(figure.axes) > 0


def small_study(*specs):
    members = {"stability": 2, "recall": 2, "hardness": 2, "retraining": 2}
    return {
        "dataset": "two",
        "members": members,
        "paper_estimator": "aum",
        "ranked_by": "aum",
        "base_recipe": "cnn",
        "sets": {spec.name: spec for spec in (FULL, *specs)},
    }


def evaluation(**recalls):
    """Rows of sets with recalls (seeds x 2 classes); class 0 has 30 test images, class 1 has 10."""
    rows = [
        (name.replace("_", "-"), "cnn", seed, c, "ab"[c], recall, (30, 10)[c])
        for name, values in recalls.items()
        for seed, member in enumerate(values)
        for c, recall in enumerate(member)
    ]
    return pd.DataFrame(
        rows, columns=["set", "recipe", "seed", "class", "name", "recall", "support"]
    )


def allocation():
    """Class 1 ("b") is easy, class 0 ("a") is hard: its AUM is lower."""
    rows = {
        "estimator": "aum",
        "mode": "paper",
        "alpha": 1.0,
        "rho": None,
        "class": [0, 1],
        "name": ["a", "b"],
        "n": [100, 50],
    }
    bounds = dict.fromkeys(("sample_low", "sample_high", "member_low", "member_high"), 0.0)
    return pd.DataFrame(
        {
            **rows,
            "hardness": [1.0, 3.0],
            **bounds,
            "size": [120, 30],
            "clipped": False,
            "hard": [True, False],
        }
    )


def groups():
    """groups.csv: as allocation() has it."""
    return pd.DataFrame(
        {
            "class": [0, 1],
            "name": ["a", "b"],
            "n": [100, 50],
            "group": ["hard", "easy"],
            "rule": "paper",
        }
    )


def of_classes():
    """The inputs of figures of single classes besides the evaluation."""
    return {"ranks": allocation(), "groups": groups()}


def test_recall_change_is_paired_by_seed():
    study = small_study(*(
        Resampled(over, "easy", "study", 2, "aum", 8, 8, 1) for over in ("smote", "random")
    ))  # fmt: skip
    rows = evaluation(
        full=[[0.5, 0.9], [0.7, 0.8], [0.0, 0.0]],
        resample_smote_easy_r2=[[0.6, 0.8], [0.9, 0.9]],
        resample_random_easy_r2=[[0.0, 0.0], [0.0, 0.0]],
    )
    stranger = evaluation(full=[[0.1, 0.1]]).assign(recipe="another")
    table = FIGURES.find("recall-change").table(
        {"evaluation": pd.concat([rows, stranger]), **of_classes()},
        study,
    )
    assert table["name"].tolist() == ["b", "a"]  # from easy to hard
    assert table["members"].tolist() == [2, 2]
    np.testing.assert_allclose(table["mean"], [0.0, 0.15], atol=1e-12)  # b: -.1, +.1; a: +.1, +.2
    half = T1 * np.array([np.sqrt(0.02), np.sqrt(0.005)]) / np.sqrt(2)
    np.testing.assert_allclose(table["high"] - table["mean"], half)
    np.testing.assert_allclose(table["mean"] - table["low"], half)


def test_recall_change_has_the_baseline_and_its_rank_by_recall():
    """Of the retraining members only; AUM says that b is easier, recall that a is."""
    study = small_study(Resampled("smote", "easy", "study", 2, "aum", 8, 8, 1))
    rows = evaluation(
        full=[[0.8, 0.5], [1.0, 0.7], [0.0, 1.0]], resample_smote_easy_r2=[[0.8, 0.5], [1.0, 0.7]]
    )
    table = FIGURES.find("recall-change").table({"evaluation": rows, **of_classes()}, study)
    assert table["name"].tolist() == ["b", "a"] and table["recall_rank"].tolist() == [2, 1]
    np.testing.assert_allclose(table["baseline"], [0.6, 0.9])
    np.testing.assert_allclose(table["baseline_high"] - table["baseline"], [T1 * 0.1] * 2)


def test_the_spread_of_changes_is_that_of_the_classes_about_their_group():
    """Every member changes by the same: no noise, so tau is the classes' own spread. Easy classes
    gain 0 and .1, hard ones lose 0 and .1: sum of squares .01, 2 degrees of freedom.
    """
    study = toy.make_study(4) | {"names": "abcd"}
    spec = study["sets"]["resample-smote-easy-a1"]
    full = np.array([[0.5, 0.6, 0.7, 0.8], [0.6, 0.7, 0.8, 0.9]])
    grid = np.indices(full.shape).reshape(2, -1)
    rows = pd.DataFrame({"recipe": "cnn", "seed": grid[0], "class": grid[1]})
    rows["name"] = np.array(list("abcd"))[rows["class"]]
    changed = full + [0.0, 0.1, 0.0, -0.1]
    every = [
        rows.assign(set=name, recall=values.ravel())
        for name, values in (("full", full), (spec.name, changed))
    ]
    groups = pd.DataFrame({"class": range(4), "group": ["easy", "easy", "hard", "hard"]})
    frames = {"evaluation": pd.concat(every), "ranks": toy.make_allocation(study), "groups": groups}
    found = by_class(frames, study, spec, "recall")
    np.testing.assert_allclose(found["tau"], np.sqrt(0.01 / 2), atol=1e-9)


def test_further_metrics_are_changed_at_the_weakest_setting_of_mode_paper():
    settings = (("paper", 3), ("paper", 1), ("study", 2))
    specs = [Resampled("smote", "easy", mode, value, "aum", 8, 8, 1) for mode, value in settings]
    every = evaluation(
        full=[[0.5, 0.9], [0.7, 0.8]],
        **{spec.name.replace("-", "_"): [[0.6, 0.8], [0.9, 0.9]] for spec in specs},
    )
    others = {"precision": 1, "accuracy": 0.1, "f1": 2, "mcc": -1}
    every = every.assign(**{name: factor * every["recall"] for name, factor in others.items()})
    table = FIGURES.find("metric-change").table(
        {"evaluation": every, **of_classes()}, small_study(*specs)
    )
    assert set(table["set"]) == {"resample-smote-easy-a1"}
    of_hard = table[table["name"] == "a"].set_index("metric")["mean"]
    assert of_hard.to_dict() == pytest.approx(
        {"precision": 0.15, "accuracy": 0.015, "f1": 0.3, "mcc": -0.15}
    )


def test_recall_is_sorted_by_aum_where_another_estimator_gives_the_class_sizes():
    """By EL2N class 0 would be easy; recall, read by the hardness members, gives sizes too."""
    by_el2n = allocation().assign(estimator="el2n", hardness=[0.1, 0.4], size=[90, 60])
    ratios = pd.concat(
        [
            allocation().assign(estimator=name, size=size)
            for name, size in (("recall", [110, 40]), ("accuracy", [100, 50]), ("f1", [None] * 2))
        ]
    )
    ratios = pd.concat([ratios, ratios.assign(alpha=3.0, size=0), ratios.assign(mode="study")])
    rows = evaluation(full=[[0.8, 0.5], [1.0, 0.7], [0.0, 1.0]])
    study = small_study() | {"paper_estimator": "el2n"}
    study["members"] = study["members"] | {"hardness": 2, "recall": 3}
    frames = {"evaluation": rows, "ranks": allocation(), "groups": groups()}
    table = FIGURES.find("recall-by-hardness").table(
        frames | {"allocation": by_el2n, "ratios": ratios}, study
    )
    assert table["name"].tolist() == ["b", "a"] and table["members"].tolist() == [2, 2]
    np.testing.assert_allclose(table["size_by_el2n"], [60 / 50, 90 / 100])
    np.testing.assert_allclose(table["size_by_recall"], [40 / 50, 110 / 100])
    np.testing.assert_allclose(table["size_by_aum"], [30 / 50, 120 / 100])
    assert table["size_by_f1"].isna().all() and table["alpha"].tolist() == [1, 1]
    figure = FIGURES.find("recall-by-hardness").draw(table, study)
    texts = {text.get_text() for text in figure.findobj(Text)}
    assert {"EL2N", "AUM", "Recall", "Accuracy"} <= texts and "F1" not in texts


def test_only_levels_that_the_study_has_get_a_panel():
    frames = toy.make_frames("recall-by-rate", STUDIES["ten"])
    frames["evaluation"] = frames["evaluation"][~frames["evaluation"]["set"].str.contains("dlp")]
    module = FIGURES.find("recall-by-rate")
    figure = module.draw(module.table(frames, STUDIES["ten"]), STUDIES["ten"])
    assert [axes.get_title() for axes in figure.axes] == ["Class-level pruning (CLP)"]


def test_a_panel_says_that_eq_3_is_undefined_and_only_that_one():
    frames = toy.make_frames("absolute-differences", STUDIES["ten"])
    rows = frames["differences"]
    frames["differences"] = rows[(rows["estimator"] != "aum") | (rows["mode"] != "paper")]
    module = FIGURES.find("absolute-differences")
    figure = module.draw(module.table(frames, STUDIES["ten"]), STUDIES["ten"])
    said = [axes for axes in figure.axes if any("undefined" in t.get_text() for t in axes.texts)]
    assert [axes.get_title() for axes in said] == ["AUM"] and not said[0].lines


def test_the_overlap_is_drawn_for_all_pairs_by_both_ensembles():
    figure, table = drawn("estimator-overlap", STUDIES["ten"])
    assert set(table["members"]) == {8, 20}
    for members, axes in zip((8, 20), figure.axes[:2], strict=True):
        assert axes.get_title() == f"Mean scores of {members} members"
        assert len(axes.lines) == 1 + 10  # chance, and the pairs of five estimators
        pair = (table["first"] == "aum") & (table["second"] == "el2n")
        shown = table[pair & (table["members"] == members)].sort_values("rate")
        (line,) = [line for line in axes.lines if line.get_label() == "AUM, EL2N"]
        np.testing.assert_allclose(line.get_ydata(), 100 * shown["jaccard"])


@pytest.mark.parametrize("classes", [4, 10])
def test_the_interval_over_samples_stands_close_to_its_class(classes):
    figure, _ = drawn("class-sizes", toy.make_study(classes))
    FigureCanvasAgg(figure).draw()
    axes = figure.axes[0]
    _, samples = axes.collections
    bar = samples.get_transform().transform(samples.get_segments()[0])[0, 0]
    dot = axes.transData.transform((1, 1))[0]
    assert 0 < bar - dot < 6 * figure.dpi / 72  # points


def test_removed_by_class_is_the_share_of_each_class():
    sizes = pd.DataFrame(
        {
            "set": "prune-dlp-30",
            "kind": "prune",
            "level": ["dlp", "dlp", "clp", "clp"],
            "rate": 30,
            "estimator": "aum",
            "members": 2,
            "class": [0, 1, 0, 1],
            "name": ["a", "b", "a", "b"],
            "n": [100, 50, 100, 50],
            "size": [95, 10, 70, 35],
            "removed": [5, 40, 30, 15],
        }
    )
    frames = {
        "sizes": pd.concat([sizes, sizes.assign(members=20, removed=0)]),
        "ranks": allocation(),
    }
    table = FIGURES.find("removed-by-class").table(frames, small_study())
    assert table[["rate", "name", "removed"]].to_numpy().tolist() == [
        [0, "b", 0],
        [0, "a", 0],
        [30, "b", 40],
        [30, "a", 5],
    ]
    assert table["share"].tolist() == [0, 0, 0.8, 0.05]


def test_dlp_against_clp_starts_at_full_and_weighs_classes_by_their_images():
    study = small_study(Pruned("dlp", 50, "aum", 2, 2, 1))
    rows = evaluation(
        full=[[1.0, 0.8], [0.8, 0.6], [0.0, 0.0]], prune_dlp_50=[[0.6, 0.2], [0.6, 0.2]]
    )
    table = (
        FIGURES.find("dlp-against-clp")
        .table({"evaluation": rows}, study)
        .set_index(["quantity", "level", "rate"])
    )
    # (30 x 1 + 10 x .8) / 40, ...
    assert table.loc[("accuracy", "dlp", 0), "mean"] == pytest.approx((0.95 + 0.75) / 2)
    assert table.loc[("mean-recall", "dlp", 0), "mean"] == pytest.approx(0.8)
    # of .6 and .2, dividing by 2
    for kind in ("of-mean", "of-members", "pooled"):
        assert table.loc[(f"recall-sd-{kind}", "dlp", 50), "mean"] == pytest.approx(0.2)
    # sd .2/sqrt(2), over sqrt(2)
    assert table.loc[("accuracy", "dlp", 0), "high"] == pytest.approx(0.85 + T1 * 0.1)
    assert table["members"].tolist() == [2] * 10


def test_the_three_standard_deviations_over_classes_differ_where_members_do():
    """Two members with opposite orders of recalls: their mean has no spread at all."""
    study = small_study(Pruned("clp", 50, "aum", 2, 2, 1))
    rows = evaluation(full=[[0.9, 0.7], [0.9, 0.7]], prune_clp_50=[[0.8, 0.4], [0.4, 0.8]])
    table = FIGURES.find("dlp-against-clp").table({"evaluation": rows}, study)
    at = table[table["rate"] == 50].set_index("quantity")["mean"]
    assert at["recall-sd-of-mean"] == pytest.approx(0)
    assert at["recall-sd-of-members"] == pytest.approx(0.2) == at["recall-sd-pooled"]
    rows = evaluation(full=[[0.9, 0.7], [0.9, 0.7]], prune_clp_50=[[0.8, 0.6], [0.4, 0.2]])
    table = FIGURES.find("dlp-against-clp").table({"evaluation": rows}, study)
    at = table[table["rate"] == 50].set_index("quantity")["mean"]
    assert at["recall-sd-of-mean"] == pytest.approx(0.1) == at["recall-sd-of-members"]
    assert at["recall-sd-pooled"] == pytest.approx(np.sqrt(0.05))  # .8, .6, .4, .2 about .5


def test_recall_by_class_reads_the_first_members_of_full_only():
    rows = evaluation(full=[[0.9, 0.6], [0.7, 0.8], [0.0, 0.0]])
    table = FIGURES.find("recall-by-class").table({"evaluation": rows}, small_study())
    assert table["name"].tolist() == ["a", "b"]
    np.testing.assert_allclose(table["mean"], [0.8, 0.7])
    np.testing.assert_allclose(table[["lowest", "highest"]], [[0.7, 0.9], [0.6, 0.8]])


def test_recall_by_rate_holds_the_groups_of_classes_too():
    study = small_study(Pruned("clp", 50, "aum", 2, 2, 1))
    rows = evaluation(full=[[1.0, 0.8], [0.8, 0.6]], prune_clp_50=[[0.6, 0.2], [0.4, 0.2]])
    table = FIGURES.find("recall-by-rate").table(
        {"evaluation": rows, "ranks": allocation(), "groups": groups()}, study
    )
    at = table[table["rate"] == 50].set_index("name")["mean"]
    assert at.to_dict() == pytest.approx(
        {"a": 0.5, "b": 0.2, "hard classes": 0.5, "easy classes": 0.2}
    )
    assert table.loc[table["rate"] == 0, "level"].unique().tolist() == ["clp"]


def test_class_sizes_go_from_the_easiest_to_the_hardest_class():
    module = FIGURES.find("class-sizes")
    table = module.table({"allocation": allocation()}, small_study())
    assert table[["rank", "name", "size", "setting"]].to_numpy().tolist() == [
        [1, "b", 30, 1],
        [2, "a", 120, 1],
    ]


def test_class_sizes_say_where_eq_3_is_undefined():
    nothing = allocation().assign(size=np.nan, clipped=np.nan)
    study = allocation().assign(mode="study", rho=2.0)
    module = FIGURES.find("class-sizes")
    table = module.table({"allocation": pd.concat([nothing, study])}, small_study())
    hardness, paper, corrected = module.draw(table, small_study()).axes
    assert [axes.get_title() for axes in (paper, corrected)] == ["Mode paper", "Mode study"]
    assert "undefined" in paper.texts[0].get_text() and not corrected.texts
    assert not paper.lines and corrected.lines and hardness.lines


def test_classes_are_grouped_as_everywhere_whatever_their_size_in_one_setting():
    rows = allocation().assign(hard=False)
    assert select.classes_by_hardness(rows, "aum", groups())["hard"].tolist() == [False, True]
    with pytest.raises(ValueError, match="'el2n'"):
        select.classes_by_hardness(rows, "el2n")


def test_sets_by_another_estimator_are_no_part_of_a_pruning_curve():
    specs = [Pruned("dlp", 50, estimator, 8, 8, 8) for estimator in ("aum", "el2n")]
    rows = evaluation(full=[[1.0, 0.8], [0.8, 0.6]], prune_dlp_50=[[0.6, 0.2], [0.4, 0.2]])
    other = evaluation(full=[[0.0, 0.0], [0.0, 0.0]]).assign(set="prune-dlp-50-el2n")
    study = small_study(*specs)
    table = FIGURES.find("dlp-against-clp").table({"evaluation": pd.concat([rows, other])}, study)
    at = table[(table["quantity"] == "mean-recall") & (table["rate"] == 50)]
    assert at["mean"].tolist() == pytest.approx([0.35]) and at["members"].tolist() == [2]


def test_pruning_stability_shows_the_papers_estimators_at_all_ensemble_sizes():
    table = FIGURES.find("pruning-stability").table(
        {"change": toy.make_change(toy.make_study())}, toy.make_study()
    )
    assert set(table["estimator"]) == {*style.MAIN_ESTIMATORS}
    assert sorted(table["members"].unique()) == list(range(1, 20))
    assert len(table) == 5 * 2 * 9 * 19


def test_sampling_weight_is_equation_7():
    table = FIGURES.find("sampling-weight").table({}, {}).set_index("rank")
    assert table.loc[0.0, "weight"] == pytest.approx(1) and table.loc[
        1.0, "weight"
    ] == pytest.approx(0.5)
    assert table.loc[0.5, "weight"] == pytest.approx(
        0.5 + 0.5 * (1 - np.exp(-2.5)) / (1 - np.exp(-5))
    )


def test_gallery_keeps_the_order_of_its_images():
    samples = pd.DataFrame({"index": [0, 1, 2], "name": ["7", "8", "9"], "aum": [0.5, -1.0, 2.0]})
    none = pd.DataFrame({"group": [], "part": [], "index": [], "conflict": [], "kind": []})
    index = np.array([[1, 0], [2, 0]])
    table = FIGURES.find("gallery").table(
        {"samples": samples, "images": {"index": index}, "duplicates": none}, small_study()
    )
    assert table["name"].tolist() == ["8", "7", "9", "7"]
    assert table["score"].tolist() == [-1.0, 0.5, 2.0, 0.5]


def test_a_missing_training_set_is_named():
    with pytest.raises(ValueError, match="'full'"):
        FIGURES.find("recall-by-class").table(
            {"evaluation": evaluation(other=[[1, 1]])}, small_study()
        )


@pytest.mark.parametrize("values", [[0, 0, 0], [1, 5, 5.1, 9], [2.0]])
def test_labels_are_spread_as_little_as_needed(values):
    places = style.apart(values, 1.0)
    assert np.all(np.diff(places) >= 1 - 1e-12)
    assert np.mean(places) == pytest.approx(np.mean(values))
    assert places[0] == pytest.approx({3: -1, 4: 1, 1: 2}[len(values)])


def test_png_has_the_resolution_of_print(tmp_path):
    figures.save(drawn("sampling-weight", {})[0], tmp_path / "figure")
    assert (
        struct.unpack(">I", (tmp_path / "figure.png").read_bytes()[16:20])[0] == 200 * style.COLUMN
    )


@pytest.mark.parametrize(
    ("present", "shown"),
    [
        (["loss", "el2n", "aum"], ["aum", "el2n"]),
        (["loss", "dual", "aum"], ["aum", "dual", "loss"]),
        (["e", "d", "c", "b", "a"], ["a", "b", "c", "d"]),
    ],
)
def test_lines_are_drawn_of_the_papers_estimators_or_of_what_is_there(present, shown):
    assert style.main_estimators(present) == shown
