"""Views of images against plain slices; draws are functions of seed and epoch."""

import numpy as np
import torch

from hardness.training.samplers.permutation import draw_order
from hardness.training.views import images as augmentation

CPU = torch.device("cpu")


def test_padding_is_black_or_of_the_mean_colour():
    images = np.full((1, 2, 3, 2), 255, dtype=np.uint8)
    mean, std = np.array([0.25, 0.5], dtype=np.float32), np.array([0.5, 0.125], dtype=np.float32)
    white = [(1 - 0.25) / 0.5, (1 - 0.5) / 0.125]
    # .25 x 255 = 63.75
    borders = {
        "black": [-0.5, -4.0],
        "mean": [(64 / 255 - 0.25) / 0.5, (128 / 255 - 0.5) / 0.125],
    }
    for pad, border in borders.items():
        bank = augmentation.bank(images, mean, std, 1, pad, CPU, torch.float64)
        for corner in ((0, 0), (2, 2), (0, 1), (1, 1)):
            begin = augmentation.corners(
                bank, torch.zeros(1, 1, dtype=int), torch.tensor([[corner]])
            )
            made = augmentation.views(bank, begin, None)[0]
            for channel in range(2):
                inside = np.full((4, 5), border[channel])
                inside[1:3, 1:4] = white[channel]
                expected = inside[corner[0] : corner[0] + 2, corner[1] : corner[1] + 3]
                np.testing.assert_allclose(made[channel].numpy(), expected, atol=1e-7)


def test_views_are_plain_slices_of_each_members_images():
    rng = np.random.default_rng(2)
    images = rng.integers(0, 256, (9, 5, 7, 3), dtype=np.uint8)
    times = np.array([1, 2, 4])  # one factor a channel
    bank = augmentation.bank(images, np.zeros(3), 1 / (255 * times), 2, "black", CPU, torch.float64)
    images = images * times
    padded = np.pad(images, ((0, 0), (2, 2), (2, 2), (0, 0)))
    rows, crop, flip = (
        rng.integers(0, 9, (6, 4)),
        rng.integers(0, 5, (6, 4, 2)),
        rng.random((6, 4)) < 0.5,
    )
    corners = augmentation.corners(bank, torch.from_numpy(rows), torch.from_numpy(crop))
    made = augmentation.views(bank, corners, torch.from_numpy(flip))
    assert (
        made.shape == (6, 12, 5, 7)
        and made.is_contiguous(memory_format=torch.channels_last)
        and 0 < flip.sum() < 24
    )
    unflipped = augmentation.views(bank, corners, None)
    plain = augmentation.plain(bank, torch.from_numpy(rows[:, 0]), 4)
    for b in range(6):
        for k in range(4):
            top, left = crop[b, k]
            expected = padded[rows[b, k], top : top + 5, left : left + 7].transpose(2, 0, 1)
            np.testing.assert_allclose(unflipped[b, 3 * k : 3 * k + 3], expected, atol=1e-9)
            mirrored = expected[:, :, ::-1] if flip[b, k] else expected
            np.testing.assert_allclose(made[b, 3 * k : 3 * k + 3], mirrored, atol=1e-9)
            np.testing.assert_allclose(
                plain[b, 3 * k : 3 * k + 3], images[rows[b, 0]].transpose(2, 0, 1), atol=1e-9
            )


def test_draws_are_in_range_and_functions_of_seed_and_epoch():
    n = 4000
    crop, flip = augmentation.draw_views(3, 5, n, 4)
    counts = np.stack([np.bincount(crop[:, axis], minlength=9) for axis in (0, 1)])
    assert crop.shape == (n, 2) and counts.shape == (2, 9)  # 0..8, nothing beyond
    assert (np.abs(counts - n / 9) < 5 * (n * 8 / 81) ** 0.5).all() and abs(
        flip.sum() - n / 2
    ) < 5 * (n / 4) ** 0.5
    assert abs(np.corrcoef(crop[:, 0], crop[:, 1])[0, 1]) < 0.1
    assert not augmentation.draw_views(3, 5, n, 0)[0].any()
    order = draw_order(3, 5, n)
    assert sorted(order.tolist()) == list(range(n))
    assert (draw_order(3, 5, n) == order).all() and (
        augmentation.draw_views(3, 5, n, 4)[0] == crop
    ).all()
    for seed, epoch in ((3, 6), (4, 5), (5, 3)):
        assert (draw_order(seed, epoch, n) == order).mean() < 0.01
        assert (augmentation.draw_views(seed, epoch, n, 4)[0] == crop).all(axis=1).mean() < 0.05
