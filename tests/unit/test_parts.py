"""The parts of a recipe: objectives, samplers, observers and heads against autograd, another
package, values by hand; grouped against single; and parts of a user's own, one file each.
"""

import importlib
import sys
import textwrap
from itertools import product

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from toy_block import CLASSES, CPU, DATA, FULL, SGD, SHAPE, N, contents, make_block, run
from torchvision.ops import sigmoid_focal_loss

from hardness.core import artifacts
from hardness.data import datasets
from hardness.training import checks, loop, networks, parts, store
from hardness.training.measures import DivergedError, half
from hardness.training.objectives import class_balanced
from hardness.training.observers.dynamics import last_places
from hardness.training.parts import MODELS, OBJECTIVES, OBSERVERS, SAMPLERS
from hardness.training.protocols import Setting

OTHER_OPTIONS = {"focal": {"gamma": 0.5}, "class-balanced": {"beta": 0.9}}
PASSES = SGD | {"observe": "pass"}
DRAWN_AGAIN = SGD | {"sampler": {"name": "class-balanced"}}

CONSTANT = SGD | {"schedule": {"name": "constant"}, "augment": {"shift": 0, "flip": False, "pad": "black"}}  # fmt: skip


def setting(labels, seeds=(0, 1), classes=CLASSES, dtype=torch.float64):
    """labels: (n, K)."""
    labels = np.asarray(labels)
    return Setting("toy", list(seeds), labels, labels[:, 0], classes, 4, 1, CPU, dtype)


def objective(name, counts=((5, 3, 2), (1, 1, 8)), **options):
    """An objective of members whose training sets have these classes."""
    labels = np.stack([np.repeat(np.arange(len(own)), own) for own in counts], axis=1)
    return OBJECTIVES.find(name).objective(setting(labels, range(len(counts))), **options)


def some_logits(scale=3.0, batch=7):
    generator = torch.Generator().manual_seed(0)
    logits = scale * torch.randn(batch, 2, CLASSES, dtype=torch.float64, generator=generator)
    return logits, torch.randint(0, CLASSES, (batch, 2), generator=generator)


# Objectives


@pytest.mark.parametrize(
    ("name", "options"),
    [(name, options) for name in OBJECTIVES.names() for options in ({}, OTHER_OPTIONS.get(name))
     if options is not None],
)  # fmt: skip
def test_the_gradient_is_autograds_of_the_loss_divided_by_the_batch(name, options):
    part = objective(name, **options)
    logits, labels = some_logits()
    logits.requires_grad_()
    part.loss(logits, labels).sum().div(len(labels)).backward()
    found = part.gradient(logits.detach(), labels)
    torch.testing.assert_close(found, logits.grad, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", OBJECTIVES.names())
def test_very_sure_networks_have_a_finite_loss_and_gradient(name):
    part = objective(name)
    logits = torch.tensor([[[800.0, 0, -800]] * 2, [[800.0, 0, -800]] * 2], dtype=torch.float64)
    labels = torch.tensor([[0, 0], [2, 2]])
    assert part.loss(logits, labels)[1].min() > 100 and not part.loss(logits, labels)[0].any()
    gradient = part.gradient(logits, labels)
    assert torch.isfinite(gradient).all() and not gradient[0].any() and gradient[1].abs().min(0)


def test_cross_entropy_is_torchs():
    logits, labels = some_logits()
    expected = torch.stack(
        [F.cross_entropy(logits[:, k], labels[:, k], reduction="none") for k in range(2)], dim=1
    )
    torch.testing.assert_close(objective("cross-entropy").loss(logits, labels), expected)


def test_focal_loss_by_hand():
    """p_y = 5/8: -(3/8)^2 ln(5/8); p_y = 1/8 with gamma 1: -(7/8) ln(1/8)."""
    logits = torch.tensor([[[1.0, 2, 5]]], dtype=torch.float64).log()
    two, one = objective("focal"), objective("focal", gamma=1)
    assert two.loss(logits, torch.tensor([[2]])).item() == pytest.approx(
        -((3 / 8) ** 2) * np.log(5 / 8)
    )
    assert one.loss(logits, torch.tensor([[0]])).item() == pytest.approx(-7 / 8 * np.log(1 / 8))


@pytest.mark.parametrize("gamma", [0, 0.5, 2, 5])
def test_focal_loss_of_two_classes_is_torchvisions(gamma):
    """There p_y is the sigmoid of the difference of the two logits."""
    logits, _ = some_logits()
    logits, labels = logits[..., :2], torch.tensor([[0, 1], [1, 0], [1, 1], [0, 0], [0, 1]])
    logits = logits[:5].clone().requires_grad_()
    difference = logits[..., 1] - logits[..., 0]
    expected = sigmoid_focal_loss(difference, labels.double(), alpha=-1, gamma=gamma)
    part = objective("focal", counts=((2, 2), (2, 2)), gamma=gamma)
    torch.testing.assert_close(part.loss(logits, labels), expected)
    (gradient,) = torch.autograd.grad(expected.sum() / 5, logits)
    torch.testing.assert_close(part.gradient(logits.detach(), labels), gradient)


def test_focal_loss_with_gamma_0_is_cross_entropy():
    logits, labels = some_logits()
    for value in ("loss", "gradient"):
        found, expected = (
            getattr(part, value)(logits, labels)
            for part in (objective("focal", gamma=0), objective("cross-entropy"))
        )
        torch.testing.assert_close(found, expected)


def test_class_balanced_weights_by_hand():
    """beta 1/2 and counts 1, 2: (1/2)/(1/2) = 1 and (1/2)/(3/4) = 2/3, scaled to sum to 2: 6/5 and
    4/5. beta 0 weighs all alike, beta near 1 by 1/n.
    """
    counts = np.array([[1, 2]])
    np.testing.assert_allclose(class_balanced.weights(counts, 0.5), [[6 / 5, 4 / 5]])
    np.testing.assert_allclose(class_balanced.weights(counts, 0.0), [[1, 1]])
    np.testing.assert_allclose(class_balanced.weights(counts, 1 - 1e-9), [[4 / 3, 2 / 3]])
    np.testing.assert_allclose(class_balanced.weights(np.array([[4, 0, 4]]), 0.9), [[1, 0, 1]])


def test_class_balanced_weights_of_long_tailed_digits_are_the_published_ones():
    """Parity of MNIST with digit d at 5421 x 100^(-d/9): Yu et al.'s class ratio falls from 1.67 to
    1.16, so the weights' ratio is .696.
    """
    digits = 5421 * 100.0 ** (-np.arange(10) / 9)
    even, odd = digits[::2].sum(), digits[1::2].sum()
    assert even / odd == pytest.approx(1.67, abs=0.005)
    weights = class_balanced.weights(np.array([[round(even), round(odd)]]), 0.9999)[0]
    assert weights[0] / weights[1] == pytest.approx(0.696, abs=0.001)
    assert weights.sum() == pytest.approx(2)


def test_class_balanced_loss_is_torchs_weighted_sum_divided_by_the_batch():
    """torch's own mean divides by the sum of the weights."""
    logits, labels = some_logits()
    counts = ((5, 3, 2), (1, 1, 8))
    part = objective("class-balanced", counts, beta=0.9)
    for k, own in enumerate(counts):
        weight = (1 - 0.9) / (1 - 0.9 ** np.array(own))
        weight = torch.tensor(weight * 3 / weight.sum())
        mine = logits[:, k].clone().requires_grad_()
        total = F.cross_entropy(mine, labels[:, k], weight=weight, reduction="sum")
        torch.testing.assert_close(part.loss(logits, labels)[:, k].sum(), total.detach())
        (gradient,) = torch.autograd.grad(total / len(labels), mine)
        torch.testing.assert_close(part.gradient(logits, labels)[:, k], gradient)


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("focal", {"gamma": -1}, "objective: gamma is -1, expected a number of at least 0"),
        ("class-balanced", {"beta": 1}, "objective: beta is 1, expected a number from 0 to below 1"),
    ],
)
def test_options_out_of_range_are_told(name, options, said):
    with pytest.raises(ValueError, match=said):
        objective(name, **options)


# Samplers


def sampler(name, labels, seeds=(0, 1)):
    return SAMPLERS.find(name).sampler(setting(labels, seeds))


@pytest.mark.parametrize("name", SAMPLERS.names())
def test_a_draw_is_a_function_of_seed_and_epoch(name):
    labels = np.tile(np.arange(300) % 3, (2, 1)).T
    first, second = sampler(name, labels, (7, 3)), sampler(name, labels, (3, 7))
    draw = first.draw(0, 2, {})
    assert draw.shape == (300,) and 0 <= draw.min() and draw.max() < 300
    assert (second.draw(1, 2, {}) == draw).all()
    for other in (first.draw(0, 3, {}), first.draw(1, 2, {}), second.draw(0, 2, {})):
        assert (other == draw).mean() < 0.05
    assert SAMPLERS.find(name).REPLACES == (len(set(draw.tolist())) < 300)


def test_class_balanced_draws_every_class_and_every_row_of_it_as_often():
    """Frequencies within five standard deviations of a multinomial's; a class without rows never."""
    rng = np.random.default_rng(5)
    sizes = ((2400, 0, 500, 100), (10, 1000, 1000, 990))
    labels = np.stack([rng.permutation(np.repeat(range(4), size)) for size in sizes], axis=1)
    part = SAMPLERS.find("class-balanced").sampler(setting(labels, classes=4))
    for k, size in enumerate(sizes):
        draws = np.concatenate([part.draw(k, epoch, {}) for epoch in range(20)])
        present = sum(own > 0 for own in size)
        for label, own in enumerate(size):
            rows = np.flatnonzero(labels[:, k] == label)
            counts = np.bincount(draws, minlength=3000)[rows]
            expected = len(draws) / present if own else 0
            assert abs(counts.sum() - expected) <= 5 * expected**0.5
            if own:
                each = expected / own
                assert np.abs(counts - each).max() < 5 * each**0.5 + 5
                assert counts.mean() == pytest.approx(each, rel=0.1)


# What is observed


def test_the_last_place_of_each_row():
    order = torch.tensor([[2, 0], [0, 0], [2, 3], [1, 0]])
    assert last_places(order).tolist() == [[1, 3], [3, -1], [2, -1], [-1, 2]]
    rng = np.random.default_rng(3)
    order = rng.integers(0, 50, (50, 4))
    found = last_places(torch.from_numpy(order)).numpy()
    for k in range(4):
        last = {row: place for place, row in enumerate(order[:, k].tolist())}
        assert found[:, k].tolist() == [last.get(row, -1) for row in range(50)]


def test_with_replacement_the_last_view_counts_and_a_row_that_was_not_drawn_has_none(
    tmp_path, monkeypatch
):
    seen, genuine = [], loop.Training.finish_epoch

    def finish_epoch(self, epoch, drawn):
        seen.append((drawn.order.numpy().copy(), self.logits.numpy().copy()))
        genuine(self, epoch, drawn)

    monkeypatch.setattr(loop.Training, "finish_epoch", finish_epoch)
    dynamics = artifacts.load_npz(run(tmp_path, DRAWN_AGAIN, [4, 2]) / "dynamics.npz")
    total, count = np.zeros((2, N), np.float64), np.zeros((2, N))
    for epoch, (order, logits) in enumerate(seen):
        for k in range(2):
            last = {row: place for place, row in enumerate(order[:, k].tolist())}
            assert 10 < len(last) < N
            for row in range(N):
                values = {
                    name: dynamics[name][k, epoch, row]
                    for name in ("margin", "loss", "el2n", "true_logit", "correct")
                }
                if row not in last:
                    assert not values.pop("correct") and np.isnan(list(values.values())).all()
                    continue
                z, y = logits[last[row], k].astype(float), DATA.train_labels[row]
                margin = z[y] - max(np.delete(z, y))
                assert values["margin"] == pytest.approx(margin, rel=2**-10, abs=1e-6)
                assert values["true_logit"] == pytest.approx(z[y], rel=2**-10, abs=1e-6)
                assert values["correct"] == (margin > 0)
                total[k, row] += margin
                count[k, row] += 1
    assert 0 < (count == 0).sum() < 10
    with np.errstate(invalid="ignore"):
        np.testing.assert_allclose(dynamics["aum"], total / count, atol=1e-5)  # 0/0: nan


def test_with_replacement_each_place_has_a_view_of_its_own(tmp_path):
    state = loop.Training(make_block(DRAWN_AGAIN), tmp_path, CPU)
    drawn = state.draw(0)
    begin, flip = (part.numpy() for part in drawn.places)
    width = SHAPE[1] + 2 * SGD["augment"]["shift"]
    within = begin % (width * (SHAPE[0] + 2 * SGD["augment"]["shift"]))  # of its image
    for k in range(3):
        rows, counts = np.unique(drawn.order[:, k], return_counts=True)
        often = [np.flatnonzero(drawn.order[:, k] == row) for row in rows[counts > 1]]
        assert len(often) > 8
        views = [{(within[place, k], flip[place, k]) for place in places} for places in often]
        assert sum(len(view) > 1 for view in views) > len(often) / 2
    assert flip.any() and not flip.all()


def plain_logits(weights, k, members, images, data):
    """Logits in eval mode of one member, by its saved weights and images normalized by hand."""
    network = networks.build(**SGD["model"], seeds=[99], shape=SHAPE, classes=CLASSES).eval()
    network.load_state_dict(
        {
            name: torch.from_numpy(value if value.ndim == 0 else np.split(value, members)[k])
            for name, value in weights.items()
        }
    )
    images = (images / 255 - data.mean.astype(float)) / data.std.astype(float)
    with torch.no_grad():
        return network(torch.from_numpy(images.transpose(0, 3, 1, 2).astype(np.float32)))[:, 0]


def test_a_pass_is_a_naive_evaluation_after_each_epoch(tmp_path):
    """With a constant rate the weights after t epochs are those of a training of t epochs. The
    sums are the definition's, one sample and class after the other.
    """
    recipe, seeds = CONSTANT | {"observe": "pass", "epochs": 3}, [3, 8]
    found = artifacts.load_npz(run(tmp_path, recipe, seeds) / "pass.npz")
    assert {name: (array.dtype, array.shape) for name, array in found.items()} == {
        "seeds": (np.int64, (2,)),
        "loss": (np.float16, (2, 3, N)),
        "margin": (np.float16, (2, 3, N)),
        "correct": (np.bool_, (2, 3, N)),
        "du": (np.float32, (2, N)),
        "dl": (np.float32, (2, N)),
    }
    before = np.full((2, N, CLASSES), 1 / CLASSES)
    sums, divergence = {"du": np.zeros((2, N)), "dl": np.zeros((2, N))}, np.zeros((2, N))
    for epoch, k in product(range(3), range(2)):
        entry = run(tmp_path, recipe | {"epochs": epoch + 1, "probe_epoch": 1}, seeds)
        weights = artifacts.load_npz(entry / "weights.npz")
        assert weights.pop("seeds").tolist() == seeds
        logits = plain_logits(weights, k, 2, DATA.train_images, DATA).double().numpy()
        p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        for i, y in enumerate(DATA.train_labels):
            margin = logits[i, y] - max(np.delete(logits[i], y))
            assert found["margin"][k, epoch, i] == pytest.approx(margin, rel=2**-10, abs=2e-5)
            assert found["loss"][k, epoch, i] == pytest.approx(-np.log(p[i, y]), rel=2**-10, abs=1e-5)
            if abs(margin) > 1e-4:
                assert found["correct"][k, epoch, i] == (margin > 0)
            for j in range(CLASSES):
                change, ratio = p[i, j] - before[k, i, j], np.log(p[i, j] / before[k, i, j])
                down, up = min(change, 0) * ratio, max(change, 0) * ratio
                sums["du"][k, i] += down if j == y else up
                sums["dl"][k, i] += up if j == y else down
                divergence[k, i] += change * ratio
        before[k] = p
    for name, expected in sums.items():
        assert expected.min() >= 0 and expected.max() > 1e-4
        np.testing.assert_allclose(found[name], expected, rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(found["du"] + found["dl"], divergence, rtol=1e-3, atol=1e-6)


def test_before_the_first_pass_the_sums_are_0_and_all_classes_equally_likely():
    """So difficulty (c + du) / (c + dl) is 1."""
    part = OBSERVERS.find("pass").observer(setting(np.zeros((5, 2), int)))
    state = part.state()
    assert not state["du"].any() and not state["dl"].any() and (state["p"] == 1 / CLASSES).all()
    part.between_epochs(0, lambda: pytest.fail("there is nothing to observe yet"))


def test_shifts_by_hand():
    """From (1/2, 1/4, 1/4) to (1/4, 1/2, 1/4): ln 2 / 4 for the class that fell and for the one that
    rose. For label 0 both unlearn; for label 1 both learn; for label 2 one of each.
    """
    shifts = OBSERVERS.find("pass").shifts
    before = torch.tensor([[[0.5, 0.25, 0.25]]]).repeat(3, 1, 1)
    after = torch.tensor([[[0.25, 0.5, 0.25]]]).repeat(3, 1, 1)
    du, dl = shifts(before, after, torch.tensor([[0], [1], [2]]))
    quarter = np.log(2) / 4
    np.testing.assert_allclose(du[:, 0], [2 * quarter, 0, quarter], rtol=1e-6)
    np.testing.assert_allclose(dl[:, 0], [0, 2 * quarter, quarter], rtol=1e-6)


def test_a_certain_prediction_has_finite_sums():
    part = OBSERVERS.find("pass").observer(setting(np.array([[0, 0], [1, 1]])))
    logits = torch.tensor([[[900.0, 0, -900]] * 2] * 2, dtype=torch.float64)
    part.between_epochs(1, lambda: logits)
    part.between_epochs(2, lambda: -logits)
    state = part.state()
    assert torch.isfinite(state["du"]).all() and state["du"].max() < 2 * np.log(1e8) + 1
    assert state["du"][0].min() > 18  # sure of the label, then of another class: ln 1e8 and more


def test_a_pass_is_counted_once():
    part = OBSERVERS.find("pass").observer(setting(np.array([[0, 0], [1, 1]])))
    logits = torch.tensor([[[1.0, 0, 2]] * 2] * 2, dtype=torch.float64)
    part.between_epochs(1, lambda: logits)
    before = {name: np.asarray(value).copy() for name, value in part.state().items()}
    part.between_epochs(1, lambda: pytest.fail("it is done already"))
    for name, value in part.state().items():
        np.testing.assert_array_equal(np.asarray(value), before[name], err_msg=name)


def test_a_pass_covers_rows_that_no_member_trains_on(tmp_path):
    """Each draw leaves out a third of the data set, and has labels of its own."""
    source = np.stack([np.setdiff1d(np.arange(N), np.arange(d, N, 3)) for d in range(3)])
    folds = datasets.TrainingSet(
        source.astype(np.int32), DATA.train_labels[source], np.empty((3, 0, *SHAPE), np.uint8)
    )
    block = make_block(PASSES, training_set=folds)._replace(observe=("pass",))
    entry = loop.train(block, tmp_path, CPU)
    assert sorted(contents(entry)) == ["pass.npz", "test.npz"]
    found = artifacts.load_npz(entry / "pass.npz")
    assert found["loss"].shape == (3, 4, N) and (found["loss"] > 0).all()
    alone = folds._replace(source=folds.source[1:2], labels=folds.labels[1:2], images=folds.images[1:2])
    block = make_block(PASSES, [1], training_set=alone)._replace(observe=("pass",))
    single = artifacts.load_npz(loop.train(block, tmp_path, CPU) / "pass.npz")
    np.testing.assert_allclose(found["loss"][1], single["loss"][0], rtol=2**-9, atol=1e-4)
    np.testing.assert_allclose(found["du"][1], single["du"][0], rtol=1e-2, atol=1e-5)


@pytest.mark.parametrize("sampling", SAMPLERS.names())
def test_observing_changes_no_weight(sampling, tmp_path):
    recipe = SGD | {"sampler": {"name": sampling}}
    dynamics = contents(run(tmp_path / "a", recipe))
    passes = contents(run(tmp_path / "b", recipe | {"observe": "pass"}))
    nothing = contents(run(tmp_path / "c", recipe, record=False))
    assert passes.keys() - dynamics.keys() == {"pass.npz"} and nothing.keys() == {"test.npz"}
    assert all(passes[name] == dynamics[name] for name in dynamics)
    assert nothing["test.npz"] == dynamics["test.npz"]


def test_a_value_that_float16_cannot_hold_is_told_with_its_seed():
    values = np.zeros((2, 3))
    values[1, 2] = 70000
    with pytest.raises(DivergedError, match="toy, seed 9: .* beyond 65504, in epoch 3"):
        half(values, "toy", [4, 9], "in epoch 3")


# Grouped is single


def state_after_ten_steps(recipe, seeds, folder, training_set=FULL):
    """The network's state, a row for each member, after ten steps in float64."""
    block = make_block(recipe | {"members_per_job": len(seeds)}, seeds, False, DATA, training_set)
    training = loop.Training(block, folder, CPU, torch.float64)
    while training.step < 10:
        epoch, number = divmod(training.step, training.steps)
        if number == 0:
            drawn = training.draw(epoch)
        training.train_step(number, drawn)
        training.step += 1
    return {
        name: value.reshape(len(seeds), -1)
        for name, value in training.network.state_dict().items()
        if value.ndim
    }


def check_grouped_is_single(recipe, folder, training_set=FULL):
    grouped = state_after_ten_steps(recipe, [0, 1, 2], folder, training_set)
    for k in range(3):
        alone = state_after_ten_steps(recipe, [k], folder, training_set)
        assert alone.keys() == grouped.keys()
        for name, value in alone.items():
            torch.testing.assert_close(grouped[name][k], value[0], rtol=1e-12, atol=1e-12)
        assert not torch.equal(grouped[name][k], grouped[name][k - 1])


@pytest.mark.parametrize("sampling", SAMPLERS.names())
@pytest.mark.parametrize("name", OBJECTIVES.names())
def test_grouped_is_single_for_every_objective_and_sampler(name, sampling, tmp_path):
    """On draws with other labels for each member: so the objectives' class counts differ too."""
    rng = np.random.default_rng(2)
    source = np.sort(rng.integers(0, N, (3, N)), axis=1).astype(np.int32)
    labels = np.stack([np.sort(rng.integers(0, CLASSES, N) % (k + 2)) for k in range(3)])
    draws = datasets.TrainingSet(source, labels, np.empty((3, 0, *SHAPE), np.uint8))
    parts_of = {"objective": {"name": name}, "sampler": {"name": sampling}}
    check_grouped_is_single(SGD | parts_of, tmp_path, draws)


@pytest.mark.parametrize("name", [name for name in MODELS.names() if name not in ("resnet18", "lenet")])
def test_grouped_is_single_for_models_in_the_loop_itself(name, tmp_path):
    """The others are too large for these images, or this test: see test_models.py."""
    options = {"depth": 8} if name == "resnet-cifar" else {}
    check_grouped_is_single(SGD | {"model": {"name": name, **options}}, tmp_path)


# Rows of a table


def test_rows_of_a_table_train_and_are_neither_cropped_nor_flipped(own, tmp_path):
    """A network of one dense layer on normalized rows: after one batch its weights are those of the
    formula, w - lr (p - y)^T x / B.
    """
    own("models", "dense_net", """
        from torch import nn
        def network(members, shape, classes):
            return nn.Linear(*shape, classes)
    """)  # fmt: skip
    rng = np.random.default_rng(1)
    rows = rng.normal(3, 2, (N, 4)).astype(np.float32)
    mean, std = rows.mean(axis=0), rows.std(axis=0)
    data = DATA._replace(train_images=rows, test_images=rows[:20], mean=mean, std=std)
    plain = {"model": {"name": "dense-net"}, "members_per_job": 1, "epochs": 1, "batch_size": N,
             "schedule": {"name": "constant"}, "probe_epoch": 1, "optimizer":
             {"name": "sgd", "lr": 0.5, "momentum": 0, "nesterov": False, "weight_decay": 0}}  # fmt: skip
    recipe = CONSTANT | plain
    full = datasets.TrainingSet(FULL.source, FULL.labels, np.empty((1, 0, 4), np.float32))
    block = make_block(recipe, [5], True, data, full)
    loop.train_into(block, tmp_path, CPU)
    weights = artifacts.load_npz(tmp_path / "weights.npz")
    start = networks.build("dense-net", [5], (4,), CLASSES)
    x = (rows - mean) / std
    z = x @ start.weight.detach().numpy().T + start.bias.detach().numpy()
    error = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True) - np.eye(CLASSES)[DATA.train_labels]
    expected = start.weight.detach().numpy() - 0.5 * error.T @ x / N
    np.testing.assert_allclose(weights["weight"], expected, atol=1e-6)
    augmented = block._replace(recipe=recipe | {"augment": SGD["augment"]})
    with pytest.raises(Exception, match="rows of a table are neither cropped nor flipped"):
        loop.train_into(augmented, tmp_path, CPU)


# Parts of a user's own: one file each


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Adds a part's file, in a folder beside the project's: own(kind's folder, name, text)."""
    monkeypatch.setattr(store, "note_origin", lambda *arguments, **options: None)

    def own(kind, name, text):
        package = importlib.import_module(f"hardness.training.{kind}")
        folder = tmp_path / "own" / kind
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.py").write_text(textwrap.dedent(text))
        if str(folder) not in package.__path__:
            monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
        importlib.invalidate_caches()
        monkeypatch.delitem(sys.modules, f"{package.__name__}.{name}", raising=False)
        return folder / f"{name}.py"

    yield own
    for name in [name for name in sys.modules if name.startswith("hardness.training.")]:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def trained(recipe, folder, seeds=(0, 1, 2)):
    loop.train_into(make_block(recipe, seeds), folder, CPU)
    return contents(folder)


COSINE = """
    import torch
    from torch import nn
    class Cosine(nn.Module):
        def __init__(self, members, inputs, outputs, scale):
            super().__init__()
            self.members, self.scale = members, scale
            self.weight = nn.Parameter(torch.randn(outputs, inputs).repeat(members, 1))
        def forward(self, x):
            weight = self.weight.view(self.members, -1, self.weight.shape[1])
            norms = weight.norm(dim=2, keepdim=True) * x.norm(dim=1, keepdim=True)
            return self.scale * weight @ x / (norms + 1e-6)
    def head(members, inputs, outputs, scale=4.0):
        return Cosine(members, inputs, outputs, scale)
"""


@pytest.mark.parametrize("name", ["digits-cnn", "resnet-cifar"])
def test_a_head_of_your_own_goes_with_every_model_of_features(name, own, tmp_path):
    """Its logits are bounded by its scale; grouped is single."""
    own("heads", "cosine", COSINE)
    options = {"depth": 8} if name == "resnet-cifar" else {}
    recipe = SGD | {"model": {"name": name, **options}, "head": {"name": "cosine", "scale": 0.25}}
    check_grouped_is_single(recipe, tmp_path)
    trained(recipe, tmp_path / "entry")
    logits = artifacts.load_npz(tmp_path / "entry" / "test.npz")["logits"]
    assert 0.01 < np.abs(logits).max() <= 0.25


def test_an_objective_of_your_own_says_its_loss_and_is_told_the_epoch(own, tmp_path):
    """Cross entropy, written by its loss alone, and from epoch 2 on (of 0 to 3) with no weight."""
    own("objectives", "early", """
        import torch
        import torch.nn.functional as F
        from hardness.training.protocols import Objective
        class Early(Objective):
            def __init__(self, epochs):
                self.epochs, self.weight = epochs, torch.ones(())
            def state(self):
                return {"weight": self.weight}
            def begin(self, epoch):
                self.weight.fill_(float(epoch < self.epochs))
            def loss(self, logits, labels):
                return self.weight * F.cross_entropy(
                    logits.permute(0, 2, 1), labels, reduction="none")
        def objective(setting, epochs=2):
            return Early(epochs)
    """)  # fmt: skip
    bare = SGD["optimizer"] | {"momentum": 0.0, "nesterov": False, "weight_decay": 0}
    recipe = CONSTANT | {"optimizer": bare}
    trained(recipe | {"objective": {"name": "early"}}, tmp_path / "early")
    trained(recipe | {"objective": {"name": "early", "epochs": 9}}, tmp_path / "all")
    trained(recipe | {"epochs": 2, "probe_epoch": 1}, tmp_path / "two epochs")
    trained(recipe, tmp_path / "cross entropy")
    for mine, theirs in (("early", "two epochs"), ("all", "cross entropy")):
        found, expected = (
            artifacts.load_npz(tmp_path / name / "weights.npz") for name in (mine, theirs)
        )
        for name, value in expected.items():
            np.testing.assert_allclose(found[name], value, atol=1e-6)
    check_grouped_is_single(recipe | {"objective": {"name": "early"}}, tmp_path)


def test_a_sampler_of_your_own_may_read_what_was_observed(own, tmp_path):
    """It draws the row with the largest sum of shifts alone, once there is one."""
    own("samplers", "hardest", """
        import numpy as np
        from hardness.training.protocols import Sampler
        REPLACES = True
        class Hardest(Sampler):
            def __init__(self, n):
                self.n = n
            def draw(self, member, epoch, observed):
                hardest = observed["pass"]["du"][:, member].argmax() if epoch else 7
                return np.full(self.n, int(hardest))
        def sampler(setting):
            return Hardest(setting.n)
    """)  # fmt: skip
    recipe = PASSES | {"sampler": {"name": "hardest"}, "epochs": 2, "probe_epoch": 1}
    trained(recipe, tmp_path / "two")
    trained(recipe | {"epochs": 1}, tmp_path / "one")
    margin = artifacts.load_npz(tmp_path / "two" / "dynamics.npz")["margin"]
    du = artifacts.load_npz(tmp_path / "one" / "pass.npz")["du"]
    for k in range(3):
        assert np.flatnonzero(~np.isnan(margin[k, 0])).tolist() == [7]
        assert np.flatnonzero(~np.isnan(margin[k, 1])).tolist() == [du[k].argmax()]


PLAIN = """
    from torch import nn
    def network(members, shape, classes):
        return nn.Sequential(nn.Flatten(), nn.Linear(2 * 8 * 10, 5), nn.ReLU(), nn.Linear(5, classes))
"""


def test_a_plain_network_of_torch_is_its_own_head_and_trains_alone(own, tmp_path):
    own("models", "plain_net", PLAIN)
    recipe = SGD | {"model": {"name": "plain-net"}, "members_per_job": 1}
    assert trained(recipe, tmp_path / "entry", [1]).keys() == {
        "dynamics.npz",
        "weights.npz",
        "test.npz",
    }


# What a user's file returns is checked where it enters


ONE = SGD | {"members_per_job": 1}
GROUPED = SGD | {"members_per_job": 3}
WRONG = {
    "an output too many": (
        "models", PLAIN.replace("classes))", "classes + 1))"), ONE,
        r"wrong\.py: for a batch of \d+ and 1 members its network returns \(\d+, 4\), expected .*\(\d+, 3\): one output for each of 3 classes",
    ),
    "an output too few": (
        "models", PLAIN.replace("classes))", "classes - 1))"), ONE,
        r"wrong\.py: .* returns \(\d+, 2\), expected",
    ),
    "another batch": (
        "models", PLAIN.replace("nn.Flatten()", "nn.Flatten(), nn.Unflatten(1, (2, 80))").replace("2 * 8 * 10", "80"), ONE,
        r"wrong\.py: .* returns \(\d+, 2, 3\), expected",
    ),
    "a tuple": (
        "models", """
            from torch import nn
            class Pair(nn.Linear):
                def forward(self, x):
                    return super().forward(x.flatten(1)), x
            def network(members, shape, classes):
                return Pair(160, classes)
        """, ONE, r"wrong\.py: .* its network returns tuple, expected",
    ),
    "no module": (
        "models", "def network(members, shape, classes):\n    return None\n", ONE,
        r"wrong\.py: network\(\.\.\.\) returns NoneType, expected a torch\.nn\.Module",
    ),
    "other arguments": (
        "models", "def network(shape):\n    return None\n", ONE,
        r"wrong\.py: network\(shape\) does not take what it is called with, expected network\(members, shape, classes, \*\*options\)",
    ),
    "one member only": (
        "models", PLAIN, GROUPED,
        r"wrong\.py: its network of 3 members is not 3 networks side by side: 1\.bias is \(5,\), expected \(15,\)\. Set members_per_job: 1",
    ),
    "a head without features": (
        "models", PLAIN, ONE | {"head": {"name": "cosine"}},
        r"wrong\.py: the recipe's head is cosine, which needs features, but this network is its own head",
    ),
    "an error in making": (
        "models", "def network(members, shape, classes):\n    raise ValueError('too small')\n", ONE,
        r"toy, full: .*wrong\.py, line 2: too small",
    ),
    "an error of torch inside": (
        "models", PLAIN.replace("2 * 8 * 10", "7").replace("nn.Sequential", "Net").replace("def network", """class Net(nn.Sequential):
        def forward(self, x):
            return super().forward(x)
    def network"""), ONE,
        r"toy, full: .*wrong\.py, line 5: RuntimeError in `return super\(\)\.forward\(x\)`",
    ),
    "a parameter without a gradient": (
        "models", PLAIN.replace("return nn", "net = nn") + "        net.idle = nn.Linear(1, 1)\n        net.forward = lambda x: net[3](net[2](net[1](net[0](x))))\n        return net\n", ONE,
        r"toy, full: \w+ on the way back through the network of .*wrong\.py: each parameter must get a gradient",
    ),
    "no gradient at all": (
        "models", PLAIN.replace("return nn", "net = nn") + "        net.requires_grad_(False)\n        return net\n", ONE,
        r"toy, full: \w+ on the way back through the network of .*wrong\.py: each parameter must get a gradient",
    ),
    "a mean loss": (
        "objectives", """
            import torch.nn.functional as F
            from hardness.training.protocols import Objective
            class Mean(Objective):
                def loss(self, logits, labels):
                    return F.cross_entropy(logits.flatten(0, 1), labels.flatten())
            def objective(setting):
                return Mean()
        """, GROUPED, r"wrong\.py: for logits \(3, 3, 3\) .* its loss is \(\), expected \(3, 3\)",
    ),
    "a gradient of another shape": (
        "objectives", """
            from hardness.training.objectives.cross_entropy import CrossEntropy
            class Turned(CrossEntropy):
                def gradient(self, logits, labels):
                    return super().gradient(logits, labels)[:, 0]
            def objective(setting):
                return Turned()
        """, GROUPED, r"wrong\.py: .* its gradient is \(3, 3\), expected \(3, 3, 3\)",
    ),
    "a loss that is not finite": (
        "objectives", """
            from hardness.training.objectives.cross_entropy import CrossEntropy
            class Log(CrossEntropy):
                def loss(self, logits, labels):
                    return (logits.sum(2) * 0).log() * 0
            def objective(setting, power=2):
                return Log()
        """, GROUPED | {"objective": {"name": "wrong", "power": 3}},
        r"wrong\.py: .* its loss is not finite: .* options that the recipe gives it \(\{'power': 3\}\)",
    ),
    "an error in a loss": (
        "objectives", """
            from hardness.training.protocols import Objective
            class Bad(Objective):
                def loss(self, logits, labels):
                    return logits @ labels
            def objective(setting):
                return Bad()
        """, GROUPED, r"toy, full: .*wrong\.py, line 5: RuntimeError in `return logits @ labels`",
    ),
    "too few rows": (
        "samplers", "order = np.arange(setting.n - 1)", GROUPED,
        r"wrong\.py: its sampler draws int64 \(53,\), expected 54 whole numbers",
    ),
    "rows that are not there": (
        "samplers", "order = np.arange(setting.n) + 1", GROUPED,
        r"wrong\.py: its sampler draws rows from 1 to 54, expected rows of the training set, from 0 to 53",
    ),
    "no whole numbers": (
        "samplers", "order = np.arange(setting.n) / 2", GROUPED,
        r"wrong\.py: its sampler draws float64 \(54,\), expected 54 whole numbers",
    ),
    "an error in a draw": (
        "samplers", "order = np.arange(setting.n)[[99]]", GROUPED,
        r"toy, full: .*wrong\.py, line 10: IndexError in ",
    ),
}  # fmt: skip
SAMPLER = """
    import numpy as np
    from hardness.training.protocols import Sampler
    REPLACES = False
    def sampler(setting):
        return Wrong(setting)
    class Wrong(Sampler):
        def __init__(self, setting): self.setting = setting
        def draw(self, member, epoch, observed):
            setting = self.setting; {}
            return order
"""


@pytest.mark.parametrize("case", WRONG)
def test_a_file_that_does_not_do_what_it_must_is_named(case, own, tmp_path):
    kind, text, recipe, said = WRONG[case]
    own("heads", "cosine", COSINE)
    file = own(kind, "wrong", SAMPLER.format(text) if kind == "samplers" else text)
    key = {"models": "model", "objectives": "objective", "samplers": "sampler"}[kind]
    recipe = recipe | {key: {"name": "wrong"} | parts.options(recipe[key] if case == "a loss that is not finite" else {})}
    seeds = range(recipe["members_per_job"])
    with pytest.raises(checks.PartError, match=said) as told:
        loop.train_into(make_block(recipe, seeds), tmp_path, CPU)
    assert str(file) in str(told.value)
    for words in ("mat1", "size mismatch", "is invalid for input", "state_dict", "grad_fn", "inner dim"):
        assert words not in str(told.value)
    assert not list(tmp_path.glob("*.npz"))


def test_errors_that_are_nobodys_are_left_as_they_are(tmp_path, monkeypatch):
    def broken(self, number, drawn):
        raise ZeroDivisionError("of the loop itself")

    monkeypatch.setattr(loop.Training, "train_step", broken)
    with pytest.raises(ZeroDivisionError, match="of the loop itself"):
        run(tmp_path)
