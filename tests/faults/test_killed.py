"""Jobs and runs that are killed, stopped, orphaned or started twice: the same command resumes, and
ends with the bytes of an undisturbed run.
"""

import contextlib
import json
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from conftest import Project, text_of

from hardness.data import datasets

BLOCK = "results/tiny/members/full/digits-cnn/block-0"
LOG = "results/tiny/logs/train_full/digits-cnn/block-0.log"
COMMAND = ("--cores", "1", f"{BLOCK}/test.npz")
OUTPUTS = ("test.npz", "dynamics.npz", "weights.npz")
MADE = ("digits/data.npz", "tiny/data.npz", "tiny/sets/full.npz")
NOT_ANEW = "training resumes after step"

# What every Python process of these projects runs first. A trainer of block 0 stops itself
# (SIGSTOP) after two epochs if there is a file `stop`; a process dies before it gives a file a name
# that ends as DIE_BEFORE says.
ACCIDENTS = """
import builtins, os, signal
genuine = print, os.replace
def told(*words, **options):
    genuine[0](*words, **options)
    log = os.readlink("/proc/self/fd/1")
    in_epoch_2 = bool(words) and str(words[0]).startswith("epoch 2/")
    if in_epoch_2 and log.endswith("block-0.log") and os.path.exists("stop"):
        os.remove("stop")
        os.kill(os.getpid(), signal.SIGSTOP)
def named(source, target):
    if os.environ.get("DIE_BEFORE") and str(target).endswith(os.environ["DIE_BEFORE"]):
        os.kill(os.getpid(), signal.SIGKILL)
    genuine[1](source, target)
builtins.print, os.replace = told, named
"""


class Training(Project):
    """The tiny study with its data and the set `full`, and no network; in a path with a space and
    an umlaut.
    """

    @classmethod
    def prepared(cls, folder, finished):
        project = cls.new(folder / "mein Prüfstand")
        (project / "workflow" / "sitecustomize.py").write_text(ACCIDENTS)
        for name in [name for made in MADE for name in (made, f"{made}.sha256")]:
            project.results(name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(finished.results(name), project.results(name))
        project.jobs = {
            number: json.loads(finished.log("train_full", "digits-cnn", f"block-{number}.json"))
            for number in (0, 1)
        }
        project.started, project.trainer = [], None
        return project

    def start(self, *arguments, **options):
        self.started.append(super().start(*arguments, **options))
        return self.started[-1]

    def start_by_hand(self, job, **variables):
        """Start a trainer by itself, without Snakemake."""
        path = self / f"job-{len(self.started)}.json"
        path.write_text(json.dumps(job))
        (self / job["log"][0]).parent.mkdir(parents=True, exist_ok=True)
        (self / job["log"][0]).unlink(missing_ok=True)
        environment = os.environ | {"PYTHONPATH": str(self / "workflow")} | variables
        command = [sys.executable, "workflow/scripts/train_members.py", path]
        self.started.append(
            subprocess.Popen(command, cwd=self.folder, env=environment, start_new_session=True)
        )
        return self.started[-1]

    def by_hand(self, job, **variables):
        """Run a trainer to its end. Returns its exit status and its log."""
        status = self.start_by_hand(job, **variables).wait(timeout=120)
        return status, (self / job["log"][0]).read_text()

    def stopped(self, start, *arguments, **options):
        """Start a run of the first block, whose trainer stops after two epochs: .process, .trainer,
        .entry.
        """
        (self / "stop").touch()
        self.process = start(*arguments, **options)
        wait_for(lambda: not (self / "stop").exists(), self.process)
        holders = {lock.parent: lock.read_text() for lock in self.results(".store").glob("*/lock")}
        ((self.entry, holder),) = [one for one in holders.items() if "block 0 (process " in one[1]]
        self.trainer = int(re.search(r"\(process (\d+) on ", holder)[1])
        wait_for(lambda: status_of(self.trainer, "State").startswith("T"))
        return self

    def go_on(self):
        os.kill(self.trainer, signal.SIGCONT)

    def end(self, number):
        """Let the stopped trainer end by a signal, and its run with it. Returns the run's status
        and output.
        """
        os.kill(self.trainer, number)
        self.go_on()
        # what a scheduler leaves it: it takes less than a tenth of that
        assert has_ended(self.trainer, 10)
        output, _ = self.process.communicate(timeout=60)
        return self.process.returncode, output

    def close(self):
        if self.trainer:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.trainer, signal.SIGKILL)
        for process in self.started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if process.stdout:
                process.stdout.close()


@pytest.fixture
def untrained(finished, tmp_path):
    project = Training.prepared(tmp_path, finished)
    yield project
    project.close()


@pytest.fixture
def training(untrained):
    """A run by the driver, with its trainer stopped after two epochs."""
    return untrained.stopped(untrained.start, *COMMAND)


def wait_for(there, process=None, seconds=120):
    deadline = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < deadline and (process is None or process.poll() is None), (
            "waited in vain"
        )
        time.sleep(0.002)


def has_ended(number, seconds=30):
    """Whether a process is gone, or dead and not yet waited for."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if status_of(number, "State")[:1] in ("", "Z"):
            return True
        time.sleep(0.02)
    return False


def status_of(number, key):
    """What Linux says of a process; nothing if it is gone."""
    try:
        return re.search(
            rf"^{key}:\s+(.*)$",
            Path(f"/proc/{number}/status").read_text(encoding="utf-8"),
            re.MULTILINE,
        )[1]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def was_told_to_end(number):
    """Whether a SIGTERM waits for a stopped process to go on."""
    return bool(int(status_of(number, "ShdPnd"), 16) >> (signal.SIGTERM - 1) & 1)


def files_of(folder):
    return sorted(path.name for path in folder.glob("*")) if folder.exists() else []


def half_written(project):
    return sorted(path.name for path in project.results().rglob("*.part"))


def same_as_undisturbed(project, finished, block=BLOCK):
    undisturbed = {name: (finished / BLOCK / name).read_bytes() for name in OUTPUTS}
    return [
        name for name in OUTPUTS if (project / block / name).read_bytes() != undisturbed[name]
    ] == []


# Signals


def test_sigkill_of_everything(training, finished):
    os.killpg(training.process.pid, signal.SIGKILL)
    training.process.communicate()
    assert has_ended(training.trainer)
    assert files_of(training / BLOCK) == []
    (training.results("tiny", ".data.npz.killed.part")).write_bytes(b"half of an artifact")

    output = training.complete(*COMMAND)
    assert "unlocking" in output and "1 of 1 jobs done" in output
    assert same_as_undisturbed(training, finished)
    assert training.plan(f"{BLOCK}/test.npz") == []
    assert half_written(training) == []


def test_sigkill_of_the_trainer_and_nothing_is_averaged_without_it(untrained, finished):
    evaluation = "results/tiny/evaluation/full/digits-cnn.csv"
    status, output = untrained.stopped(untrained.start, "--cores", "2", evaluation).end(
        signal.SIGKILL
    )
    assert status == 1
    assert "FAILED: train_full (dataset=tiny, recipe=digits-cnn, block=0)" in output
    assert "log: results/tiny/logs/train_full/digits-cnn/block-0.log" in output
    assert files_of(untrained / BLOCK) == [] and not (untrained.entry / "test.npz").exists()
    assert (untrained / BLOCK.replace("block-0", "block-1") / "test.npz").exists()
    assert not (untrained / evaluation).exists()

    assert "unlocking" not in untrained.complete("--cores", "2", evaluation)
    assert same_as_undisturbed(untrained, finished)
    assert (untrained / evaluation).read_bytes() == (finished / evaluation).read_bytes()


def test_sigterm_to_the_trainer(training, finished):
    status, output = training.end(signal.SIGTERM)
    assert status == 1
    told = re.search(
        r"tiny, full, digits-cnn: stopped by SIGTERM after step (\d+), in epoch (\d+) of 14", output
    )
    step = int(told[1])
    assert 2 * 25 <= step < 14 * 25 and int(told[2]) == step // 25 + 1
    assert files_of(training / BLOCK) == []
    with np.load(training.entry / "resume.npz") as state:
        assert state["step"] == step

    training.complete(*COMMAND)
    assert f"{NOT_ANEW} {step} of 350" in (training / LOG).read_text()
    assert same_as_undisturbed(training, finished)
    assert [name for name in files_of(training.entry) if "resume" in name] == []


def test_ctrl_c(training, finished):
    """SIGINT for the whole group, as from a terminal: the trainer saves its state, and nothing
    stays locked.
    """
    os.killpg(training.process.pid, signal.SIGINT)
    training.go_on()
    output, _ = training.process.communicate(timeout=60)
    assert training.process.returncode == 1 and has_ended(training.trainer)
    assert "tiny, full, digits-cnn: stopped by SIGINT after step" in (training / LOG).read_text()
    assert files_of(training / BLOCK) == []

    assert "unlocking" not in training.complete(*COMMAND)
    assert NOT_ANEW in (training / LOG).read_text()
    assert same_as_undisturbed(training, finished)


def test_a_second_signal_to_the_driver_ends_its_jobs_too(training):
    """The driver alone gets both: it kills Snakemake, and then tells the trainer, which saves its
    state.
    """
    os.kill(training.process.pid, signal.SIGTERM)
    assert any(
        "Will exit after finishing" in line for line in iter(training.process.stdout.readline, "")
    )
    os.kill(training.process.pid, signal.SIGTERM)
    wait_for(lambda: was_told_to_end(training.trainer), seconds=30)
    training.go_on()
    output = training.process.stdout.read()
    assert training.process.wait(timeout=60) == 128 + signal.SIGKILL and has_ended(training.trainer)
    assert re.search(
        rf"^Ending jobs that it left: process .*\b{training.trainer}\b", output, re.MULTILINE
    )
    assert (training.entry / "resume.npz").exists()


# Killed between writing and naming


def test_sigkill_before_each_of_several_files_gets_its_name(untrained, finished):
    """Inside a save of the state; between two outputs in the store; between two links to them. Then
    undisturbed.
    """
    job = untrained.jobs[0]
    untrained.stopped(untrained.start_by_hand, job, DIE_BEFORE="resume.npz")
    os.kill(untrained.trainer, signal.SIGTERM)
    untrained.go_on()
    assert untrained.process.wait(timeout=60) == -signal.SIGKILL
    assert [name[:12] for name in half_written(untrained)] == [".resume.npz."]

    assert untrained.by_hand(job, DIE_BEFORE="/weights.npz")[0] == -signal.SIGKILL
    assert [name[:13] for name in half_written(untrained)] == [".weights.npz."]
    assert (untrained.entry / "dynamics.npz").exists() and not (
        untrained.entry / "test.npz"
    ).exists()

    status, log = untrained.by_hand(job, DIE_BEFORE="block-0/dynamics.npz")
    assert status == -signal.SIGKILL and "epoch 1/14" in log
    assert files_of(untrained / BLOCK)[-2:] == ["test.npz", "test.npz.sha256"]

    status, log = untrained.by_hand(job)
    assert status == 0 and "found in the store" in log
    assert same_as_undisturbed(untrained, finished)
    # a link, for the driver to remove
    assert [name[:14] for name in half_written(untrained)] == [".dynamics.npz."]


# One writer


def test_two_jobs_with_one_key(untrained, finished):
    """The second waits, says for whom, and then takes what the first has made."""
    untrained.stopped(untrained.start_by_hand, untrained.jobs[0])
    twin = BLOCK.replace("digits-cnn", "digits-twin")
    job = json.loads(json.dumps(untrained.jobs[0]).replace("full/digits-cnn", "full/digits-twin"))
    job["log"] = ["results/tiny/logs/train_full/digits-twin/block-0.log"]
    second, log = untrained.start_by_hand(job), untrained / job["log"][0]
    who = rf"is being trained by tiny, full, digits-cnn, block 0 \(process {untrained.trainer} on "
    wait_for(lambda: re.search(who, text_of(log)), second)
    untrained.go_on()
    assert [process.wait(timeout=60) for process in (untrained.process, second)] == [0, 0]
    assert "found in the store" in log.read_text() and "epoch" not in log.read_text()
    assert same_as_undisturbed(untrained, finished) and same_as_undisturbed(
        untrained, finished, twin
    )
    assert len(files_of(untrained.results(".store"))) == 1


def test_an_orphan_of_a_killed_snakemake_and_the_rerun(untrained, finished):
    """Plain Snakemake is killed, its trainer runs on; the rerun waits for that, and both end
    well.
    """
    untrained.stopped(untrained.start, *COMMAND, driver=False)
    os.kill(untrained.process.pid, signal.SIGKILL)
    untrained.process.wait()
    assert not has_ended(untrained.trainer, 0.5)

    untrained.complete(*COMMAND, "--unlock", driver=False)
    rerun = untrained.start(*COMMAND, driver=False)
    wait_for(lambda: "waiting: " in text_of(untrained / LOG), rerun)
    untrained.go_on()
    output, _ = rerun.communicate(timeout=60)
    assert rerun.returncode == 0, output
    assert has_ended(untrained.trainer)
    assert "found in the store" in (untrained / LOG).read_text()
    assert same_as_undisturbed(untrained, finished)
    assert half_written(untrained) == [] and len(files_of(untrained.results(".store"))) == 1


def test_an_orphan_of_another_config_writes_nothing_into_the_rerun(training):
    """Driver and Snakemake are killed, the trainer runs on; the config is changed; the next run
    ends the trainer.
    """
    (snakemake,) = re.findall(
        r"its Snakemake: process (\d+)", training.results(".study.lock").read_text()
    )
    for number in (training.process.pid, int(snakemake)):
        os.kill(number, signal.SIGKILL)
    training.process.wait()
    training.change("recipes", "digits-cnn", "optimizer", "lr", value=0.04)

    rerun = training.start(*COMMAND)
    wait_for(lambda: was_told_to_end(training.trainer), rerun)
    training.go_on()
    output, _ = rerun.communicate(timeout=60)
    assert rerun.returncode == 0, output
    assert has_ended(training.trainer)
    assert re.search(
        rf"^Ending jobs that it left: process .*\b{training.trainer}\b", output, re.MULTILINE
    )
    assert (training.entry / "resume.npz").exists()  # the old config's
    (entry,) = {path.parent for path in training.results(".store").glob("*/test.npz")}
    assert (
        json.loads((entry / "origin.json").read_text())["key"]["recipe"]["optimizer"]["lr"] == 0.04
    )
    assert (entry / "test.npz").samefile(training / BLOCK / "test.npz")


def test_a_second_plain_snakemake_is_refused_and_harms_nothing(untrained, finished):
    untrained.stopped(untrained.start, *COMMAND, driver=False)
    status, output = untrained.run(*COMMAND, driver=False)
    assert status == 1
    assert (
        "Directory cannot be locked. Please make sure that no other Snakemake process is trying "
        "to create" in output
    )
    assert "Traceback" not in output
    # nor by the driver, which unlocks only what no Snakemake holds
    status, output = untrained.run(*COMMAND)
    assert status == 1
    assert (
        f"A Snakemake started by hand is running here (process {untrained.process.pid})" in output
    )
    assert not has_ended(untrained.trainer, 0.1)

    untrained.go_on()
    output, _ = untrained.process.communicate(timeout=60)
    assert untrained.process.returncode == 0, output
    assert same_as_undisturbed(untrained, finished)


# Resume states and entries that are not what they seem


@pytest.fixture(scope="module")
def states(finished, tmp_path_factory):
    """The resume states of blocks 0 and 1, stopped in the midst: the entry's name and the file's
    bytes.
    """
    found = {}
    for number in (0, 1):
        project = Training.prepared(tmp_path_factory.mktemp("state"), finished)
        try:
            process = project.start_by_hand(project.jobs[number])
            log = project / project.jobs[number]["log"][0]
            wait_for(lambda log=log: "epoch 3/14" in text_of(log), process)
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=60) == 1, log.read_text()
            (resume,) = project.results(".store").glob("*/resume.npz")
            found[number] = resume.parent.name, resume.read_bytes()
        finally:
            project.close()
    assert found[0][0] != found[1][0]
    return found


class Trap:
    """An object that leaves a file when it is unpickled."""

    def __reduce__(self):
        return open, ("executed", "w")


FOREIGN = {
    "cut short": (lambda states: states[0][1][:-100], "resume.npz is no readable npz"),
    "another block's": (lambda states: states[1][1], "resume.npz is the state of another block"),
    "a pickle": (lambda states: pickle.dumps(Trap()), "resume.npz is no readable npz"),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_foreign_resume_state_is_refused_and_training_starts_anew(
    kind, untrained, finished, states
):
    make, message = FOREIGN[kind]
    entry = untrained.results(".store", states[0][0])
    entry.mkdir(parents=True)
    (entry / "resume.npz").write_bytes(make(states))
    status, log = untrained.by_hand(untrained.jobs[0])
    assert status == 0
    assert re.search(rf"{re.escape(message)}.*training starts again", log)
    assert "epoch 1/14" in log and NOT_ANEW not in log
    assert same_as_undisturbed(untrained, finished)
    assert (
        files_of(untrained.results(".store")) == [states[0][0]]
        and not (entry / "resume.npz").exists()
    )
    assert not (untrained / "executed").exists()


def other_code(project, job):
    with open(project / "workflow/hardness/training/loop.py", "a", encoding="utf-8") as file:
        file.write("\nANOTHER = True\n")


def other_config(project, job):
    job["params"]["recipe"]["optimizer"]["lr"] = 0.04


def other_data(project, job):
    data = datasets.load(project.results("tiny", "data.npz"))
    data.train_inputs[7, 3, 3] ^= 1
    datasets.save(project.results("tiny", "data.npz"), data)


@pytest.mark.parametrize(
    "change", [other_code, other_config, other_data], ids=lambda change: change.__name__
)
def test_a_state_of_other_code_config_or_data_is_not_found(change, untrained, states):
    entry, job = untrained.results(".store", states[0][0]), untrained.jobs[0]
    entry.mkdir(parents=True)
    (entry / "resume.npz").write_bytes(states[0][1])
    change(untrained, job)
    status, log = untrained.by_hand(job)
    assert status == 0
    assert "epoch 1/14" in log and NOT_ANEW not in log
    assert files_of(entry) == ["resume.npz"] and (entry / "resume.npz").read_bytes() == states[0][1]
    assert len(files_of(untrained.results(".store"))) == 2


def test_a_damaged_entry_of_the_store_is_trained_again(study, finished):
    (entry,) = {path.parent for path in study.results(".store").glob("*/test.npz")
                if path.samefile(study / BLOCK / "test.npz")}  # fmt: skip
    content = bytearray((entry / "dynamics.npz").read_bytes())
    content[len(content) // 2] ^= 1  # one bit, in the outputs too: they are one file
    (entry / "dynamics.npz").write_bytes(content)
    (study / BLOCK / "test.npz").unlink()
    study.complete(*COMMAND)
    log = study.log("train_full", "digits-cnn", "block-0.log")
    assert re.search(r"dynamics\.npz is damaged", log) and "epoch 14/14" in log
    assert f"moved aside to {entry.name}.damaged-1" in log
    assert (entry.with_name(f"{entry.name}.damaged-1") / "dynamics.npz").exists()
    assert same_as_undisturbed(study, finished)
