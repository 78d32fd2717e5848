"""Parts of a recipe as a user would add them, one file each, and blocks that use them."""

import importlib
import sys
import textwrap

import pytest
import torch
from toy_block import CPU, DATA, FULL, contents, make_block

from hardness.training import loop, store
from hardness.training.parts import reads_labels

# A network of torch for images 8x10 of two channels, without any thought of members.
PLAIN = """
    from torch import nn
    def network(members, shape, classes):
        return nn.Sequential(
            nn.Flatten(), nn.Linear(2 * 8 * 10, 5), nn.ReLU(), nn.Linear(5, classes)
        )
"""
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


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Adds a part's file, in a folder beside the project's: own(kind's folder, name, text)."""
    monkeypatch.setattr(store, "note_origin", lambda *arguments, **options: None)
    added = []

    def own(kind, name, text):
        package = importlib.import_module(f"hardness.training.{kind}")
        folder = tmp_path / "own" / kind
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.py").write_text(textwrap.dedent(text))
        if str(folder) not in package.__path__:
            monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
        importlib.invalidate_caches()
        added.append(f"{package.__name__}.{name}")
        sys.modules.pop(added[-1], None)
        return folder / f"{name}.py"

    yield own
    for name in added:
        sys.modules.pop(name, None)


def trained(recipe, folder, seeds=(0, 1, 2)):
    """The outputs of a block, trained into a folder as an entry of the store."""
    loop.train_into(make_block(recipe, seeds), folder, CPU)
    return contents(folder)


def state_after_ten_steps(recipe, seeds, folder, training_set):
    """The network's state, one row for each member, after ten steps in float64, more than two
    epochs, with a pass between them.
    """
    block = make_block(recipe | {"members_per_job": len(seeds)}, seeds, False, DATA, training_set)
    block = block._replace(observe=("own-pass" if reads_labels(recipe) else "features",))
    training = loop.Training(block, folder, CPU, torch.float64)
    while training.step < 10:
        epoch, number = divmod(training.step, training.steps)
        if number == 0:
            training.between_epochs(epoch)
            drawn = training.draw(epoch)
        training.train_step(number, drawn)
        training.step += 1
    return {
        name: value.reshape(len(seeds), -1)
        for name, value in training.network.state_dict().items()
        if value.ndim
    }


def check_grouped_is_single(recipe, folder, training_set=FULL):
    """Three members in one network end where each ends alone, to 1e-12 after ten steps, and at
    different places.
    """
    grouped = state_after_ten_steps(recipe, [0, 1, 2], folder, training_set)
    for k in range(3):
        alone = state_after_ten_steps(recipe, [k], folder, training_set)
        assert alone.keys() == grouped.keys()
        for name, value in alone.items():
            torch.testing.assert_close(grouped[name][k], value[0], rtol=1e-12, atol=1e-12)
            assert not torch.equal(grouped[name][k], grouped[name][k - 1])
