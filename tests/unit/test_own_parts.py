"""Parts of a user's own, one file each: a model, a head, an objective, a sampler.

What they return is checked where it enters the package, and the message names the file.
"""

import numpy as np
import pytest
from own_parts import COSINE, PLAIN, check_grouped_is_single, own, trained  # noqa: F401
from toy_block import CLASSES, CPU, DATA, FULL, SGD, N, make_block, run

from hardness.core import artifacts
from hardness.data import datasets
from hardness.training import checks, loop, networks
from hardness.training.views.rows import AugmentError

UNAUGMENTED = {"shift": 0, "flip": False, "pad": "black"}
CONSTANT = SGD | {"schedule": {"name": "constant"}, "augment": UNAUGMENTED}
PASSES = SGD | {"observe": "pass"}
ONE = SGD | {"members_per_job": 1}
GROUPED = SGD | {"members_per_job": 3}


# Rows of a table


def test_rows_of_a_table_train_and_are_neither_cropped_nor_flipped(own, tmp_path):  # noqa: F811
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
    data = DATA._replace(train_inputs=rows, test_inputs=rows[:20], mean=mean, std=std)
    recipe = CONSTANT | {
        "model": {"name": "dense-net"},
        "epochs": 1,
        "batch_size": N,
        "probe_epoch": 1,
        "optimizer": SGD["optimizer"]
        | {"lr": 0.5, "momentum": 0, "nesterov": False, "weight_decay": 0},
    }
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
    with pytest.raises(AugmentError, match="rows of a table are neither cropped nor flipped"):
        loop.train_into(augmented, tmp_path, CPU)


@pytest.mark.parametrize("name", ["digits-cnn", "resnet-cifar"])
def test_a_head_of_your_own_goes_with_every_model_of_features(name, own, tmp_path):  # noqa: F811
    """Its logits are bounded by its scale; grouped is single."""
    own("heads", "bounded", COSINE)
    options = {"depth": 8} if name == "resnet-cifar" else {}
    recipe = SGD | {"model": {"name": name, **options}, "head": {"name": "bounded", "scale": 0.25}}
    check_grouped_is_single(recipe, tmp_path)
    trained(recipe, tmp_path / "entry")
    logits = artifacts.load_npz(tmp_path / "entry" / "test.npz")["logits"]
    assert 0.01 < np.abs(logits).max() <= 0.25


def test_an_objective_of_your_own_says_its_loss_and_is_told_the_epoch(own, tmp_path):  # noqa: F811
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


def test_a_sampler_of_your_own_may_read_what_was_observed(own, tmp_path):  # noqa: F811
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


def test_a_plain_network_of_torch_is_its_own_head_and_trains_alone(own, tmp_path):  # noqa: F811
    own("models", "plain_net", PLAIN)
    recipe = SGD | {"model": {"name": "plain-net"}, "members_per_job": 1}
    assert trained(recipe, tmp_path / "entry", [1]).keys() == {
        "dynamics.npz",
        "weights.npz",
        "test.npz",
    }


# Errors in a file are reported with its name


def refused(block, folder, file, said):
    """Training fails with a message that names the file and holds no sentence of torch's."""
    with pytest.raises(checks.PartError, match=said) as told:
        loop.train_into(block, folder, CPU)
    assert str(file) in str(told.value)
    for words in ("mat1", "size mismatch", "is invalid for", "state_dict", "grad_fn", "inplace"):
        assert words not in str(told.value)
    assert not list(folder.glob("*.npz"))


MODULE = """
    from torch import nn
    class Net(nn.Linear):
        def forward(self, x):
            {}
    def network(members, shape, classes):
        return Net(160, classes)
"""
CHANGED = """
    from torch import nn
    def network(members, shape, classes):
        net = nn.Sequential(nn.Flatten(), nn.Linear(160, classes))
        {}
        return net
"""
WRONG_MODELS = {
    "an output too many": (
        PLAIN.replace("5, classes", "5, classes + 1"),
        r"for a batch of \d+ and 1 members its network returns \(\d+, 4\), expected "
        r"\(\d+, 1, 3\) or \(\d+, 3\): one output for each of 3 classes",
    ),
    "an output too few": (
        PLAIN.replace("5, classes", "5, classes - 1"), r"returns \(\d+, 2\), expected",
    ),
    "no batch": (
        MODULE.format("return super().forward(x.flatten(1)).mean(0)"), r"returns \(3,\), expected",
    ),
    "another order": (
        MODULE.format("return super().forward(x.flatten(1)).T"), r"returns \(3, \d+\), expected",
    ),
    "a tuple": (
        MODULE.format("return super().forward(x.flatten(1)), x"), "returns tuple, expected",
    ),
    "no module": (
        "def network(members, shape, classes):\n    return None\n",
        r"network\(\.\.\.\) returns NoneType, expected a torch\.nn\.Module",
    ),
    "other arguments": (
        "def network(shape):\n    return None\n",
        r"network\(shape\) does not take what it is called with, expected network\(members, shape, "
        r"classes, \*\*options\)",
    ),
    "its own error": (
        "def network(members, shape, classes):\n    raise ValueError('images are too small')\n",
        "toy, full: .*line 2: images are too small",
    ),
    "an error in its forward": (
        MODULE.format("return super().forward(x)"),
        r"toy, full: .*line 5: RuntimeError in `return super\(\)\.forward\(x\)`",
    ),
    "layers that do not fit": (
        PLAIN.replace("2 * 8 * 10", "7"),
        "toy, full: RuntimeError in the network of .*: its layers do not fit its input",
    ),
    "a parameter without a gradient": (
        CHANGED.format("net.idle = nn.Linear(1, 1); net.forward = lambda x: net[1](net[0](x))"),
        r"toy, full: \w+ on the way back through .*: each parameter must get a gradient",
    ),
    "no gradient at all": (
        CHANGED.format("net.requires_grad_(False)"),
        r"toy, full: \w+ on the way back through .*: each parameter must get a gradient",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG_MODELS)
def test_a_model_that_is_wrong_is_named(case, own, tmp_path):  # noqa: F811
    text, said = WRONG_MODELS[case]
    file = own("models", "wrong", text)
    refused(make_block(ONE | {"model": {"name": "wrong"}}, [4]), tmp_path, file, said)


def test_a_model_of_one_member_needs_members_per_job_1(own, tmp_path):  # noqa: F811
    file = own("models", "wrong", PLAIN)
    said = (
        r"its network of 3 members is not 3 networks side by side: 1\.bias is \(5,\), expected "
        r"\(15,\)\. Set members_per_job: 1 in the recipe"
    )
    refused(make_block(GROUPED | {"model": {"name": "wrong"}}), tmp_path, file, said)


def test_a_head_needs_a_model_of_features(own, tmp_path):  # noqa: F811
    file = own("models", "wrong", PLAIN)
    own("heads", "bounded", COSINE)
    recipe = ONE | {"model": {"name": "wrong"}, "head": {"name": "cosine"}}
    said = "the recipe's head is cosine, which needs features, but this network is its own head"
    refused(make_block(recipe, [4]), tmp_path, file, said)


OBJECTIVE = """
    import torch.nn.functional as F
    from hardness.training.objectives.cross_entropy import CrossEntropy
    class Wrong(CrossEntropy):
        def {}(self, logits, labels):
            return {}
    def objective(setting, power=2):
        return Wrong()
"""
WRONG_OBJECTIVES = {
    "a mean": (
        "loss", "F.cross_entropy(logits.flatten(0, 1), labels.flatten())",
        r"for logits \(3, 3, 3\) .* its loss is \(\), expected \(3, 3\)",
    ),
    "another shape": (
        "gradient", "super().gradient(logits, labels)[:, 0]",
        r"its gradient is \(3, 3\), expected \(3, 3, 3\)",
    ),
    "not finite": (
        "loss", "(labels - labels).float().log()",
        r"its loss is not finite: .* the options that the recipe gives it \(\{'power': 3\}\)",
    ),
    "a gradient that is not finite": (
        "gradient", "super().gradient(logits, labels) / 0", "its gradient is not finite",
    ),
    "no tensor": ("loss", "1.5", "its loss is float, expected"),
    "an error": (
        "loss", "logits @ labels", "toy, full: .*line 6: RuntimeError in `return logits @ labels`",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG_OBJECTIVES)
def test_an_objective_that_is_wrong_is_named(case, own, tmp_path):  # noqa: F811
    function, value, said = WRONG_OBJECTIVES[case]
    file = own("objectives", "wrong", OBJECTIVE.format(function, value))
    recipe = GROUPED | {"objective": {"name": "wrong", "power": 3}}
    refused(make_block(recipe), tmp_path, file, said)


SAMPLER = """
    import numpy as np
    from hardness.training.protocols import Sampler
    REPLACES = False
    class Wrong(Sampler):
        def __init__(self, n):
            self.n = n
        def draw(self, member, epoch, observed):
            return {}
    def sampler(setting):
        return Wrong(setting.n)
"""
WRONG_SAMPLERS = {
    "too few": ("np.arange(self.n - 1)", r"its sampler draws int64 \(53,\), expected 54 whole num"),
    "not there": ("np.arange(self.n) + 1", "its sampler draws rows from 1 to 54, .* from 0 to 53"),
    "negative": ("np.arange(self.n) - 1", "its sampler draws rows from -1 to 52, .* from 0 to 53"),
    "no whole numbers": ("np.arange(self.n) / 2", r"its sampler draws float64 \(54,\), "),
    "nothing": ("None", r"its sampler draws object \(\), expected 54 whole numbers"),
    "an error": ("np.arange(3)[[99]]", r"toy, full: .*line 9: IndexError in `return np\.arange"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG_SAMPLERS)
def test_a_sampler_that_is_wrong_is_named(case, own, tmp_path):  # noqa: F811
    value, said = WRONG_SAMPLERS[case]
    file = own("samplers", "wrong", SAMPLER.format(value))
    refused(make_block(GROUPED | {"sampler": {"name": "wrong"}}), tmp_path, file, said)


def test_errors_that_are_nobodys_are_left_as_they_are(tmp_path, monkeypatch):
    def broken(self, number, drawn):
        raise ZeroDivisionError("of the loop itself")

    monkeypatch.setattr(loop.Training, "train_step", broken)
    with pytest.raises(ZeroDivisionError, match="of the loop itself"):
        run(tmp_path)
