"""Drop the finished and unfinished training that no result uses.

    PYTHONPATH=workflow python -m study.prune

is run where results/ lies, also while a study is at work; it prints each entry that it drops.
"""

from collections.abc import Iterator
from pathlib import Path

from hardness.training import store

from . import layout


def drop_unused(results: Path) -> Iterator[Path]:
    """Drop the entries of the store of `results` as store.drop_unused does."""

    def used() -> set[str]:
        return {path.read_text(encoding="utf-8") for path, _ in layout.trained(results)}

    return store.drop_unused(results / layout.STORE, used)


def main() -> None:
    for entry in drop_unused(Path(layout.RESULTS)):
        print(f"dropped {entry}", flush=True)


if __name__ == "__main__":
    main()
