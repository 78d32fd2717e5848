"""Check that estimators and the key `neighbours` of a data set agree."""

from collections.abc import Iterator, Mapping
from typing import Any

from hardness.core.names import nearest

from .strict import Problem, Where, found

SOURCE = "neighbours"


def problems(
    where: Where, dataset: Mapping[str, Any], sources: Mapping[str, str]
) -> Iterator[Problem]:
    """Yield a problem for each estimator below `neighbours` that does not read neighbours, and for
    estimators that read neighbours if the data set asks for none.

    dataset: of the config, which may be wrong; sources: estimator -> what it reads.
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
