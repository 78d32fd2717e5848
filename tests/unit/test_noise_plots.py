"""The figures of label noise: thresholds, detection, and the gallery with its duplicates."""

import re

import numpy as np
import pandas as pd
import toy_study as toy
from matplotlib.colors import to_rgba

from hardness.core import artifacts
from hardness.evidence.parts import FIGURES
from hardness.evidence.plots import _style as style

STUDY = toy.make_study(10)


def drawn(name, study, folder):
    """The figure, drawn from the csv that is written there."""
    module = FIGURES.find(name)
    artifacts.save_csv(folder / f"{name}.csv", module.table(toy.make_frames(name, study), study))
    table = artifacts.read_csv(folder / f"{name}.csv")
    return module.draw(table, study, *([toy.make_gallery(study)[2]] if name == "gallery" else []))


def test_classes_that_are_called_by_numbers_keep_their_names(tmp_path):
    study = STUDY | {"names": tuple("0123456789")}
    bars = drawn("noise-thresholds", study, tmp_path).axes[0]
    assert sorted(text.get_text() for text in bars.get_xticklabels()) == list("0123456789")
    images = drawn("gallery", study, tmp_path).axes
    assert len(images) == 20 and all(re.fullmatch(r"\d\n.*", axes.get_title()) for axes in images)


# Thresholds


def samples_of(aum, labels):
    return pd.DataFrame(
        {
            "index": range(len(aum)),
            "label": labels,
            "name": np.array(["a", "b"])[labels],
            "aum": aum,
        }
    )


def test_each_class_shows_how_much_of_it_a_threshold_flags():
    """100 samples: 12% and 1% flagged. Of a (20 samples) 3 of the lowest 12, of b (80) the other 9
    and the lowest.
    """
    labels = np.zeros(100, dtype=int)
    labels[[0, *range(4, 12), *range(29, 100)]] = 1
    shuffled = np.random.default_rng(0).permutation(100)
    frames = {"samples": samples_of((np.arange(100) - 5.0)[shuffled], labels[shuffled])}
    table = FIGURES.find("noise-thresholds").table(frames, {})
    shares = table[table["panel"] == "class"].set_index(["threshold", "name"])["share"]
    assert shares.to_dict() == {
        ("12%", "a"): 3 / 20,
        ("12%", "b"): 9 / 80,
        ("1.1%", "a"): 0,
        ("1.1%", "b"): 1 / 80,
    }
    assert list(shares.index.get_level_values("name")) == ["a", "b"] * 2  # the most flagged first

    cuts = table[table["panel"] == "threshold"].set_index("threshold")
    # an even spread has no elbow
    assert cuts["count"].to_dict() == {
        "12%": 12,
        "1.1%": 1,
        "AUM < 0": 5,
        "elbow": 0,
    }
    assert cuts["aum"].to_dict() == {"12%": 7, "1.1%": -4, "AUM < 0": 0, "elbow": -5}


def test_the_paper_s_threshold_is_552_of_50_000_and_the_curve_counts_samples_up_to_an_aum():
    aum = np.random.default_rng(0).normal(4, 2, 50_000)
    table = FIGURES.find("noise-thresholds").table(
        {"samples": samples_of(aum, np.arange(50_000) % 2)}, {}
    )
    cuts = table[table["panel"] == "threshold"].set_index("threshold")["count"]
    assert (
        cuts["1.1%"] == 552
        and cuts["12%"] == 6_000
        and cuts["AUM < 0"] == np.count_nonzero(aum < 0) > 0
    )
    curve = table[table["panel"] == "curve"]
    assert 300 < len(curve) <= 400
    for row in curve.iloc[::50].itertuples():
        assert row.count == np.count_nonzero(aum <= row.aum) and row.share == row.count / 50_000
    assert (curve["aum"].iloc[0], curve["aum"].iloc[-1]) == (aum.min(), aum.max())


# Detection


def test_detection_shows_the_best_estimator_first_and_recall_where_it_is_precision():
    detection = toy.make_detection(STUDY)
    table = FIGURES.find("noise-detection").table(
        {"detection": detection.sample(frac=1, random_state=0)}, {}
    )
    whole = detection[(detection["metric"] == "average-precision") & (detection["members"] == 8)]
    best = whole.sort_values("value", ascending=False)["estimator"].tolist()
    assert table["estimator"].drop_duplicates().tolist() == best and len(best) == 10
    assert set(table["metric"]) == {"average-precision", "auroc", "recall"}
    assert set(table.loc[table["metric"] == "recall", "removed"]) == {40}
    assert len(table) == 10 * 3 * 4


# Gallery


def gallery(duplicates, study=STUDY):
    samples, index, _ = toy.make_gallery(study)
    table = FIGURES.find("gallery").table(
        {"samples": samples, "images": {"index": index}, "duplicates": duplicates}, study
    )
    return table.set_index(["kind", "position"]), index


def test_copies_share_a_letter_and_conflicting_labels_are_told():
    table, index = gallery(toy.make_duplicates(STUDY))
    marked = table.dropna(subset="copies")
    assert marked["copies"].to_dict() == {
        ("hardest", 2): "A",
        ("hardest", 5): "A",
        ("easiest", 1): "B",
    }
    assert marked["conflict"].tolist() == [True, True, False]
    assert table["index"].tolist() == index.ravel().tolist()
    assert not table.drop(marked.index)[
        "conflict"
    ].any()  # neither near duplicates nor a test image's index


def test_a_data_set_without_duplicates_has_no_marks(tmp_path):
    artifacts.save_csv(tmp_path / "duplicates.csv", toy.make_duplicates(STUDY).iloc[:0])
    table, _ = gallery(artifacts.read_csv(tmp_path / "duplicates.csv"))
    assert len(table) == 20 and table["copies"].isna().all() and not table["conflict"].any()


def test_marks_are_drawn_on_the_images_that_are_copies(tmp_path):
    figure = drawn("gallery", STUDY, tmp_path)
    wine, blue = style.COLORS["hard"], style.COLORS["dlp"]
    marks = {}
    for place, axes in enumerate(figure.axes):
        if axes.patches:
            (frame,), letters = axes.patches, [text.get_text() for text in axes.texts]
            marks[place] = (frame.get_edgecolor(), letters[0])
    assert marks == {2: (to_rgba(wine), "A"), 5: (to_rgba(wine), "A"), 11: (to_rgba(blue), "B")}
