"""The quantities that are recorded from logits, in numpy. training/measures.py computes the same
from torch tensors on their device.
"""

import numpy as np


def measures(logits: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    """The dynamics' quantities of logits (b, k) float32 and labels (b,): margin, loss, el2n,
    true_logit, correct, each (b,), and p (b, k), the probabilities.

    >>> found = measures(np.array([[2.0, 0.0]], dtype=np.float32), np.array([1]))
    >>> {name: round(float(found[name][0]), 3) for name in ("margin", "loss", "el2n")}
    {'margin': -2.0, 'loss': 2.127, 'el2n': 1.246}
    """
    rows = np.arange(len(labels))
    true_logit = logits[rows, labels]
    others = logits.copy()
    others[rows, labels] = -np.inf
    shifted = logits - logits.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    total = powers.sum(axis=1)
    p = powers / total[:, None]
    error = p.copy()
    error[rows, labels] -= 1
    return {
        "margin": true_logit - others.max(axis=1),
        "loss": np.log(total) - shifted[rows, labels],
        "el2n": np.sqrt(np.einsum("ij,ij->i", error, error)),
        "true_logit": true_logit,
        "correct": logits.argmax(axis=1) == labels,
        "p": p,
    }
