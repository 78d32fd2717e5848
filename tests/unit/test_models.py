"""Networks: grouped against single, and each against plain torch, torchvision or the counts of its
paper.
"""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from hardness.training import layers, networks, optimization
from hardness.training.parts import MODELS
from hardness.training.views import images as image_views

torch.set_num_threads(1)
CLASSES, BATCH = 3, 6
# 11 million weights a member; all others: three members
SEEDS = {"resnet18": [0, 1], "resnet18-imagenet": [0, 1]}
SHAPES = {
    "resnet18": (6, 4, 2),
    "resnet18-imagenet": (24, 16, 2),
    "lenet": (12, 14, 2),
}  # all others: 8x10
OPTIONS = {"resnet-cifar": {"depth": 8}}
SGD = {"name": "sgd", "lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 5e-4}
ADAM = {"name": "adam", "lr": 1e-3, "weight_decay": 1e-4}


def build(name, seeds, dtype):
    network = networks.build(
        name, seeds, SHAPES.get(name, (8, 10, 2)), CLASSES, **OPTIONS.get(name, {})
    )
    return network.to(dtype=dtype, memory_format=torch.channels_last)


def trained(name, seeds, dtype, steps, settings, picked):
    """Train members `seeds` as training.py does; returns the last logits (B, K, k) and the state,
    one row per member.

    picked: {seed: [(rows, crop, flip) of each step]}, so that a member sees the same images in any
    block.
    """
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (24, *SHAPES.get(name, (8, 10, 2))), dtype=np.uint8)
    labels = torch.from_numpy(rng.integers(0, CLASSES, 24))
    bank = image_views.bank(
        images, np.array([0.5, 0.4]), np.array([0.3, 0.2]), 1, "black", torch.device("cpu"), dtype
    )
    network = build(name, seeds, dtype)
    optimizer = optimization.Optimizer(settings, list(network.parameters()))
    for step in range(steps):
        rows, crop, flip = (
            torch.from_numpy(np.stack([picked[seed][step][part] for seed in seeds], axis=1))
            for part in range(3)
        )
        logits = network(image_views.views(bank, image_views.corners(bank, rows, crop), flip)).view(
            BATCH, len(seeds), CLASSES
        )
        loss = (
            F.cross_entropy(logits.flatten(0, 1), labels[rows].flatten(), reduction="sum") / BATCH
        )
        loss.backward()
        with torch.no_grad():
            optimizer.step(settings["lr"])
    state = {
        key: value.reshape(len(seeds), -1)
        for key, value in network.state_dict().items()
        if value.ndim
    }
    return logits.detach(), state


def batches(seeds, steps):
    rng = np.random.default_rng(7)
    return {
        seed: [
            (rng.permutation(24)[:BATCH], rng.integers(0, 3, (BATCH, 2)), rng.random(BATCH) < 0.5)
            for _ in range(steps)
        ]
        for seed in seeds
    }


def check_grouped_is_single(name, dtype, steps, settings, tolerance):
    seeds = SEEDS.get(name, [0, 1, 2])
    picked = batches(seeds, steps)
    logits, state = trained(name, seeds, dtype, steps, settings, picked)
    # members differ
    assert logits.abs().max() > 1e-3 and (logits[:, 0] - logits[:, 1]).abs().max() > 1e-3
    for k, seed in enumerate(seeds):
        alone, alone_state = trained(name, [seed], dtype, steps, settings, picked)
        torch.testing.assert_close(logits[:, k], alone[:, 0], rtol=tolerance, atol=tolerance)
        assert alone_state.keys() == state.keys()
        for key, value in alone_state.items():
            torch.testing.assert_close(
                state[key][k],
                value[0],
                rtol=tolerance,
                atol=tolerance,
                msg=lambda m, key=key: key + m,
            )


@pytest.mark.parametrize("name", MODELS.names())
def test_grouped_is_single_in_float64_after_ten_steps(name):
    check_grouped_is_single(name, torch.float64, 10, SGD, 1e-12)


@pytest.mark.parametrize("name", ["digits-cnn", "resnet-cifar"])
def test_grouped_is_single_in_float64_with_adam(name):
    check_grouped_is_single(name, torch.float64, 10, ADAM, 1e-12)


@pytest.mark.parametrize("name", MODELS.names())
def test_grouped_is_single_in_float32_within_rounding_in_the_first_steps(name):
    # Batch norms over few values amplify rounding, and a ReLU at 0 flips with it: up to 4e-4 there,
    # 1e-7 elsewhere.
    check_grouped_is_single(
        name, torch.float32, 2, SGD, 2e-3 if name.startswith("resnet") else 2e-6
    )


@pytest.mark.parametrize("name", MODELS.names())
def test_a_members_initial_weights_depend_on_its_seed_only(name):
    seeds = [5, 2] if name in SEEDS else [5, 2, 9]
    torch.manual_seed(1)
    grouped = build(name, seeds, torch.float32).state_dict()
    torch.manual_seed(2)
    before = torch.get_rng_state()
    alone = build(name, [2], torch.float32).state_dict()
    assert torch.equal(before, torch.get_rng_state())
    assert grouped.keys() == alone.keys() and alone
    for key, value in alone.items():
        if value.ndim:
            assert grouped[key].shape[0] == len(seeds) * value.shape[0], key
            parts = grouped[key].chunk(len(seeds))
            assert torch.equal(parts[1], value), key
            if value.ndim > 1:
                assert not torch.equal(parts[0], value), key


@pytest.mark.parametrize("name", MODELS.names())
def test_initial_weights_have_torchs_scale_and_hes_if_asked(name):
    """torch: uniform within 1/sqrt(fan in); He et al. 2015: standard deviation sqrt(2/fan in),
    biases 0.
    """
    options = {"shape": SHAPES.get(name, (8, 10, 2)), "classes": CLASSES, **OPTIONS.get(name, {})}
    usual = networks.build(name, [3], **options).state_dict()
    he = networks.build(name, [3], init="he", **options).state_dict()
    weights = [key for key, value in usual.items() if value.ndim > 1 and value.numel() > 200]
    assert weights
    for key in weights:
        fan_in = usual[key][0].numel()
        assert usual[key].abs().max() <= fan_in**-0.5
        assert usual[key].std().item() == pytest.approx((3 * fan_in) ** -0.5, rel=0.15)
        assert he[key].std().item() == pytest.approx((2 / fan_in) ** 0.5, rel=0.15)
        bias = key.replace("weight", "bias")
        assert bias not in he or not he[bias].any()


def copy_dense(target: nn.Linear, weight, bias, channels=None):
    """Copy a dense layer; channels: it read pixels x channels, where nn.Flatten gives channels x
    pixels.
    """
    if channels:
        weight = weight.view(len(weight), -1, channels).transpose(1, 2).flatten(1)
    with torch.no_grad():
        target.weight.copy_(weight), target.bias.copy_(bias)


def member_of(state, k, members):
    return {key: value.chunk(members)[k] for key, value in state.items() if value.ndim}


def plain_digits_cnn(state):
    """The digits' net of one member as anyone writes it: ReLU before pooling, channels first."""
    net = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10),
    )  # fmt: skip
    for place, name in ((0, "conv1"), (3, "conv2")):
        net[place].load_state_dict(
            {"weight": state[f"{name}.weight"], "bias": state[f"{name}.bias"]}
        )
    copy_dense(net[7], state["dense1.weight"], state["dense1.bias"], channels=32)
    copy_dense(net[9], state["dense2.weight"], state["dense2.bias"])
    return net


def plain_lenet(state, channels, padding):
    net = nn.Sequential(
        nn.Conv2d(channels, 6, 5, padding=padding), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(),
        nn.Linear(84, 10),
    )  # fmt: skip
    for place, name in ((0, "conv1"), (3, "conv2")):
        net[place].load_state_dict(
            {"weight": state[f"{name}.weight"], "bias": state[f"{name}.bias"]}
        )
    for place, number in ((7, 0), (9, 1), (11, 2)):
        copy_dense(
            net[place],
            state[f"dense.{number}.weight"],
            state[f"dense.{number}.bias"],
            channels=None if number else 16,
        )
    return net


@pytest.mark.parametrize(
    ("name", "shape", "plain", "parameters"),
    [
        ("digits-cnn", (8, 8, 1), plain_digits_cnn, 160 + 4640 + 8256 + 650),
        (
            "lenet",
            (28, 28, 1),
            lambda state: plain_lenet(state, 1, 2),
            61706,
        ),  # the published count
        ("lenet", (32, 32, 3), lambda state: plain_lenet(state, 3, 0), 62006),
    ],
)
def test_small_networks_equal_a_plain_sequential(name, shape, plain, parameters):
    """Values, and the gradient of the images: pooling before ReLU is pooling after it."""
    members = 2
    network = networks.build(name, [4, 1], shape, 10)
    assert sum(p.numel() for p in network.parameters()) == members * parameters
    images = torch.randn(
        5,
        members * shape[2],
        *shape[:2],
        generator=torch.Generator().manual_seed(0),
        requires_grad=True,
    )
    logits = network(images)
    assert logits.shape == (5, members, 10)
    towards = torch.randn(logits.shape, generator=torch.Generator().manual_seed(1))
    (gradient,) = torch.autograd.grad((logits * towards).sum(), images)
    for k in range(members):
        mine = images.detach().chunk(members, dim=1)[k].clone().requires_grad_()
        expected = plain(member_of(network.state_dict(), k, members))(mine)
        (expected * towards[:, k]).sum().backward()
        torch.testing.assert_close(logits[:, k], expected, rtol=1e-5, atol=1e-6)
        torch.testing.assert_close(
            gradient.chunk(members, dim=1)[k], mine.grad, rtol=1e-4, atol=1e-6
        )


def with_random_norms(network):
    """Batch norms as after training: nothing that is 0 or 1 hides a wrong place."""
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for key, value in network.state_dict().items():
            if value.ndim == 1:
                value.copy_(
                    torch.rand(value.shape, generator=generator)
                    + (0.5 if "var" in key or "weight" in key else 0)
                )
    return network.eval()


def plain_resnet9(state, x):
    """Page's network by the functions of torch, one member: pooling before batch norm, features by
    the maximum over the image, logits of a dense layer without bias times 1/8.
    """

    def layer(x, name, pool=False):
        x = F.conv2d(x, state[f"layers.{name}.conv.weight"], padding=1)
        x = F.max_pool2d(x, 2) if pool else x
        norm = [state[f"layers.{name}.norm.{part}"] for part in ("running_mean", "running_var")]
        weights = [state[f"layers.{name}.norm.{part}"] for part in ("weight", "bias")]
        return F.batch_norm(x, *norm, *weights).relu()

    x = layer(layer(x, "0"), "1", pool=True)
    x = x + layer(layer(x, "2.0"), "2.1")
    x = layer(layer(x, "3", pool=True), "4", pool=True)
    x = x + layer(layer(x, "5.0"), "5.1")
    return 0.125 * x.flatten(2).amax(2) @ state["head.dense.weight"].T


def test_resnet9_equals_a_plain_one_and_takes_24_million_multiplications():
    head = {"name": "linear", "bias": False, "scale": 0.125}
    network = with_random_norms(networks.build("resnet9", [4, 1], (32, 32, 3), 10, head=head))
    # 9 weights a pair of channels, and each layer's places: 32x32, 16x16, 8x8, 4x4
    pairs = [(3, 16, 1024), (16, 32, 1024), (32, 32, 256), (32, 32, 256)]
    pairs += [(32, 64, 256), (64, 128, 64), (128, 128, 16), (128, 128, 16)]
    weights = sum(9 * a * b for a, b, _ in pairs) + 2 * sum(b for _, b, _ in pairs) + 128 * 10
    assert sum(p.numel() for p in network.parameters()) == 2 * weights
    assert round(sum(9 * a * b * places for a, b, places in pairs) / 1e6, 1) == 24.0
    images = torch.randn(4, 6, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        logits = network(images)
        for k in range(2):
            state = member_of(network.state_dict(), k, 2)
            expected = plain_resnet9(state, images[:, 3 * k : 3 * k + 3])
            torch.testing.assert_close(logits[:, k], expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("name", "side"), [("resnet18", 8), ("resnet18-imagenet", 32)])
def test_resnet18_equals_torchvisions(name, side):
    """With a small stem, and with torchvision's own."""
    from torchvision.models import resnet18

    network = with_random_norms(networks.build(name, [4, 1], (side, side, 3), 10))
    stem = {"resnet18": 9, "resnet18-imagenet": 49}[name]
    assert sum(p.numel() for p in network.parameters()) == 2 * (11_173_962 + 192 * (stem - 9))
    images = torch.randn(4, 6, side, side, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        logits = network(images)
        for k in range(2):
            reference = resnet18(num_classes=10)
            if name == "resnet18":
                reference.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
                reference.maxpool = nn.Identity()
            state = {}
            for key, value in member_of(network.state_dict(), k, 2).items():
                key = (
                    key.replace("stem.0", "conv1")
                    .replace("stem.1", "bn1")
                    .replace("head.dense", "fc")
                )
                if key.startswith("blocks"):
                    _, number, rest = key.split(".", 2)
                    rest = rest.replace("norm", "bn").replace("project", "downsample")
                    key = f"layer{int(number) // 2 + 1}.{int(number) % 2}.{rest}"
                state[key] = value
            missing = reference.load_state_dict(state, strict=False)
            assert not missing.unexpected_keys
            assert all(key.endswith("num_batches_tracked") for key in missing.missing_keys)
            expected = reference.eval()(images[:, 3 * k : 3 * k + 3])
            torch.testing.assert_close(
                logits[:, k], expected, rtol=1e-4, atol=1e-4 * expected.abs().max().item()
            )


@pytest.mark.parametrize(("side", "pooled"), [(32, 4), (28, 3), (8, 2)])
def test_conv4_equals_a_plain_one(side, pooled):
    """Pooling after the first convolutions leaves 2x2 pixels, or 3x3 of 28x28."""
    options = {"widths": [3, 4, 5, 6]}
    network = with_random_norms(networks.build("conv4", [4, 1], (side, side, 3), 7, **options))
    images = torch.randn(4, 6, side, side, generator=torch.Generator().manual_seed(0))
    sizes = [(3, 3), (3, 4), (4, 5), (5, 6)]
    layers_of = []
    for number, (inputs, outputs) in enumerate(sizes):
        layers_of += [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)]
        layers_of += [nn.MaxPool2d(2) if number < pooled else nn.Identity()]
        layers_of += [nn.BatchNorm2d(outputs), nn.ReLU()]
    plain = nn.Sequential(*layers_of, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 7)).eval()
    assert plain[:-3](images[:, :3]).shape[2:] == ((3, 3) if side == 28 else (2, 2))
    with torch.no_grad():
        logits = network(images)
        for k in range(2):
            state = member_of(network.state_dict(), k, 2)
            for number in range(4):
                plain[4 * number].weight.copy_(state[f"convs.{number}.weight"])
                for part in ("weight", "bias", "running_mean", "running_var"):
                    getattr(plain[4 * number + 2], part).copy_(state[f"norms.{number}.{part}"])
            copy_dense(plain[-1], state["head.dense.weight"], state["head.dense.bias"])
            expected = plain(images[:, 3 * k : 3 * k + 3])
            torch.testing.assert_close(logits[:, k], expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("depth", "millions", "parameters"),
    [
        (20, 0.27, 269_722),
        (32, 0.46, 464_154),
        (44, 0.66, 658_586),
        (56, 0.85, 853_018),
        (110, 1.7, 1_727_962),
    ],
)
def test_resnet_cifar_has_the_parameters_of_he_et_al(depth, millions, parameters):
    network = networks.build("resnet-cifar", [0], (32, 32, 3), 10, depth=depth)
    count = sum(p.numel() for p in network.parameters())
    assert count == parameters and count / 1e6 == pytest.approx(
        millions, abs=0.03 if depth == 110 else 0.0051
    )
    found = [m for m in network.modules() if isinstance(m, nn.Conv2d | layers.Linear)]
    assert len(found) == depth


def plain_resnet_cifar(state, x, blocks):
    """He et al., Sec. 4.2, by the functions of torch; shortcut A: every other pixel, zeros around
    the channels.
    """

    def conv_norm(x, conv, norm, stride):
        x = F.conv2d(x, state[f"{conv}.weight"], stride=stride, padding=1)
        moments = state[f"{norm}.running_mean"], state[f"{norm}.running_var"]
        return F.batch_norm(x, *moments, state[f"{norm}.weight"], state[f"{norm}.bias"])

    x = conv_norm(x, "stem.0", "stem.1", 1).relu()
    sizes = [x.shape[1:]]
    for number in range(3 * blocks):
        stride = 2 if number and number % blocks == 0 else 1
        y = conv_norm(x, f"blocks.{number}.conv1", f"blocks.{number}.norm1", stride).relu()
        y = conv_norm(y, f"blocks.{number}.conv2", f"blocks.{number}.norm2", 1)
        if stride == 2:
            zeros = torch.zeros_like(x[:, : x.shape[1] // 2, ::2, ::2])
            x = torch.cat([zeros, x[:, :, ::2, ::2], zeros], dim=1)
        x = (x + y).relu()
        sizes.append(x.shape[1:])
    assert sizes[-1] == (64, sizes[0][1] // 4, sizes[0][2] // 4)
    return F.linear(x.mean(dim=(2, 3)), state["head.dense.weight"], state["head.dense.bias"])


def test_resnet_cifar_equals_a_plain_one():
    network = with_random_norms(networks.build("resnet-cifar", [4, 1], (12, 16, 3), 10, depth=14))
    images = torch.randn(3, 6, 12, 16, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        logits = network(images)
        for k in range(2):
            expected = plain_resnet_cifar(
                member_of(network.state_dict(), k, 2), images[:, 3 * k : 3 * k + 3], 2
            )
            torch.testing.assert_close(
                logits[:, k], expected, rtol=1e-4, atol=1e-4 * expected.abs().max().item()
            )


@pytest.mark.parametrize(
    ("name", "shape", "options", "said"),
    [
        ("digits-cnn", (3, 8, 1), {}, "digits-cnn.*4x4.*3x8"),
        ("digits-cnn", (8, 3, 1), {}, "digits-cnn.*4x4.*8x3"),
        ("lenet", (11, 28, 1), {}, "lenet.*12x12.*11x28"),
        ("lenet", (28, 8, 1), {}, "lenet.*12x12.*28x8"),
        ("resnet-cifar", (32, 32, 3), {"depth": 18}, "depth is 18.*6n"),
        ("resnet-cifar", (32, 32, 3), {"depth": 2}, "depth is 2.*6n"),
        ("lenett", (28, 28, 1), {}, "lenett.*did you mean 'lenet'"),
    ],
)
def test_what_a_network_cannot_be_is_said(name, shape, options, said):
    with pytest.raises(ValueError, match=said):
        networks.build(name, [0], shape, 10, **options)


@pytest.mark.parametrize(
    ("name", "shape"), [("digits-cnn", (4, 5, 1)), ("lenet", (12, 13, 3)), ("lenet", (32, 40, 3))]
)
def test_the_smallest_images_that_are_allowed_pass_through(name, shape):
    network = networks.build(name, [0, 1], shape, 7)
    assert network(torch.ones(2, 2 * shape[2], *shape[:2])).shape == (2, 2, 7)
