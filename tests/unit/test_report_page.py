"""The report in a browser, offline: nothing fetched, no error, tables that sort and filter, narrow
and wide, light and dark, by keyboard. Skipped without Chromium.
"""

import re

import browser
import numpy as np
import pytest
import toy_report as toy
from matplotlib.figure import Figure

from hardness.core import artifacts
from hardness.evidence import figures, tabulation
from report.build import build
from report.findings import findings
from report.lists import Samples, lists

pytestmark = pytest.mark.skipif(browser.PROGRAM is None, reason="there is no Chromium")
REVIEW = "section[aria-labelledby=review]"


def described(folder):
    """A wide figure and a table of many rows, as the pipeline describes them."""
    figure = Figure(figsize=(7.2, 3))
    figure.subplots().plot([0, 1])
    part = {"name": "recall-by-class", "number": "1", "caption": "Recall. Bars: intervals.",
            "log": folder / "a.log"}  # fmt: skip
    figures.save(figure, folder / "figures" / part["name"])
    artifacts.save_csv(folder / "figures" / "recall-by-class.csv", {"x": [1]})
    part |= {end: folder / "figures" / f"recall-by-class.{end}" for end in ("png", "pdf", "csv")}
    table = {"name": "gaps", "number": None, "caption": "How.", "meaning": "What.", "leads": False,
             "csv": folder / "gaps.csv", "log": folder / "b.log"}  # fmt: skip
    artifacts.save_csv(table["csv"], {"x": [1]})
    numbers = [f"{(-1) ** i * i / 2:+.2f} points".replace("-", "\N{MINUS SIGN}") for i in range(12)]
    rows = [[f"row {i}", number, "x" * 60] for i, number in enumerate(numbers)]
    return part, table | {"render": lambda _: tabulation.table_html("gaps", "", "ABC", rows)}


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results") / "photos"
    figure, table = described(folder)
    samples = Samples(toy.make_pictures(), str(folder.parent / "photos"), folder)
    frames = toy.make_frames()
    html = build(
        folder=folder, dataset="photos", header={"Recipe": "lenet"}, overview=[],
        figures=[figure], tables=[table], config="a: 1\n" + "b: " + "c" * 300, versions={},
        times=[("rule", "seconds"), ("train_full", "12")], findings=findings(frames, toy.STUDY),
        lists=lists(frames, toy.STUDY, samples),
    )  # fmt: skip
    artifacts.save_text(folder / "report.html", html)
    return folder / "report.html"


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    window = browser.Browser(tmp_path_factory.mktemp("profile"))
    yield window
    window.close()


@pytest.fixture
def page(chromium, report):
    chromium.show(1280)
    chromium.messages.clear()
    chromium.requests.clear()
    chromium.open(report)
    return chromium


def column(page, number, box=REVIEW):
    """The texts of a column of a table, as it stands."""
    rows = f"[...document.querySelectorAll('{box} tbody tr')]"
    return page.run(f"{rows}.map(row => row.cells[{number}].innerText)")


def test_it_opens_offline_without_a_message(page):
    assert page.messages == []
    fetched = [url for url in page.requests if not url.startswith(("data:", "blob:"))]
    assert len(fetched) == 1 and fetched[0].startswith("file:") and "report.html" in fetched[0]


def test_a_table_is_paged_and_filters(page):
    assert len(column(page, 0)) == 25
    page.run(f"document.querySelector('{REVIEW} input[type=search]').focus()")
    page.write("mislabelled")
    assert column(page, 0) == [str(rank) for rank in range(1, 10)]
    assert set(column(page, 4)) == {"likely mislabelled"}
    assert "1 to 9 of 9 rows" in page.run(f"document.querySelector('{REVIEW}').innerText")


def test_a_table_sorts_by_its_numbers(page):
    """Ranks are numbers: 9 before 10; a second press turns the order."""
    for expected in (["1", "2", "3"], [str(toy.N + 1), str(toy.N), str(toy.N - 1)]):
        page.run(f"document.querySelector('{REVIEW} thead th').click()")
        page.wait(
            f"document.querySelector('{REVIEW} tbody tr').cells[0].innerText == {expected[0]}"
        )
        assert column(page, 0)[:3] == expected


def test_numbers_with_a_minus_sign_and_words_behind_them_sort_as_numbers(page):
    page.run("document.querySelector('#table-gaps details').open = true")
    page.wait("document.querySelector('#table-gaps .dt-container')")
    page.run("document.querySelectorAll('#table-gaps thead th')[1].click()")
    page.wait("document.querySelector('#table-gaps th[aria-sort]')")
    values = [float(text.split()[0].replace("\N{MINUS SIGN}", "-"))
              for text in column(page, 1, "#table-gaps")]  # fmt: skip
    assert values == sorted((-1) ** i * i / 2 for i in range(12)) and min(values) == -5.5


def test_the_keyboard_sorts_and_what_has_the_focus_is_seen(page):
    page.run(f"document.querySelector('{REVIEW} select').focus()")
    outlines = []
    for _ in range(12):
        page.press("Tab")
        outlines.append(page.run("getComputedStyle(document.activeElement).outlineStyle"))
        if page.run("document.activeElement.closest('th')?.innerText.trim()") == "Label":
            break
    assert page.run("document.activeElement.closest('th').innerText.trim()") == "Label"
    assert set(outlines) == {"solid"}
    page.press("Enter")
    page.wait(f"document.querySelector('{REVIEW} th[aria-sort]')")
    labels = column(page, 2)
    assert labels == sorted(labels) and labels[0] == "007"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_the_page_does_not_scroll_sideways(chromium, report, width, scheme):
    chromium.show(width, scheme=scheme)
    chromium.open(report)
    chromium.run("document.querySelectorAll('details').forEach(one => one.open = true)")
    chromium.wait("document.querySelector('#table-gaps .dt-container')")
    assert chromium.run("document.documentElement.scrollWidth") == width


def luminance(color):
    """Relative luminance by WCAG 2 of rgb(r, g, b)."""
    channels = np.array([float(value) for value in re.findall(r"[\d.]+", color)[:3]]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "what", ["body", "a[href]", ".note", "td", "th", "dl.findings dt", "label"]
)
def test_letters_stand_out_from_the_page(chromium, report, scheme, what):
    """At least 4.5 to 1, which WCAG asks for; the page is light or dark as is preferred."""
    chromium.show(1280, scheme=scheme)
    chromium.open(report)
    ink = luminance(
        chromium.run(f"getComputedStyle(document.querySelector('main {what}, {what}')).color")
    )
    paper = luminance(chromium.run("getComputedStyle(document.body).backgroundColor"))
    assert (paper > 0.5) == (scheme == "light")
    assert (max(ink, paper) + 0.05) / (min(ink, paper) + 0.05) >= 4.5


def test_every_picture_says_what_it_is(page):
    texts = page.run("[...document.images].map(image => image.alt)")
    assert len(texts) > 40 and all(texts)
    assert page.run("[...document.images].every(image => image.naturalWidth > 0)")


def test_every_control_has_a_name_and_every_link_within_the_page_leads_somewhere(page):
    assert page.run("""[...document.querySelectorAll('input, select')]
        .every(field => field.labels.length && field.labels[0].innerText.trim())""")
    assert (
        page.run("""[...document.querySelectorAll('a[href^="#"]')]
        .filter(link => !document.getElementById(link.hash.slice(1))).map(link => link.hash)""")
        == []
    )
