"""Remove what lies below results/ but is not asked for by the config (any more).

    python workflow/prune.py [--yes] [--configfile FILE ...]

It lists what is left over: data sets that the config does not have, files that it does not plan,
training that no other result uses. Then it asks; if standard input is not a terminal, nothing is
removed without --yes. --configfile: further files of the study's config, besides config.yaml and
config.d. It works in the current directory, and holds the lock of `make study` meanwhile.
"""

import argparse
import os
import shlex
import sys
from pathlib import Path

from run import take_lock
from study import prune
from study.config import ConfigError, check, config_files, joined
from study.layout import RESULTS
from study.strict import read_strictly

NOTHING = "Nothing is left over: the config asks for everything below results/."


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="prune", description=__doc__.partition("\n")[0])
    parser.add_argument("--yes", action="store_true", help="remove it without asking")
    parser.add_argument("--configfile", nargs="+", default=[], help="further files of the config")
    options = parser.parse_args(arguments)
    lock = take_lock(Path(RESULTS, ".study.lock"))  # released when this process ends
    try:
        names = datasets(options.configfile)
        config = ["--configfile", *options.configfile] if options.configfile else []
        found = prune.find(Path(RESULTS), names, config)
    except (ConfigError, RuntimeError, OSError) as error:
        sys.exit(f"Nothing was removed. {error}")
    lines = prune.described(found)
    print("\n".join(["Left over:", *(f"  {line}" for line in lines)] if lines else [NOTHING]))
    if lines and (options.yes or agreed(arguments)):
        for path in prune.remove(Path(RESULTS), found):
            print(f"removed {path}", flush=True)
        print("Removed. Nothing that the config asks for was touched.")
    os.close(lock)
    return 0


def datasets(further: list[str]) -> set[str]:
    """Return the data sets of the config and of `further` files. Raises ConfigError."""
    files = config_files(Path())
    names = set(check(joined(files), files)["datasets"])
    return names.union(*(read_strictly(file).get("datasets") or () for file in further))


def agreed(arguments: list[str]) -> bool:
    """Ask the user; if standard input is not a terminal, say what to type instead."""
    if sys.stdin.isatty():
        answer = input("Remove all of this? [y/N] ")
        if answer.strip().lower() in ("y", "yes"):
            return True
        print("Nothing was removed.")
        return False
    again = shlex.quote(shlex.join(["--yes", *arguments]))
    print(f"Nothing was removed. To remove all of this: make prune ARGS={again}")
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
