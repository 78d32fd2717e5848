"""Checks before Snakemake is started, and its messages about a folder of images."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hardness.core import artifacts
from hardness.data import leftout
from study import sources, start
from study.settings.source import Digits, ImageFolder

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("arguments", "prints"),
    [
        (["--dag"], True),
        (["--rulegraph=mermaid-js", "photos"], True),
        (["photos", "-S"], True),
        (["--list-rules"], True),
        (["photos", "--cores", "2"], False),
        (["--report"], False),
        (["--debug-dag"], False),
        (["results/photos/dag.png"], False),
    ],
)
def test_whether_snakemake_only_prints(arguments, prints):
    assert start.only_prints(arguments) == prints


def test_all_of_these_are_options_of_snakemake():
    command = [sys.executable, "-m", "snakemake", "--help"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    words = set(text.replace(",", " ").split())
    assert len(start.ONLY_PRINT) > 20 and words >= start.ONLY_PRINT


def test_nothing_is_printed_beside_a_graph(tmp_path):
    (tmp_path / "Snakefile").write_text('rule a:\n    output: "a"\n    shell: "touch a"\n')
    command = [sys.executable, ROOT / "workflow" / "run.py", "--dag"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("digraph") and done.stdout.rstrip().endswith("}")
    assert not (tmp_path / "a").exists()


def read_only(folder):
    folder.mkdir()
    folder.chmod(0o500)
    return folder


def a_file(folder):
    folder.write_text("x")
    return folder


@pytest.mark.parametrize("home", [lambda folder: Path("/proc/none"), a_file, read_only])
@pytest.mark.parametrize("variable", ["HOME", "XDG_CACHE_HOME"])
def test_where_the_cache_cannot_be_written_it_is_said_what_to_set(tmp_path, home, variable):
    if home is read_only and os.geteuid() == 0:
        pytest.skip("root may write anywhere")
    environment = {"HOME": str(tmp_path), variable: str(home(tmp_path / "home"))}
    with pytest.raises(SystemExit) as exit:
        start.check_cache(environment)
    assert str(exit.value).startswith("Snakemake cannot keep its cache in ")
    assert "XDG_CACHE_HOME=/tmp/cache make study" in str(exit.value)
    start.check_cache({"HOME": "/proc/none", "XDG_CACHE_HOME": str(tmp_path / "cache")})


def folder_of(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    return ImageFolder(kind="image-folder", path=str(root))


def test_what_a_folder_holds_is_said_before_it_is_read(tmp_path):
    names = [f"{name}/{i}.jpg" for name in ("猫", "dog") for i in range(10)]
    source = folder_of(tmp_path / "photos", *names, "dog/notes.txt", "dog/a.heic")
    first, *others = sources.survey("photos", source)
    assert first == (
        f"photos: 20 files to read in 2 classes of {tmp_path}/photos; left out: 1 no image "
        "(dog/notes.txt); 1 not read: HEIC (dog/a.heic)"
    )
    assert not others or "the letters 猫" in others[0]  # where no font has them


def test_a_folder_of_which_much_would_be_left_out_is_refused_before_any_job(tmp_path):
    names = [f"{name}/{i}.jpg" for name in ("cat", "dog") for i in range(10)]
    source = folder_of(tmp_path / "photos", *names, "dog/a.heic", "dog/b.heic")
    with pytest.raises(sources.SourceError, match=r"17% of the images of dog .*: 2 not read: HEIC "
        r".*most_left_out: 0\.17\. Nothing was removed or computed"):  # fmt: skip
        sources.survey("photos", source)
    source = source.model_copy(update={"most_left_out": 0.2})
    assert "2 not read: HEIC" in sources.survey("photos", source)[0]


def test_of_other_sources_and_of_folders_that_are_not_right_nothing_is_said(tmp_path):
    assert sources.survey("digits", Digits(kind="digits")) == []
    assert sources.survey("photos", folder_of(tmp_path / "photos", "loose.jpg")) == []


def test_what_was_left_out_is_said_in_the_end(tmp_path):
    file = tmp_path / "photos" / "data-quality" / "left-out.csv"
    assert list(leftout.said_of("photos", file)) == []
    artifacts.save_csv(file, leftout.table([]))
    assert list(leftout.said_of("photos", file)) == []
    files = [leftout.LeftOut("not read: HEIC", f"cat/{i}.heic", "cat") for i in range(5)]
    artifacts.save_csv(file, leftout.table([*files, leftout.LeftOut("no image", "a.txt")]))
    assert list(leftout.said_of("photos", file)) == [
        "Left out of photos: 5 not read: HEIC (cat/0.heic, cat/1.heic, cat/2.heic, ...); "
        "1 no image (a.txt)"
    ]
    file.write_text("damaged")
    assert list(leftout.said_of("photos", file)) == []
