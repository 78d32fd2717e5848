"""The driver behind `make study`: one run at a time, one line of progress, and at the end where the report is.

    python workflow/run.py [options and targets of Snakemake]

It works in the current directory (or Snakemake's --directory), where results/ lies. While it runs it holds a lock on
results/.study.lock, which ends with the processes that hold it: this one and its Snakemake. What a killed run left
locked is unlocked first. It returns Snakemake's exit status.
"""

import argparse
import datetime
import fcntl
import getpass
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

SNAKEMAKE = [sys.executable, "-m", "snakemake"]
DRY_RUN = re.compile(r"--dry-?run|-[pqkF]*n[pqkF]*")


def main(arguments: list[str]) -> int:
    """Run Snakemake with `arguments`; returns its exit status."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parent)}
    environment.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # jobs share the cores: a thread that waits must not spin
    if any(DRY_RUN.fullmatch(argument) for argument in arguments):
        os.execve(sys.executable, [*SNAKEMAKE, *arguments], environment)

    directory, configs = read_options(arguments)
    lock_path = directory / "results" / ".study.lock"
    lock = take_lock(lock_path)
    began = datetime.datetime.now()
    if any((directory / ".snakemake" / "locks").glob("*.lock")):
        unlock(arguments, directory, environment)
    status = run_snakemake(arguments, environment, lock)
    for line in report_lines(arguments, directory, configs, began):
        print(line, flush=True)
    return status


def read_options(arguments: list[str]) -> tuple[Path, list[Path]]:
    """Find in Snakemake's arguments the directory that it works in, and the config files (the last counts most)."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-d", "--directory", type=Path, default=Path())
    parser.add_argument("--configfile", "--configfiles", type=Path, nargs="+", default=[])
    parser.add_argument("-s", "--snakefile", type=Path, default=Path("Snakefile"))
    options, _ = parser.parse_known_args(arguments)
    return options.directory.resolve(), [options.snakefile.parent / "config.yaml", *options.configfile]


def take_lock(path: Path) -> int:
    """Lock `path`, write into it who runs, and return its file descriptor: locked until no process has that any more.

    Exits with status 1 and a message that names who holds it, if another process does.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{runner()}\n".encode(), 0)
    except BlockingIOError:
        holder = path.read_text().strip() or "a run that has just started"
        sys.exit(f"This study is being computed already: {holder}. Wait until it is done, or stop that process.")
    except OSError as error:
        sys.exit(f"cannot lock {path}: {error.strerror}. The study needs a folder results/ that it may write to.")
    return lock


def runner() -> str:
    """Who runs: user, host, process, since when."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        user = f"user {os.getuid()}"
    since = datetime.datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
    return f"{user} on {socket.gethostname()}, process {os.getpid()}, since {since}"


def unlock(arguments: list[str], directory: Path, environment: dict[str, str]) -> None:
    """Remove the locks of a Snakemake that was killed, with Snakemake's own command.

    Exits with status 1 if a Snakemake that was not started here is still at work in `directory`, or if unlocking fails.
    """
    others = list(snakemakes_in(directory))
    if others:
        numbers = ", ".join(map(str, others))
        sys.exit(f"A Snakemake started by hand is at work here (process {numbers}). Wait until it is done, or stop it.")
    print("The last run was killed: unlocking what it left.", flush=True)
    command = [*SNAKEMAKE, *arguments, "--unlock"]
    done = subprocess.run(command, env=environment, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"{done.stderr.strip()}\nsnakemake --unlock failed, for the reason above.")


def snakemakes_in(directory: Path) -> Iterator[int]:
    """Process numbers of the Snakemakes that work in `directory`; none where there is no /proc to look in (macOS)."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            works_here = (process / "cwd").resolve(strict=True) == directory
        except (FileNotFoundError, ProcessLookupError, PermissionError):  # it has ended, or is another user's
            continue
        if works_here and any(os.path.basename(word) == b"snakemake" for word in words[:4]):
            yield int(process.name)


def run_snakemake(arguments: list[str], environment: dict[str, str], lock: int) -> int:
    """Run Snakemake, which holds the lock too; returns its exit status (128 + n if signal n ended it).

    SIGTERM and SIGINT are passed on as SIGTERM: Snakemake starts no more jobs, and ends when the running ones have.
    A terminal's Ctrl-C has reached it, and the running jobs, already. A second signal ends Snakemake at once: what
    it leaves is taken up by the next run.
    """
    logger = [] if "--logger" in arguments else ["--logger", "progress"]
    stop, signals = False, 0
    process: subprocess.Popen | None = None

    def pass_on(number: int, _frame: object) -> None:
        nonlocal stop, signals
        signals += 1
        if signals > 1 and process is not None:
            return process.kill()
        stop = stop or not (number == signal.SIGINT and in_foreground())
        if stop and process is not None:
            process.send_signal(signal.SIGTERM)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, pass_on)
    process = subprocess.Popen([*SNAKEMAKE, *arguments, *logger], env=environment, pass_fds=[lock])
    if stop:
        process.send_signal(signal.SIGTERM)
    os.pwrite(lock, f"{runner()} (its Snakemake: process {process.pid})\n".encode(), 0)
    status = process.wait()
    return status if status >= 0 else 128 - status


def in_foreground() -> bool:
    """Whether a terminal's Ctrl-C goes to this process and those that it started."""
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except OSError:  # standard input is no terminal
        return False


def report_lines(arguments: list[str], directory: Path, configs: list[Path], began: datetime.datetime) -> Iterator[str]:
    """Say where the report of every data set of the study is, or of those that `arguments` ask for."""
    names: list[str] = []
    known: set[str] = set()
    for path in configs:
        try:
            config = yaml.safe_load(path.read_text())
            names = (config.get("study") or {}).get("datasets", names)
            known.update(config.get("datasets") or ())
        except (OSError, yaml.YAMLError, AttributeError):  # Snakemake has said what is wrong with it
            continue
    for name in [argument for argument in arguments if argument in known] or names:
        path = directory / "results" / name / "report.html"
        if not path.exists():
            yield f"No report of {name} yet."
        else:
            made = datetime.datetime.fromtimestamp(path.stat().st_mtime)
            yield f"Report: {path}" + (f" (of {made:%Y-%m-%d %H:%M}: not made anew)" if made < began else "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
