"""The driver of `make study` and its line of progress, on small workflows run by the real
Snakemake.
"""

import contextlib
import getpass
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

import run
from snakemake_logger_plugin_progress.progress import Progress, about, clock_time

ROOT = Path(__file__).resolve().parents[2]
RUN = [sys.executable, str(ROOT / "workflow" / "run.py")]

# `first` is done at once, `held` says that it has begun, and waits until there is a file `go`.
HELD = """
rule all:
    input: "results/toy/report.html"
rule first:
    output: "results/toy/first.txt"
    shell: "echo first >> count.txt; touch {output}"
rule held:
    input: "results/toy/first.txt"
    output: "results/toy/held.txt"
    shell:
        "echo half > {output}; touch begun; until [ -e go ]; do sleep 0.05; done; "
        "echo whole > {output}"
rule report:
    input: "results/toy/held.txt"
    output: "results/toy/report.html"
    shell: "cp {input} {output}"
"""

# train_set fails for number 2, `mute` says nothing and has no log, and the report needs neither of
# them.
FAILING = """
rule all:
    input:
        expand("results/toy/{number}.txt", number=[1, 2, 3]),
        "results/toy/mute.txt", "results/toy/forgot.txt"
rule train_set:
    output: "results/toy/{number}.txt"
    log: "results/toy/logs/{number}.log"
    shell:
        "(for n in $(seq 40); do echo epoch $n; done; [ {wildcards.number} != 2 ]; "
        "touch {output}) > {log} 2>&1"
rule mute:
    output: "results/toy/mute.txt"
    shell: "exit 3"
rule forgot:
    output: "results/toy/forgot.txt"
    shell: "true"
"""


class Study:
    """A folder with the project's own profile, a config, and a Snakefile to be written; and the
    runs in it.
    """

    def __init__(self, folder):
        self.folder = folder
        self.started = []
        shutil.copytree(ROOT / "profiles" / "default", folder / "profiles" / "default")
        (folder / "config.yaml").write_text(
            "study: {datasets: [toy]}\ndatasets: {toy: {}, other: {}}\n"
        )

    def __truediv__(self, name):
        return self.folder / name

    def start(self, *arguments, command=RUN):
        """Start the driver as the leader of a group of processes of its own, with no terminal."""
        process = subprocess.Popen(
            [*command, *arguments],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def run(self, *arguments):
        return finish(self.start(*arguments))


def finish(process):
    output, _ = process.communicate(timeout=60)
    return process.returncode, output


@pytest.fixture
def study(tmp_path):
    study = Study(tmp_path)
    yield study
    for process in study.started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


@pytest.fixture
def held(study):
    """A study whose driver runs, with one job done and one waiting for the file `go`."""
    (study / "Snakefile").write_text(HELD)
    study.driver = study.start()
    wait_for(study / "begun")
    return study


def wait_for(path, seconds=30):
    deadline = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not come"
        time.sleep(0.05)


def let_go(study, process):
    (study / "go").touch()
    return finish(process)


def test_a_run_counts_its_jobs(study):
    (study / "Snakefile").write_text(HELD)
    (study / "go").touch()
    status, output = study.run()
    assert status == 0
    assert "0 of 4 jobs done" in output and re.search(
        r"^4 of 4 jobs done, in 0:\d\d$", output, re.MULTILINE
    )
    assert "unlock" not in output and "To go on" not in output

    status, output = study.run()
    assert status == 0 and "Nothing to be done" in output
    status, output = study.run("other")  # no such rule: Snakemake's own status, and its message
    assert status != 0 and "other" in output and "To go on" not in output


def test_lines_come_as_time_passes_where_there_is_no_terminal(study):
    (study / "Snakefile").write_text(HELD)
    process = study.start("--logger-progress-interval", "0.3")
    wait_for(study / "begun")
    time.sleep(1.5)
    status, output = let_go(study, process)
    assert status == 0
    assert len(re.findall(r"^1 of 4 jobs done, 0:\d\d, running 1 held$", output, re.MULTILINE)) >= 3


def test_on_a_terminal_one_line_is_updated_in_place(study):
    (study / "Snakefile").write_text(HELD)
    (study / "go").touch()
    ours, theirs = pty.openpty()
    with contextlib.closing(os.fdopen(ours, "rb", buffering=0)) as screen:
        terminal = {"stdout": theirs, "stderr": theirs, "stdin": subprocess.DEVNULL}
        process = subprocess.Popen(
            RUN, cwd=study.folder, env=os.environ | {"TERM": "xterm"}, **terminal
        )
        os.close(theirs)
        written = b""
        with contextlib.suppress(OSError):  # how Linux says that the other side is closed
            while block := screen.read(1 << 16):
                written += block
        assert process.wait() == 0
    lines = [line for line in written.decode().split("\r\n") if "jobs done" in line]
    assert len(lines) == 1 and lines[0].count("\r\x1b[K") >= 5
    assert re.search(r"4 of 4 jobs done, in 0:\d\d$", lines[0])


def test_a_second_run_is_refused_and_told_who_runs(held):
    status, output = held.run()
    assert status == 1
    assert output.count("\n") == 1
    assert f"{getpass.getuser()} on {socket.gethostname()}, process {held.driver.pid}" in output
    assert re.search(r"since 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d", output)

    status, output = held.run("-n")  # a look at the plan disturbs nobody
    assert status == 0 and "report" in output
    assert let_go(held, held.driver)[0] == 0


def test_after_sigkill_of_all_the_same_command_goes_on(held):
    os.killpg(held.driver.pid, signal.SIGKILL)
    held.driver.communicate()
    assert (held / "results/toy/held.txt").read_text() == "half\n"
    (held / "go").touch()
    status, output = held.run()
    assert status == 0
    assert "unlocking" in output and "3 of 3 jobs done" in output
    assert (held / "count.txt").read_text() == "first\n"  # what was done is not done again
    assert (held / "results/toy/report.html").read_text() == "whole\n"
    assert "unlocking" not in held.run()[1]


def test_the_lock_outlives_a_driver_whose_snakemake_lives(held):
    os.kill(held.driver.pid, signal.SIGKILL)
    held.driver.wait()
    status, output = held.run()
    assert status == 1 and "already being computed" in output
    (held / "go").touch()
    wait_for(held / "results/toy/report.html")
    deadline = time.monotonic() + 30
    while held.run()[0] != 0:
        assert time.monotonic() < deadline


def test_a_snakemake_started_by_hand_is_not_unlocked(study):
    (study / "Snakefile").write_text(HELD)
    # finds the profile, and needs no plugin for it
    other = study.start(command=[sys.executable, "-m", "snakemake"])
    wait_for(study / "begun")
    status, output = study.run()
    assert status == 1 and f"process {other.pid}" in output
    assert let_go(study, other)[0] == 0
    assert study.run()[0] == 0


# Two jobs as Snakemake runs them, one that ends on SIGTERM, and one that does not.
WILLING = "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"


def test_jobs_that_were_left_are_ended_and_nothing_else(tmp_path, monkeypatch, capsys):
    started = {}
    for place, name, code in (
        ("here", ".snakemake/scripts/willing.py", WILLING),
        ("here", ".snakemake/scripts/stubborn.py", STUBBORN),
        ("here", "other.py", WILLING),
        ("there", ".snakemake/scripts/job.py", WILLING),
    ):
        (tmp_path / place / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place / name).write_text(
            f"{code}\nopen(__file__ + '.began', 'w').close()\ntime.sleep(60)\n"
        )
        started[place, name] = subprocess.Popen([sys.executable, name], cwd=tmp_path / place)
    try:
        for place, name in started:
            wait_for(tmp_path / place / f"{name}.began")
        monkeypatch.setattr(run, "PATIENCE", 0.5)
        run.end_jobs(tmp_path / "here")
        ended = [process.poll() for process in started.values()]
    finally:
        for process in started.values():
            process.kill()
            process.wait()
    assert ended == [7, -signal.SIGKILL, None, None]
    willing, stubborn, *_ = (process.pid for process in started.values())
    assert capsys.readouterr().out == f"Ending jobs that it left: process {willing}, {stubborn}\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_the_driver_ends_the_run_in_order(held, number):
    os.kill(held.driver.pid, number)
    time.sleep(0.5)
    assert held.driver.poll() is None  # the running job may finish
    status, output = let_go(held, held.driver)
    assert status == 1
    assert (held / "results/toy/held.txt").read_text() == "whole\n"
    assert not (held / "results/toy/report.html").exists()
    assert "jobs done, in" in output and "To go on (what is done stays done): " in output
    status, output = held.run()
    assert status == 0 and "unlocking" not in output


def test_ctrl_c_reaches_the_jobs_once(held):
    """As from a terminal, where all processes of a group get the signal: the jobs end too, nothing
    stays locked.
    """
    os.killpg(held.driver.pid, signal.SIGINT)
    output, _ = held.driver.communicate(timeout=30)
    assert held.driver.returncode != 0
    (held / "go").touch()
    status, output = held.run()
    assert status == 0 and "unlocking" not in output


def test_what_is_stale_stays_so_when_the_clock_was_set_back(study):
    """All files are of tomorrow, and one is newer than what was made from it."""
    (study / "Snakefile").write_text(HELD)
    (study / "go").touch()
    assert study.run()[0] == 0
    tomorrow = time.time() + 86400
    for seconds, name in enumerate(("first.txt", "held.txt", "report.html")):
        os.utime(study / "results/toy" / name, (tomorrow + seconds,) * 2)
    status, output = study.run()
    assert (
        status == 0
        and "3 files are dated in the future" in output
        and "Nothing to be done" in output
    )

    (study / "results/toy/first.txt").write_text("changed\n")
    os.utime(study / "results/toy/held.txt", (tomorrow,) * 2)
    os.utime(study / "results/toy/first.txt", (tomorrow + 0.001,) * 2)
    assert "3 of 3 jobs done" in study.run()[1]  # all counts as one
    dates = [
        (study / "results/toy" / name).stat().st_mtime
        for name in ("first.txt", "held.txt", "report.html")
    ]
    assert dates == sorted(dates) and dates[-1] <= time.time()


def test_failures_are_told_at_once_with_the_end_of_their_log(study):
    (study / "Snakefile").write_text(FAILING)
    status, output = study.run("--latency-wait", "0")
    assert status == 1
    assert (study / "results/toy/1.txt").exists() and (study / "results/toy/3.txt").exists()
    block = output[output.index("FAILED: train_set (number=2)") :].splitlines()
    assert block[1] == "  log: results/toy/logs/2.log"
    assert block[2:14] == [f"  | epoch {line}" for line in range(29, 41)]
    assert "FAILED: mute\n  command: exit 3" in output
    assert "MissingOutputException in rule forgot" in output
    assert "Traceback" not in output and "CalledProcessError" not in output
    end = output[output.index("2 of 6 jobs done, 3 failed") :]
    assert "failed: train_set (number=2), log: results/toy/logs/2.log" in end
    assert "failed: forgot, log: none" in end
    again = f"{sys.executable} {ROOT / 'workflow' / 'run.py'} --latency-wait 0"
    assert end.rstrip().endswith(f"To go on (what is done stays done): {again}")


def test_an_error_before_any_job_is_passed_on(study):
    (study / "Snakefile").write_text(
        'configfile: "config.yaml"\nraise ValueError("recipes: no such key")\n'
    )
    status, output = study.run()
    assert status == 1
    assert "recipes: no such key" in output and "jobs done" not in output


def test_another_directory_and_config(study):
    (study / "Snakefile").write_text(HELD)
    (study / "there").mkdir()
    (study / "there" / "go").touch()
    (study / "tiny.yaml").write_text("study: {datasets: [toy, tiny]}\n")
    status, output = study.run("--directory", "there", "--configfile", "tiny.yaml")
    assert status == 0
    assert (study / "there/results/.study.lock").exists() and not (study / "results").exists()
    assert (study / "there/results/toy/report.html").exists()


def test_a_config_file_that_is_not_there_is_named(study):
    (study / "Snakefile").write_text(HELD)
    status, output = study.run("--configfile", "config.yaml", "mine.yaml", "toy")
    assert status == 1 and output.count("\n") == 1
    assert f"there is no file mine.yaml and no file toy in {study.folder}" in output
    assert "put targets before it" in output


def test_a_dry_run_says_how_to_see_snakemakes_own(study):
    """And without words of the study's it is Snakemake's own."""
    (study / "Snakefile").write_text(HELD)
    status, output = study.run("-n", "--cores", "1")
    assert status == 0 and "Job stats" in output and "Nothing was computed" not in output
    assert run.logger_options(["toy", "-n"])[-1] == "make run ARGS='snakemake -n toy'"
    assert run.logger_options(["-n", "--logger", "other"]) == []


def test_what_a_user_types_to_go_on(monkeypatch):
    monkeypatch.setenv("MAKELEVEL", "1")
    assert run.typed([]) == "make study"
    assert run.typed(["photos"]) == "make study ARGS=photos"
    assert run.typed(["a b", "-n"]) == """make study ARGS=''"'"'a b'"'"' -n'"""


def test_the_driver_starts_without_heavy_imports():
    heavy = "{'torch', 'pandas', 'numpy', 'snakemake'}"
    code = f"import run, sys; print(sorted({heavy} & set(sys.modules)))"
    assert (
        subprocess.check_output(
            [sys.executable, "-c", code], cwd=ROOT / "workflow", text=True, encoding="utf-8"
        )
        == "[]\n"
    )


def test_the_gpu_profile_is_the_default_one_and_a_gpu():
    names = ("default", "workstation-gpu", "slurm")
    paths = [ROOT / "profiles" / name / "config.yaml" for name in names]
    default, gpu, slurm = (yaml.safe_load(path.read_text()) for path in paths)
    rules = (ROOT / "workflow" / "rules" / "members.smk").read_text()
    training = re.findall(r"^(?:use )?rule (?:\w+ as )?(\w+)", rules, re.MULTILINE)
    assert {"train_full", "train_unlabelled", "predict_samples", "read_tde"} <= {*training}
    assert slurm["set-resources"] == {rule: {"gpu": 1} for rule in training}
    given = {rule: {"gpu": 1, "gpu_slots": 1} for rule in training}
    assert "code" not in default["rerun-triggers"]
    assert gpu == default | {"resources": {"gpu": 1}, "set-resources": given}


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def test_of_many_jobs_that_fail_alike_the_first_are_told():
    progress = Progress(Clock())
    for jobid in range(12):
        progress.start(
            jobid, "make_set" if jobid < 8 else "draw", {"number": str(jobid)}, (f"{jobid}.log",)
        )
        progress.fail(jobid)
    sets = [f"make_set (number={number}), log: {number}.log" for number in range(5)]
    draws = [f"draw (number={number}), log: {number}.log" for number in range(8, 12)]
    assert progress.failures() == [*sets, *draws, "3 more of make_set"]


def test_time_left_by_hand():
    """Two jobs at once. train_full takes 10 s, and so, it seems, does train_set, until one has been
    seen to take 4.
    """
    clock = Clock()
    progress = Progress(clock)
    progress.plan({"train_full": 3, "train_set": 4, "draw": 1})
    assert progress.seconds_left() is None
    for jobid in (1, 2):
        progress.start(jobid, "train_full", {}, ())
    clock.now = 10
    progress.finish(1)
    progress.finish(2)
    assert progress.seconds_left() is None  # two jobs say too little
    progress.start(3, "train_full", {}, ())
    progress.start(4, "train_set", {}, ())
    clock.now = 20
    progress.finish(3)
    # left: three train_set and draw, 10 s each as far as one knows, and the running train_set, 10 s
    # old: 4 x 10 / 2
    assert progress.seconds_left() == pytest.approx(20)
    assert (
        progress.line()
        == "3 of 8 jobs done, 0:20, under a minute left, running 1 train_set (0 of 4 done)"
    )
    progress.running[4] = progress.running[4]._replace(began=16)
    progress.finish(4)
    progress.start(5, "train_set", {}, ())
    clock.now = 23
    # running: 4 - 3 = 1 s more; waiting: two of 4 s, and draw at the median of the rules, 7 s
    assert progress.seconds_left() == pytest.approx((1 + 2 * 4 + 7) / 2)


def test_no_estimate_while_a_job_is_overdue():
    """Three blocks were found in the store in a second; the fourth is trained, and nobody knows for
    how long.
    """
    clock = Clock()
    progress = Progress(clock)
    progress.plan({"train_set": 5})
    for jobid in range(3):
        progress.start(jobid, "train_set", {}, ())
    clock.now = 1
    for jobid in range(3):
        progress.finish(jobid)
    progress.start(3, "train_set", {}, ())
    assert progress.seconds_left() == pytest.approx(1)
    clock.now = 34
    assert progress.seconds_left() is None
    progress.finish(3)
    assert progress.seconds_left() == pytest.approx((33 + 3 * 1) / 4 / 3)


def test_no_estimate_while_most_of_what_is_left_is_unknown():
    clock = Clock()
    progress = Progress(clock)
    progress.plan({"prepare": 4, "train_set": 50})
    for jobid in range(4):
        progress.start(jobid, "prepare", {}, ())
        clock.now += 1
        progress.finish(jobid)
    assert progress.seconds_left() is None
    assert progress.line() == "4 of 54 jobs done, 0:04"


def test_a_job_tried_again_is_no_failure_any_more():
    progress = Progress(Clock())
    progress.plan({"train_set": 2})
    progress.start(1, "train_set", {"set": "full"}, ())
    assert str(progress.fail(1)) == "train_set (set=full)"
    assert "1 failed" in progress.line()
    progress.start(1, "train_set", {"set": "full"}, ())
    progress.finish(1)
    assert progress.line() == "1 of 2 jobs done, 0:00"


def test_times_in_words():
    assert [clock_time(seconds) for seconds in (0, 59.9, 185, 7385)] == [
        "0:00",
        "0:59",
        "3:05",
        "2:03:05",
    ]
    assert [about(seconds) for seconds in (5, 80, 3500)] == [
        "under a minute",
        "about 1 min",
        "about 58 min",
    ]
    assert [about(seconds) for seconds in (3700, 7740, 86_000)] == [
        "about 1 h",
        "about 2 h 10 min",
        "about 23 h 50 min",
    ]
    assert about(200_000) == "about 2 days"
