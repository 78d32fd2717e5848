"""Sizes of data sets and training sets, as far as the config determines them."""

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hardness.data import datasets
from hardness.sets.spec import PAPER, Folds, LongTail, Pruned, Resampled, SetSpec, Splits

from . import layout
from .plan import Plan
from .settings.source import Denoised, Derived, Digits, LongTailed, Subset, Torchvision, Whole

ROOT = Path(__file__).resolve().parents[2]
COPIES = ("none", "random", "easy", "hard")  # samplers that add no images of their own


class Shape(NamedTuple):
    """Sizes of a data set: numbers of training and of test samples, the shape of an input ((H, W,
    C) of an image, (columns,) of a row), and the number of classes.
    """

    train: int
    test: int
    input: tuple[int, ...]
    classes: int

    @property
    def bytes(self) -> int:
        """Bytes of an input: one for each value of an image, four for each value of a row."""
        return math.prod(self.input) * (1 if len(self.input) == 3 else 4)


PUBLIC = {
    "mnist": Shape(60_000, 10_000, (28, 28, 1), 10),
    "kmnist": Shape(60_000, 10_000, (28, 28, 1), 10),
    "fashionmnist": Shape(60_000, 10_000, (28, 28, 1), 10),
    "cifar10": Shape(50_000, 10_000, (32, 32, 3), 10),
    "cifar100": Shape(50_000, 10_000, (32, 32, 3), 100),
}


def shape_of(plan: Plan, dataset: str) -> Shape:
    """Return a data set's shape, by its source. Raises ValueError if only its files can tell, and
    data.npz does not exist yet.
    """
    source = plan.dataset(dataset).source
    if isinstance(source, Torchvision):
        return PUBLIC[source.kind]
    if isinstance(source, Digits):
        test = math.ceil(1797 * source.test_share)
        return Shape(1797 - test, test, (8, 8, 1), 10)
    if isinstance(source, Derived):
        return _shape_from(shape_of(plan, source.of), source)
    path = layout.DATA.path(dataset=dataset)
    if not (ROOT / path).exists():
        raise ValueError(
            f"the size of {dataset} is not known before it is read: make study ARGS={path}"
        )
    data = datasets.load(ROOT / path)
    return Shape(
        len(data.train_labels), len(data.test_labels), data.train_inputs.shape[1:], data.classes
    )


def _shape_from(base: Shape, source: Derived) -> Shape:
    """The shape of what a source makes from a data set of the shape `base`."""
    match source:
        case Whole():
            return base._replace(train=base.train + base.test, test=base.train + base.test)
        case Subset():
            return base._replace(train=source.train, test=source.test)
        case LongTailed():
            return base._replace(train=_tail(base, source.ratio))
        case Denoised(remove=int(removed)):
            return base._replace(train=base.train - removed)
        case Denoised(remove=float(share)):
            return base._replace(train=base.train - round(share * base.train))
    return base


def _tail(shape: Shape, ratio: float) -> int:
    """Training samples of a long tail; for parity, `classes` still counts the sub-classes."""
    shares = ratio ** (-np.arange(shape.classes) / max(shape.classes - 1, 1))
    return int((shape.train / shape.classes * shares).sum())


def size(spec: SetSpec, shape: Shape) -> int:
    """Return the samples of a training set; a resampled one counts as large as the data set."""
    n = shape.train
    if isinstance(spec, LongTail):
        return _tail(shape, spec.ratio)
    if isinstance(spec, Folds | Splits):
        return n - math.ceil(n / (spec.k if isinstance(spec, Folds) else 5))
    return n - round(n * spec.rate / 100) if isinstance(spec, Pruned) else n


def set_bytes(spec: SetSpec, shape: Shape) -> int:
    """Return the bytes of sets/{set}.npz: rows of each draw (int32), labels (int64), and images
    that a sampler makes. Their number is estimated as that of the samples added: 7% of all at
    alpha = 1, 10% at rho = 2, and in proportion at other settings.
    """
    n, images = size(spec, shape), 0
    if isinstance(spec, Resampled) and spec.over not in COPIES:
        moved = 0.07 * spec.setting if spec.mode == PAPER else 0.1 * (spec.setting - 1)
        images = round(n * moved)
    labels = spec.draws if isinstance(spec, Folds | LongTail | Splits) else 1
    return spec.draws * (4 * n + images * shape.bytes) + labels * 8 * n
