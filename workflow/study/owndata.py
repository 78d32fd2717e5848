"""What a data set of the user's own asks for by default: predictions of every sample by networks
that did not train on it, and ensembles large enough for findings about single samples.

It is filled in before the config is checked, so that everything else sees it as if it had been
written down.
"""

import typing
from collections.abc import Mapping
from typing import Any

from .inputs import sources_of
from .settings.dataset import Ensembles
from .settings.source import OwnFiles, Recorded

FOLDS = 5
MEMBERS = 10  # of each ensemble; folds-5 has as many
KINDS = tuple(
    typing.get_args(one.model_fields["kind"].annotation)[0]
    for one in typing.get_args(OwnFiles)
    if one is not Recorded  # of which nothing is trained
)


def fill(config: dict[str, Any]) -> None:
    """Put the defaults into the user's own data sets of a config, which may be wrong in any way.

    Own is what is read from the user's files, and what is made from it; but not all samples of a
    data set as training and test part (whole): there networks are tested on what they trained on.
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
