"""Train one block of members, grouped into one network, and record its training dynamics.

A block of digits (8 members, 30 epochs of 1,437 samples) takes about 5 s on one CPU core, imports
apart.
"""

import contextlib
import math
import os
import signal
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from hardness.core import artifacts
from hardness.data import datasets
from hardness.training import augmentation, networks, store
from hardness.training.cudagraph import Graph
from hardness.training.optimization import Optimizer, learning_rate
from hardness.training.probing import probe_epoch
from hardness.training.store import Block

SAVE_EVERY = 180.0  # seconds between two writes of the resume state
EVALUATION_BATCH = {
    "cpu": 256,
    "cuda": 8192,
}  # images a pass without gradients, over all members: ResNet-18 keeps 1 MB each
RECORDED = ("margin", "loss", "el2n", "true_logit")


class Stopped(RuntimeError):
    """SIGTERM or SIGINT came; the resume state was written."""


class Diverged(ValueError):
    """A loss is not finite."""


def train(
    block: Block, folder: Path, device: torch.device, job: str = "python -m hardness"
) -> Path:
    """Make sure that the block's outputs are in the store `folder`: find them, go on with them, or
    train. Returns the entry. Raises as _Training.run.
    """
    return store.obtain(block, folder, lambda entry: train_into(block, entry, device), job)


def train_into(block: Block, entry: Path, device: torch.device) -> None:
    """Train the block, from its resume state if there is one, and write its outputs into the
    store's entry.

    Raises as _Training.run; RuntimeError that says what to do where a GPU's memory is too small.
    """
    try:
        _Training(block, entry, device).run()
    except RuntimeError as error:  # torch has several kinds of them for this
        if "out of memory" not in str(error):
            raise
        recipe, why = block.recipe, ". ".join(str(error).split(". ")[:2])
        raise RuntimeError(
            f"{block.name}, seeds {block.seeds[0]} to {block.seeds[-1]}: out of memory on {_device_name(device)} with "
            f"members_per_job {recipe['members_per_job']} and batch_size {recipe['batch_size']} ({why}). Free the GPU "
            "(nvidia-smi shows who uses it), or take a larger one, or lower one of the two in the recipe: that gives "
            "other results"
        ) from error
    (entry / store.RESUME).unlink(missing_ok=True)


def choose_device(recipe: dict, gpus: int | None = None) -> torch.device:
    """The device of a job that was given `gpus` GPUs (None: outside Snakemake, take one if there is
    one).

    Raises RuntimeError if a GPU is demanded, by the recipe or by the profile, and there is none.
    """
    forced = os.environ.get("HARDNESS_DEVICE")
    if forced not in (None, "", "cpu", "cuda"):
        raise RuntimeError(f"HARDNESS_DEVICE is {forced!r}; expected cpu or cuda, or nothing")
    if forced == "cpu":
        return torch.device("cpu")
    if gpus or forced == "cuda" or (gpus is None and torch.cuda.is_available()):
        if not torch.cuda.is_available():
            raise RuntimeError(
                "this job was given a GPU, but torch sees none: check the driver and CUDA_VISIBLE_DEVICES, or set "
                "HARDNESS_DEVICE=cpu to compute on the CPU"
            )
        return torch.device("cuda")
    if recipe["device"] == "gpu":
        raise RuntimeError(
            "the recipe says `device: gpu`, and this job was given none: run with --workflow-profile "
            "profiles/workstation-gpu (or another profile that gives GPUs), or set HARDNESS_DEVICE=cpu (slow)"
        )
    return torch.device("cpu")


class _Training:
    """The state of a block in training: what the resume state holds, and the loop that advances
    it.
    """

    def __init__(self, block: Block, entry: Path, device: torch.device):
        recipe, data, draws = block.recipe, block.data, block.training_set
        self.block, self.entry, self.device = block, entry, device
        self.dtype = torch.float32
        torch.set_num_threads(recipe["threads"])
        torch.backends.cudnn.deterministic = True
        torch.backends.cudnn.allow_tf32 = False  # precision: float32 means it
        self.members, self.n, self.classes = len(block.seeds), len(draws.labels), data.classes
        self.batch, self.epochs = recipe["batch_size"], recipe["epochs"]
        self.steps = math.ceil(self.n / self.batch)
        images, rows = _rows(data.train_inputs, draws, block.seeds)
        augment = recipe["augment"]
        self.images = augmentation.bank(
            images, data.mean, data.std, augment["shift"], augment["pad"], device, self.dtype
        )
        self.rows = torch.from_numpy(rows).to(device)
        self.labels = torch.from_numpy(draws.labels).to(device)
        network = networks.build(
            **recipe["model"], seeds=block.seeds, shape=images.shape[1:], classes=data.classes
        )
        self.network = network.to(device, memory_format=torch.channels_last)
        self.autocast = (
            torch.autocast(device.type, torch.bfloat16)
            if recipe["precision"] == "bfloat16"
            else contextlib.nullcontext()
        )
        self.optimizer = Optimizer(recipe["optimizer"], list(self.network.parameters()))
        self.step = 0  # of all epochs' steps, those done
        self.lr = torch.zeros((), device=device)
        self.graph = None  # of a whole batch's step, on a GPU
        self.asked: list[int] = []  # the signals that asked to stop
        self.logits = torch.zeros(
            self.n, self.members, self.classes, device=device
        )  # of this epoch, in the order of its batches
        shape = (self.members, self.epochs, self.n) if block.record else (0,)
        self.record = {name: np.zeros(shape, dtype=np.float16) for name in RECORDED} | {
            "correct": np.zeros(shape, dtype=bool),
            "margin_sum": np.zeros(shape[::2], dtype=np.float32),
            "probe_el2n": np.zeros(shape[::2], dtype=np.float32),
        }

    def run(self) -> None:
        """Train to the end, write the outputs. Raises Stopped after SIGTERM or SIGINT, Diverged for
        a loss that is not finite.
        """
        self.resume()
        made_by = {"torch": torch.__version__, "device": _device_name(self.device)}
        store.note_origin(self.entry, self.block, going_on=self.step > 0, **made_by)
        torch.set_flush_denormal(
            True
        )  # numbers too small to matter would take a hundred times as long
        stops = (signal.SIGTERM, signal.SIGINT)  # a terminal's Ctrl-C reaches every job
        before = [
            signal.signal(number, lambda number, _: self.asked.append(number)) for number in stops
        ]
        saved = time.monotonic()
        try:
            drawn = None
            while self.step < self.epochs * self.steps:
                epoch, number = divmod(self.step, self.steps)
                if number == 0:
                    self.probe(epoch)
                if number == 0 or drawn is None:
                    order, *drawn = self.draw(epoch)
                self.train_step(number, *drawn)
                self.step += 1
                if number + 1 == self.steps:
                    self.finish_epoch(epoch, order, drawn[0])
                self.stop_if_asked()
                if time.monotonic() - saved > SAVE_EVERY:
                    self.save_state()
                    saved = time.monotonic()
            self.probe(self.epochs)
            self.write_outputs()
        finally:
            for number, handler in zip(stops, before, strict=True):
                signal.signal(number, handler)
            torch.set_flush_denormal(False)

    def stop_if_asked(self) -> None:
        """Save the state and raise Stopped, if a signal came. The state is whole between two steps,
        and while nothing but an evaluation is going on: that is done again.
        """
        if self.asked:
            self.save_state()
            raise Stopped(
                f"{self.block.name}: stopped by {signal.Signals(self.asked[0]).name} after step {self.step}, in epoch "
                f"{min(self.step // self.steps + 1, self.epochs)} of {self.epochs}; its state is written, the next run "
                "goes on there"
            )

    def draw(
        self, epoch: int
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor | None]:
        """The epoch's order (n, K), and in that order the labels, where the crops begin, and the
        flips, each (n, K).
        """
        augment = self.block.recipe["augment"]
        orders, crops, flips = [], [], []
        for seed in self.block.seeds:
            order = augmentation.draw_order(seed, epoch, self.n)
            crop, flip = augmentation.draw_views(seed, epoch, self.n, augment["shift"])
            orders.append(order), crops.append(crop[order]), flips.append(flip[order])
        order, crop, flip = (
            torch.from_numpy(np.stack(part, axis=1)).to(self.device)
            for part in (orders, crops, flips)
        )
        corners = augmentation.corners(self.images, self.rows.gather(0, order), crop)
        return order, self.labels[order], corners, flip if augment["flip"] else None

    def train_step(
        self, number: int, labels: torch.Tensor, corners: torch.Tensor, flip: torch.Tensor | None
    ) -> None:
        """The epoch's step `number` with its part of what was drawn."""
        recipe = self.block.recipe
        self.lr.fill_(
            learning_rate(
                recipe["schedule"],
                recipe["optimizer"]["lr"],
                self.step / (self.epochs * self.steps),
            )
        )
        here = slice(number * self.batch, (number + 1) * self.batch)
        inputs = [None if part is None else part[here] for part in (labels, corners, flip)]
        if self.device.type == "cuda" and len(inputs[0]) == self.batch:
            self.graph = self.graph or Graph(self.update, inputs, self.state())
            self.logits[here] = self.graph(*inputs)
        else:
            self.logits[here] = self.update(*inputs)

    def update(
        self, labels: torch.Tensor, corners: torch.Tensor, flip: torch.Tensor | None
    ) -> torch.Tensor:
        """One step on samples with `labels` (B, K), of views that begin at `corners` (B, K);
        returns their logits (B, K, classes) before it. Nothing in here waits for a GPU.
        """
        images = augmentation.views(self.images, corners, flip)
        with self.autocast:
            output = self.network(images)
        with torch.no_grad():
            logits = output.detach().float().view(len(labels), self.members, self.classes)
            output.backward(loss_gradient(logits, labels).view(output.shape).to(output.dtype))
            self.optimizer.step(self.lr)
        return logits

    def finish_epoch(self, epoch: int, order: torch.Tensor, labels: torch.Tensor) -> None:
        """Check and log the epoch's losses; write its dynamics, by the samples' index."""
        measured = measures(self.logits, labels)
        losses = measured["loss"]
        broken = torch.nonzero(~torch.isfinite(losses))
        if len(broken):
            place, member = broken[0].tolist()
            raise Diverged(
                f"{self.block.name}, seed {self.block.seeds[member]}: the loss is not finite in epoch {epoch + 1}, "
                f"step {place // self.batch + 1} of {self.steps}: lower the recipe's learning rate"
            )
        accuracy = measured["correct"].float().mean(0)
        print(
            f"epoch {epoch + 1}/{self.epochs}: training loss {losses.mean():.4f}, accuracy {accuracy.mean():.4f} "
            f"(members {accuracy.min():.4f} to {accuracy.max():.4f})",
            flush=True,
        )
        if not self.block.record:
            return
        place = torch.argsort(order, dim=0)
        for name, values in measured.items():
            values = values.gather(0, place).T.cpu().numpy()
            if name == "margin":
                self.record["margin_sum"] += values
            self.record[name][:, epoch] = self.half(values) if name in RECORDED else values

    def probe(self, epochs: int) -> None:
        """Record EL2N of the network as it is, if so many epochs are those of the probe."""
        if self.block.record and epochs == probe_epoch(self.block.recipe):
            logits = self.evaluate(self.images, np.arange(self.n))
            self.record["probe_el2n"][:] = (
                measures(logits, self.labels[:, None].expand(-1, self.members))["el2n"]
                .T.cpu()
                .numpy()
            )

    def half(self, values: np.ndarray) -> np.ndarray:
        """Values (K, ...) as float16. Raises Diverged where one is not finite, or too large for
        it.
        """
        with np.errstate(over="ignore"):
            half = values.astype(np.float16)
        broken = np.flatnonzero(~np.isfinite(half).reshape(len(half), -1).all(axis=1))
        if len(broken):
            raise Diverged(
                f"{self.block.name}, seed {self.block.seeds[broken[0]]}: a logit or loss is not finite, or beyond "
                f"{np.finfo(np.float16).max:.0f}, after step {self.step} of {self.epochs * self.steps}: lower the "
                "recipe's learning rate"
            )
        return half

    @torch.no_grad()
    def evaluate(self, images: augmentation.Bank, rows: np.ndarray) -> torch.Tensor:
        """Logits (n, K, classes) float32 of unaugmented images, in eval mode. Raises Stopped
        between two batches.
        """
        self.network.eval()
        size = max(1, EVALUATION_BATCH[self.device.type] // self.members)
        logits = []
        for chosen in torch.from_numpy(rows).to(self.device).split(size):
            self.stop_if_asked()
            with self.autocast:
                part = self.network(augmentation.plain(images, chosen, self.members))
            logits.append(part.float().view(len(chosen), self.members, self.classes))
        self.network.train()
        return torch.cat(logits)

    def write_outputs(self) -> None:
        block, seeds = self.block, np.array(self.block.seeds, dtype=np.int64)
        data = block.data
        test = augmentation.bank(
            data.test_inputs, data.mean, data.std, 0, "black", self.device, self.dtype
        )
        logits = self.evaluate(test, np.arange(len(data.test_inputs))).transpose(0, 1).cpu().numpy()
        stored, predicted = self.half(logits), logits.argmax(axis=2)
        if block.record:
            record = dict(self.record)
            aum = record.pop("margin_sum") / np.float32(self.epochs)
            artifacts.save_npz(self.entry / "dynamics.npz", seeds=seeds, aum=aum, **record)
            artifacts.save_npz(
                self.entry / "weights.npz",
                seeds=seeds,
                **{name: value.cpu().numpy() for name, value in self.network.state_dict().items()},
            )
        artifacts.save_npz(self.entry / "test.npz", seeds=seeds, logits=stored, predicted=predicted)
        accuracy = (predicted == data.test_labels).mean(axis=1)
        print(
            f"test accuracy {accuracy.mean():.4f} (members {accuracy.min():.4f} to {accuracy.max():.4f})",
            flush=True,
        )

    def state(self) -> dict[str, torch.Tensor]:
        """Every tensor that training changes, by name."""
        network = {f"network.{name}": value for name, value in self.network.state_dict().items()}
        optimizer = {
            f"{name}.{number}": value
            for name, values in self.optimizer.state.items()
            for number, value in enumerate(values)
        }
        return network | optimizer | {"logits": self.logits}

    def save_state(self) -> None:
        artifacts.save_npz(
            self.entry / store.RESUME,
            checksum=False,
            key=np.array(self.entry.name),
            step=np.array(self.step),
            **self.record,
            **{name: value.cpu().numpy() for name, value in self.state().items()},
        )

    def resume(self) -> None:
        """Take up the entry's resume state, if there is one. One that is damaged or another block's
        is not used, and training starts anew.
        """
        path, names = self.entry / store.RESUME, ("key", "step", *self.record, *self.state())
        try:
            saved = artifacts.load_npz(path, *names, checksum=False)
            if (key := str(saved["key"])) != self.entry.name:
                raise artifacts.Damaged(f"{path} is the state of another block (its key is {key})")
        except FileNotFoundError:
            return
        except artifacts.Damaged as error:
            print(f"{error}: training starts anew", flush=True)
            return
        self.step = int(saved.pop("step"))
        for name in self.record:
            self.record[name][:] = saved.pop(name)
        with torch.no_grad():
            for name, value in self.state().items():
                value.copy_(torch.from_numpy(saved[name]))
        print(f"going on after step {self.step} of {self.epochs * self.steps}", flush=True)


def loss_gradient(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The gradient of each member's mean cross entropy, (p - y) / B, of logits (B, K, classes) and
    labels (B, K): written down, it takes half as long as the way back through the loss.
    """
    p = logits.permute(1, 2, 0).softmax(
        1
    )  # (K, classes, B): torch is slow where the classes come last
    p.scatter_(1, labels.T[:, None], -1.0, reduce="add")
    return p.mul_(1 / len(labels)).permute(2, 0, 1)


@torch.no_grad()
def measures(logits: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
    """The dynamics' quantities of logits (n, K, classes) and labels (n, K): margin, loss, el2n,
    true_logit, correct, each (n, K).
    """
    true_logit = logits.gather(2, labels[..., None]).squeeze(2)
    others = logits.scatter(2, labels[..., None], -torch.inf).amax(2)
    log_p = F.log_softmax(logits, dim=2)
    error = log_p.exp().scatter_add(
        2, labels[..., None], torch.full_like(true_logit, -1)[..., None]
    )
    return {
        "margin": true_logit - others,
        "loss": -log_p.gather(2, labels[..., None]).squeeze(2),
        "el2n": error.norm(dim=2),
        "true_logit": true_logit,
        "correct": logits.argmax(2) == labels,
    }


def _rows(
    images: np.ndarray, draws: datasets.TrainingSet, seeds: list[int]
) -> tuple[np.ndarray, np.ndarray]:
    """All images that the members see, and the row of each place of each member's training set in
    them: (n, K).
    """
    used = sorted({seed % len(draws.source) for seed in seeds})
    synthetic = draws.source[used] < 0
    rows = draws.source[used].astype(np.int64)
    rows[synthetic] = len(images) + np.arange(synthetic.sum())  # draw by draw, in row order
    if synthetic.any():
        images = np.concatenate([images, draws.synthetic[used].reshape(-1, *images.shape[1:])])
    return images, np.stack([rows[used.index(seed % len(draws.source))] for seed in seeds], axis=1)


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
