import base64
import re
from html.parser import HTMLParser

import pytest

from hardness.core import artifacts
from report.build import LOG_LINES, build, read_frames
from report.findings import Finding

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9Q"
    "DwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


class Page(HTMLParser):
    """Collects tags with their attributes, and the text except styles and scripts."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.text, self.inside = [], "", None
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.inside = tag

    def handle_data(self, data):
        self.text += "" if self.inside in ("style", "script") else data

    def handle_endtag(self, tag):
        self.inside = None

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def inputs(tmp_path):
    folder = tmp_path / "results" / "toy"
    figure = {
        "name": "recall-by-class",
        "number": "1",
        "caption": "Recall of <each> class. Bars: intervals.",
        "log": folder / "a.log",
    }
    figure |= {
        kind: folder / "figures" / f"recall-by-class.{kind}" for kind in ("png", "pdf", "csv")
    }
    for kind in ("png", "pdf", "csv"):
        artifacts.save_bytes(figure[kind], PNG)
    table = {
        "name": "resampling-effect",
        "number": "I",
        "caption": "Changes.",
        "meaning": "Nothing changes.",
        "leads": False,
        "csv": folder / "tables" / "t.csv",
    }
    artifacts.save_csv(table["csv"], {"x": [0.25]})
    table |= {
        "log": folder / "b.log",
        "render": lambda frame: f"<table><tr><td>{frame['x'][0]}</td></tr></table>",
    }
    return {
        "folder": folder,
        "dataset": "toy",
        "header": {"Recipe": "cnn"},
        "figures": [figure],
        "tables": [table],
        "overview": [("Accuracy of full", "98.1%", "97.9 to 98.3", "20 members")],
        "config": "alpha: <1>",
        "versions": {"torch": "2.0"},
        "times": [("Stage", "Seconds"), ("train", "12")],
    }


def test_the_page_holds_everything_and_needs_no_other_file(inputs):
    html = build(**inputs)
    page = Page(html)
    image = page.all("img")[0]
    assert base64.b64decode(image["src"].removeprefix("data:image/png;base64,")) == PNG
    assert not page.all("link") and not [tag for tag in page.all("script") if "src" in tag]
    (styles,) = re.findall("<style>(.*?)</style>", html, re.DOTALL)
    assert set(re.findall(r"url\(\s*['\"]?(.{5})", styles)) == {"data:"}
    assert "@import" not in styles
    for words in (
        "toy",
        "cnn",
        "98.1%",
        "97.9 to 98.3",
        "0.25",
        "alpha: <1>",
        "torch",
        "train",
        "(the paper's Fig. 1)",
        "Table I",
        "Nothing changes.",
    ):
        assert words in page.text
    assert "missing" not in page.text


def test_numbers_of_the_paper_are_left_out_where_it_is_not_meant(inputs):
    text = Page(build(**inputs, numbered=False)).text
    assert "the paper's" not in text and "Recall by class" in text


def test_a_table_that_leads_is_open_and_opens_the_report(inputs):
    inputs["tables"][0]["leads"] = True
    html = build(**inputs, findings=[Finding("The data", ["Nine samples."])])
    places = [html.index(text) for text in ("The paper's claims</h2>", "Nine samples.")]
    assert places == sorted(places) and "<details open>" in html
    assert "<details open>" not in build(**inputs | {"tables": []})


def test_links_are_relative_and_lead_somewhere(inputs):
    page = Page(build(**inputs))
    targets = [a["href"] for a in page.all("a")]
    files = [target for target in targets if not target.startswith("#")]
    assert len(files) == 4  # pdf, png, csv of the figure; csv of the table
    assert all(
        (inputs["folder"] / target).is_file() and not target.startswith("/") for target in files
    )
    anchors = {attributes.get("id") for _, attributes in page.tags}
    assert {target[1:] for target in targets if target.startswith("#")} <= anchors


def test_the_page_is_accessible(inputs):
    page = Page(build(**inputs))
    assert (
        page.all("html")[0]["lang"] == "en"
        and page.all("main")
        and page.all("nav")[0]["aria-label"]
    )
    assert page.all("img")[0]["alt"] == "Recall by class. Recall of <each> class."
    assert len(page.all("h1")) == 1
    assert all(cell["scope"] in ("col", "row") for cell in page.all("th"))


def test_the_same_inputs_give_the_same_page(inputs):
    assert build(**inputs) == build(**inputs)


def test_a_missing_figure_leaves_a_placeholder_with_its_logs_end(inputs):
    figure = inputs["figures"][0]
    figure["png"].unlink()
    lines = [f"line {i}" for i in range(40)] + ["ValueError: <x> & y"]
    figure["log"].write_text("\n".join(lines))
    page = Page(build(**inputs))
    assert not page.all("img")
    assert f"{figure['png']} is missing" in page.text and str(figure["log"]) in page.text
    assert (
        "\n".join(lines[-LOG_LINES:]) in page.text and f"line {40 - LOG_LINES}\n" not in page.text
    )
    assert "1 of 2 parts are missing" in page.text


def test_a_damaged_table_and_a_job_that_did_not_start_are_told_apart(inputs):
    inputs["tables"][0]["csv"].write_text("x\n1\n")
    page = Page(build(**inputs))
    assert "is damaged" in page.text and "the job was not started" in page.text


def test_other_missing_files_are_listed(inputs):
    page = Page(
        build(
            **inputs,
            missing=[{"name": "samples", "path": "results/toy/samples.csv", "log": "no.log"}],
        )
    )
    assert "results/toy/samples.csv is missing" in page.text and "1 of 3 parts" in page.text


def test_a_report_of_nothing_can_be_made(inputs):
    inputs |= {"overview": [], "figures": [], "tables": [], "times": []}
    assert "No numbers yet" in Page(build(**inputs)).text


def test_files_that_cannot_be_read_are_missing_parts_unless_they_need_not_be_there(tmp_path):
    good, bad, away = (str(tmp_path / f"{name}.csv") for name in ("good", "bad", "away"))
    artifacts.save_csv(good, {"name": ["007"]})
    artifacts.save_csv(bad, {"x": [1]})
    (tmp_path / "bad.csv").write_text("x\n2\n")
    frames, unread = read_frames({"good": good, "bad": bad, "away": away}, {"other": away})
    assert list(frames) == ["good"] and frames["good"]["name"].tolist() == ["007"]
    assert [part["name"] for part in unread] == ["bad", "away"]
    assert "is damaged" in unread[0]["problem"] and "is missing" in unread[1]["problem"]
