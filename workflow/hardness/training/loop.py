"""Train one block of members, grouped into one network: one loop over epochs and steps.

The view (what a batch looks like), the objective (what is learned from it), the sampler (the order
of rows) and the observers (what is recorded) are parts of the recipe (see protocols.py). A block of
digits (8 members, 30 epochs of 1,437 samples) takes about 5 s on one CPU core, without imports.
"""

import contextlib
import functools
import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from hardness.core import artifacts
from hardness.core.errors import HardnessError
from hardness.training import checkpoint, checks, members, memory, networks, parts, store
from hardness.training.checkpoint import Signals, StoppedError, Tensors
from hardness.training.cudagraph import Graph
from hardness.training.measures import check_finite, gradient_norms, half, measures, of_pixels
from hardness.training.optimization import Optimizer, learning_rate, progress
from hardness.training.probing import probe_epoch
from hardness.training.protocols import Places, Read, Setting, View
from hardness.training.store import Block

SAVE_EVERY = 180.0  # seconds between two writes of the resume state
# inputs per evaluation batch over all members, at least a training step's (ResNet-18: 1 MB each)
EVALUATION_BATCH = {"cpu": 256, "cuda": 8192}


def train(
    block: Block, folder: Path, device: torch.device, job: str = "python -m hardness"
) -> Path:
    """Make sure that the block's outputs are in the store `folder`: find them, resume, or train.
    job: who trains, for jobs that wait. Returns the entry. Raises as train_into.
    """
    return store.obtain(block, folder, lambda entry: train_into(block, entry, device), job)


def train_into(block: Block, entry: Path, device: torch.device) -> None:
    """Train the block, from its resume state if there is one, and write its outputs into the
    store's entry.

    Raises StoppedError after SIGTERM or SIGINT, DivergedError for a loss that is not finite,
    PartError for a part of the recipe that returns something wrong or fails,
    memory.OutOfMemoryError if a GPU's memory is too small.
    """
    try:
        Training(block, entry, device).run()
    except (HardnessError, OSError):
        raise
    except Exception as error:
        if memory.lacking(error):
            raise memory.out_of_memory(block, device, error) from error
        if (blamed := checks.blamed(error, block.name, parts.files(block.recipe))) is None:
            raise
        raise blamed from error
    (entry / store.RESUME).unlink(missing_ok=True)


class Epoch(NamedTuple):
    """What was drawn for an epoch, in the order of its batches. order, labels: the rows and their
    labels, (n, K); places: what the view needs for a batch, each (n, K, ...).
    """

    order: torch.Tensor
    labels: torch.Tensor
    places: Places


class Training:
    """A block in training: the parts of its recipe, and the loop that runs them."""

    def __init__(
        self, block: Block, entry: Path, device: torch.device, dtype: torch.dtype = torch.float32
    ) -> None:
        recipe, data = block.recipe, block.data
        torch.set_num_threads(recipe["threads"])
        torch.backends.cudnn.deterministic = True
        torch.backends.cudnn.allow_tf32 = False  # `precision: float32` is to mean float32
        self.block, self.entry, self.device, self.dtype = block, entry, device, dtype
        self.files = parts.files(recipe)
        inputs, rows = members.inputs_and_rows(data.train_inputs, block.training_set, block.seeds)
        self.setting = Setting(
            name=block.name,
            seeds=block.seeds,
            labels=members.labels(block.training_set, block.seeds),
            rows=rows,
            data_labels=data.train_labels,
            classes=data.classes,
            epochs=recipe["epochs"],
            probe_epoch=probe_epoch(recipe),
            device=device,
            dtype=dtype,
        )
        self.n, self.members = self.setting.n, self.setting.members
        self.epochs, self.batch = recipe["epochs"], recipe["batch_size"]
        self.steps = math.ceil(self.n / self.batch)
        self.rows = torch.from_numpy(rows).to(device)
        self.labels = torch.from_numpy(self.setting.labels).to(device)
        self.data_labels = torch.from_numpy(self.setting.data_labels).to(device)
        self.labelled = parts.reads_labels(recipe)
        view = parts.VIEWS.find(parts.view_of(inputs, recipe)).view
        normalize = members.statistics(data, block.training_set, block.seeds)
        self.view: View = view(inputs, *normalize, recipe["augment"], device, dtype)
        self.test: View = view(data.test_inputs, *normalize, None, device, dtype)
        self._make_network(inputs.shape[1:])
        self._make_parts()
        self.step = 0  # steps done, counted over all epochs
        self.lr = torch.zeros((), device=device)
        self.graph: Graph | None = None  # of a whole batch's step, on a GPU
        self.signals = Signals()
        # what `update` returns for this epoch, in the order of its batches
        width = (self.setting.classes if self.labelled else 1) + self.input_gradients
        self.kept = torch.zeros(self.n, self.members, width, device=device, dtype=dtype)

    def _make_network(self, shape: tuple[int, ...]) -> None:
        recipe, setting = self.block.recipe, self.setting
        network = networks.build(
            **recipe["model"],
            seeds=setting.seeds,
            shape=shape,
            classes=setting.classes,
            head=recipe["head"],
        )
        self.network = network.to(self.device, self.dtype).to(memory_format=torch.channels_last)
        self.optimizer = Optimizer(recipe["optimizer"], list(self.network.parameters()))
        self.autocast = (
            torch.autocast(self.device.type, torch.bfloat16)
            if recipe["precision"] == "bfloat16"
            else contextlib.nullcontext()
        )

    def _make_parts(self) -> None:
        recipe, setting = self.block.recipe, self.setting
        objective = parts.OBJECTIVES.find(recipe["objective"]["name"])
        options = parts.options(recipe["objective"])
        self.objective = objective.objective(setting, **options)
        sampler = parts.SAMPLERS.find(recipe["sampler"]["name"])
        self.replaces = sampler.REPLACES
        self.sampler = sampler.sampler(setting, **parts.options(recipe["sampler"]))
        self.observers = {
            name: parts.OBSERVERS.find(name).observer(setting) for name in self.block.observe
        }
        self.input_gradients = any(one.input_gradients for one in self.observers.values())
        self.stateful = {
            "network": Tensors(self.network.state_dict),
            "optimizer": Tensors(self.optimizer.tensors),
            "epoch": Tensors(lambda: {"kept": self.kept}),
            "objective": self.objective,
            "sampler": self.sampler,
            **self.observers,
        }
        checks.views(self.view, self.labelled, self.files)
        file, views = self.files["objective"], self.view.views
        checks.objective(self.objective, setting, file, options, views)

    def run(self) -> None:
        """Train to the end, write the outputs. Raises as train_into."""
        self.resume()
        made_by = {"torch": torch.__version__, "device": memory.name_of(self.device)}
        store.note_origin(self.entry, self.block, resumed=self.step > 0, **made_by)
        # denormal numbers, too small to matter, would take a hundred times as long
        torch.set_flush_denormal(True)
        saved, drawn = time.monotonic(), None
        try:
            with self.signals:
                while self.step < self.epochs * self.steps:
                    epoch, number = divmod(self.step, self.steps)
                    if number == 0:
                        self.between_epochs(epoch)
                        if epoch in self.sampler.restarts:
                            self.optimizer.restart()
                    if number == 0 or drawn is None:
                        drawn = self.draw(epoch)
                    self.train_step(number, drawn)
                    self.step += 1
                    if number + 1 == self.steps:
                        self.finish_epoch(epoch, drawn)
                    self.stop_if_asked()
                    if time.monotonic() - saved > SAVE_EVERY:
                        self.save_state()
                        saved = time.monotonic()
                self.between_epochs(self.epochs)
                self.write_outputs()
        finally:
            torch.set_flush_denormal(False)

    def draw(self, epoch: int) -> Epoch:
        """What the sampler and the view draw for an epoch."""
        observed = {name: observer.state() for name, observer in self.observers.items()}
        orders, views = [], []
        for member, seed in enumerate(self.setting.seeds):
            drawn = self.sampler.draw(member, epoch, observed)
            order = checks.order(drawn, self.n, self.files["sampler"])
            view = self.view.draw(seed, epoch, self.n)
            # a view belongs to a row; with replacement, to a place in the epoch
            views.append(view if self.replaces else [part[order] for part in view])
            orders.append(order)
        rows = self._by_place(orders)
        drawn_views = [self._by_place(part) for part in zip(*views, strict=True)]
        self.objective.begin(epoch)
        places = self.view.places(self.rows.gather(0, rows), drawn_views)
        return Epoch(rows, self.labels.gather(0, rows), places)

    def _by_place(self, members: Sequence[np.ndarray]) -> torch.Tensor:
        """Each member's array (n, ...) as one tensor (n, K, ...)."""
        return torch.from_numpy(np.stack(members, axis=1)).to(self.device)

    def train_step(self, number: int, drawn: Epoch) -> None:
        """Do the epoch's step `number`, on its part of what was drawn."""
        recipe = self.block.recipe
        done = progress(self.step, self.steps, self.epochs, self.sampler.restarts)
        self.lr.fill_(learning_rate(recipe["schedule"], recipe["optimizer"]["lr"], done))
        here = slice(number * self.batch, (number + 1) * self.batch)
        inputs = [part[here] for part in (drawn.labels, *drawn.places)]
        if self.device.type == "cuda" and len(inputs[0]) == self.batch:
            self.graph = self.graph or Graph(self.update, inputs, self._changed_by_a_step())
            self.kept[here] = self.graph(*inputs)
        else:
            self.kept[here] = self.update(*inputs)

    def update(self, labels: torch.Tensor, *places: torch.Tensor) -> torch.Tensor:
        """One step on the samples at `places`, with `labels` (B, K). Nothing in here waits for a
        GPU.

        Returns what is kept of each sample (B, K, width), from before the update: its logits, or
        without labels its batch's loss; and, if observers need it, the norm of its input gradient.
        """
        views, size = self.view.views, len(labels)
        batch = self.view.batch(*places).requires_grad_(self.input_gradients)
        # one view at a time, so that batch norm sees one
        seen = [self.forward(inputs, size) for inputs in batch.chunk(views)]
        with torch.no_grad():
            made = torch.cat([logits.detach() for _, logits in seen])
            kept = [made if self.labelled else self.objective.loss(made, labels)[..., None]]
            gradient = self.objective.gradient(made, labels).chunk(views)
            torch.autograd.backward(
                [output for output, _ in seen],
                [part.view(output.shape).to(output.dtype)
                 for part, (output, _) in zip(gradient, seen, strict=True)],
            )  # fmt: skip
            if batch.grad is not None:
                kept.append(gradient_norms(batch.grad, views, self.members)[..., None])
            self.optimizer.step(self.lr)
            return torch.cat(kept, dim=2)

    def forward(self, inputs: torch.Tensor, size: int) -> tuple[torch.Tensor, torch.Tensor]:
        """The network's output for B = size inputs; and the same as logits (B, K, classes), or, for
        an objective without labels, as embeddings (B, K, d), of `dtype`.
        """
        with self.autocast:
            output = self.network(inputs)
        file = self.files["model"]
        if not self.labelled:
            return output, checks.embeddings(output, size, self.members, file).to(self.dtype)
        shaped = checks.logits(output, size, self.members, self.setting.classes, file)
        return output, shaped.to(self.dtype)

    def logits(self, inputs: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        """Logits (B, K, classes) or embeddings (B, K, d) of B inputs."""
        return self.forward(inputs, len(rows))[1]

    def features(self, inputs: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        """The features (B, K, d) of B inputs, which the network's head reads, of `dtype`."""
        with self.autocast:
            found = checks.with_features(self.network, self.files["model"]).features(inputs)
        return found.permute(2, 0, 1).to(self.dtype)

    def gradients(self, inputs: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        """The gradient (B, K, pixels) of the label's logit with respect to B inputs, the data set's
        training rows `rows` (B,); see measures.of_pixels. In batches of a step's size: the memory
        that a step needs is enough.
        """
        found = []
        for some, own in zip(inputs.split(self.batch), rows.split(self.batch), strict=True):
            labels = self.data_labels[own, None, None].expand(-1, self.members, 1)
            with torch.enable_grad():
                read = some.detach().requires_grad_()
                total = self.logits(read, own).gather(2, labels).sum()
            (gradient,) = torch.autograd.grad(total, read)
            found.append(of_pixels(gradient, self.members).to(self.dtype))
        return torch.cat(found)

    def _changed_by_a_step(self) -> dict[str, torch.Tensor]:
        return {
            f"{part}.{name}": value
            for part in ("network", "optimizer", "objective")
            for name, value in self.stateful[part].state().items()
        }

    def finish_epoch(self, epoch: int, drawn: Epoch) -> None:
        """Check and log the epoch's losses; let the observers record what was measured."""
        measured = self.measured(drawn.labels)
        losses = measured["loss"]
        check_finite(losses, self.block.name, self.block.seeds, epoch, self.batch)
        said = f"epoch {epoch + 1}/{self.epochs}: training loss {losses.mean():.4f}"
        if self.labelled:
            accuracy = measured["correct"].float().mean(0)
            said += (
                f", accuracy {accuracy.mean():.4f} (members {accuracy.min():.4f} to "
                f"{accuracy.max():.4f})"
            )
        print(said, flush=True)
        for observer in self.observers.values():
            observer.after_epoch(epoch, drawn.order, measured)

    def measured(self, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        """What was measured of this epoch's samples, each (n, K): all quantities of measures.py, or
        without labels only the loss; and, if observers need it, input_gradient.
        """
        kept, own = self.kept, {}
        if self.input_gradients:
            kept, own = kept[..., :-1], {"input_gradient": kept[..., -1]}
        return (measures(kept, labels) if self.labelled else {"loss": kept[..., 0]}) | own

    def between_epochs(self, epochs: int) -> None:
        """Let the observers look at the network after `epochs` epochs."""
        everything = torch.arange(len(self.data_labels), device=self.device)

        @functools.cache
        def evaluate(
            own: bool = False, features: bool = False, gradients: bool = False
        ) -> torch.Tensor:
            read = self.features if features else self.gradients if gradients else self.logits
            return self.evaluate(self.view, self.rows if own else everything, read)

        for observer in self.observers.values():
            observer.between_epochs(epochs, evaluate)

    @torch.no_grad()
    def evaluate(self, view: View, rows: torch.Tensor, read: Read) -> torch.Tensor:
        """Apply `read` to a view's inputs without augmentation, in eval mode: (R, K, ...).

        rows: (R,), the same for every member, or (R, K); read: self.logits, self.features, or
        self.gradients. Raises StoppedError between two batches.
        """
        self.network.eval()
        size = max(self.batch, EVALUATION_BATCH[self.device.type] // self.members)
        found = []
        for chosen in rows.split(size):
            self.stop_if_asked()
            found.append(read(view.plain(chosen, self.members), chosen))
        self.network.train()
        return torch.cat(found)

    def write_outputs(self) -> None:
        """Evaluate the test set, and write all outputs of the block, test.npz last."""
        seeds, tested = np.array(self.block.seeds, dtype=np.int64), self.tested()
        for name, observer in self.observers.items():
            arrays = observer.arrays(self.network)
            artifacts.save_npz(self.entry / f"{name}.npz", seeds=seeds, **arrays)
        artifacts.save_npz(self.entry / "test.npz", checksum=True, seeds=seeds, **tested)
        if self.labelled:
            accuracy = (tested["predicted"] == self.block.data.test_labels).mean(axis=1)
            print(
                f"test accuracy {accuracy.mean():.4f} (members {accuracy.min():.4f} to "
                f"{accuracy.max():.4f})",
                flush=True,
            )

    def tested(self) -> dict[str, np.ndarray]:
        """The members' results on the test set: logits (K, n, classes) float16 and predicted (K,
        n); without labels the features (K, n, d) float16.
        """
        block, count = self.block, len(self.block.data.test_labels)
        rows = torch.arange(count, device=self.device)
        read = self.logits if self.labelled else self.features
        found = self.evaluate(self.test, rows, read).transpose(0, 1).cpu().numpy()
        stored = half(found, block.name, block.seeds, "in the end")
        if not self.labelled:
            return {"features": stored}
        return {"logits": stored, "predicted": found.argmax(2)}

    def stop_if_asked(self) -> None:
        """Save the state and raise StoppedError, if a signal came. Call it between two steps, or
        during an evaluation, which is then repeated: there the state is complete.
        """
        if self.signals.asked:
            self.save_state()
            epoch = min(self.step // self.steps + 1, self.epochs)
            raise StoppedError(
                f"{self.block.name}: stopped by {self.signals.first} after step {self.step}, in "
                f"epoch {epoch} of {self.epochs}; its state is written, the next run resumes there"
            )

    def save_state(self) -> None:
        checkpoint.save(self.entry / store.RESUME, self.entry.name, self.step, self.stateful)

    def resume(self) -> None:
        """Load the entry's resume state, if there is one that can be used."""
        self.step = checkpoint.load(self.entry / store.RESUME, self.entry.name, self.stateful)
        if self.step:
            total = self.epochs * self.steps
            print(f"training resumes after step {self.step} of {total}", flush=True)
