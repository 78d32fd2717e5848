"""Checks before Snakemake is started: whether it only prints, and whether it can start."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

# Snakemake's options that print, or delete, and compute nothing
ONLY_PRINT = frozenset((
    "--dag", "--rulegraph", "--filegraph", "--d3dag", "--summary", "-S", "--detailed-summary", "-D",
    "--list-rules", "--list", "-l", "--list-target-rules", "--lt", "--list-changes", "--lc",
    "--list-input-changes", "--li", "--list-params-changes", "--lp", "--list-untracked", "--lu",
    "--list-conda-envs", "--print-compilation", "--lint", "--containerize", "--help", "-h",
    "--version", "-v",
))  # fmt: skip


def only_prints(arguments: Sequence[str]) -> bool:
    """Whether Snakemake, called with these arguments, computes nothing. Then nothing may be printed
    besides its own output, which another program may read.
    """
    return any(argument.split("=")[0] in ONLY_PRINT for argument in arguments)


def check_cache(environment: Mapping[str, str]) -> None:
    """Exit with a message if Snakemake cannot write to its cache: it would not start."""
    home = environment.get("HOME") or os.path.expanduser("~")
    cache = Path(environment.get("XDG_CACHE_HOME") or Path(home, ".cache")) / "snakemake"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        wrong = None if os.access(cache, os.W_OK) else "it may not be written to"
    except OSError as error:
        wrong = error.strerror
    if wrong:
        sys.exit(
            f"Snakemake cannot keep its cache in {cache}: {wrong}. Name a folder that can be "
            "written to: XDG_CACHE_HOME=/tmp/cache make study"
        )
