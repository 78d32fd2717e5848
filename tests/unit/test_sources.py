"""Blocks of an ensemble are joined in the order of their seeds, and never with a block missing or
repeated.
"""

import numpy as np
import pytest

from hardness.core import artifacts
from hardness.scoring import sources


def block(folder, number, seeds, **more):
    """A block whose members' values tell their seed: AUM is seed + sample / 10."""
    path = folder / f"block-{number}.npz"
    seeds = np.array(seeds)
    aum = (seeds[:, None] + np.arange(3) / 10).astype(np.float32)
    correct = np.broadcast_to((seeds % 2 == 0)[:, None, None], (len(seeds), 2, 3))
    artifacts.save_npz(
        path,
        seeds=seeds,
        aum=aum,
        correct=correct,
        predicted=seeds[:, None] * np.ones(4, int),
        **more,
    )
    return path


def test_blocks_are_joined_in_the_order_of_their_seeds(tmp_path):
    blocks = [block(tmp_path, 0, [0, 1]), block(tmp_path, 1, [2, 3]), block(tmp_path, 2, [4])]
    runs = sources.load_dynamics(blocks, ["aum", "correct"])
    assert runs.seeds.tolist() == [0, 1, 2, 3, 4]
    np.testing.assert_array_equal(runs.aum[:, 0], np.arange(5, dtype=np.float32), strict=True)
    assert runs.aum[3, 2] == np.float32(3.2)
    assert runs.correct.shape == (5, 2, 3) and runs.correct[:, 0, 0].tolist() == [
        True,
        False,
        True,
        False,
        True,
    ]
    assert runs.margin is None and runs.probe_el2n is None

    seeds, predicted = sources.load_predictions(blocks)
    assert seeds.tolist() == [0, 1, 2, 3, 4]
    np.testing.assert_array_equal(predicted, np.arange(5)[:, None] * np.ones(4, int), strict=True)


@pytest.mark.parametrize(
    "read", [lambda blocks: sources.load_dynamics(blocks, ["aum"]), sources.load_predictions]
)
@pytest.mark.parametrize(
    "seeds",
    [[[0, 1], [3, 4]], [[1, 2]], [[0, 1], [1, 2]], [[0, 1], [0, 1]], [[2, 3], [0, 1]], [[1, 0]]],
    ids=[
        "missing inside",
        "missing at the start",
        "doubled",
        "the same block twice",
        "blocks exchanged",
        "exchanged",
    ],
)
def test_a_seed_that_is_missing_doubled_or_misplaced_is_refused(tmp_path, read, seeds):
    blocks = [block(tmp_path, number, members) for number, members in enumerate(seeds)]
    with pytest.raises(ValueError, match="expected every seed from 0 on, once") as error:
        read(blocks)
    assert str([seed for members in seeds for seed in members]) in str(error.value)
    assert all(str(path) in str(error.value) for path in blocks)


def test_a_block_that_is_damaged_missing_or_of_another_kind_is_named(tmp_path):
    blocks = [block(tmp_path, 0, [0]), block(tmp_path, 1, [1])]
    with pytest.raises(artifacts.DamagedError, match=r"block-0\.npz has no array 'loss'"):
        sources.load_dynamics(blocks, ["aum", "loss"])
    blocks[1].write_bytes(blocks[1].read_bytes()[:-1])
    with pytest.raises(artifacts.DamagedError, match=r"block-1\.npz is damaged"):
        sources.load_dynamics(blocks, ["aum"])
    blocks[1].unlink()
    with pytest.raises(FileNotFoundError, match=r"block-1\.npz is missing"):
        sources.load_predictions(blocks)
