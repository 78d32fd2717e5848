"""The output of `make study` before and after a run: what it makes and why, in plain words."""

import json
import os
import re
import time
from types import SimpleNamespace

import pytest
import yaml
from conftest import TINY

from study import outlook, ownfiles, reasons, times
from study.config import check
from study.plan import Plan
from study.settings.source import ImageFolder
from study.tasks import Cause, Task, Work


def task(number=1, rule="draw_figure", dataset="photos", outputs=("a.pdf",), **fields):
    fields = {"params": {}, "inputs": {}} | fields
    return Task(number, rule, dataset, outputs=outputs, **fields)


def training(number, seeds, epochs, dataset="photos"):
    params = {"seeds": list(range(seeds)), "recipe": {"epochs": epochs}}
    return task(number, "train_full", dataset, ("test.npz", "weights.npz"), params=params)


# Why


def why(*causes, keys=(), begun=False, rule="allocate"):
    """The reasons of jobs with one cause each; one that has changed files is make_data's."""
    tasks = [
        task(number, "make_data" if cause.name == "files" else rule, causes=(cause,))
        for number, cause in enumerate(causes)
    ]
    return reasons.why(tasks, lambda cause: "1 file gone (cat/7.png)", lambda: list(keys), begun)


@pytest.mark.parametrize(
    ("causes", "said"),
    [
        ([Cause("param", "files", "aa", "bb")], "1 file gone (cat/7.png)"),
        ([Cause("param", "code", "aa", "bb")] * 2, "code of allocate changed"),
        ([Cause("param", "template", "aa", "bb")], "the report's template changed"),
        ([Cause("param", "members", 8, 10)], "config: members 8 -> 10"),
        ([Cause("param", "recipe", {"epochs": 2}, {"epochs": 3})], "config: recipe.epochs 2 -> 3"),
        ([Cause("param", "sets", {"a": [1] * 40}, {})], "config: different from when it was made"),
        ([Cause("gone", f"{n}.csv") for n in "abcd"], "gone: a.csv, b.csv, c.csv and 1 more"),
        ([Cause("newer", "a.csv")], "newer than what is made from it: a.csv"),
        ([Cause("interrupted"), Cause("new", "a")], "1 job was interrupted"),
        ([Cause("forced")] * 3, "forced"),
        ([Cause("inputs")], "it is made from other files now"),
        ([Cause("other", "Software environment definition has changed")], "Software environment "),
        ([Cause("new", "a.csv")], "not made yet"),
        ([], "asked for"),
    ],
)
def test_every_cause_has_words(causes, said):
    (line,) = why(*causes) if causes else reasons.why([task()], None, None, False)
    assert line.startswith(said)


def test_several_causes_are_told_once_each_and_new_files_follow_from_the_config():
    assert why(Cause("new", "a.csv"), begun=True) == ["not finished yet"]
    causes = [Cause("param", "code", "a", "b"), Cause("param", "estimators", ["aum"], ["aum", "x"]),
              Cause("new", "x.npz"), Cause("inputs")]  # fmt: skip
    assert why(*causes) == ["config: estimators: + x", "code of allocate changed"]
    assert why(*causes, keys=["datasets.photos.a 1 -> 2"])[0] == "config: datasets.photos.a 1 -> 2"
    gone = why(Cause("gone", "b"), keys=["a 1 -> 2"], rule="make_report")
    assert gone == ["config: a 1 -> 2", "gone: b"]  # the report shows the config


def test_what_only_follows_says_from_where():
    tasks = [task(dataset="noisy", follows=frozenset({"noisy", "digits"}))]
    assert reasons.why(tasks, None, list, False) == ["follows digits"]


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, ["a.c 2 -> 3"]),
        ({"a": None}, {"a": 0.5, "b": [1]}, ["a null -> 0.5", "b null -> [1]"]),
        ({"a": ["x", "y"]}, {"a": ["y", "z"]}, ["a: + z - x"]),
        ({"a": ["x", "y"]}, {"a": ["y", "x"]}, ["a changed"]),  # another order
        ({"a": "l" * 50}, {"a": "m" * 50}, ["a changed"]),
        ({"a": [1]}, {"a": [1]}, []),
        ({"a": [{"b": [1]}, {"b": [2]}]}, {"a": [{"b": [1]}, {"b": [2, 3]}]}, ["a[1].b: + 3"]),
    ],
)
def test_changes_of_values(old, new, lines):
    assert reasons.changes(old, new) == lines


# The user's own files


def test_files_that_were_added_are_gone_or_changed_are_counted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("cat/1.png", "cat/2.png", "cat/3.png", "dog/1.png"):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"image")
    source = ImageFolder(kind="image-folder", path="photos")
    ownfiles.note("photos", source, "state")
    assert ownfiles.changed("photos", source, "state") == "files of photos changed"  # none did

    (tmp_path / "photos/cat/1.png").unlink()
    assert ownfiles.changed("photos", source, "state") == "1 file gone (cat/1.png)"
    for number in (4, 5, 6):
        (tmp_path / f"photos/dog/{number}.png").write_bytes(b"image")
    os.utime(tmp_path / "photos/cat/2.png", (0, 0))
    assert ownfiles.changed("photos", source, "state") == (
        "1 file gone (cat/1.png), 3 files added (dog/4.png, dog/5.png, ...), "
        "1 file changed (cat/2.png)"
    )
    # a note of other files, or an invalid one, is ignored
    assert ownfiles.changed("photos", source, "other") == "files of photos changed"
    (tmp_path / "results/photos/logs/make_data.files.json").write_text("{")
    assert ownfiles.changed("photos", source, "state") == "files of photos changed"
    (tmp_path / "photos").rename(tmp_path / "elsewhere")
    ownfiles.note("photos", source, "state")  # reading them will say what is wrong
    assert ownfiles.changed("photos", source, "state") == "files of photos changed"


# How long


def log(folder, name, last, params):
    path = folder / "results" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".json").write_text(json.dumps({"params": params}))
    path.write_text(last)


FINISHED = "finished in {} s, at most 100 MiB\n"


@pytest.fixture
def logs(tmp_path):
    """Two blocks of 2 networks and 5 epochs at 20 and 40 s, one found in the store, one ended."""
    params = {"seeds": [0, 1], "recipe": {"epochs": 5}}
    blocks = "photos/logs/train_full/cnn/block-{}.log"
    for number, seconds in enumerate((20, 40)):
        log(tmp_path, blocks.format(number), f"epoch 1\n{FINISHED.format(seconds)}", params)
    found = (
        f"photos, full, seeds 0 to 1: found in the store as abc, nothing\n{FINISHED.format(0.1)}"
    )
    log(tmp_path, blocks.format(2), found, params)
    log(tmp_path, blocks.format(3), "epoch 1\n", params)
    for number, seconds in enumerate((1, 3, 2)):
        log(tmp_path, f"photos/logs/draw_figure/{number}.log", FINISHED.format(seconds), {})
    log(tmp_path, "photos/logs/make_report.log", FINISHED.format(7), {})
    return times.last_times(tmp_path / "results")


def test_the_last_times_are_medians_by_rule_and_of_training_by_network_and_epoch(logs):
    assert logs["photos", "train_full"] == pytest.approx(3.0)  # of 20 / 10 and 40 / 10
    assert logs["photos", "draw_figure"] == 2 and logs[None, "draw_figure"] == 2
    assert (None, "train_full") not in logs  # other networks, other images
    assert set(logs) == {
        ("photos", "train_full"), ("photos", "draw_figure"), (None, "draw_figure"),
        ("photos", "make_report"), (None, "make_report"),
    }  # fmt: skip


def test_an_estimate_is_made_where_enough_is_known(logs):
    start = times.START
    tasks = [training(1, 4, 10), task(2), task(3, dataset="others")]
    assert times.estimate(tasks, logs, 1, 0) == pytest.approx(120 + 2 + 2 + 3 * start)
    assert times.estimate(tasks, logs, 2, 0) == pytest.approx((124 + 3 * start) / 2)
    on_gpu = [task._replace(gpus=1) for task in tasks[:1]] * 2
    assert times.estimate(on_gpu, logs, 8, 1) == pytest.approx(2 * (120 + start))
    # unknown: what trains; more than half of all
    assert times.estimate([training(1, 4, 10, "others"), task(2), task(3)], logs, 1, 0) is None
    assert times.estimate([task(1, "new_rule"), task(2)], logs, 1, 0) is None
    assert times.estimate([], {}, 1, 0) is None


# The screens


def of(tasks, reports=("photos",), up_to_date=0):
    plan = Plan(check(yaml.safe_load(TINY.read_text())))
    return outlook.Outlook(plan, Work(tasks, up_to_date), reports, 1, 0)


@pytest.mark.parametrize(
    ("tasks", "said"),
    [
        ([training(1, 8, 2), training(2, 2, 2)], "10 networks"),
        ([task(1, "make_data"), training(2, 1, 1)], "data, network"),
        ([task(1), task(2), task(3, "make_report")], "2 figures, report"),
        ([task(1, "score_out_of_fold", outputs=("a", "b")), task(2, "list_samples")],
         "2 scores and 1 further step"),
        ([task(1, "allocate"), task(2, "allocate")], "2 further steps"),
    ],
)  # fmt: skip
def test_what_is_made_is_counted_in_words(tasks, said):
    assert outlook.made(tasks) == said


def test_the_opening_and_the_closing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tasks = [task(4, "make_data", "tiny"), training(5, 8, 2, "tiny"), task(6, dataset=None),
             task(7, "verify", None, ())]  # fmt: skip
    tasks[0] = tasks[0]._replace(causes=(Cause("new", "results/tiny/data.npz"),))
    tasks[1] = tasks[1]._replace(log="results/block-0.log")
    run = of(tasks, ["tiny"], up_to_date=1)
    assert run.opening() == [
        "To do: 3 jobs; up to date: 1 job",
        "  tiny: not made yet",
        "    -> data, 8 networks",
        "  all together: asked for",
        "    -> figure",
    ]
    already = "Up to date already: 1 job"
    assert run.closing([4, 99]) == ["  tiny: data", already, "No report of tiny yet."]
    trained = "  tiny: data, 8 networks"
    assert run.closing([4, 5]) == [trained, already, "No report of tiny yet."]
    log(tmp_path, "block-0.log", "tiny, full: found in the store as abc, nothing to train\n", {})
    assert run.closing([4, 5])[:2] == [
        trained, "    found in the store, not trained again: 8 networks",
    ]  # fmt: skip
    report = tmp_path / "results/tiny/report.html"
    report.parent.mkdir(parents=True)
    report.touch()
    os.utime(report, (time.time() + 1,) * 2)
    assert run.closing([4, 5])[-1] == f"Report of what there is: {report}"
    assert run.closing([4, 5, 6])[-1] == f"Report: {report}"
    os.utime(report, (0, 0))
    assert re.fullmatch(r"Report: .+ \(of 1970-01-01 .+: not made again\)", run.closing([4])[-1])
    assert run.nothing()[0] == "All is up to date: 1 job."
    assert of([task(7, "verify", None, ())]).opening() == []


def test_lines_fit_a_screen():
    tasks = [
        task(n, causes=(Cause("gone", f"results/photos/{'x' * 30}{n}.csv"),)) for n in range(9)
    ]
    run = of([one._replace(dataset="tiny") for one in tasks], [])
    assert len(run.opening()) > 3 and max(map(len, run.opening())) <= outlook.WIDTH


def test_what_cannot_be_said_is_left_to_snakemake():
    filters = []
    logger = SimpleNamespace(addFilter=filters.append, removeFilter=filters.remove)

    def look():
        raise KeyError("dag")

    outlook.attach(logger, lambda record: record.plans, look)
    other, record = SimpleNamespace(plans=False), SimpleNamespace(plans=True)
    (add,) = filters
    assert add(other) is True and filters == [add] and not hasattr(other, "unsaid")
    assert add(record) is True and filters == []  # once in a run
    assert record.unsaid == "KeyError: 'dag'" and not hasattr(record, "outlook")


# By the real Snakemake


def test_nothing_to_do(study):
    output = study.complete("--cores", "1")
    assert re.search(r"^All is up to date: \d+ jobs\.\nReport: .+not made again\)$", output, re.M)
    assert "jobs done" not in output


def test_a_dry_run_is_one_screen(study):
    study.change("recipes", "digits-cnn", "epochs", value=15)
    study.edit("workflow/hardness/scoring/estimators/el2n.py", 'DIRECTION = "up"',
               'DIRECTION = "up"\nMORE = 1')  # fmt: skip
    output = study.complete("-n", "--cores", "1")
    lines = output[output.index("To do: ") :].splitlines()
    assert re.fullmatch(r"To do: \d+ jobs.*; up to date: \d+ jobs", lines[0])
    assert any(
        line.startswith("  tiny: config: recipes.digits-cnn.epochs 14 -> 15") for line in lines
    )
    assert any(re.match(r"    -> .*\d+ networks, ", line) for line in lines)
    assert "before:" not in output and len(lines) < 10 and "snakemake -n" in lines[-1]
    assert len(study.plan()) == int(re.search(r"To do: (\d+)", output)[1])


def test_networks_are_found_in_the_store_and_code_that_changed_is_named(study):
    for path in study.results("tiny/members/full/digits-cnn/block-0").glob("dynamics.npz*"):
        path.unlink()
    study.edit("workflow/hardness/scoring/estimators/el2n.py", 'DIRECTION = "up"',
               'DIRECTION = "up"\nMORE = 1')  # fmt: skip
    output = " ".join(study.complete("-n", "--cores", "1").split())
    assert "code of score_hardness changed" in output
    assert "gone: results/tiny/members/full/digits-cnn/block-0/dynamics.npz" in output
    assert "found in the store, not trained again: 2 networks" in output


def test_a_run_goes_on_where_its_words_fail(study):
    start = "def made(tasks: Iterable[Task]) -> str:"
    study.edit("workflow/study/outlook.py", start, f"{start}\n    raise ValueError('no words')")
    study.results("tiny", "groups.csv").unlink()
    study.results("tiny", "report.html").unlink()
    output = study.complete("--cores", "1")
    assert "Snakemake's own words follow, because ours failed: ValueError: no words" in output
    assert study.results("tiny", "report.html").exists() and "Traceback" not in output


def test_after_a_failure_the_command_to_go_on_is_last(study):
    study.edit("workflow/scripts/group_classes.py", "with job", "1 / 0\nwith job")
    study.results("tiny", "groups.csv").unlink()
    status, output = study.run("--cores", "1", "results/tiny/groups.csv")
    assert status == 1 and "FAILED: group_classes (dataset=tiny)" in output
    assert "0 of 1 jobs done, 1 failed" in output
    last = output.rstrip().splitlines()[-1]
    assert last.startswith("To go on (what is done stays done): ")
    assert last.endswith("workflow/run.py --cores 1 results/tiny/groups.csv")


MISTYPED = {
    "tinny": "unknown target 'tinny': did you mean 'tiny'?",
    "results/tinny/report.html": "unknown data set 'tinny': did you mean 'tiny'?",
    "results/tiny/figures/pruning-stabilty.pdf":
        "unknown figure 'pruning-stabilty': did you mean 'pruning-stability'?",
    "results/tiny/tables/resampling-efect.csv":
        "unknown table 'resampling-efect': did you mean 'resampling-effect'?",
    "results/tiny/figures/pruning-stability.svg":
        "no rule makes results/tiny/figures/pruning-stability.svg: results/README.md says which "
        "files there are",
}  # fmt: skip


@pytest.mark.parametrize("target", MISTYPED)
def test_a_mistyped_target_is_said_plainly(empty, target):
    status, output = empty.run(target)
    *_, wrong, asked = output.strip().splitlines()
    assert status == 1 and wrong == MISTYPED[target]
    assert asked.startswith("Nothing was computed. Asked for: ")
    assert asked.endswith(f"workflow/run.py {target}")
    assert not any(word in output for word in ("Traceback", "Exception", "Report", "To go on"))


@pytest.mark.parametrize("target", ["tinny", "results/tiny/figures/pruning-stabilty.pdf"])
def test_plain_snakemake_says_no_more(empty, target):
    """Without make study: no traceback of the function that looked the target up."""
    status, output = empty.run("-n", target, driver=False)
    assert status == 1 and output.rstrip().splitlines()[-1] == MISTYPED[target]
    assert not any(word in output for word in ("Traceback", "Exception", "Wildcards"))
