"""Training without labels: the loss against a slow one and lightly's, the views against
torchvision's, the loop against a naive one, and the observers.
"""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from own_parts import check_grouped_is_single
from scipy import stats
from torch import nn
from torchvision.transforms import InterpolationMode, RandomResizedCrop
from torchvision.transforms import functional as TF
from toy_block import (
    CLASSES,
    CPU,
    DATA,
    SGD,
    SHAPE,
    TEST,
    TWINS,
    N,
    contents,
    make_block,
    run,
)

from hardness.core import artifacts
from hardness.training import checks, loop, networks, parts
from hardness.training.objectives import barlow_twins
from hardness.training.parts import OBSERVERS
from hardness.training.protocols import Setting
from hardness.training.views import twins
from hardness.training.views.rows import AugmentError

FEATURES = SGD | {"observe": "features"}


# The loss


def slow_loss(first, second, weight):
    """Barlow Twins of one member as the paper's formula has it, one pair of outputs at a time."""
    size, dims = first.shape
    total = 0.0
    for i in range(dims):
        for j in range(dims):
            a, b = first[:, i] - first[:, i].mean(), second[:, j] - second[:, j].mean()
            sizes = np.sqrt((a @ a / size + 1e-5) * (b @ b / size + 1e-5))
            c = a @ b / size / sizes
            total += (1 - c) ** 2 if i == j else weight * c**2
    return total


def embeddings(size=7, members=2, dims=4):
    """Two views that go together somewhat, not standardized."""
    rng = np.random.default_rng(0)
    common = rng.normal(2, 3, (size, members, dims))
    views = [common + rng.normal(0, 1, common.shape) for _ in range(2)]
    return torch.from_numpy(np.concatenate(views))


def test_the_loss_is_the_papers_formula():
    z = embeddings()
    found = barlow_twins.BarlowTwins(0.05).loss(z, torch.zeros(7, 2))
    assert found.shape == (7, 2) and (found == found[0]).all()
    for k in range(2):
        expected = slow_loss(z[:7, k].numpy(), z[7:, k].numpy(), 0.05)
        assert found[0, k].item() == pytest.approx(expected, rel=1e-12)


def test_the_gradient_is_that_of_differences_of_the_formula():
    z = embeddings()
    found = barlow_twins.BarlowTwins(0.05).gradient(z, torch.zeros(7, 2)).numpy()
    step, z = 1e-5, z.numpy()
    for place in np.ndindex(*z.shape):
        ends = []
        for sign in (1, -1):
            moved = z[:, place[1]].copy()
            moved[place[0], place[2]] += sign * step
            ends.append(slow_loss(moved[:7], moved[7:], 0.05))
        slope = (ends[0] - ends[1]) / (2 * step)
        assert found[place] == pytest.approx(slope, rel=1e-5, abs=1e-9)


def test_equal_views_whose_outputs_are_uncorrelated_have_no_loss():
    """The columns of a Hadamard matrix but the first: mean 0, variance 1, uncorrelated."""
    columns = torch.tensor([[1, 1, 1], [-1, 1, -1], [1, -1, -1], [-1, -1, 1]]).double()[:, None]
    part, labels = barlow_twins.BarlowTwins(1.0), torch.zeros(4, 1)
    assert part.loss(torch.cat([columns, columns]), labels).max() < 1e-9
    # all three correlations with the aim are 2 away from it, and nothing else
    opposite = part.loss(torch.cat([columns, -columns]), labels)
    assert opposite[0, 0].item() == pytest.approx(12, rel=1e-4)
    same = columns[:, :, [0, 0]]  # two outputs are one: both pairs correlate by 1
    assert part.loss(torch.cat([same, same]), labels)[0, 0].item() == pytest.approx(2, rel=1e-4)


def test_loss_and_gradient_are_lightlys():
    lightly = pytest.importorskip("lightly.loss", reason="needs lightly, which is not installed")
    z, part = embeddings(9, 2, 5), barlow_twins.BarlowTwins(0.03)
    loss, gradient = (f(z, torch.zeros(9, 2)) for f in (part.loss, part.gradient))
    for k in range(2):
        own = z[:, k].clone().requires_grad_()
        expected = lightly.BarlowTwinsLoss(lambda_param=0.03)(own[:9], own[9:])
        expected.backward()
        torch.testing.assert_close(loss[0, k], expected.detach(), rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(gradient[:, k], own.grad, rtol=1e-10, atol=1e-12)


def test_an_output_that_is_constant_has_a_finite_gradient():
    z = embeddings()
    z[:, :, 1] = 3.0
    part = barlow_twins.BarlowTwins(0.05)
    assert torch.isfinite(part.loss(z, torch.zeros(7, 2))).all()
    assert torch.isfinite(part.gradient(z, torch.zeros(7, 2))).all()


def test_lambda_is_read_from_the_recipe_and_not_below_0():
    options = parts.options(TWINS["objective"])
    assert barlow_twins.objective(None, **options).weight == 0.02
    assert barlow_twins.objective(None).weight == 0.005
    with pytest.raises(ValueError, match="objective: lambda is -1, expected"):
        barlow_twins.objective(None, -1)


# The views


@pytest.mark.parametrize("channels", [1, 3])
def test_views_are_torchvisions_of_the_same_parameters(channels):
    """In float64: each view, one function of torchvision after the other."""
    rng = np.random.default_rng(4)
    images = rng.integers(0, 256, (6, 17, 20, channels), dtype=np.uint8)
    mean, std = rng.uniform(0.3, 0.6, channels), rng.uniform(0.2, 0.4, channels)
    augment = {"shift": 0, "flip": True, "pad": "black"}
    view = twins.view(images, mean, std, augment, CPU, torch.float64)
    rows = torch.tensor([[0, 3], [5, 1], [2, 2], [4, 0], [1, 5], [3, 4]])
    drawn = [np.stack(both, axis=1) for both in zip(*(view.draw(s, 1, 6) for s in (7, 9)),
                                                    strict=True)]  # fmt: skip
    found = view.batch(*view.places(rows, [torch.from_numpy(part) for part in drawn]))
    assert found.shape == (12, 2 * channels, 17, 20)
    assert found.is_contiguous(memory_format=torch.channels_last)
    boxes, flips, factors, greys = drawn
    assert flips.any() and greys.any() and not flips.all() and not greys.all()
    for row, k, v in np.ndindex(6, 2, 2):
        image = torch.from_numpy(images[rows[row, k]]).permute(2, 0, 1).double() / 255
        size = [17, 20]
        image = TF.resized_crop(image, *boxes[row, k, v].tolist(), size, InterpolationMode.BILINEAR)
        image = TF.hflip(image) if flips[row, k, v] else image
        brightness, contrast, saturation = factors[row, k, v]
        image = TF.adjust_contrast(TF.adjust_brightness(image, brightness), contrast)
        image = TF.adjust_saturation(image, saturation)
        if greys[row, k, v] and channels == 3:
            image = TF.rgb_to_grayscale(image, 3)
        expected = TF.normalize(image, mean.tolist(), std.tolist())
        part = found[6 * v + row, channels * k : channels * (k + 1)]
        torch.testing.assert_close(part, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("side", "least"), [(32, 0.08), (12, 0.4)])
def test_crops_are_distributed_as_torchvisions(side, least):
    """Sides of crops by both, compared by the Kolmogorov-Smirnov test."""
    image, count = torch.zeros(3, side, side + 4), 4000
    torch.manual_seed(0)
    get = RandomResizedCrop.get_params
    theirs = np.array([get(image, [least, 1], [3 / 4, 4 / 3]) for _ in range(count)])
    ours = twins.draw_boxes(np.random.default_rng(0), count, side, side + 4)
    assert (ours[:, :2] >= 0).all() and (ours[:, 2:] >= 1).all()
    assert (ours[:, :2] + ours[:, 2:] <= [side, side + 4]).all()
    for column in range(4):
        assert stats.ks_2samp(ours[:, column], theirs[:, column]).pvalue > 0.001
    assert (ours[:, 2] * ours[:, 3]).min() >= least * side * (side + 4) * 0.85  # rounded sides


def test_what_is_drawn_is_a_function_of_seed_and_epoch_and_flips_only_where_asked():
    augment = {"shift": 0, "flip": False, "pad": "black"}
    made = [DATA.train_inputs, DATA.mean, DATA.std, augment, CPU, torch.float32]
    view = twins.view(*made)
    first = view.draw(3, 1, N)
    for part, again in zip(first, twins.view(*made).draw(3, 1, N), strict=True):
        np.testing.assert_array_equal(part, again)
    for other in (view.draw(4, 1, N), view.draw(3, 2, N)):
        assert (other[0] != first[0]).mean() > 0.3 and (other[2] != first[2]).all()
    assert not first[1].any() and (first[2][:, 0] != first[2][:, 1]).all()
    spread = np.array(twins.JITTER)
    many = view.draw(0, 0, 20000)
    for bound, value in ((1 - spread, many[2].min((0, 1))), (1 + spread, many[2].max((0, 1)))):
        np.testing.assert_allclose(value, bound, atol=1e-3)
    assert many[3].mean() == pytest.approx(0.2, abs=0.01)


def test_as_they_are_images_are_those_of_the_usual_view():
    usual = parts.VIEWS.find("images")
    made = [DATA.train_inputs, DATA.mean, DATA.std, None, CPU, torch.float32]
    rows = torch.arange(5)
    assert torch.equal(twins.view(*made).plain(rows, 2), usual.view(*made).plain(rows, 2))


def test_twins_are_of_images_and_do_not_shift():
    made = [DATA.train_inputs, DATA.mean, DATA.std]
    with pytest.raises(AugmentError, match="leave shift out of augment"):
        twins.view(*made, SGD["augment"], CPU, torch.float32)
    with pytest.raises(AugmentError, match="leave views out of the recipe"):
        twins.view(np.zeros((3, 4)), np.zeros(4), np.ones(4), None, CPU, torch.float32)


# The loop


def naive(seed, steps, folder):
    """Train one member in float64 by torch's own layers, batch norm and Adam; the views are the
    project's. Returns the weights, the losses, and the input gradient of each row of the last
    epoch, in the order in which they came.
    """
    training = loop.Training(make_block(TWINS, [seed]), folder, CPU, torch.float64)
    network = networks.build(
        **TWINS["model"], seeds=[seed], shape=SHAPE, classes=CLASSES, head=TWINS["head"]
    ).double()
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 16)
    losses, norms, orders = [], [], []
    drawn = training.draw(0)
    for step in range(steps):
        epoch, number = divmod(step, training.steps)
        if step and number == 0:
            drawn = training.draw(epoch)
        here = slice(16 * number, 16 * number + 16)
        batch = training.view.batch(*(part[here] for part in drawn.places))
        views = [view.clone().requires_grad_() for view in batch.chunk(2)]
        z = [F.batch_norm(network(view)[:, 0], None, None, training=True) for view in views]
        c = z[0].T @ z[1] / len(z[0])
        aim = torch.eye(len(c)).double()
        loss = ((c - aim).square() * torch.where(aim > 0, aim, 0.02)).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        total = views[0].grad + views[1].grad
        norms += [len(total) * each.norm().item() for each in total]
        orders += drawn.order[here, 0].tolist()
    return network.state_dict(), losses, norms, orders


def test_training_is_that_of_a_naive_loop(tmp_path):
    """Two epochs of four steps, in float64, but for the learning rate, which is float32; the last
    batch of an epoch is a smaller one.
    """
    training = loop.Training(make_block(TWINS, [4, 1]), tmp_path, CPU, torch.float64)
    kept = []
    for epoch in range(2):
        drawn = training.draw(epoch)
        for number in range(4):
            training.train_step(number, drawn)
            training.step += 1
        kept.append(training.kept.clone())
        training.finish_epoch(epoch, drawn)
    gradients = training.observers["input-gradients"].norms
    for k, seed in enumerate((4, 1)):
        weights, losses, norms, orders = naive(seed, 8, tmp_path)
        state = training.network.state_dict()
        for name, value in weights.items():
            own = state[name].chunk(2)[k] if value.ndim else state[name]
            torch.testing.assert_close(own, value, rtol=1e-7, atol=1e-8)
        for epoch in range(2):
            of_batches = kept[epoch][[0, 16, 32, 48], k, 0]
            np.testing.assert_allclose(of_batches, losses[4 * epoch : 4 * epoch + 4], rtol=1e-7)
            expected = np.zeros(N)
            expected[orders[N * epoch : N * epoch + N]] = norms[N * epoch : N * epoch + N]
            np.testing.assert_allclose(gradients[k, epoch], expected, rtol=1e-6)


def test_grouped_is_single(tmp_path):
    """Ten steps: two epochs and a half."""
    check_grouped_is_single(TWINS, tmp_path)


def test_what_training_without_labels_leaves(tmp_path):
    entry = run(tmp_path, TWINS, [3, 8])
    names = ("test", "features", "input-gradients", "weights")
    assert contents(entry).keys() == {f"{name}.npz" for name in names}
    test, features, gradients = (artifacts.load_npz(entry / f"{name}.npz") for name in names[:3])
    assert test.keys() == {"seeds", "features"}
    assert test["features"].shape == (2, TEST, 8) and test["features"].dtype == np.float16
    assert {name: (array.dtype, array.shape) for name, array in features.items()} == {
        "seeds": (np.int64, (2,)),
        "changes": (np.float32, (2, 3, N)),
        "norms": (np.float32, (2, 4, N)),
        "features": (np.float16, (2, N, 8)),
    }
    assert gradients["norms"].shape == (2, 4, N) and (gradients["norms"] > 0).all()
    assert (features["changes"] > 0).all() and (features["norms"] > 0).all()


def test_labels_are_of_no_effect_on_training_without_labels(tmp_path):
    labels = np.roll(DATA.train_labels, 1)
    entries = [
        run(tmp_path, TWINS, data=DATA._replace(train_labels=each))
        for each in (DATA.train_labels, labels)
    ]
    assert entries[0] != entries[1] and contents(entries[0]) == contents(entries[1])


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        (SGD | {"views": "twins", "augment": TWINS["augment"]}, "needs 1 .*leave views out"),
        ({key: value for key, value in TWINS.items() if key != "views"}, "needs 2 .*views: twins"),
    ],
)
def test_an_objective_gets_the_views_that_it_needs(recipe, said, tmp_path):
    with pytest.raises(checks.PartError, match=said):
        run(tmp_path, recipe)


# What is observed


@pytest.mark.parametrize("recipe", [SGD, TWINS], ids=["labels", "none"])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_observing_features_and_input_gradients_changes_no_weight(recipe, precision, tmp_path):
    recipe = recipe | {"precision": precision}
    observed = run(tmp_path, recipe | {"observe": ["features", "input-gradients"]})
    nothing = run(tmp_path, recipe, record=False)
    assert contents(observed).keys() >= {"features.npz", "input-gradients.npz"}
    assert contents(nothing).keys() == {"test.npz"}
    assert contents(observed)["test.npz"] == contents(nothing)["test.npz"]


def test_features_are_those_of_the_weights_after_each_epoch(tmp_path):
    """With a constant rate the weights after t epochs are those of a training of t epochs."""
    recipe = FEATURES | {"schedule": {"name": "constant"}, "epochs": 3, "probe_epoch": 1}
    found = artifacts.load_npz(run(tmp_path, recipe, [3, 8]) / "features.npz")
    images = (DATA.train_inputs / 255 - DATA.mean.astype(float)) / DATA.std.astype(float)
    images = torch.from_numpy(images.transpose(0, 3, 1, 2).astype(np.float32))
    for k in range(2):
        before = None
        for epoch in range(3):
            weights = artifacts.load_npz(
                run(tmp_path, recipe | {"epochs": epoch + 1}, [3, 8]) / "weights.npz"
            )
            network = networks.build(**SGD["model"], seeds=[9], shape=SHAPE, classes=CLASSES)
            network.load_state_dict(
                {name: torch.from_numpy(np.split(value, 2)[k])
                 for name, value in weights.items() if name != "seeds"}
            )  # fmt: skip
            with torch.no_grad():
                features = network.eval().features(images)[0].T.numpy()
            norms = np.sqrt((features.astype(float) ** 2).sum(axis=1))
            np.testing.assert_allclose(found["norms"][k, epoch], norms, rtol=1e-4)
            if before is not None:
                changes = [np.mean((a - b) ** 2) for a, b in zip(features, before, strict=True)]
                np.testing.assert_allclose(found["changes"][k, epoch - 1], changes, rtol=1e-3)
            before = features
        np.testing.assert_allclose(found["features"][k], before, rtol=1e-3, atol=1e-4)


def features_observer(epochs=3):
    labels, rows = np.array([[0], [1]]), np.array([[0], [1]])
    setting = Setting("toy", [0], labels, rows, labels[:, 0], 2, epochs, 1, CPU, torch.float64)
    return OBSERVERS.find("features").observer(setting)


def test_changes_and_norms_by_hand():
    """From (3, 4) to (3, 6): 4 / 2; to (0, 0): 45 / 2. The second sample stays at (0, 1)."""
    part = features_observer()
    part.between_epochs(0, lambda **_: pytest.fail("there is nothing to observe yet"))
    for epoch, first in enumerate(((3, 4), (3, 6), (0, 0))):
        found = torch.tensor([[first], [(0, 1)]], dtype=torch.float64)
        part.between_epochs(epoch + 1, lambda features, found=found: found)
        part.between_epochs(epoch + 1, lambda **_: pytest.fail("it is done already"))
    found = part.arrays(nn.Identity())
    assert found["changes"].tolist() == [[[2, 0], [22.5, 0]]]
    np.testing.assert_allclose(found["norms"][0, :, 0], [5, 45**0.5, 0], rtol=1e-6)
    assert found["features"].tolist() == [[[0, 0], [0, 1]]]


def test_input_gradients_of_cross_entropy_are_autograds(tmp_path):
    """One batch of all rows: the gradient of the sum of its losses, of the first weights."""
    recipe = SGD | {
        "observe": "input-gradients", "epochs": 1, "probe_epoch": 1, "batch_size": N,
        "augment": {"shift": 0, "flip": False, "pad": "black"},
    }  # fmt: skip
    found = artifacts.load_npz(run(tmp_path, recipe, [6]) / "input-gradients.npz")["norms"]
    network = networks.build(**SGD["model"], seeds=[6], shape=SHAPE, classes=CLASSES)
    images = (DATA.train_inputs / 255 - DATA.mean.astype(float)) / DATA.std.astype(float)
    images = torch.from_numpy(images.transpose(0, 3, 1, 2).astype(np.float32)).requires_grad_()
    labels = torch.from_numpy(DATA.train_labels)
    F.cross_entropy(network(images)[:, 0], labels, reduction="sum").backward()
    np.testing.assert_allclose(found[0, 0], images.grad.flatten(1).norm(dim=1), rtol=1e-4)


def test_a_network_without_features_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(checks, "Network", nn.Bilinear)
    with pytest.raises(checks.PartError, match=r"digits_cnn\.py.*has no features"):
        run(tmp_path, FEATURES)
