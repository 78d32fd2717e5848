"""Fill in the defaults of the user's own data sets: predictions of every sample by networks that
did not train on it, and ensembles large enough for findings about single samples.

This happens before the config is checked, so that everything else sees the defaults as if the user
had written them.
"""

import typing
from collections.abc import Mapping
from typing import Any

from .inputs import sources_of
from .settings.dataset import Ensembles
from .settings.source import OwnFiles, Recorded

FOLDS = 5
MEMBERS = 10  # of each ensemble; as many as folds-5 has
KINDS = tuple(
    typing.get_args(one.model_fields["kind"].annotation)[0]
    for one in typing.get_args(OwnFiles)
    if one is not Recorded  # nothing is trained on it
)


def fill(config: dict[str, Any]) -> None:
    """Put the defaults into the user's own data sets of a config, in place; it may be wrong.

    A data set is the user's own if it is read from the user's files or made from such a data set;
    but not of kind whole, where networks are tested on the samples that they trained on.
    """
    datasets = config.get("datasets")
    if not isinstance(datasets, dict):
        return
    for name, dataset in datasets.items():
        if isinstance(dataset, dict) and _is_own(datasets, name):
            dataset.setdefault("folds", [FOLDS])
            if isinstance(sizes := dataset.setdefault("ensembles", {}), dict):
                for use in Ensembles.model_fields:
                    sizes.setdefault(use, MEMBERS)


def _is_own(datasets: Mapping[str, Any], name: str) -> bool:
    kinds = [source.get("kind") for source in sources_of(datasets, name)]
    return bool(kinds) and kinds[-1] in KINDS and "whole" not in kinds
