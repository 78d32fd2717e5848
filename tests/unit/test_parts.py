"""The parts of a recipe: objectives, samplers and observers against autograd, another package and
values by hand; grouped against single.
"""

from itertools import product

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torchvision.ops import sigmoid_focal_loss
from toy_block import CLASSES, CPU, DATA, SGD, SHAPE, N, contents, make_block, run

from hardness.core import artifacts
from hardness.data import datasets
from hardness.training import loop, networks
from hardness.training.measures import DivergedError, half
from hardness.training.objectives import class_balanced
from hardness.training.observers._passes import SUMS, shifts
from hardness.training.observers.dynamics import last_places
from hardness.training.parts import OBJECTIVES, OBSERVERS, SAMPLERS, reads_labels
from hardness.training.protocols import Setting

OTHER_OPTIONS = {"focal": {"gamma": 0.5}, "class-balanced": {"beta": 0.9}}
# those that read labels; the others: see test_unlabelled.py
LABELLED = [name for name in OBJECTIVES.names() if reads_labels({"objective": {"name": name}})]
PASSES = SGD | {"observe": "pass"}
DRAWN_AGAIN = SGD | {"sampler": {"name": "class-balanced"}}

UNAUGMENTED = {"shift": 0, "flip": False, "pad": "black"}
CONSTANT = SGD | {"schedule": {"name": "constant"}, "augment": UNAUGMENTED}


def setting(labels, seeds=(0, 1), classes=CLASSES, dtype=torch.float64):
    """labels: (n, K)."""
    labels = np.asarray(labels)
    rows = np.tile(np.arange(len(labels))[:, None], len(seeds))
    return Setting("toy", list(seeds), labels, rows, labels[:, 0], classes, 4, 1, CPU, dtype)


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
    [(name, options) for name in LABELLED for options in ({}, OTHER_OPTIONS.get(name))
     if options is not None],
)  # fmt: skip
def test_the_gradient_is_autograds_of_the_loss_divided_by_the_batch(name, options):
    part = objective(name, **options)
    logits, labels = some_logits()
    logits.requires_grad_()
    part.loss(logits, labels).sum().div(len(labels)).backward()
    found = part.gradient(logits.detach(), labels)
    torch.testing.assert_close(found, logits.grad, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", LABELLED)
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
        (
            "class-balanced",
            {"beta": 1},
            "objective: beta is 1, expected a number from 0 to below 1",
        ),
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
    nothing = {"own-pass": OBSERVERS.find("own-pass").observer(first.setting).state()}
    draw = first.draw(0, 2, nothing)
    assert draw.shape == (300,) and 0 <= draw.min() and draw.max() < 300
    assert (second.draw(1, 2, nothing) == draw).all()
    others = (first.draw(0, 3, nothing), first.draw(1, 2, nothing), second.draw(0, 2, nothing))
    for other in others:
        assert (other == draw).mean() < 0.05
    assert SAMPLERS.find(name).REPLACES == (len(set(draw.tolist())) < 300)


def test_class_balanced_draws_every_class_and_every_row_of_it_as_often():
    """Frequencies within five standard deviations; a class without rows never."""
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
        seen.append((drawn.order.numpy().copy(), self.kept.numpy().copy()))
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
        **{name: (np.float32, (2, N)) for name in SUMS},
    }
    before = np.full((2, N, CLASSES), 1 / CLASSES)
    sums, divergence = {"du": np.zeros((2, N)), "dl": np.zeros((2, N))}, np.zeros((2, N))
    for epoch, k in product(range(3), range(2)):
        entry = run(tmp_path, recipe | {"epochs": epoch + 1, "probe_epoch": 1}, seeds)
        weights = artifacts.load_npz(entry / "weights.npz")
        assert weights.pop("seeds").tolist() == seeds
        logits = plain_logits(weights, k, 2, DATA.train_inputs, DATA).double().numpy()
        p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        for i, y in enumerate(DATA.train_labels):
            margin = logits[i, y] - max(np.delete(logits[i], y))
            assert found["margin"][k, epoch, i] == pytest.approx(margin, rel=2**-10, abs=2e-5)
            assert found["loss"][k, epoch, i] == pytest.approx(
                -np.log(p[i, y]), rel=2**-10, abs=1e-5
            )
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
    """So difficulty (c + du) / (c + dl) is 1. For the untrained sums the network's own predictions
    stand there.
    """
    part = OBSERVERS.find("pass").observer(setting(np.zeros((5, 2), int)))
    some = torch.tensor([1.0, 2, 3], dtype=torch.float64).log().expand(5, 2, 3)
    part.between_epochs(0, lambda: some)
    assert not any(part.state()[name].any() for name in SUMS)
    part.between_epochs(1, lambda: some)
    state = part.state()
    assert not state["untrained_du"].any() and not state["untrained_dl"].any()
    divergence = sum((p - 1 / 3) * np.log(3 * p) for p in (1 / 6, 1 / 3, 1 / 2))
    np.testing.assert_allclose(state["du"] + state["dl"], divergence, rtol=1e-12)


def test_shifts_by_hand():
    """From (1/2, 1/4, 1/4) to (1/4, 1/2, 1/4): ln 2 / 4 for the class that fell and the one that
    rose. For label 0 both unlearn; for label 1 both learn; for label 2 one of each.
    """
    before = torch.tensor([[[0.5, 0.25, 0.25]]]).repeat(3, 1, 1)
    after = torch.tensor([[[0.25, 0.5, 0.25]]]).repeat(3, 1, 1)
    du, dl = shifts(before, after, torch.tensor([[0], [1], [2]]))
    quarter = np.log(2) / 4
    np.testing.assert_allclose(du[:, 0], [2 * quarter, 0, quarter], rtol=1e-6)
    np.testing.assert_allclose(dl[:, 0], [0, 2 * quarter, quarter], rtol=1e-6)


def test_a_certain_prediction_has_finite_sums():
    part = OBSERVERS.find("pass").observer(setting(np.array([[0, 0], [1, 1]])))
    logits = torch.tensor([[[900.0, 0, -900]] * 2] * 2, dtype=torch.float64)
    for epochs, seen in enumerate((0 * logits, logits, -logits)):
        part.between_epochs(epochs, lambda seen=seen: seen)
    state = part.state()
    assert torch.isfinite(state["du"]).all() and state["du"].max() < 2 * np.log(1e8) + 1
    assert state["du"][0].min() > 18  # sure of the label, then of another class: ln 1e8 and more


def test_a_pass_is_counted_once():
    part = OBSERVERS.find("pass").observer(setting(np.array([[0, 0], [1, 1]])))
    logits = torch.tensor([[[1.0, 0, 2]] * 2] * 2, dtype=torch.float64)
    part.between_epochs(0, lambda: 0 * logits)
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
    alone = folds._replace(
        source=folds.source[1:2], labels=folds.labels[1:2], synthetic=folds.synthetic[1:2]
    )
    block = make_block(PASSES, [1], training_set=alone)._replace(observe=("pass",))
    single = artifacts.load_npz(loop.train(block, tmp_path, CPU) / "pass.npz")
    np.testing.assert_allclose(found["loss"][1], single["loss"][0], rtol=2**-9, atol=1e-4)
    np.testing.assert_allclose(found["du"][1], single["du"][0], rtol=1e-2, atol=1e-5)


def test_predictions_in_the_end_are_those_of_the_last_pass_and_of_a_test_of_the_same_rows(
    tmp_path, monkeypatch
):
    """Also when training was stopped after its last step: they are then made again."""
    data = DATA._replace(test_inputs=DATA.train_inputs, test_labels=DATA.train_labels)
    observe = ("pass", "predictions")
    block = make_block(PASSES, data=data)._replace(observe=observe)
    entry = loop.train(block, tmp_path, CPU)
    found, passes, test = (
        artifacts.load_npz(entry / f"{name}.npz") for name in ("predictions", "pass", "test")
    )
    assert found["logits"].dtype == np.float16 and found["logits"].shape == (3, N, DATA.classes)
    np.testing.assert_array_equal(found["logits"], test["logits"])
    np.testing.assert_array_equal(found["predicted"], test["predicted"])
    right = found["predicted"] == DATA.train_labels
    np.testing.assert_array_equal(right, passes["correct"][:, -1])

    def stopped(training):
        training.save_state()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(loop.Training, "write_outputs", stopped)
        with pytest.raises(KeyboardInterrupt):
            loop.train(block, tmp_path / "again", CPU)
    resumed = loop.train(block, tmp_path / "again", CPU) / "predictions.npz"
    assert resumed.read_bytes() == (entry / "predictions.npz").read_bytes()


@pytest.mark.parametrize(
    "sampling", [name for name in SAMPLERS.names() if not SAMPLERS.literal(name, "READS")]
)
def test_observing_changes_no_weight(sampling, tmp_path):
    """But by a sampler that goes by what was observed."""
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
