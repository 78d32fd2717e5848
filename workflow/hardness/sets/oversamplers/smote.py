"""SMOTE (Chawla et al. 2002): new samples between a sample of the class and one of its nearest
neighbors in it. New images are rounded to whole pixel values, new rows of a table are not.
"""

import numpy as np

NEEDS = 2
NEIGHBORS = 5


def neighbors(class_size: int) -> int:
    """Neighbors that SMOTE chooses from: 5, or all others where the class is smaller."""
    return min(NEIGHBORS, class_size - 1)


def sample(
    inputs: np.ndarray,
    members: np.ndarray,
    hardness_order: np.ndarray,
    count: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    from imblearn.over_sampling import SMOTE
    from threadpoolctl import threadpool_limits

    size = len(members)
    # as uint8, differences wrap around
    pixels = inputs[members].reshape(size, -1).astype(np.float32)
    # imbalanced-learn needs a second class; nothing is made from it
    other = np.zeros_like(pixels[:1])
    smote = SMOTE(
        sampling_strategy={0: size + count},
        k_neighbors=neighbors(size),
        random_state=int(rng.integers(2**32)),
    )
    # among equally near neighbors the choice depends on the number of threads
    with threadpool_limits(1):
        grown, _ = smote.fit_resample(np.concatenate([pixels, other]), np.repeat([0, 1], [size, 1]))
    new = grown[size + 1 :]
    if inputs.dtype == np.uint8:
        new = np.clip(np.rint(new), 0, 255)
    return np.full(count, -1), new.astype(inputs.dtype).reshape(count, *inputs.shape[1:])
