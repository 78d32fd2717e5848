"""Which data sets a run's targets ask for. Imports little, because the driver starts with it."""

from collections.abc import Collection

from . import layout

PAPER = ("cifar10", "cifar100", "cifar100-clean")  # the paper's data sets
OF_STUDY = ("all", "figures", "tables", "report")  # targets of every data set of study.datasets


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
