"""Networks on rows of a table: against plain torch, scikit-learn, and grouped against single."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from torch import nn

from hardness.data import tables
from hardness.training import networks, optimization
from hardness.training.parts import MODELS

torch.set_num_threads(1)
NAMES = ("logistic", "mlp")
OPTIONS = {"mlp": {"widths": [7, 5]}}
SEEDS = [4, 1, 9]


@pytest.fixture(scope="module")
def iris(tmp_path_factory):
    frame = load_iris(as_frame=True).frame
    file = tmp_path_factory.mktemp("iris") / "iris.csv"
    frame.to_csv(file, index=False)
    return tables.read(str(file), "target")[0]


def build(name, seeds, shape=(4,)):
    return networks.build(name, seeds, shape, 3, **OPTIONS.get(name, {}))


def plain(name, state, inputs):
    """The network of one member in plain torch, for flat inputs."""
    sizes = [inputs, *OPTIONS.get(name, {"widths": []})["widths"], 3]
    layers = []
    for a, b in zip(sizes[:-1], sizes[1:], strict=True):
        layers += [nn.Linear(a, b), nn.ReLU()]
    net = nn.Sequential(*layers[:-1])
    values = list(state.values())
    assert len(values) == len(net.state_dict())
    net.load_state_dict(dict(zip(net.state_dict(), values, strict=True)))
    return net


def member_of(network, k):
    return {key: value.chunk(len(SEEDS))[k] for key, value in network.state_dict().items()}


@pytest.mark.parametrize("name", NAMES)
def test_a_network_on_rows_equals_a_plain_sequential(name):
    network = build(name, SEEDS)
    rows = torch.randn(6, len(SEEDS), 4, generator=torch.Generator().manual_seed(0))
    logits = network(rows.flatten(1))
    assert logits.shape == (6, len(SEEDS), 3)
    for k in range(len(SEEDS)):
        expected = plain(name, member_of(network, k), 4)(rows[:, k])
        torch.testing.assert_close(logits[:, k], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_a_network_on_images_reads_all_pixels_line_by_line(name):
    network = build(name, SEEDS, (2, 3, 2))
    images = torch.randn(6, len(SEEDS), 2, 3, 2, generator=torch.Generator().manual_seed(0))
    held = images.permute(0, 1, 4, 2, 3).flatten(1, 2)  # (B, K*C, H, W)
    logits = network(held.contiguous(memory_format=torch.channels_last))
    for k in range(len(SEEDS)):
        expected = plain(name, member_of(network, k), 12)(images[:, k].flatten(1))
        torch.testing.assert_close(logits[:, k], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_features_and_head_make_the_logits(name):
    network = build(name, SEEDS)
    features = network.features(torch.randn(6, 12))
    assert features.shape == (3, 4 if name == "logistic" else 5, 6)
    logits = network(torch.zeros(6, 12))
    torch.testing.assert_close(
        network.head(network.features(torch.zeros(6, 12))), logits.permute(1, 2, 0)
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "settings",
    [
        {"name": "sgd", "lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 5e-4},
        {"name": "adam", "lr": 0.01, "weight_decay": 1e-4},
    ],
    ids=["sgd", "adam"],
)
def test_grouped_is_single_on_rows_in_float64_after_ten_steps(name, settings, iris):
    rng = np.random.default_rng(0)
    picked = {seed: [rng.permutation(120)[:16] for _ in range(10)] for seed in SEEDS}
    inputs = torch.from_numpy(iris.train_inputs).double()
    labels = torch.from_numpy(iris.train_labels)

    def trained(seeds):
        network = build(name, seeds).double()
        optimizer = optimization.Optimizer(settings, list(network.parameters()))
        for step in range(10):
            rows = torch.from_numpy(np.stack([picked[seed][step] for seed in seeds], axis=1))
            logits = network(inputs[rows].flatten(1))
            loss = F.cross_entropy(logits.flatten(0, 1), labels[rows].flatten(), reduction="sum")
            (loss / 16).backward()
            with torch.no_grad():
                optimizer.step(settings["lr"])
        state = network.state_dict()
        return logits.detach(), {key: value.chunk(len(seeds)) for key, value in state.items()}

    logits, state = trained(SEEDS)
    assert (logits[:, 0] - logits[:, 1]).abs().max() > 1e-3
    for k, seed in enumerate(SEEDS):
        alone, alone_state = trained([seed])
        torch.testing.assert_close(logits[:, k], alone[:, 0], rtol=1e-12, atol=1e-12)
        for key, (value,) in alone_state.items():
            torch.testing.assert_close(state[key][k], value, rtol=1e-12, atol=1e-12)


def test_logistic_trained_is_scikit_learns_logistic_regression(iris):
    """With its penalty, |w|^2 / (2 C n), to the minimum: the same probabilities from any seed."""
    network = build("logistic", SEEDS).double()
    inputs = torch.from_numpy(iris.train_inputs).double().repeat(1, len(SEEDS))
    labels = torch.from_numpy(iris.train_labels)[:, None].expand(-1, len(SEEDS))
    optimizer = torch.optim.LBFGS(network.parameters(), max_iter=500, line_search_fn="strong_wolfe",
                                  tolerance_grad=1e-10, tolerance_change=1e-14)  # fmt: skip

    def loss():
        optimizer.zero_grad()
        logits = network(inputs).flatten(0, 1)
        value = F.cross_entropy(logits, labels.flatten(), reduction="sum") / len(labels)
        value = value + network.head.weight.square().sum() / (2 * len(labels))
        value.backward()
        return value

    optimizer.step(loss)
    reference = LogisticRegression(C=1, tol=1e-10, max_iter=10_000)
    reference.fit(iris.train_inputs.astype(np.float64), iris.train_labels)
    tests = torch.from_numpy(iris.test_inputs).double()
    p = network(tests.repeat(1, len(SEEDS))).softmax(2).detach().numpy()
    expected = reference.predict_proba(iris.test_inputs.astype(np.float64))
    np.testing.assert_allclose(p, np.stack([expected] * len(SEEDS), axis=1), atol=1e-5)
    accuracy = (p.argmax(2) == iris.test_labels[:, None]).mean()
    assert accuracy == (expected.argmax(1) == iris.test_labels).mean() > 0.8


@pytest.mark.parametrize(
    ("name", "parameters"), [("logistic", 4 * 3 + 3), ("mlp", 4 * 100 + 100 + 100 * 3 + 3)]
)
def test_parameters_are_those_of_dense_layers(name, parameters):
    """mlp's own default is one hidden layer of 100, as scikit-learn's."""
    network = networks.build(name, SEEDS, (4,), 3)
    assert sum(p.numel() for p in network.parameters()) == len(SEEDS) * parameters


def test_an_mlp_needs_a_hidden_layer():
    with pytest.raises(ValueError, match="mlp takes the widths of its hidden layers, at least one"):
        networks.build("mlp", [0], (4,), 3, widths=[])


def test_the_models_that_take_rows_say_so():
    assert [name for name in MODELS.names() if hasattr(MODELS.find(name), "INPUTS")] == list(NAMES)
    assert all(MODELS.find(name).INPUTS == ("images", "rows") for name in NAMES)


def test_a_model_that_takes_something_else_is_refused(monkeypatch):
    monkeypatch.setattr(MODELS.find("mlp"), "INPUTS", ("sounds",))
    with pytest.raises(ValueError, match=r"mlp\.py: INPUTS is \('sounds',\); a model's file must"):
        MODELS.find("mlp")
