"""Make training sets with given class sizes: undersamplers drop samples of a class, oversamplers
add some.

A training set is a selection of the data set's rows, and synthetic inputs, in one or more draws.

An undersampler's file holds `keep(hardness_order, count) -> rows`: hardness_order (n_c,) one
class's rows from the easiest to the hardest, count 0..n_c; it returns the (count,) rows that stay.

An oversampler's file holds NEEDS, the fewest samples of a class that it can add to, and
`sample(inputs, members, hardness_order, count, rng) -> (source, new)`, which adds `count` samples
to one class: inputs of the data set, images (n, H, W, C) uint8 or rows (n, d) float32; members
(n_c,) the class's rows in it; hardness_order (n_c,) the same rows from the easiest to the hardest;
rng a numpy Generator, the only source of chance. It returns source (count,) int64, the rows that
are repeated, and None; or -1s and the synthetic inputs, `count` of the inputs' shape and type.

A sampler may be a user's own file. Its arguments cannot be changed in place, and its results are
checked here.

>>> inputs, labels = np.zeros((4, 1), np.float32), np.array([0, 0, 0, 1])
>>> easiest_first, names = np.array([1, 0, 2, 3]), ["cat", "dog"]
>>> resample(inputs, labels, names, easiest_first, [2, 2], "random", "easy").source.tolist()
[[0, 2, 3, 3]]
"""

from collections.abc import Sequence
from types import ModuleType

import numpy as np

from hardness.core.classes import class_counts
from hardness.core.registry import Registry
from hardness.data.datasets import TrainingSet
from hardness.sets.parts import NONE, OVERSAMPLERS, UNDERSAMPLERS

DRAW = 202  # random stream id of the draws
REPEATING = "random"  # the oversampler for classes that are too small for another


def _named(registry: Registry, name: str) -> ModuleType | None:
    """The sampler's module, None for "none". Raises as Registry.find."""
    return None if name == NONE else registry.find(name)


def weight(x: np.ndarray, beta: float = 5.0, floor: float = 0.5) -> np.ndarray:
    """Sampling weight W(x) = floor + (1 - floor) (1 - exp(-beta (1 - x))) / (1 - exp(-beta)): W(0)
    = 1, W(1) = floor.

    x: rank in 0..1, 0 = the end that is favored; beta > 0. Source: Eq. 7. With the paper's beta and
    floor it is almost uniform: the top decile gets 11.1% of the draws, and the effective sample
    size is 98%.

    >>> weight(np.array([0, 0.5, 1])).round(3).tolist()
    [1.0, 0.962, 0.5]
    """
    return floor + (1 - floor) * np.expm1(-beta * (1 - x)) / np.expm1(-beta)


def rank_probabilities(n: int) -> np.ndarray:
    """Probabilities (n,) of n ranked samples, the favored end first; a single sample has rank 0.

    >>> rank_probabilities(3).round(3).tolist()
    [0.406, 0.391, 0.203]
    """
    weights = weight(np.linspace(0, 1, n))
    return weights / weights.sum()


def resample(
    inputs: np.ndarray,
    labels: np.ndarray,
    class_names: Sequence[str],
    order: np.ndarray,
    sizes: np.ndarray,
    over: str,
    under: str,
    draws: int = 1,
) -> TrainingSet:
    """Bring each class to its size: `under` drops from larger classes, `over` adds to smaller ones.

    inputs: (n, H, W, C) uint8 or (n, d) float32; labels: (n,) in 0..k-1; class_names: (k,), for
    messages; order: (n,) all rows from the easiest to the hardest; sizes: (k,). In the set classes
    ascend; in a class the rows kept come first, by index, then those added. With under "none" no
    class shrinks; with over "none" none grows, and there is one draw, because nothing is random.
    Draw d depends on d, not on the number of draws. Classes too small for `over` repeat their
    samples at random.
    Raises ValueError if a sampler is unknown or returns something wrong, a class is empty, a label
    or size is out of range, draws are below 1, or order is not an order of the rows.
    """
    oversampler, undersampler = _named(OVERSAMPLERS, over), _named(UNDERSAMPLERS, under)
    sizes, counts = np.asarray(sizes), class_counts(labels, len(sizes))
    order = checked_order(order, len(labels))
    if sizes.min() < 0 or draws < 1:
        raise ValueError(
            f"class sizes must be at least 0, draws at least 1; they are {sizes} and {draws}"
        )
    titles = [f"class {c} ({name})" for c, name in enumerate(class_names)]
    classes = range(len(sizes))
    left = counts if undersampler is None else np.minimum(counts, sizes)
    added = np.zeros_like(counts) if oversampler is None else np.maximum(sizes - counts, 0)
    samplers = _samplers(oversampler, over, {titles[c]: int(counts[c]) for c in classes}, added)
    members = [_read_only(np.flatnonzero(labels == c)) for c in classes]
    ranked = [_read_only(order[labels[order] == c]) for c in classes]
    kept = [
        _keep(undersampler, ranked[c], left[c], titles[c])
        if undersampler and left[c] < counts[c]
        else members[c]
        for c in classes
    ]

    def draw(d: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng([d, DRAW])
        source, synthetic = [], [inputs[:0]]
        for c in classes:
            source.append(kept[c])
            if (sampler := samplers[c]) and added[c]:
                given = _read_only(inputs), members[c], ranked[c], int(added[c]), rng
                rows, new = _sample(sampler, given, titles[c])
                source.append(rows)
                synthetic.append(new)
        return np.concatenate(source), np.concatenate(synthetic)

    source, synthetic = zip(*map(draw, range(1 if oversampler is None else draws)), strict=True)
    return TrainingSet(
        source=np.array(source, dtype=np.int32),
        labels=np.repeat(np.arange(len(sizes)), left + added),
        synthetic=np.array(synthetic),
    )


def _samplers(
    oversampler: ModuleType | None, over: str, counts: dict[str, int], added: np.ndarray
) -> list[ModuleType | None]:
    """The oversampler of each class. If a class that grows has fewer samples than `over` needs, its
    samples are repeated at random, and a line in the log says so. counts: by the class's title in
    messages.
    """
    chosen = []
    for (title, count), more in zip(counts.items(), added, strict=True):
        small = oversampler is not None and more > 0 and count < oversampler.NEEDS
        if small and oversampler:
            print(
                f"{title} has {count} of the {oversampler.NEEDS} samples that {over!r} needs to "
                "add to a class: its own are repeated instead",
                flush=True,
            )
        chosen.append(OVERSAMPLERS.find(REPEATING) if small else oversampler)
    return chosen


def _read_only(array: np.ndarray) -> np.ndarray:
    view = array.view()
    view.flags.writeable = False
    return view


# What samplers return


def _keep(undersampler: ModuleType, ranked: np.ndarray, count: int, title: str) -> np.ndarray:
    """The rows of a class that the undersampler keeps, ascending.

    Raises ValueError, naming its file and the class, unless they are `count` different ones.
    """
    count = int(count)
    call = f"{undersampler.__file__}: keep(hardness_order, count)"
    rows = np.sort(_rows(call, undersampler.keep(ranked, count), ranked, count, title))
    if len(repeated := rows[1:][np.diff(rows) == 0]):
        raise ValueError(
            f"{call} returned row {repeated[0]} of {title} more than once; "
            f"expected {count} different rows"
        )
    return rows


def _sample(
    oversampler: ModuleType,
    given: tuple[np.ndarray, np.ndarray, np.ndarray, int, np.random.Generator],
    title: str,
) -> tuple[np.ndarray, np.ndarray]:
    """What the oversampler adds to a class: rows, -1 for a new input; and the new inputs.

    Raises ValueError, naming its file and the class, if it does not return what it must.
    """
    inputs, members, _, count, _ = given
    call = f"{oversampler.__file__}: sample(inputs, members, hardness_order, count, rng)"
    returned = oversampler.sample(*given)
    if not isinstance(returned, tuple) or len(returned) != 2:
        raise ValueError(
            f"{call} returned {_described(returned)} for {title}; expected two things: the "
            f"{count} rows that are repeated, and None; or {count} times -1, and the new inputs"
        )
    rows, new = returned
    if new is None:
        return _rows(call, rows, members, count, title), inputs[:0]
    shape, dtype = (count, *inputs.shape[1:]), inputs.dtype
    if not isinstance(new, np.ndarray) or new.dtype != dtype or new.shape != shape:
        how = ": round, and clip to 0..255, before new.astype(np.uint8)"
        raise ValueError(
            f"{call} returned {_described(new)} as new inputs of {title}; expected an array of "
            f"{dtype} {shape}{how if dtype == np.uint8 else ''}"
        )
    if not np.isfinite(new).all():
        raise ValueError(
            f"{call} returned new inputs of {title} that are not finite; expected finite numbers"
        )
    if not np.array_equal(rows, np.full(count, -1)):
        raise ValueError(
            f"{call} returned new inputs of {title} and beside them {_described(rows)}; "
            f"expected -1 for each of the {count} new inputs, np.full(count, -1)"
        )
    return np.full(count, -1), new


def _rows(call: str, values: object, members: np.ndarray, count: int, title: str) -> np.ndarray:
    """Rows that a sampler returned for a class. Raises ValueError unless they are `count` of its
    `members`.
    """
    rows = values if isinstance(values, np.ndarray) else np.empty(0)
    if not isinstance(values, np.ndarray) or rows.shape != (count,) or rows.dtype.kind not in "iu":
        raise ValueError(
            f"{call} returned {_described(values)} for {title}; "
            f"expected an array of {count} whole numbers, rows of the class"
        )
    foreign = np.setdiff1d(rows, members)
    if len(foreign):
        raise ValueError(
            f"{call} returned row {foreign[0]} for {title}, which has no such row; expected rows "
            "out of hardness_order: numbers in the data set, and not places in the class"
        )
    return rows.astype(np.int64)


def _described(value: object) -> str:
    """A value for a message: an array's type and shape and whether some values are not finite, or
    the name of another type.
    """
    if isinstance(value, tuple):
        return f"a tuple of {len(value)}"
    if not isinstance(value, np.ndarray):
        return "None" if value is None else f"a {type(value).__name__}"
    wrong = value.dtype.kind == "f" and not np.isfinite(value).all()
    return f"an array of {value.dtype} {value.shape}" + (", some not finite" if wrong else "")


def checked_order(order: np.ndarray | None, n: int) -> np.ndarray:
    """Return the order. Raises ValueError unless it holds each of the rows 0..n-1 once."""
    if order is None or not np.array_equal(np.sort(order), np.arange(n)):
        raise ValueError(
            f"order must hold each of the {n} rows once, from the easiest to the hardest; "
            "it does not"
        )
    return order
