"""Data sets with noisy images: a share of the training images is spoiled, in one of three ways, and
which ones follows from the seed.
"""

import numpy as np

from hardness.data.datasets import Data
from hardness.data.derived import training_rows

MIXTURE, BLUR, NOISE = "mixture", "blur", "noise"
KINDS = (MIXTURE, BLUR, NOISE)
SPOIL = 413  # random stream id
WIDTH = 1 / 16  # standard deviation of the blur, as a share of the image's shorter side
LEVELS = 64  # standard deviation of the noise, of 256 levels


def kinds(n: int, rate: float, seed: int) -> np.ndarray:
    """What is done to each of n images, (n,) text: one of KINDS, or nothing where it is left alone.

    round(rate n) images are drawn, a third of them for each kind. For one seed, a larger rate
    spoils the same images in the same way, and more of them. Raises ValueError unless each kind
    gets two images or more, and two or more stay as they are.
    """
    count = round(rate * n)
    if not 0 < rate < 1 or count < 2 * len(KINDS) or n - count < 2:
        raise ValueError(
            f"a rate of {rate} spoils {count} of {n} images; expected a rate between 0 and 1 "
            f"that spoils at least {2 * len(KINDS)} of them and leaves two"
        )
    chosen = np.random.default_rng([seed, SPOIL]).permutation(n)[:count]
    found = np.full(n, "", dtype=f"U{max(map(len, KINDS))}")
    found[chosen] = np.array(KINDS)[np.arange(count) % len(KINDS)]
    return found


def spoiled(data: Data, rate: float, seed: int) -> Data:
    """The data set with a share of its training images spoiled, as `kinds` says; labels stay.

    mixture: the mean of the image and one of another class; blur: Gaussian, with a standard
    deviation of a sixteenth of the image's shorter side; noise: Gaussian, with a standard deviation
    of 64 of the 256 levels, clipped. Raises ValueError for rows of a table, for fewer than two
    classes, and as `kinds`.
    """
    images, labels = data.train_inputs, data.train_labels
    if images.ndim != 4 or data.classes < 2:
        raise ValueError(
            "noisy images are made of images of two classes or more; found "
            f"{'images' if images.ndim == 4 else 'rows of a table'} of {data.classes} class(es)"
        )
    what, made = kinds(len(labels), rate, seed), images.copy()
    for place in np.flatnonzero(what != "").tolist():
        rng = np.random.default_rng([seed, SPOIL, place])
        made[place] = _spoil(images, labels, place, str(what[place]), rng)
    spoiled = data._replace(train_inputs=made)
    return training_rows(spoiled, np.arange(len(labels)), "noisy-images")


def _spoil(
    images: np.ndarray, labels: np.ndarray, place: int, kind: str, rng: np.random.Generator
) -> np.ndarray:
    image = images[place].astype(np.float64)
    if kind == MIXTURE:
        changed = (image + images[rng.choice(np.flatnonzero(labels != labels[place]))]) / 2
    elif kind == BLUR:
        from scipy.ndimage import gaussian_filter

        width = WIDTH * min(image.shape[:2])
        changed = gaussian_filter(image, (width, width, 0), mode="nearest")
    else:
        changed = image + LEVELS * rng.standard_normal(image.shape)
    return np.clip(np.rint(changed), 0, 255).astype(np.uint8)
