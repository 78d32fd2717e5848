"""The recorder's callbacks and the examples of docs/own-loop.md, with the real libraries and tiny
networks made here. The libraries are not in this project's lock: if they are not installed, these
tests are skipped. `make test-callbacks` installs them in an environment of their own.
"""

import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, Dataset, TensorDataset

from hardness.callbacks import lightning_callback, trainer_callback
from hardness.core import artifacts
from hardness.recorder import Recorder, RecordingError

N, CLASSES = 30, 3
INPUTS = torch.from_numpy(np.random.default_rng(0).normal(size=(N, 4)).astype(np.float32))
LABELS = torch.from_numpy(np.random.default_rng(1).integers(CLASSES, size=N))
PAGE = Path(__file__).resolve().parents[2] / "docs" / "own-loop.md"


def library(name):
    package = name.split(".")[0].replace("_", "-")
    text = f"{package} is not installed: make test-callbacks installs it for this test"
    return pytest.importorskip(name, reason=text)


def network():
    torch.manual_seed(0)
    return torch.nn.Linear(4, CLASSES)


def check(path, epochs):
    """In the first step all logits are those of the untrained network; then they are learned."""
    found, first = artifacts.load_npz(path), network()(INPUTS).detach().numpy()
    assert found["margin"].shape == (1, epochs, N)
    expected = first[np.arange(N), LABELS]
    np.testing.assert_allclose(found["true_logit"][0, 0], expected, rtol=2e-3, atol=1e-3)
    assert found["labels"].tolist() == LABELS.tolist()
    assert (np.diff(found["loss"][0].astype(float).mean(axis=1)) < 0).all()


def example(title):
    """The python code below a heading of the page on one's own loop."""
    section = PAGE.read_text(encoding="utf-8").split(f"## {title}\n")[1]
    return re.findall(r"```python\n(.*?)```", section, re.DOTALL)[0]


# Lightning


@pytest.fixture(params=["pytorch_lightning", "lightning.pytorch"])
def lightning(request):
    return library(request.param)


def quiet(lightning, folder):
    """Lightning's Trainer, on a CPU and without its outputs."""
    return partial(
        lightning.Trainer, accelerator="cpu", logger=False, default_root_dir=folder,
        enable_progress_bar=False, enable_model_summary=False,
    )  # fmt: skip


def lightning_trainer(lightning, folder, recorder, epochs):
    callback = lightning_callback(recorder, folder / "seed-5.npz", seed=5)
    return quiet(lightning, folder)(max_epochs=epochs, callbacks=[callback])


def lightning_module(lightning, returned=("loss", "indices", "logits", "labels")):
    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.network = network()

        def training_step(self, batch, batch_idx):
            indices, inputs, labels = batch
            logits = self.network(inputs)
            made = {"loss": cross_entropy(logits, labels), "indices": indices}
            made |= {"logits": logits, "labels": labels}
            return {name: made[name] for name in returned}

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.5)

    return Module()


def loader(batch_size=N):
    return DataLoader(TensorDataset(torch.arange(N), INPUTS, LABELS), batch_size, shuffle=True)


def test_lightning(lightning, tmp_path):
    trainer = lightning_trainer(lightning, tmp_path, Recorder(N, CLASSES), 4)
    trainer.fit(lightning_module(lightning), loader())
    check(tmp_path / "seed-5.npz", 4)


def test_lightning_goes_on_from_a_checkpoint(lightning, tmp_path):
    """A checkpoint of the first epoch; then up to the fourth."""
    recorder = Recorder(N, CLASSES, folder=tmp_path / "epochs")
    trainer = lightning_trainer(lightning, tmp_path, recorder, 1)
    trainer.callbacks[0].on_train_end = lambda trainer, module: None  # the run dies before
    trainer.fit(lightning_module(lightning), loader())
    trainer.save_checkpoint(tmp_path / "first.ckpt")
    again = Recorder(N, CLASSES, folder=tmp_path / "epochs")
    assert again.epochs == 1
    trainer = lightning_trainer(lightning, tmp_path, again, 4)
    trainer.fit(
        lightning_module(lightning), loader(), ckpt_path=tmp_path / "first.ckpt", weights_only=False
    )
    check(tmp_path / "seed-5.npz", 4)


def test_lightning_without_logits(lightning, tmp_path):
    trainer = lightning_trainer(lightning, tmp_path, Recorder(N, CLASSES), 1)
    message = "training_step returns loss, indices; expected a dict with loss, indices, logits, la"
    with pytest.raises(RecordingError, match=message):
        trainer.fit(lightning_module(lightning, ("loss", "indices")), loader())


def test_the_pages_lightning_example(lightning, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.model = torch.nn.Linear(4, 10)

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.5)

    names = {"LightningModule": Module, "Trainer": quiet(lightning, tmp_path), "dataset": INPUTS}
    names |= {"Recorder": Recorder, "cross_entropy": cross_entropy}
    exec(example("Lightning"), names)
    names["trainer"].fit(names["Network"](), loader())
    found = artifacts.load_npz("recording/seed-0.npz")
    assert found["margin"].shape == (1, 20, N) and found["labels"].tolist() == LABELS.tolist()


# Hugging Face


@pytest.fixture
def transformers():
    library("accelerate")
    return library("transformers")


class Rows(Dataset):
    def __init__(self, index="index"):
        self.index = index

    def __len__(self):
        return N

    def __getitem__(self, place):
        return {self.index: place, "inputs": INPUTS[place], "labels": LABELS[place]}


def model_of(transformers, layer):
    class Model(transformers.PreTrainedModel):
        config_class = transformers.PretrainedConfig

        def __init__(self, config):
            super().__init__(config)
            self.network = layer
            self.post_init()

        def _init_weights(self, module):
            pass

        def forward(self, inputs=None, labels=None):
            logits = self.network(inputs)
            return {"loss": cross_entropy(logits, labels), "logits": logits}

    return Model(transformers.PretrainedConfig())


def arguments_of(transformers, folder, **options):
    """Plain SGD on a CPU, without outputs."""
    return transformers.TrainingArguments(
        output_dir=str(folder / "out"), per_device_train_batch_size=N, learning_rate=0.5,
        optim="sgd", lr_scheduler_type="constant", max_grad_norm=0, report_to=[], use_cpu=True,
        logging_strategy="no", disable_tqdm=True, **options,
    )  # fmt: skip


def hugging_face_trainer(transformers, folder, recorder, epochs, index="index", **options):
    options |= {"num_train_epochs": epochs, "remove_unused_columns": False}
    return transformers.Trainer(
        model=model_of(transformers, network()), train_dataset=Rows(index), eval_dataset=Rows(),
        args=arguments_of(transformers, folder, **options),
        callbacks=[trainer_callback(recorder, folder / "seed-5.npz", 5)],
    )  # fmt: skip


def test_hugging_face_trainer(transformers, tmp_path):
    """Evaluation between epochs is not recorded."""
    options = {"eval_strategy": "epoch", "save_strategy": "no"}
    hugging_face_trainer(transformers, tmp_path, Recorder(N, CLASSES), 4, **options).train()
    check(tmp_path / "seed-5.npz", 4)


def test_hugging_face_trainer_goes_on_from_a_checkpoint(transformers, tmp_path):
    folder, saves = tmp_path / "epochs", {"save_strategy": "epoch"}
    trainer = hugging_face_trainer(transformers, tmp_path, Recorder(N, CLASSES, folder), 4, **saves)

    class Dies(transformers.TrainerCallback):
        def on_epoch_end(self, args, state, control, **parts):
            if state.epoch == 3:
                raise KeyboardInterrupt

    trainer.add_callback(Dies())
    with pytest.raises(KeyboardInterrupt):
        trainer.train()
    again = Recorder(N, CLASSES, folder)
    assert again.epochs == 3
    hugging_face_trainer(transformers, tmp_path, again, 4, **saves).train(
        resume_from_checkpoint=True
    )
    check(tmp_path / "seed-5.npz", 4)


def test_hugging_face_trainer_without_places(transformers, tmp_path):
    trainer = hugging_face_trainer(
        transformers, tmp_path, Recorder(N, CLASSES), 1, index="labels_", save_strategy="no"
    )
    trainer.model.forward = lambda **batch: {"logits": INPUTS[:, :3], "loss": None}
    with pytest.raises(
        RecordingError, match="a batch has labels_, inputs, labels; expected labels"
    ):
        trainer.train()


def test_the_pages_hugging_face_example(transformers, tmp_path, monkeypatch):
    """What it leaves out (`...`) comes from here: the model and the folder of outputs."""
    monkeypatch.chdir(tmp_path)

    class Table(list):
        def add_column(self, name, column):
            return Table({**row, name: value} for row, value in zip(self, column, strict=True))

    labels = LABELS % 2
    names = {
        "train": Table({"inputs": INPUTS[i], "labels": labels[i]} for i in range(N)),
        "Recorder": Recorder,
        "TrainingArguments": lambda _, **options: arguments_of(transformers, tmp_path, **options),
        "Trainer": lambda _, **options: transformers.Trainer(
            model=model_of(transformers, torch.nn.Linear(4, 2)), args=names["arguments"],
            train_dataset=names["train"], **options,
        ),
    }  # fmt: skip
    exec(example("Hugging Face Trainer"), names)
    names["trainer"].train()
    found = artifacts.load_npz("recording/seed-0.npz")
    assert found["margin"].shape == (1, 3, N) and found["labels"].tolist() == labels.tolist()
