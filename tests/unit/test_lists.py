import base64
import io
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest
import toy_report as toy
from PIL import Image

from hardness.evidence import pictures
from report import lists
from report.pictures import Samples


@pytest.fixture
def samples(tmp_path):
    """Pictures whose files lie in the folder photos beside results/."""
    folder = tmp_path / "results" / "photos"
    return Samples(toy.make_pictures(), str(tmp_path / "my photos"), folder)


NONE = Samples({}, None, ".")


def column(table, name):
    return [row[table.header.index(name)] for row in table.rows]


def test_the_review_list_is_in_the_files_order_and_names_each_sample(samples):
    table = lists.review(toy.make_frames(), samples)
    assert table.total == len(table.rows) == toy.N + 1
    assert [cell.order for cell in column(table, "Rank")] == list(range(1, toy.N + 2))
    first = table.rows[0]
    assert [cell.text for cell in first[2:6]] == [
        "oak & ash", "007, 99%", "likely mislabelled", "oak & ash/000.png",
    ]  # fmt: skip
    assert first[3].order == pytest.approx(0.99)
    lost = table.rows[-1]
    assert lost[5].text == "apple/broken.png" and lost[4].text == "unreadable"
    assert lost[1].picture is None and lost[3].text == lost[6].text == ""


def test_the_review_list_has_no_column_of_what_nobody_judged():
    """Of a recording all networks trained on all samples."""
    frames = toy.make_frames()
    unjudged = ["suggested", "probability", "agreement", "out_of_fold_rank"]
    frames["review"] = frames["review"].assign(**dict.fromkeys(unjudged, np.nan))
    table = lists.review(frames, NONE)
    assert table.header == ["Rank", "Label", "Why", "File or number", "Rank by AUM", "Part"]
    assert {len(row) for row in table.rows} == {6}
    assert column(table, "File or number")[0].text == "oak & ash/000.png"


def test_files_open_by_relative_links_whatever_signs_their_names_hold(samples):
    assert samples.link("oak & ash/1#?.png") == "../../my%20photos/oak%20%26%20ash/1%23%3F.png"
    assert samples.link(np.nan) is None and NONE.link("a.png") is None


def test_a_link_leads_from_the_report_to_the_file(tmp_path, monkeypatch):
    """The folder may be relative to where the study runs, as results/ is."""
    (tmp_path / "photos" / "a b").mkdir(parents=True)
    (tmp_path / "photos" / "a b" / "\N{SNOWMAN}%41;.png").touch()
    monkeypatch.chdir(tmp_path)
    link = Samples({}, "photos", "results/photos").link("a b/\N{SNOWMAN}%41;.png")
    assert (tmp_path / "results" / "photos" / unquote(link)).resolve().is_file()


def test_pictures_are_those_of_the_sample(samples):
    held = toy.make_pictures()
    for part, index, place in (("train", 7, 7), ("test", 3, toy.N + 3)):
        content = base64.b64decode(samples.src(part, index).removeprefix("data:image/png;base64,"))
        np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(content))),
                                      held["images"][place])  # fmt: skip
    assert samples.src("test", 999) is None and samples.src("train", np.nan) is None


def test_classes_stand_from_the_hardest_with_what_is_known_of_them():
    table = lists.classes(toy.make_frames(), toy.STUDY)
    assert [cell.text for cell in column(table, "Class")] == list(toy.NAMES)
    assert [cell.text for cell in column(table, "Mean AUM [95%]")][0] == "1.00 [0.50, 1.50]"
    recall = column(table, "Recall, test (%) [95%]")
    # .4 .5 .5 .6: mean .5, sd .0816, t(3) 3.182; the third's interval ends at 100
    assert recall[0].text == "50 [37, 63]" and recall[2].text == "98 [90, 100]"
    unseen = [cell.text for cell in column(table, "Accuracy out of fold (%) [95%]")]
    assert unseen[0] == "30 [20, 45], no better than chance" and unseen[1] == "85 [70, 95]"
    taken = [cell.text for cell in column(table, "Most often taken for")]
    assert taken == ["007 (67%)", "oak & ash (7%)", "oak & ash (3%)"]


def test_classes_without_folds_have_fewer_columns():
    frames = {name: toy.make_frames()[name] for name in ("ranks", "classwise")}
    assert len(lists.classes(frames, toy.STUDY).header) == 6
    assert lists.classes({}, toy.STUDY) is None


@pytest.mark.parametrize(("ranked_by", "down", "first"), [("aum", True, 0), ("el2n", False, 0)])
def test_the_hardest_samples_come_first_whichever_way_a_score_goes(ranked_by, down, first):
    study = toy.STUDY | {"ranked_by": ranked_by, "ranked_down": down}
    table = lists.hardest(toy.make_frames(), study, NONE)
    assert table.rows[0][1].text == toy.files([first])[0]
    assert [cell.text for cell in column(table, "AUM")][:2] == ["\N{MINUS SIGN}1.000",
                                                               "\N{MINUS SIGN}0.900"]  # fmt: skip


def test_long_lists_are_cut_and_say_of_how_many(monkeypatch):
    monkeypatch.setattr(lists, "MOST_ROWS", 7)
    table = lists.review(toy.make_frames(), NONE)
    assert (len(table.rows), table.total) == (7, toy.N + 1)


def test_the_gallery_has_each_class_with_its_three_kinds(samples):
    groups = lists.gallery({"gallery-by-class": toy.make_gallery()}, toy.STUDY, samples)
    assert [group.title for group in groups] == list(toy.NAMES)
    assert list(groups[0].parts) == ["Hardest", "Easiest", "Most disputed"]
    tile = groups[1].parts["Hardest"][1]
    assert tile.lines == ("007/1.png", "AUM 0.50") and tile.alt == "007: 007/1.png"
    assert tile.link.endswith("my%20photos/007/1.png")
    assert groups[0].parts["Most disputed"][0].lines[1] == "variability 0.20"
    assert lists.gallery({}, toy.STUDY, samples) == []


def test_rows_of_a_table_are_named_class_by_class():
    scores = toy.make_samples().assign(variability=0.5)  # an estimator too
    variability = pd.DataFrame({"index": range(toy.N), "variability": np.arange(toy.N) % 7})
    frames = {"samples": scores, "ranks": toy.make_ranks(), "map": variability}
    groups = lists.gallery(frames, toy.STUDY, NONE)
    assert [group.title for group in groups] == list(toy.NAMES)
    shown = groups[1].parts  # of the samples 1, 4, 7, ..., 58; low AUM is hard
    assert [tile.lines for tile in shown["Hardest"][:2]] == [
        ("007/001.png", "AUM \N{MINUS SIGN}0.90"), ("007/004.png", "AUM \N{MINUS SIGN}0.60"),
    ]  # fmt: skip
    assert shown["Easiest"][0].lines[0] == "007/058.png"
    assert [tile.lines for tile in shown["Most disputed"][:2]] == [
        ("007/013.png", "variability 6.00"), ("007/034.png", "variability 6.00"),
    ]  # fmt: skip
    assert [len(tiles) for tiles in shown.values()] == [8, 8, 8]
    assert {tile.src for tiles in shown.values() for tile in tiles} == {None}


def test_duplicates_stand_side_by_side_different_labels_first(samples):
    groups = lists.duplicates(toy.make_frames(), samples)
    assert [group.title for group in groups] == [
        "Equal, different labels", "Equal", "Nearly equal",
    ]  # fmt: skip
    assert [tile.lines[1] for tile in groups[1].parts[""]] == ["apple, train", "apple, test"]
    assert groups[2].parts[""][1].lines[-1] == "distance 2.5"
    without = lists.duplicates(toy.make_frames(), NONE)  # rows of a table have no pictures
    assert [tile.lines for tile in without[0].parts[""]] == [
        ("007/c.png", "007, train"), ("apple/d.png", "apple, train"),
    ]  # fmt: skip


# Which samples get a picture


def test_pictures_of_classes_are_the_ends_of_the_order_and_the_most_variable():
    labels = np.array([0, 1] * 5)
    order = np.arange(10)  # sample 9 is the hardest
    variability = np.array([0, 0, 5, 0, 5, 1, 0, 0, 0, 9.0])
    chosen = pictures.of_classes(order, variability, labels, 2)
    found = {}
    for kind, index in zip(chosen["kind"], chosen["index"], strict=True):
        found.setdefault((int(labels[index]), str(kind)), []).append(int(index))
    assert found == {
        (0, "hardest"): [8, 6], (0, "easiest"): [0, 2], (0, "disputed"): [2, 4],
        (1, "hardest"): [9, 7], (1, "easiest"): [1, 3], (1, "disputed"): [9, 5],
    }  # fmt: skip


def test_a_class_of_few_samples_has_as_many_pictures():
    chosen = pictures.of_classes(np.arange(3), np.zeros(3), np.array([0, 1, 1]), 8)
    assert np.bincount(chosen["index"]).tolist() == [3, 3, 3]


def test_rows_get_a_picture_once_and_files_without_a_number_none():
    rows = {"part": ["train", "test", "train", ""], "index": [4, 4, 4, np.nan]}
    assert pictures.of_rows([rows, rows]) == [("train", 4), ("test", 4)]


@pytest.mark.parametrize(("shape", "expected"), [((300, 150, 3), (96, 48, 3)),
    ((40, 40, 1), (40, 40, 1)), ((200, 200, 1), (96, 96, 1))])  # fmt: skip
def test_large_images_are_made_smaller_and_keep_their_shape(shape, expected):
    assert pictures.small(np.full(shape, 7, np.uint8)).shape == expected
    assert (pictures.small(np.full(shape, 7, np.uint8)) == 7).all()


@pytest.mark.parametrize(("classes", "count"), [(2, 8), (20, 8), (21, 4), (100, 4), (1000, 2)])
def test_many_classes_have_fewer_pictures_each(classes, count):
    assert pictures.per_class(classes) == count
