"""Re-balancing during training (Yu et al. 2022) and its rivals, against values by hand and slow,
independent implementations in float64.
"""

import math

import numpy as np
import pytest
import torch
from scipy import stats
from test_parts import objective, setting, some_logits
from toy_block import CLASSES, CPU, DATA, SGD, SHAPE, N, make_block, run

from hardness.analysis import logit_adjustment
from hardness.core import artifacts
from hardness.data import datasets
from hardness.training import checks, features, loop, prediction
from hardness.training.difficulty import difficulty
from hardness.training.objectives import class_balanced, ldam
from hardness.training.parts import HEADS, OBSERVERS, SAMPLERS
from hardness.training.samplers.permutation import draw_order

COUNTS = ((5, 3, 2), (1, 1, 8))  # of two members' classes


# Difficulty


def watched(observer, *probabilities, labels=((0, 0), (1, 1)), classes=2):
    """The state of a pass that saw these probabilities (n, K, classes) one after the other."""
    part = OBSERVERS.find(observer).observer(setting(labels, classes=classes))
    for epochs, p in enumerate(probabilities):
        logits = torch.tensor(p, dtype=torch.float64).log()
        part.between_epochs(epochs, lambda *_, logits=logits, **__: logits)
    return part.state()


def both(*rows):
    """The same probabilities for two members."""
    return [[row, row] for row in rows]


FIRST, SECOND = both([0.8, 0.2], [0.4, 0.6]), both([0.6, 0.4], [0.4, 0.6])
UNTRAINED = both([0.6, 0.4], [0.3, 0.7])


def test_difficulty_by_hand():
    """Row 0, of label 0, is learned from 1/2 to .8, and unlearned from .8 to .6. Row 1, of label 1,
    is learned from 1/2 to .6. With two classes one of du and dl is the whole divergence.
    """

    def psi(p, q):
        return (q - p) * math.log(q / p) + (p - q) * math.log((1 - q) / (1 - p))

    state = watched("pass", UNTRAINED, FIRST, SECOND)
    learned, unlearned = psi(0.5, 0.8), psi(0.8, 0.6)
    np.testing.assert_allclose(state["dl"][0], learned, rtol=1e-12)
    np.testing.assert_allclose(state["du"][0], unlearned, rtol=1e-12)
    np.testing.assert_allclose(state["dl"][1], psi(0.5, 0.6), rtol=1e-12)
    assert not state["du"][1].any()
    np.testing.assert_allclose(state["untrained_dl"][0], psi(0.6, 0.8), rtol=1e-12)
    np.testing.assert_allclose(state["untrained_du"][1], psi(0.7, 0.6), rtol=1e-12)
    for c in (0.1, 1, 10):
        expected = (c + unlearned) / (c + learned)
        found = difficulty(state["du"][0, 0].item(), state["dl"][0, 0].item(), c)
        assert found == pytest.approx(expected, rel=1e-12) and 0 < found < 1
    assert difficulty(0.0, 0.0, 0.1) == 1


def test_du_and_dl_sum_to_the_divergence_of_any_predictions():
    rng = np.random.default_rng(4)
    labels = rng.integers(0, 5, (30, 2))
    p = rng.dirichlet(np.ones(5), (4, 30, 2))
    state = watched("own-pass", *p, labels=labels, classes=5)
    total = sum((a - b) * (np.log(a) - np.log(b)) for a, b in zip(p[1:], p[:-1], strict=True))
    found = state["untrained_du"] + state["untrained_dl"]
    np.testing.assert_allclose(found, total.sum(2), rtol=1e-10)
    assert state["untrained_du"].min() >= 0 and state["untrained_dl"].min() >= 0


# Samplers


def drawn_often(part, observed, draws=400, member=0, first=1):
    """How often each row is drawn in so many epochs."""
    n = part.setting.n
    return sum(
        np.bincount(part.draw(member, first + epoch, observed), minlength=n)
        for epoch in range(draws)
    )


@pytest.mark.parametrize("before", ["uniform", "untrained"])
@pytest.mark.parametrize("c", [0.1, 1])
def test_rows_are_drawn_as_often_as_they_are_difficult(c, before):
    """Chi-square of 8,000 draws; against equal weights it fails."""
    rng = np.random.default_rng(1)
    labels = np.tile(np.arange(20)[:, None] % 2, 2)
    state = watched("own-pass", *rng.dirichlet(np.ones(2), (3, 20, 2)), labels=labels)
    part = SAMPLERS.find("difficulty").sampler(setting(labels, classes=2), c=c, before=before)
    prefix = "" if before == "uniform" else "untrained_"
    weights = difficulty(*(state[f"{prefix}{name}"][:, 1].numpy() for name in ("du", "dl")), c)
    counts = drawn_often(part, {"own-pass": state}, member=1)
    assert counts.sum() == 8000
    expected = 8000 * weights / weights.sum()
    assert stats.chisquare(counts, expected).pvalue > 0.001
    assert stats.chisquare(counts).pvalue < 1e-10


def test_uniform_draws_all_rows_alike_with_replacement():
    part = SAMPLERS.find("uniform").sampler(setting(np.zeros((50, 2), int)))
    assert stats.chisquare(drawn_often(part, {})).pvalue > 0.001
    kinds = [len(set(part.draw(0, epoch, {}).tolist())) for epoch in range(300)]
    expected = 50 * (1 - (1 - 1 / 50) ** 50)
    assert np.mean(kinds) == pytest.approx(expected, abs=5 * np.std(kinds) / 300**0.5)


def test_the_first_epoch_is_uniform_with_replacement_or_a_permutation():
    labels = np.zeros((200, 2), int)
    observed = {"pass": OBSERVERS.find("pass").observer(setting(labels)).state()}
    make = SAMPLERS.find("difficulty").sampler
    draws = [make(setting(labels, [seed, 1])).draw(0, 0, observed) for seed in range(300)]
    counts = np.bincount(np.concatenate(draws), minlength=200)
    assert stats.chisquare(counts).pvalue > 0.001
    assert max(len(set(draw.tolist())) for draw in draws) < 150
    other = make(setting(labels), start="permutation")
    np.testing.assert_array_equal(other.draw(1, 0, observed), draw_order(1, 0, 200))
    assert len(set(other.draw(1, 1, observed).tolist())) < 150


def draws_of_rows():
    """Two draws of half of the data set."""
    rng = np.random.default_rng(8)
    source = np.stack([np.sort(rng.permutation(N)[: N // 2]) for _ in range(2)]).astype(np.int32)
    return datasets.TrainingSet(
        source, DATA.train_labels[source], np.empty((2, 0, *SHAPE), np.uint8)
    )


@pytest.mark.parametrize("observer", ["pass", "own-pass"])
def test_difficulty_in_training_is_algorithm_1(observer, tmp_path):
    """Of each member's own draw of the rows, in float64: the weights follow one sample, class and
    epoch after the other from the predictions of the network after the epochs.
    """
    training_set = draws_of_rows()
    recipe = SGD | {"sampler": {"name": "difficulty", "c": 0.5}}
    block = make_block(recipe, [0, 1], training_set=training_set)._replace(observe=(observer,))
    state = loop.Training(block, tmp_path, CPU, torch.float64)
    n, sums = N // 2, np.zeros((2, 2, N // 2))  # du or dl, member, row
    before = np.full((2, n, CLASSES), 1 / CLASSES)
    for epoch in range(4):
        state.between_epochs(epoch)
        order = state.draw(epoch).order.numpy()
        plain = state.evaluate(state.view, torch.arange(N), state.logits).softmax(2).numpy()
        for k, rows in enumerate(training_set.source):
            labels = DATA.train_labels[rows]
            for i in range(n) if epoch else ():
                for j in range(CLASSES):
                    p, q = before[k, i, j], plain[rows[i], k, j]
                    learning = (q > p) == (j == labels[i])
                    sums[int(learning), k, i] += (q - p) * math.log(q / p)
            if epoch:
                before[k] = plain[rows, k]
            weights = (0.5 + sums[0, k]) / (0.5 + sums[1, k])
            rng = np.random.default_rng([105, k, epoch])
            expected = rng.choice(n, n, p=weights / weights.sum())
            np.testing.assert_array_equal(order[:, k], expected)
        if epoch:
            assert np.ptp(sums[0]) > 1e-4
        for number in range(state.steps):
            state.train_step(number, state.draw(epoch))


def test_an_own_pass_sees_each_members_own_rows(tmp_path):
    training_set = draws_of_rows()
    block = make_block(SGD, [0, 1], training_set=training_set)
    block = block._replace(observe=("pass", "own-pass"))
    entry = loop.train(block, tmp_path, CPU)
    everything, own = (np.load(entry / f"{name}.npz") for name in ("pass", "own-pass"))
    assert own["loss"].shape == (2, 4, N // 2) and everything["loss"].shape == (2, 4, N)
    for k, rows in enumerate(training_set.source):
        for name in ("loss", "margin"):
            np.testing.assert_allclose(
                own[name][k], everything[name][k][:, rows], rtol=2**-9, atol=1e-4
            )
        np.testing.assert_allclose(own["du"][k], everything["du"][k][rows], rtol=1e-3, atol=1e-6)


def test_a_sampler_that_reads_passes_says_what_it_lacks(tmp_path):
    block = make_block(SGD | {"sampler": {"name": "difficulty"}})
    with pytest.raises(Exception, match=r"difficulty.py.*say observe: pass in the recipe"):
        loop.train(block, tmp_path, CPU)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"c": 0}, "c is 0, expected a number above 0"),
        ({"start": "once"}, "start is 'once', expected uniform or permutation"),
        ({"before": "never"}, "before is 'never', expected uniform or untrained"),
    ],
)
def test_wrong_options_of_difficulty_are_told(options, said):
    with pytest.raises(ValueError, match=said):
        SAMPLERS.find("difficulty").sampler(setting(np.zeros((5, 2), int)), **options)


# Objectives


def test_class_balanced_at_9999_gives_the_published_ratios():
    """Yu et al., Table 3: the ratio of the classes falls from 1.67 to 1.16, that of the digits from
    100 to 69.6 (digit d has 5421 x 100^(-d/9) samples, and its class's weight).
    """
    digits = np.floor(5421 * 100.0 ** (-np.arange(10) / 9))
    classes = np.array([digits[::2].sum(), digits[1::2].sum()])
    weights = class_balanced.weights(classes[None].astype(int), 0.9999)[0]
    assert classes.max() / classes.min() == pytest.approx(1.67, abs=0.005)
    class_ratio = (classes * weights).max() / (classes * weights).min()
    sub_classes = digits * np.tile(weights, 5)
    assert class_ratio == pytest.approx(1.16, abs=0.005)
    assert sub_classes.max() / sub_classes.min() == pytest.approx(69.6, abs=0.5)


def test_balanced_softmax_is_the_slow_formula():
    """-ln(n_y e^z_y / sum_j n_j e^z_j), one sample after the other."""
    logits, labels = some_logits()
    found = objective("balanced-softmax", COUNTS).loss(logits, labels)
    for b, k in np.ndindex(*labels.shape):
        weighted = [n * math.exp(z) for n, z in zip(COUNTS[k], logits[b, k].tolist(), strict=True)]
        y = labels[b, k].item()
        assert found[b, k].item() == pytest.approx(-math.log(weighted[y] / sum(weighted)))


def test_balanced_softmax_ignores_a_class_without_rows():
    part = objective("balanced-softmax", ((4, 6, 0), (4, 6, 0)))
    two = objective("cross-entropy")
    logits, labels = some_logits()
    labels = labels % 2
    prior = torch.tensor([math.log(4), math.log(6)], dtype=torch.float64)
    np.testing.assert_allclose(
        part.loss(logits, labels), two.loss(logits[..., :2] + prior, labels), rtol=1e-12
    )
    assert not part.gradient(logits, labels)[..., 2].any()


def test_ldam_is_the_slow_formula():
    """Cross entropy of 30 (cos - margin of the label's class), from 80% of the epochs weighted."""
    logits, labels = some_logits()
    part = objective("ldam", COUNTS)  # of 4 epochs
    for epoch in (0, 3, 4):
        part.begin(epoch)
        found = part.loss(logits, labels)
        for b, k in np.ndindex(*labels.shape):
            counts, y = COUNTS[k], labels[b, k].item()
            z = logits[b, k].tolist()
            z[y] -= 30 * 0.5 * (min(counts) / counts[y]) ** 0.25
            raw = [(1 - 0.9999) / (1 - 0.9999**n) for n in counts]
            weight = 3 * raw[y] / sum(raw) if epoch >= 0.8 * 4 else 1
            expected = -weight * (z[y] - math.log(sum(math.exp(value) for value in z)))
            assert found[b, k].item() == pytest.approx(expected, rel=1e-9)


def test_ldams_margins_by_hand():
    """The rarest class has .5; one of 16 times as many rows half of it."""
    found = ldam.margins(np.array([[16, 1, 256, 0]]), 0.5)
    np.testing.assert_allclose(found, [[0.25, 0.5, 0.125, 0.5]])


# Heads


def head_of(name, members=2, inputs=6, outputs=3, **options):
    with torch.random.fork_rng():
        torch.manual_seed(3)
        made = HEADS.find(name).head(members, inputs, outputs, **options).double()
        made.weight.data.normal_()
        return made, torch.randn(members, inputs, 5, dtype=torch.float64)


def weights_of(made, k, c, outputs=3):
    return made.weight.detach().numpy().reshape(2, outputs, -1)[k, c]


def test_cosine_is_the_slow_formula():
    made, x = head_of("cosine", scale=30)
    found = made(x)
    for k, c, b in np.ndindex(2, 3, 5):
        w, v = weights_of(made, k, c), x[k, :, b].numpy()
        cosine = w @ v / np.linalg.norm(w) / np.linalg.norm(v)
        assert found[k, c, b].item() == pytest.approx(30 * cosine, rel=1e-12)


@pytest.mark.parametrize("alpha", [0, 0.5, 1.5])
@pytest.mark.parametrize("groups", [1, 2, 3])
def test_normalized_and_tde_are_the_slow_formulas(groups, alpha):
    """Tang et al., Eqs. 5 to 8: one sample, class and head after the other."""
    made, x = head_of("normalized", groups=groups)
    moving, tau, gamma, size = np.zeros((2, 6)), 16, 1 / 32, 6 // groups
    for step in range(3):
        batch = x * (step + 1) + step
        made(batch)
        for k in range(2):
            moving[k] = 0.9 * moving[k] + batch[k].numpy().mean(axis=1)
    np.testing.assert_allclose(made.drift, moving.ravel(), rtol=1e-12)
    made.eval()
    made.alpha = alpha
    found = made(x)
    for k, c, b in np.ndindex(2, 3, 5):
        total = 0.0
        for h in range(groups):
            part = slice(h * size, (h + 1) * size)
            w, v, d = weights_of(made, k, c)[part], x[k, part, b].numpy(), moving[k, part]
            d = d / np.linalg.norm(d)
            cosine = v @ d / np.linalg.norm(v)
            direct = v / np.linalg.norm(v) - alpha * cosine * d
            total += w @ direct / (np.linalg.norm(w) + gamma)
        assert found[k, c, b].item() == pytest.approx(tau / groups * total, rel=1e-10)
    np.testing.assert_allclose(made.drift, moving.ravel(), rtol=1e-12)  # inference changes nothing


def test_groups_must_divide_the_features():
    with pytest.raises(ValueError, match="6 features do not make 4 equal groups"):
        head_of("normalized", groups=4)


# Other readings of trained networks


def test_total_direct_effect_is_a_second_reading_of_trained_networks(tmp_path):
    """From a member's features, its weights and its moving mean, by hand; alpha 0 is the usual
    inference.
    """
    recipe, seeds = SGD | {"head": {"name": "normalized"}}, [4, 2]
    entry = run(tmp_path, recipe, seeds)
    weights = artifacts.load_npz(entry / "weights.npz")
    block = make_block(recipe, seeds)
    found = prediction.direct_effects(block, weights, [0, 1.5, 3], CPU)
    assert found["predicted"].shape == (2, 3, len(DATA.test_labels))
    usual = artifacts.load_npz(entry / "test.npz")["predicted"]
    np.testing.assert_array_equal(found["predicted"][:, 0], usual)
    (drift,) = (value for name, value in weights.items() if name.endswith("drift"))
    (weight,) = (weights[name.replace("drift", "weight")] for name in weights if "drift" in name)
    for k, seed in enumerate(seeds):
        x = features.of_member(entry / "weights.npz", seed, DATA, recipe, CPU).test
        w, d = np.split(weight, 2)[k], np.split(drift, 2)[k]
        for place, alpha in enumerate([0, 1.5, 3]):
            logits = 0.0
            for part in np.split(np.arange(len(d)), 2):
                unit = x[:, part] / np.linalg.norm(x[:, part], axis=1, keepdims=True)
                along = d[part] / np.linalg.norm(d[part])
                direct = unit - alpha * np.outer(unit @ along, along)
                norms = np.linalg.norm(w[:, part], axis=1) + 1 / 32
                logits = logits + 8 * direct @ (w[:, part] / norms[:, None]).T
            np.testing.assert_array_equal(found["predicted"][k, place], logits.argmax(1))
    assert (found["predicted"][:, 2] != usual).any()


def test_total_direct_effect_needs_the_normalized_head(tmp_path):
    weights = artifacts.load_npz(run(tmp_path, SGD) / "weights.npz")
    with pytest.raises(checks.PartError, match="head is linear; expected normalized"):
        prediction.direct_effects(make_block(SGD), weights, [1], CPU)


def test_logit_adjustment_by_hand():
    """Of p = (.6, .4) under shares (.75, .25): .6/.75 < .4/.25, at half of tau .69 < .8."""
    logits = np.log([[[0.6, 0.4], [0.9, 0.1]]]).astype(np.float16)
    counts = np.array([[300, 100]])
    assert logit_adjustment.adjusted(logits, counts).tolist() == [[1, 0]]
    assert logit_adjustment.adjusted(logits, counts, tau=0.5).tolist() == [[1, 0]]
    assert logit_adjustment.adjusted(logits, counts, tau=0.3).tolist() == [[0, 0]]
    assert logit_adjustment.adjusted(logits, counts, tau=2.1).tolist() == [[1, 1]]
    with pytest.raises(ValueError, match="a class has no rows"):
        logit_adjustment.adjusted(logits, np.array([[4, 0]]))
    with pytest.raises(ValueError, match="expected .M, n, k. and .M, k."):
        logit_adjustment.adjusted(logits, np.array([4, 1]))
