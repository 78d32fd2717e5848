"""Names of classes in figures: unchanged, in any script, of any length."""

import matplotlib.font_manager
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from hardness.evidence import fonts
from hardness.evidence.plots import _style as style


def font(path, family, letters):
    """A font in which each of the letters is a box."""
    pen = TTGlyphPen(None)
    for place in ((0, 0), (0, 700), (500, 700), (500, 0)):
        (pen.lineTo if place != (0, 0) else pen.moveTo)(place)
    pen.closePath()
    names = [".notdef", *(f"u{ord(letter):X}" for letter in letters)]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(letter): f"u{ord(letter):X}" for letter in letters})
    builder.setupGlyf(dict.fromkeys(names, pen.glyph()))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (600, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)
    return str(path)


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Fonts of the machine: one with 猫 and 犬, one with 犬 and 새, and a file that is none."""
    files = [
        font(tmp_path / "a.ttf", "Cats", "猫犬"),
        font(tmp_path / "b.ttf", "Birds", "犬새"),
        str(tmp_path / "broken.ttf"),
    ]
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    manager = matplotlib.font_manager
    # matplotlib's own list is read, or made, before the machine's fonts are replaced
    monkeypatch.setattr(manager.fontManager, "ttflist", list(manager.fontManager.ttflist))
    monkeypatch.setattr(manager, "findSystemFonts", lambda: files)
    return files


@pytest.mark.parametrize(
    ("texts", "families", "without"),
    [
        (["cat", "Übung", "Ωμέγα", "кот", "$5-$10", "−1 ρ"], [], ""),
        (["قطة", "חתול"], [], ""),  # DejaVu Sans has them
        (["猫"], ["Cats"], ""),
        (["猫", "犬"], ["Cats"], ""),
        (["猫と새"], ["Birds", "Cats"], "と"),
        (["バ"], [], "バ"),
    ],
)
def test_letters_come_from_the_fonts_that_have_them(installed, texts, families, without):
    found, missing = fonts.families_for(texts)
    assert sorted(found) == families and missing == without


def test_a_figure_falls_back_for_the_texts_that_need_it_alone(installed, recwarn):
    figure, grid = style.panels(1, 1, 3, 2)
    style.class_axis(grid[0, 0], ["猫", "dog"], "easy to hard")
    assert fonts.fall_back(figure) == ""
    labels = {text.get_text(): text.get_fontfamily() for text in grid[0, 0].get_xticklabels()}
    assert labels["猫"] == [fonts.OWN, "Cats"] and "Cats" not in labels["dog"]
    figure.draw_without_rendering()
    assert not [warning for warning in recwarn if "Glyph" in str(warning.message)]


def test_letters_without_a_font_are_named_with_what_to_do(installed):
    figure, grid = style.panels(1, 1, 3, 2)
    grid[0, 0].set_title("バ")
    assert fonts.fall_back(figure) == "バ"
    assert "has the letters バ: figures show boxes" in fonts.advice("バ")


CORN = "Corn_(maize)___{} Gray_leaf_spot"
NAMES = [
    "cat", "Tomato___Tomato_Yellow_Leaf_Curl_Virus", CORN.format("Cercospora_leaf_spot"),
    CORN.format("Common_leaf_rust"), "x" * 300, "y" * style.LETTERS, "$5-$10",
]  # fmt: skip


def test_long_names_are_shortened_and_stay_different():
    short = style.short(NAMES)
    assert short[0] == "cat" and short[5:] == NAMES[5:]
    assert max(map(len, short)) <= style.LETTERS + 2 and len(set(short)) == len(NAMES)
    assert short[1] == "Tomato___Tomato…rl_Virus"
    assert [name[-2:] for name in short[2:4]] == [" 1", " 2"]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("count", [2, 7])
def test_a_figure_with_long_names_keeps_its_axes(count):
    """A layout that does not fit is a warning of matplotlib's."""
    figure, grid = style.panels(1, 1, style.COLUMN, 2.3)
    axes = grid[0, 0]
    axes.plot(range(1, count + 1), range(count))
    style.class_axis(axes, NAMES[:count], "easy to hard")
    figure.draw_without_rendering()
    height = axes.get_window_extent().height / figure.bbox.height
    assert height > 0.3
    shown = [text.get_text() for text in axes.get_xticklabels()]
    assert shown == style.short(NAMES[:count])
    for text in axes.get_xticklabels():
        box = text.get_window_extent()
        assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= figure.bbox.width + 1
