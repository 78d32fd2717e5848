"""What is asked of a data set's neighbours, and who reads them."""

from collections.abc import Iterator, Mapping
from typing import Any

from hardness.core.names import nearest

from .strict import Problem, Where, found

SOURCE = "neighbours"


def problems(
    where: Where, dataset: Mapping[str, Any], sources: Mapping[str, str]
) -> Iterator[Problem]:
    """Estimators that are to score classes by their neighbours, and read none; and estimators that
    read neighbours where none are asked for.

    dataset: of the config, which may be wrong; sources: what an estimator reads, by its name.
    """
    reading = [name for name, source in sources.items() if source == SOURCE]
    asked = dataset.get("neighbours")
    for index, name in enumerate((asked or {}).get("estimators") or []):
        if name is not None and name not in reading:
            yield (
                (*where, "neighbours", "estimators", index),
                f"found {found(name)}, expected an estimator whose SOURCE is {SOURCE}: "
                f"{nearest(name, reading)}",
            )
    without = [name for name in dataset.get("estimators") or [] if name in reading]
    if without and asked is None and "neighbours" in dataset:
        yield (
            (*where, "neighbours"),
            f"found null, expected keys such as {{k: 40, spaces: [pixels]}}: "
            f"{', '.join(without)} read neighbours",
        )
