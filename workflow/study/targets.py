"""What a run is to make: the data sets that its targets ask for.

The driver imports this at every start: nothing here imports numpy.
"""

from collections.abc import Collection

from . import layout

PAPER = ("cifar10", "cifar100", "cifar100-clean")
OF_STUDY = ("all", "figures", "tables", "report")  # of every data set of study.datasets


def asked_for(
    targets: Collection[str], study: Collection[str], known: Collection[str]
) -> list[str]:
    """The data sets that Snakemake's targets ask for as a whole, or whose report they ask for, in
    the order of `known`.

    study: those of study.datasets, meant where there are no targets; known: all of the config.
    """
    named = {*targets, *(PAPER if "paper" in targets else ())}
    if not targets or named.intersection(OF_STUDY):
        named.update(study)
    return [name for name in known if named & {name, layout.REPORT.path(dataset=name)}]
