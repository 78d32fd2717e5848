"""Spoiled images: how many, which and in which way; each way against the pixels or another package;
and how well a score finds them.
"""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from hardness.data import datasets, imagenoise

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (300, 32, 32, 3), dtype=np.uint8)
LABELS = np.repeat([0, 1, 2], 100)
DATA = datasets.checked(
    IMAGES, LABELS, IMAGES[::10], LABELS[::10], ["a", "b", "c"], ((0.5,) * 3, (0.2,) * 3), "toy"
)
MADE = imagenoise.spoiled(DATA, 0.2, 7)
WHAT = imagenoise.kinds(300, 0.2, 7)


def test_a_third_of_the_share_is_spoiled_in_each_way_and_nothing_else_changes():
    assert {kind: int((WHAT == kind).sum()) for kind in imagenoise.KINDS} == {
        "mixture": 20, "blur": 20, "noise": 20,
    }  # fmt: skip
    changed = (MADE.train_inputs != IMAGES).any(axis=(1, 2, 3))
    assert (changed == (WHAT != "")).all()
    assert (MADE.train_labels == LABELS).all() and MADE.train_inputs.dtype == np.uint8
    assert (MADE.test_inputs == DATA.test_inputs).all() and (MADE.mean == DATA.mean).all()
    assert MADE.rows.tolist() == list(range(300)) and not len(MADE.true_labels)
    assert (imagenoise.spoiled(DATA, 0.2, 7).train_inputs == MADE.train_inputs).all()
    assert (imagenoise.kinds(300, 0.2, 8) != WHAT).any()


def test_a_larger_share_spoils_the_same_images_in_the_same_way():
    more = imagenoise.kinds(300, 0.5, 7)
    assert (more[WHAT != ""] == WHAT[WHAT != ""]).all()
    larger = imagenoise.spoiled(DATA, 0.5, 7).train_inputs
    assert (larger[WHAT != ""] == MADE.train_inputs[WHAT != ""]).all()


def test_a_mixture_is_half_the_image_and_half_one_of_another_class():
    for place in np.flatnonzero(WHAT == "mixture"):
        others = np.flatnonzero(LABELS != LABELS[place])
        halves = (IMAGES[others].astype(int) + IMAGES[place]) / 2
        apart = np.abs(halves - MADE.train_inputs[place]).max(axis=(1, 2, 3))
        assert (apart <= 0.5).sum() == 1


def test_blur_is_what_another_package_blurs_by_two_pixels():
    """Pillow approximates a Gaussian by boxes, and is compared away from the border."""
    for place in np.flatnonzero(WHAT == "blur")[:5]:
        oracle = Image.fromarray(IMAGES[place]).filter(ImageFilter.GaussianBlur(2))
        inside = (slice(8, -8), slice(8, -8))
        ours, theirs = MADE.train_inputs[place].astype(int), np.asarray(oracle).astype(int)
        assert np.abs(ours - theirs)[inside].mean() < 2
        assert ours.std() < 0.3 * IMAGES[place].std()


def test_noise_has_the_standard_deviation_that_is_told():
    grey = datasets.checked(
        np.full_like(IMAGES, 128), LABELS, IMAGES, LABELS, ["a", "b", "c"],
        ((0.5,) * 3, (0.2,) * 3), "grey",
    )  # fmt: skip
    noise = imagenoise.spoiled(grey, 0.2, 7).train_inputs[WHAT == "noise"].astype(float)
    assert noise.mean() == pytest.approx(128, abs=1)
    # clipped at two standard deviations on both sides, where scipy's normal gives .96 of it
    from scipy.stats import norm

    clipped = np.clip(norm.ppf((np.arange(100_000) + 0.5) / 100_000), -2, 127 / 64)
    assert noise.std() == pytest.approx(64 * clipped.std(), rel=0.01)


@pytest.mark.parametrize("rate", [0, 1, 0.01, 0.999])
def test_a_share_that_spoils_too_few_or_all_is_refused(rate):
    with pytest.raises(ValueError, match="expected a rate between 0 and 1 that spoils at least 6"):
        imagenoise.kinds(300, rate, 0)


def test_rows_of_a_table_are_refused():
    rows = DATA._replace(train_inputs=np.zeros((300, 4), np.float32))
    with pytest.raises(ValueError, match="made of images of two classes or more; found rows"):
        imagenoise.spoiled(rows, 0.2, 0)
