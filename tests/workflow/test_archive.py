"""The archive of small artifacts: its contents, that nothing is trained after unpacking it, and
that invalid archives are refused.
"""

import hashlib
import html
import json
import os
import shutil
import stat
import subprocess
import sys
import time
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
import yaml
from conftest import ROOT, TINY, Project, figures_shown, rules
from hypothesis import given
from hypothesis import strategies as st

import archive
from hardness.core import artifacts
from run import take_lock
from study.config import check

NAME = "a study.zip"
ANEW = {"draw_figure", "write_table", "make_report"}


def call(folder, *arguments):
    """Run the program in a folder; returns its exit status and output."""
    done = subprocess.run(
        [sys.executable, "workflow/archive.py", *map(str, arguments)],
        cwd=folder, capture_output=True, text=True, encoding="utf-8", timeout=300, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def made_again(results):
    """What figures and tables consist of, by its path; not what they are made from (gallery.npz,
    sizes of recall).
    """
    files = [path for part in ("figures", "tables") for path in sorted(results.glob(f"*/{part}/*"))]
    return {
        path.relative_to(results): path.read_bytes()
        for path in files
        if path.suffix in (".pdf", ".png", ".csv", ".tex", ".md") and ".sizes." not in path.name
    }


# The tiny study, packed and laid out in a clone that has nothing of it


@pytest.fixture(scope="module")
def packed(finished, tmp_path_factory):
    path = tmp_path_factory.mktemp("packed") / NAME
    status, output = call(finished.folder, "pack", path)
    assert status == 0, output
    return path


@pytest.fixture(scope="module")
def clone(packed, tmp_path_factory):
    """A clone in which the archive was unpacked: its time stamps, the plan that follows, and that
    plan's outcome.
    """
    project = Project.new(tmp_path_factory.mktemp("clone") / "a fresh clone")
    project.change("data_dir", value="no such folder")
    status, output = call(project.folder, "unpack", packed)
    assert (
        status == 0
        and "make study ARGS='figures tables report'" in output
        and "config.yaml" not in output
    ), output
    names = [name for name in zipfile.ZipFile(packed).namelist() if name.startswith("results/")]
    project.laid_out = {name: (project / name).stat().st_mtime_ns for name in names}
    project.unpacked, project.jobs = time.time_ns(), project.plan("figures", "tables", "report")
    project.output = project.complete("--cores", "2", "figures", "tables", "report", driver=False)
    return project


def test_after_unpacking_only_figures_tables_and_reports_are_planned(finished, clone):
    made = {
        "draw_figure": "figures/*.pdf",
        "write_table": "tables/*.md",
        "make_report": "report.html",
    }
    jobs = {rule: len(list(finished.results().glob(f"*/{files}"))) for rule, files in made.items()}
    assert jobs["draw_figure"] > 10 and jobs["write_table"] > 0 and jobs["make_report"] > 0
    assert rules(clone.jobs) == jobs


def test_they_come_out_with_the_same_bytes_and_nothing_is_left_to_do(finished, clone):
    assert "incomplete" not in clone.output.lower()
    original, again = made_again(finished.results()), made_again(clone.results())
    assert len(original) > 35 and set(again) == set(original)
    assert [str(path) for path in original if again[path] != original[path]] == []
    shown = [path.read_text() for path in clone.results().glob("*/report.html")]
    drawn = rules(clone.jobs)["draw_figure"] - len(shown)  # images by class stand by themselves
    assert sum(len(figures_shown(text)) for text in shown) == drawn
    assert not [text for text in shown if "is missing" in text]
    assert clone.plan() == []


def test_nothing_large_comes_along_or_is_made(clone):
    names = {path.relative_to(clone.results()).as_posix() for path in clone.results().rglob("*")}
    assert {
        "tiny/samples.csv",
        "tiny/hardness/aum.npz",
        "tiny/members/full/digits-cnn/block-1/test.npz",
    } <= names
    large = (
        "/data.npz",
        "/dynamics.npz",
        "/weights.npz",
        "tiny/sets/full.npz",
        "tiny/sets/prune-dlp-30.npz",
    )
    assert [name for name in names if name.endswith(large) or name.startswith(".store")] == []


def test_time_stamps_keep_their_order_and_lie_in_the_past(finished, clone):
    pairs = sorted(
        ((finished / name).stat().st_mtime_ns, stamp) for name, stamp in clone.laid_out.items()
    )
    assert len(pairs) > 30 and len(set(pairs)) > 20
    for (old, new), (later, newer) in zip(pairs, pairs[1:], strict=False):
        assert (later > old) == (newer > new)
    assert max(clone.laid_out.values()) <= clone.unpacked


def test_the_archive_holds_its_config_and_a_manifest_that_is_right(finished, packed):
    with zipfile.ZipFile(packed) as file:
        names = file.namelist()
        manifest = json.loads(file.read("manifest.json"))
        config = yaml.safe_load(file.read("config.yaml"))
        for entry in manifest["files"]:
            content = file.read(entry["path"])
            assert (entry["bytes"], entry["sha256"]) == (
                len(content),
                hashlib.sha256(content).hexdigest(),
            )
            if entry["path"] != "config.yaml":
                assert content == (finished.folder / entry["path"]).read_bytes()
    assert names[0] == "manifest.json" and names[1:] == [
        entry["path"] for entry in manifest["files"]
    ]
    assert names[2:] == sorted(names[2:]) and len(names) > 30
    assert manifest["datasets"] == sorted(yaml.safe_load(TINY.read_text())["study"]["datasets"])
    assert manifest["version"] is None  # the test's copy of the project is no repository
    original = check(yaml.safe_load(TINY.read_text()))
    assert check(config)["datasets"] == config["datasets"] and {"digits", "tiny"} <= set(
        config["datasets"]
    )
    assert all(
        config["datasets"][name] == original["datasets"][name] for name in config["datasets"]
    )
    assert (
        config["recipes"]["digits-cnn"] == original["recipes"]["digits-cnn"]
        and "data_dir" not in config
    )


def test_the_report_shows_the_same_config(finished):
    """Not only the data set's own part, but what it is made from, and the recipes of single
    resampled sets.
    """
    report = finished.results("tiny", "report.html").read_text()
    shown = yaml.safe_load(
        html.unescape(
            report.partition('filled in</summary><pre tabindex="0">')[2].partition("</pre>")[0]
        )
    )
    original = check(yaml.safe_load(TINY.read_text()))
    assert shown == yaml.safe_load(archive.config_of(original, ["tiny"]))
    assert shown == {
        "study": {"datasets": ["tiny"]},
        "datasets": {name: original["datasets"][name] for name in ("digits", "tiny")},
        "recipes": {name: original["recipes"][name] for name in ("digits-cnn", "digits-pad-mean")},
    }


def test_test_logits_of_all_members_are_there_as_float16(finished, packed):
    with zipfile.ZipFile(packed) as file:
        blocks = [name for name in file.namelist() if name.endswith("/test.npz")]
        assert len(blocks) == len(list(finished.results().glob("*/members/**/test.npz"))) > 10
        with file.open(blocks[0]) as block, np.load(block) as arrays:
            assert arrays["logits"].dtype == np.float16 and "predicted" in arrays.files


def test_the_same_results_elsewhere_give_the_same_bytes(study, packed):
    assert call(study.folder, "pack", "again.zip")[0] == 0
    assert (study / "again.zip").read_bytes() == packed.read_bytes()
    for logs in study.results().glob("*/logs"):
        shutil.rmtree(logs)  # which are not packed
    assert call(study.folder, "pack", "again.zip")[0] == 0
    assert (study / "again.zip").read_bytes() == packed.read_bytes()


# A few artifacts, and no pipeline

SCORES, GROUPS = "results/tiny/hardness/aum.npz", "results/tiny/groups.csv"
SIZES, SHARED = "results/tiny/sets/sizes.csv", "results/claims.csv"
SMALL = (SCORES, GROUPS, SIZES, SHARED)  # in the order in which they are made


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A folder with results of two data sets, in which the test runs; what is packed of them is
    SMALL.
    """
    folder = tmp_path / "toy"
    folder.mkdir()
    monkeypatch.chdir(folder)
    shutil.copy(TINY, "config.yaml")
    artifacts.save_npz(SCORES, scores=np.arange(40.0))
    artifacts.save_csv(GROUPS, {"class": [0, 1], "group": ["easy", "hard"]})
    artifacts.save_csv(SIZES, {"set": ["full"], "size": [10]})
    artifacts.save_csv(SHARED, {"claim": [1], "verdict": ["undecided"]})
    for order, name in enumerate(SMALL):
        os.utime(name, ns=(0, 10**18 + order * 10**9))
    for name in (
        "digits/data.npz", "tiny/data.npz", "tiny/sets/full.npz",
        "tiny/members/full/cnn/block-0/weights.npz",
        "tiny/members/full/cnn/block-0/dynamics.npz", ".store/0a/test.npz",
    ):  # fmt: skip
        artifacts.save_npz(Path("results", name), images=np.zeros(3))
    for name in (
        "tiny/figures/recall-by-class.csv", "tiny/figures/recall-by-class.pdf",
        "tiny/tables/claims.csv",
        "tiny/logs/allocate/aum.json", "tiny/report.html", "figures/all.csv", "tiny/.hidden.csv",
        "README.md",
    ):  # fmt: skip
        artifacts.save_text(Path("results", name), "text")
    return folder


@pytest.fixture
def sent(toy, tmp_path, monkeypatch):
    """The toy's archive, and an empty clone in which the test runs."""
    path = tmp_path / NAME
    assert archive.main(["pack", str(path)]) == 0
    (tmp_path / "clone").mkdir()
    monkeypatch.chdir(tmp_path / "clone")
    shutil.copy(TINY, "config.yaml")
    return path


def there():
    """What lies below results/, the lock aside: path -> content and time stamp."""
    paths = [
        path for path in Path("results").rglob("*") if path.is_file() and path.name != ".study.lock"
    ]
    return {path.as_posix(): (path.read_bytes(), path.stat().st_mtime_ns) for path in paths}


def is_whole(toy):
    """Whether exactly the toy's small artifacts are there, each with its checksum."""
    found = there()
    wanted = {
        f"{name}{end}": (toy / f"{name}{end}").read_bytes()
        for name in SMALL
        for end in ("", ".sha256")
    }
    return {name: content for name, (content, _) in found.items()} == wanted


def in_order():
    stamps = [Path(name).stat().st_mtime_ns for name in SMALL]
    return stamps == sorted(stamps) and stamps[-1] <= time.time_ns()


def rewritten(source, target, change):
    """Copy a zip file; change(info, content) returns the pair to write instead, or None for
    nothing.
    """
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for info in old.infolist():
            if pair := change(info, old.read(info)):
                new.writestr(*pair)
    return target


def with_manifest(source, target, edit):
    """Copy an archive with its manifest edited in place."""

    def change(info, content):
        if info.filename == "manifest.json":
            manifest = json.loads(content)
            edit(manifest)
            content = json.dumps(manifest)
        return info, content

    return rewritten(source, target, change)


def refused(capsys, path, *said):
    """Whether an archive is refused, by its name and with these words, and nothing is written."""
    before = there()
    status = archive.main(["unpack", str(path)])
    told = capsys.readouterr().err
    return status == 1 and there() == before and all(word in told for word in (str(path), *said))


def test_what_is_small_is_packed_and_laid_out_with_checksums(toy, sent, capsys):
    assert zipfile.ZipFile(sent).namelist() == ["manifest.json", "config.yaml", *sorted(SMALL)]
    assert archive.main(["unpack", str(sent)]) == 0
    assert "4 files laid out, 0 were there" in capsys.readouterr().out
    assert is_whole(toy) and in_order()


def test_unpacking_again_writes_nothing(toy, sent, capsys):
    archive.main(["unpack", str(sent)])
    before = there()
    assert archive.main(["unpack", str(sent)]) == 0
    assert "0 files laid out, 4 were there" in capsys.readouterr().out and there() == before


def test_a_truncated_archive_is_refused_wherever_it_ends(sent, tmp_path, capsys):
    content, short = sent.read_bytes(), tmp_path / "short.zip"
    for length in range(0, len(content), 37):
        short.write_bytes(content[:length])
        assert refused(capsys, short, "truncated", "Fetch it again"), length


def test_one_flipped_byte_anywhere_is_refused_or_changes_nothing(toy, sent, tmp_path, capsys):
    """A zip file's dates and attributes may differ without harm."""
    content, flipped, harmless = sent.read_bytes(), tmp_path / "flipped.zip", 0
    for place in range(0, len(content), 13):
        flipped.write_bytes(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
        if not refused(capsys, flipped):
            assert is_whole(toy), place
            shutil.rmtree("results")
            harmless += 1
    assert harmless < len(content) / 13 / 4


@pytest.mark.parametrize("name", ["manifest.json", "config.yaml", SCORES, SHARED])
def test_a_flipped_byte_in_a_file_is_refused_with_its_name(sent, tmp_path, capsys, name):
    with zipfile.ZipFile(sent) as file:
        info = file.getinfo(name)
    content = bytearray(sent.read_bytes())
    content[info.header_offset + 30 + len(name) + info.compress_size // 2] ^= 0x10
    sent.write_bytes(content)
    assert refused(capsys, sent, name, "damaged")


def test_a_file_that_is_not_what_the_manifest_says_is_refused(sent, tmp_path, capsys):
    """The zip file is right: only the manifest's digest, or its size, tells."""
    for other, said in (
        (b"class,group\n0,hard\n1,easy\n", "SHA-256"),
        (b"class,group\n", "12 bytes, expected 26"),
    ):
        changed = rewritten(
            sent,
            tmp_path / "changed.zip",
            lambda info, old, other=other: (info, other if info.filename == GROUPS else old),
        )
        assert refused(capsys, changed, GROUPS, said)


@pytest.mark.parametrize("name", ["config.yaml", SCORES])
def test_a_missing_member_is_refused_by_name(sent, tmp_path, capsys, name):
    short = rewritten(
        sent,
        tmp_path / "short.zip",
        lambda info, old: (info, old) if info.filename != name else None,
    )
    assert refused(capsys, short, f"{name} is missing")


def test_a_foreign_file_is_refused(sent, tmp_path, capsys):
    foreign = tmp_path / "foreign.zip"
    with zipfile.ZipFile(foreign, "w") as file:
        file.writestr("photos/cat.jpg", b"cat")
    assert refused(capsys, foreign, "make archive did not write it")
    for manifest in ("[]", '{"format": "another"}', "{"):
        with zipfile.ZipFile(foreign, "w") as file:
            file.writestr("manifest.json", manifest)
        assert refused(capsys, foreign, "manifest.json")
    for content in (b"", b"text", b"PK\x05\x06" + bytes(18)):
        foreign.write_bytes(content)
        assert refused(capsys, foreign)
    assert refused(capsys, tmp_path / "none.zip", "is missing", "make unpack ARCHIVE=")
    assert refused(capsys, tmp_path)


OUTSIDE = (
    "../evil.csv", "results/../../evil.csv", "results/../evil.csv", "/tmp/evil-archive.csv",
    "evil.csv",
    "results/evil.sh", "results/.store/0a/test.npz", "results/tiny/..\\..\\evil.csv",
    "results//evil.csv",
    "results/./evil.csv", "results/", "workflow/scripts/evil.py", "results/tiny/evil\n.csv",
)  # fmt: skip


@pytest.mark.parametrize("listed", [False, True])
@pytest.mark.parametrize("name", OUTSIDE)
def test_a_member_that_would_lie_elsewhere_is_refused_by_name(sent, tmp_path, capsys, name, listed):
    entry = {"path": name, "bytes": 4, "sha256": hashlib.sha256(b"evil").hexdigest(), "order": 1}
    path = with_manifest(
        sent, tmp_path / "evil.zip", lambda manifest: listed and manifest["files"].append(entry)
    )
    with zipfile.ZipFile(path, "a") as file:
        file.writestr(zipfile.ZipInfo(name), b"" if name.endswith("/") else b"evil")
    before = set(tmp_path.rglob("*"))
    assert refused(capsys, path, repr(name), "not an artifact below results/")
    assert set(tmp_path.rglob("*")) <= before | {
        Path.cwd() / "results",
        Path.cwd() / "results" / ".study.lock",
    }
    assert not Path("/tmp/evil-archive.csv").exists()


def test_an_unlisted_member_a_second_one_and_a_link_are_refused(sent, tmp_path, capsys):
    path = tmp_path / "more.zip"
    for name, mode, said in (
        ("results/tiny/more.csv", stat.S_IFREG, "is not in manifest.json"),
        (GROUPS, stat.S_IFREG, "is there twice"),
        ("results/tiny/link.csv", stat.S_IFLNK, "is a link"),
    ):
        shutil.copy(sent, path)
        info = zipfile.ZipInfo(name)
        info.external_attr = (mode | 0o777) << 16
        with zipfile.ZipFile(path, "a") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # zipfile's own, of a name that is there already
            file.writestr(info, "/etc/passwd")
        assert refused(capsys, path, name, said)

    def link(info, content):
        if info.filename == SIZES:
            info.external_attr = (stat.S_IFLNK | 0o777) << 16
        return info, content

    assert refused(capsys, rewritten(sent, path, link), SIZES, "is a link")


@pytest.mark.parametrize(
    "edit",
    [
        lambda manifest: manifest.pop("files"),
        lambda manifest: manifest.update(datasets="tiny"),
        lambda manifest: manifest["files"].append("results/tiny/x.csv"),
        lambda manifest: manifest["files"][1].pop("order"),
        lambda manifest: manifest["files"][1].update(order="1"),
        lambda manifest: manifest["files"][1].update(sha256=None),
        lambda manifest: manifest["files"].append(manifest["files"][1]),
        lambda manifest: manifest["files"].pop(0),
        lambda manifest: manifest.update(format="small artifacts of a hardness study, 2"),
    ],
)
def test_a_manifest_of_another_form_is_refused(sent, tmp_path, capsys, edit):
    assert refused(capsys, with_manifest(sent, tmp_path / "edited.zip", edit))


# Results that are there


def test_results_that_differ_are_named_and_kept(sent, capsys):
    artifacts.save_csv(GROUPS, {"class": [0], "group": ["mine"]})
    assert refused(capsys, sent, GROUPS, "differ", "Move them away")
    Path(GROUPS).unlink()
    Path(SIZES).mkdir(parents=True)
    assert refused(capsys, sent, SIZES)
    Path(SIZES).rmdir()
    Path(SIZES).parent.rmdir()
    Path(SIZES).parent.write_text("a file where a folder belongs")
    assert refused(capsys, sent, SIZES)


def test_results_that_are_the_same_stay_and_what_they_were_made_from_is_not_newer(toy, sent):
    Path(GROUPS).parent.mkdir(parents=True)
    for end in ("", ".sha256"):
        shutil.copy2(toy / f"{GROUPS}{end}", f"{GROUPS}{end}")
    stamp = Path(GROUPS).stat().st_mtime_ns
    assert archive.main(["unpack", str(sent)]) == 0
    assert Path(GROUPS).stat().st_mtime_ns == stamp and is_whole(toy) and in_order()
    assert time.time_ns() - Path(SHARED).stat().st_mtime_ns < 60 * 10**9


def test_a_lost_checksum_comes_back_and_the_file_does_not_look_new(toy, sent):
    archive.main(["unpack", str(sent)])
    stamp = Path(SCORES).stat().st_mtime_ns
    artifacts.checksum_path(SCORES).unlink()
    assert archive.main(["unpack", str(sent)]) == 0
    assert Path(SCORES).stat().st_mtime_ns == stamp and is_whole(toy)


@given(
    st.lists(
        st.tuples(st.integers(0, 6), st.none() | st.integers(10**6, 2 * 10**6)),
        min_size=1,
        max_size=12,
    ),
    st.integers(2 * 10**6, 3 * 10**6),
)
def test_time_stamps_follow_the_order_and_what_is_there(made, now):
    files = [{"path": str(number), "order": order} for number, (order, _) in enumerate(made)]
    kept = {str(number): stamp for number, (_, stamp) in enumerate(made) if stamp is not None}
    stamps = archive.time_stamps(files, kept, now)
    assert set(stamps) == {order for order, _ in made}
    orders = sorted(stamps)
    assert all(stamps[one] < stamps[two] for one, two in zip(orders, orders[1:], strict=False))
    assert max(stamps.values()) < now
    for order, stamp in made:
        assert stamp is None or all(
            stamps[earlier] <= stamp for earlier in orders if earlier <= order
        )


@pytest.mark.parametrize("survived", range(0, 9, 2))
def test_an_unpacking_that_was_killed_is_simply_done_again(toy, sent, survived):
    """Killed before its rename number `survived` (a checksum and a file in turn)."""
    kill = f"""
import os, sys
sys.path.insert(0, {str(ROOT / "workflow")!r})
import archive
renamed, replace = 0, os.replace
def dying(*paths):
    global renamed
    if renamed == {survived}:
        os.kill(os.getpid(), 9)
    renamed += 1
    replace(*paths)
os.replace = dying
sys.exit(archive.main(["unpack", {str(sent)!r}]))
"""
    assert subprocess.run([sys.executable, "-c", kill], check=False).returncode == (
        -9 if survived < 8 else 0
    )
    assert is_whole(toy) == (survived == 8)
    assert archive.main(["unpack", str(sent)]) == 0
    for leftover in Path("results").rglob("*.part"):
        leftover.unlink()
    assert is_whole(toy) and in_order()


def test_a_study_that_runs_is_let_alone(sent, capsys):
    lock = take_lock(Path("results", ".study.lock"))
    for command in ("pack", "unpack"):
        with pytest.raises(SystemExit, match="already being computed"):
            archive.main([command, str(sent)])
    os.close(lock)
    assert archive.main(["unpack", str(sent)]) == 0


# Packing


@pytest.mark.parametrize(
    "spoil",
    [lambda path: path.write_bytes(b"0" * 99), lambda path: artifacts.checksum_path(path).unlink()],
)
def test_a_damaged_artifact_is_refused_by_name_and_no_archive_is_written(toy, capsys, spoil):
    spoil(Path(SCORES))
    Path("old.zip").write_bytes(b"an archive of before")
    for name in ("new.zip", "old.zip"):
        assert archive.main(["pack", name]) == 1
        told = capsys.readouterr().err
        assert SCORES in told and GROUPS not in told and "No archive was written" in told
    assert Path("old.zip").read_bytes() == b"an archive of before" and not list(
        Path().glob("*new*")
    )


def test_the_archive_does_not_depend_on_when_and_by_whom_it_is_made(toy, monkeypatch):
    archive.main(["pack", "one.zip"])
    for name in SMALL:
        stamp = Path(name).stat().st_mtime_ns
        os.utime(name, ns=(0, stamp + 10**12))
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    before = os.umask(0o077)
    try:
        archive.main(["pack", "two.zip"])
    finally:
        os.umask(before)
        monkeypatch.undo()
        time.tzset()
    assert (toy / "one.zip").read_bytes() == (toy / "two.zip").read_bytes()


def test_a_data_set_brings_those_that_it_is_made_from(toy):
    artifacts.save_csv("results/digits/groups.csv", {"class": [0, 1]})
    artifacts.save_csv("results/another/groups.csv", {"class": [0, 1]})
    for asked in ([], ["tiny"]):
        assert archive.main(["pack", "tiny.zip", *asked]) == 0
        names = zipfile.ZipFile("tiny.zip").namelist()
        assert "results/digits/groups.csv" in names and "results/another/groups.csv" not in names
    archive.main(["pack", "digits.zip", "digits"])
    assert zipfile.ZipFile("digits.zip").namelist()[2:] == [SHARED, "results/digits/groups.csv"]


def test_what_cannot_be_packed_is_said(toy, capsys):
    for arguments, said in (
        (["study.zip", "tinny"], "'tinny'.*tiny"),
        (["study.zip", "digits"], "results/digits holds nothing to pack"),
        (["config.yaml"], "ends in .zip"),
    ):
        assert archive.main(["pack", *arguments]) == 1
        told = capsys.readouterr().err
        assert all(word in told for word in said.split(".*"))
    artifacts.save_csv("results/another/groups.csv", {"class": [0, 1]})
    assert archive.main(["pack", "study.zip"]) == 0
    assert "config.yaml has no such data set: another" in capsys.readouterr().out
    shutil.rmtree("results/tiny")
    assert archive.main(["pack", "none.zip"]) == 1
    assert "holds nothing to pack" in capsys.readouterr().err and not Path("none.zip").exists()


def test_another_config_is_pointed_out(sent, capsys):
    archive.main(["unpack", str(sent)])
    assert "config.yaml asks" not in capsys.readouterr().out
    config = yaml.safe_load(TINY.read_text())
    config["datasets"]["tiny"]["pruning"] = []
    for other in (
        config,
        config
        | {"datasets": {"digits": config["datasets"]["digits"]}, "study": {"datasets": ["digits"]}},
    ):
        Path("config.yaml").write_text(yaml.safe_dump(other), encoding="utf-8")
        assert archive.main(["unpack", str(sent)]) == 0
        assert "config.yaml differs from the config" in capsys.readouterr().out


def test_make_packs_and_unpacks_by_names_with_spaces(toy, tmp_path):
    (tmp_path / "bin").mkdir()
    python = tmp_path / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    for folder in (toy, tmp_path / "a clone"):
        folder.mkdir(exist_ok=True)
        (folder / "envs").mkdir()
        (folder / "envs" / "setup.sh").write_text("")
        (folder / "workflow").symlink_to(ROOT / "workflow")
        for file in (ROOT / "Makefile", TINY):
            shutil.copy(file, folder / file.name.replace("tiny", "config"))
    environment = {name: value for name, value in os.environ.items() if "MAKE" not in name} | {
        "VENV": str(tmp_path)
    }

    def make(folder, *words):
        subprocess.run(
            ["make", "-C", folder, *words],
            env=environment,
            check=True,
            capture_output=True,
            timeout=300,
        )

    make(toy, "archive", f"ARCHIVE={tmp_path / NAME}", "DATASETS=tiny")
    make(tmp_path / "a clone", "unpack", f"ARCHIVE={tmp_path / NAME}")
    assert (tmp_path / "a clone" / SIZES).read_bytes() == (toy / SIZES).read_bytes()
    make(toy, "archive")
    assert (toy / "study.zip").read_bytes() == (tmp_path / NAME).read_bytes()
