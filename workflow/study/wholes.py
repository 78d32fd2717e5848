"""Check the key `whole`: data sets of all samples of another one, training and test together."""

from collections.abc import Iterator, Mapping
from typing import Any

from hardness.core.names import nearest

from .strict import Problem, found


def problems(name: str, datasets: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem if a data set's `whole` does not name the data set of all its samples.
    datasets: of the config, which may be wrong.
    """
    where, whole = ("datasets", name, "whole"), datasets[name].get("whole")
    if whole is None:
        return
    if whole not in datasets:
        known = nearest(whole, datasets)
        yield where, f"found {found(whole)}, expected a data set of this config: {known}"
        return
    source = (datasets[whole] or {}).get("source") or {"kind": "whole", "of": name}
    if (source.get("kind"), source.get("of")) != ("whole", name):
        yield (
            where,
            f"found {whole}, expected a data set whose source is {{kind: whole, of: {name}}}",
        )
