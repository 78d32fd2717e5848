"""Which data sets a run's targets ask for, and what is wrong with a target that cannot be made.

Imports little, because the driver starts with it.
"""

import logging
import re
from collections.abc import Collection

from . import layout

PAPER = ("cifar10", "cifar100", "cifar100-clean")  # the paper's data sets
OF_STUDY = ("all", "figures", "tables", "report")  # targets of every data set of study.datasets
# Snakemake's errors for a target that cannot be made: an input function's message, which stands
# before its traceback; or no rule makes it.
MISTYPED = re.compile(
    r"^InputFunctionException .*?^  ValueError: (.+?)\nWildcards:", re.DOTALL | re.MULTILINE
)
NO_RULE = re.compile(r"^MissingRuleException:\nNo rule to produce (.+) \(if you use")


def asked_for(
    targets: Collection[str], study: Collection[str], known: Collection[str]
) -> list[str]:
    """Return the data sets that Snakemake's targets ask for as a whole, or whose report they ask
    for, in the order of `known`.

    study: those of study.datasets, used if there are no targets; known: all of the config.
    """
    named = {*targets, *(PAPER if "paper" in targets else ())}
    if not targets or named.intersection(OF_STUDY):
        named.update(study)
    return [name for name in known if named & {name, layout.REPORT.path(dataset=name)}]


def what_is_wrong(error: str) -> str | None:
    """Return what is wrong with a target, from Snakemake's error; None for all other errors."""
    if mistyped := MISTYPED.search(error):
        return mistyped[1]
    if missing := NO_RULE.search(error):
        return f"no rule makes {missing[1]}: results/README.md says which files there are"
    return None


def say_plainly(record: logging.LogRecord) -> bool:
    """Replace Snakemake's error for a target that cannot be made, and its traceback, by what is
    wrong, which `record.wrong_target` holds too. A filter of Snakemake's logger that lets every
    record pass. `snakemake --verbose` still shows the traceback.
    """
    if record.levelno >= logging.ERROR and (wrong := what_is_wrong(record.getMessage())):
        record.msg, record.args, record.wrong_target = wrong, (), wrong
    return True
