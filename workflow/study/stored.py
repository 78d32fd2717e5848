"""Find which networks of a run are already in the store, finished or begun."""

from collections.abc import Iterable
from pathlib import Path

from hardness.data import datasets
from hardness.training import store

from .tasks import Task

FINISHED, BEGUN = "finished", "begun"


def look_up(tasks: Iterable[Task], folder: Path) -> dict[int, str]:
    """Return the state of jobs that train, by their numbers, in the store `folder`: FINISHED or
    BEGUN.

    Only for jobs whose data and training set exist and are not made again first: for others it is
    not known yet what they train on. Raises as `datasets.load`.
    """
    # data sets without their samples, to save memory, and the samples' digest, which takes time
    known: dict[str, tuple[datasets.Data, str]] = {}
    found: dict[int, str] = {}
    for task in tasks:
        data, training_set = (task.inputs.get(name, "") for name in ("data", "set"))
        files = {data, training_set}
        if (
            not task.networks
            or files & task.pending
            or not all(Path(one).is_file() for one in files)
        ):
            continue
        block = store.Block(
            data=known[data][0] if data in known else datasets.load(data),
            training_set=datasets.load_set(training_set),
            recipe=dict(task.params["recipe"]),
            seeds=list(task.params["seeds"]),
            observe=tuple(task.params["observe"]),
            name="",
        )
        if data not in known:
            known[data] = _empty(block.data), store.key_parts(block)["data"]
        parts = store.key_parts(block._replace(data=known[data][0])) | {"data": known[data][1]}
        entry = folder / store.key(parts)
        if all((entry / name).is_file() for name in block.outputs):
            found[task.number] = FINISHED
        elif (entry / store.RESUME).is_file():
            found[task.number] = BEGUN
    return found


def _empty(data: datasets.Data) -> datasets.Data:
    """A data set without its samples."""
    fields = ("train_inputs", "train_labels", "test_inputs", "test_labels")
    return data._replace(**{name: getattr(data, name)[:0] for name in fields})
