"""The driver of `make study`: it allows one run at a time, shows one line of progress, and at the
end says where the report is.

    python workflow/run.py [options and targets of Snakemake]

It works in the current directory (or Snakemake's --directory), where results/ lies. While it runs
it holds a lock on results/.study.lock, which is released when both this process and its Snakemake
have ended. First it ends the jobs of a killed run that still run, and unlocks what it left locked.
It returns Snakemake's exit status.
"""

import argparse
import contextlib
import datetime
import fcntl
import getpass
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from study import start

SNAKEMAKE = [sys.executable, "-m", "snakemake"]
DRY_RUN = re.compile(r"--dry-?run|-[pqkF]*n[pqkF]*")
# the folder of the jobs' scripts, which is part of the commands that run them
SCRIPT = ".snakemake/scripts/"
PATIENCE = 15.0  # seconds that a job has for saving its state before it is killed
PAUSE = 0.2  # seconds before a signal is passed on
SKEW = 60.0  # seconds by which the clocks of a shared file system's machines may differ


def main(arguments: list[str]) -> int:
    """Run Snakemake with `arguments`; returns its exit status."""
    workflow = str(Path(__file__).resolve().parent)
    environment = os.environ | {"PYTHONPATH": workflow, "PYTHONUTF8": "1"}  # as in the Snakefile
    start.check_cache(environment)
    if start.only_prints(arguments):
        os.execve(sys.executable, [*SNAKEMAKE, *arguments], environment)
    directory, configs = read_options(arguments)
    if missing := [str(path) for path in configs if not path.is_file()]:
        sys.exit(
            f"--configfile: there is no file {' and no file '.join(missing)} in {Path.cwd()}. "
            "All words after --configfile are taken as files: put targets before it."
        )
    command = [*SNAKEMAKE, *arguments, *logger_options(arguments)]
    if any(DRY_RUN.fullmatch(argument) for argument in arguments):
        os.execve(sys.executable, command, environment)

    lock_path = directory / "results" / ".study.lock"
    lock = take_lock(lock_path)
    if any((directory / ".snakemake" / "locks").glob("*.lock")):
        unlock(arguments, directory, environment)
    bring_dates_back(directory / "results")
    status = run_snakemake(command, environment, lock)
    if status > 128:  # a signal ended Snakemake, but not its jobs
        end_jobs(directory)
        print(f"Stopped. To go on: {typed(arguments)}", flush=True)
    return status


def read_options(arguments: list[str]) -> tuple[Path, list[Path]]:
    """Find in Snakemake's arguments the directory that it works in, and the config files."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-d", "--directory", type=Path, default=Path())
    parser.add_argument("--configfile", "--configfiles", type=Path, nargs="+", default=[])
    options, _ = parser.parse_known_args(arguments)
    return options.directory.resolve(), options.configfile


def typed(arguments: list[str]) -> str:
    """Return the command that runs this again."""
    words = shlex.join(arguments)
    if "MAKELEVEL" not in os.environ:
        return f"{shlex.join([sys.executable, sys.argv[0]])} {words}".rstrip()
    return f"make study ARGS={shlex.quote(words)}" if words else "make study"


def logger_options(arguments: list[str]) -> list[str]:
    """Return Snakemake's options for our logger plugin; none if the user asks for another one."""
    if "--logger" in arguments:
        return []
    words = shlex.join(argument for argument in arguments if not DRY_RUN.fullmatch(argument))
    listed = f"make run ARGS={shlex.quote(f'snakemake -n {words}'.rstrip())}"
    return [
        *("--logger", "progress"),
        *("--logger-progress-command", typed(arguments)),
        *("--logger-progress-all-jobs", listed),
    ]


def take_lock(path: Path) -> int:
    """Lock `path`, write into it who runs, and return its file descriptor. The lock lasts until no
    process has this descriptor open.

    Exits with status 1 and a message that names the holder if another process holds the lock.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{runner()}\n".encode(), 0)
    except BlockingIOError:
        holder = path.read_text(encoding="utf-8").strip() or "a run that has just started"
        sys.exit(
            f"This study is already being computed: {holder}. "
            "Wait until it is done, or stop that process."
        )
    except OSError as error:
        sys.exit(
            f"cannot lock {path}: {error.strerror}. "
            "The study needs a folder results/ that it can write to."
        )
    return lock


def runner() -> str:
    """Return who runs: user, host, process, and since when."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        user = f"user {os.getuid()}"
    since = datetime.datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
    return f"{user} on {socket.gethostname()}, process {os.getpid()}, since {since}"


def unlock(arguments: list[str], directory: Path, environment: dict[str, str]) -> None:
    """Clean up after a killed Snakemake: end its jobs, remove their temporary files, and remove its
    locks by `snakemake --unlock`.

    Exits with status 1 if a Snakemake that was not started here still runs in `directory`, or if
    unlocking fails.
    """
    others = list(processes_in(directory, is_snakemake))
    if others:
        numbers = ", ".join(map(str, others))
        sys.exit(
            f"A Snakemake started by hand is running here (process {numbers}). "
            "Wait until it is done, or stop it."
        )
    print("The last run was killed: unlocking what it left.", flush=True)
    end_jobs(directory)
    for part in (directory / "results").glob("[!.]*/**/.*.part"):  # the store removes its own
        part.unlink(missing_ok=True)
    command = [*SNAKEMAKE, *arguments, "--unlock"]
    done = subprocess.run(
        command, env=environment, stderr=subprocess.PIPE, text=True, encoding="utf-8", check=False
    )
    if done.returncode:
        sys.exit(f"{done.stderr.strip()}\nsnakemake --unlock failed, for the reason above.")


def end_jobs(directory: Path) -> None:
    """End the jobs that a killed Snakemake left running in `directory`: they would compete with the
    next run for cores, and might write results of the earlier config and code.

    They get SIGTERM, on which training saves its state, and after PATIENCE seconds SIGKILL.
    """
    told: set[int] = set()
    began = time.monotonic()
    while left := set(processes_in(directory, is_job)):
        late = time.monotonic() - began > PATIENCE
        if left - told:
            print(
                f"Ending jobs that it left: process {', '.join(map(str, sorted(left - told)))}",
                flush=True,
            )
        for number in left if late else left - told:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL if late else signal.SIGTERM)
        told |= left
        time.sleep(0.1)


def is_snakemake(words: list[str]) -> bool:
    return any(os.path.basename(word) == "snakemake" for word in words[:4])


def is_job(words: list[str]) -> bool:
    return any(SCRIPT in word for word in words)  # if a shell runs it, inside one of its words


def processes_in(directory: Path, wanted: Callable[[list[str]], bool]) -> Iterator[int]:
    """Yield the ids of the processes that run in `directory` and for whose command line (a list of
    words) `wanted` is true. Processes of other users are not seen.
    """
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):  # it has ended, or is another user's
            if process.cwd() == str(directory) and wanted(process.cmdline()):
                yield process.pid


def bring_dates_back(results: Path) -> None:
    """If a file is dated more than SKEW in the future, date all files of the future just before
    now, in the same order: Snakemake decides by dates what is stale, and refuses an output that is
    older than its inputs.
    """
    now, dates = time.time_ns(), {}
    for path in (path for top in results.glob("[!.]*") for path in (top, *top.rglob("*"))):
        # the temporary file of a job on another machine
        with contextlib.suppress(FileNotFoundError):
            if path.is_file():
                dates[path] = path.stat().st_mtime_ns
    if max(dates.values(), default=0) > now + SKEW * 1e9:
        ahead = {path: date for path, date in dates.items() if date > now}
        print(
            f"{len(ahead)} files are dated in the future, such as {min(ahead)}: was the clock set "
            "back? They get dates before now, in the same order.",
            flush=True,
        )
        start = max([now - 10**9, *(date for date in dates.values() if date <= now)])
        order = sorted(set(ahead.values()))
        new = {
            date: start + (now - start) * place // len(order) for place, date in enumerate(order, 1)
        }
        for path, date in ahead.items():
            # a file of another user: Snakemake will report it
            with contextlib.suppress(FileNotFoundError, PermissionError):
                os.utime(path, ns=(new[date], new[date]))


def run_snakemake(command: list[str], environment: dict[str, str], lock: int) -> int:
    """Run Snakemake by `command`; it holds the lock too. Returns its exit status (128 + n if signal
    n ended it).

    SIGTERM and SIGINT are passed on as SIGTERM: Snakemake then starts no more jobs, and ends when
    the running ones have ended. Ctrl-C in a terminal is not passed on, because it has already
    reached Snakemake and its jobs. A second signal kills Snakemake at once. A signal to the whole
    process group reaches Snakemake directly too, and two signals at the same moment can block it,
    because its handler waits for a lock that its main thread may hold: hence the PAUSE.
    """
    stop, signals = False, 0
    process: subprocess.Popen | None = None

    def pass_on(number: int, _frame: object) -> None:
        nonlocal stop, signals
        signals += 1
        if signals > 1 and process is not None:
            return process.kill()
        stop = stop or not (number == signal.SIGINT and in_foreground())
        if stop and process is not None:
            threading.Timer(PAUSE, process.send_signal, [signal.SIGTERM]).start()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, pass_on)
    process = subprocess.Popen(command, env=environment, pass_fds=[lock])
    if stop:
        process.send_signal(signal.SIGTERM)
    os.pwrite(lock, f"{runner()} (its Snakemake: process {process.pid})\n".encode(), 0)
    status = process.wait()
    return status if status >= 0 else 128 - status


def in_foreground() -> bool:
    """Whether a terminal's Ctrl-C goes to this process and those that it started."""
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except OSError:  # standard input is not a terminal
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
