"""The usual training loop of today: one network, a DataLoader of PIL images, a Python loop over
samples for the scores.

It is the reference of training.py. It is not made slower than it has to be, and the study does not
use it.
"""

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from hardness.training import networks
from hardness.training.loop import learning_rate

SCORES = ("margin", "loss", "el2n", "true_logit", "correct")


class Images(Dataset):
    """Transformed images, their labels and their numbers."""

    def __init__(self, images: np.ndarray, labels: np.ndarray, transform):
        self.images, self.labels, self.transform = images, labels.tolist(), transform

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        image = self.images[i]
        image = Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)
        return self.transform(image), self.labels[i], i


def train(
    data, recipe: dict, scores: bool = True, seed: int = 0, workers: int = 2
) -> Iterator[dict[str, list]]:
    """Train one network by a recipe (float32, crops padded with black); yields the scores after
    each epoch.

    They are lists: scores[name][i] holds sample i's values, one per epoch; none is added if
    `scores` is false.
    """
    height, width, _ = data.train_inputs.shape[1:]
    augment = recipe["augment"]
    steps = (
        [transforms.RandomCrop((height, width), padding=augment["shift"])]
        if augment["shift"]
        else []
    )
    steps += [transforms.RandomHorizontalFlip()] if augment["flip"] else []
    steps += [transforms.ToTensor(), transforms.Normalize(data.mean.tolist(), data.std.tolist())]
    dataset = Images(data.train_inputs, data.train_labels, transforms.Compose(steps))
    loader = DataLoader(
        dataset,
        recipe["batch_size"],
        shuffle=True,
        num_workers=workers,
        persistent_workers=workers > 0,
    )

    network = networks.build(
        **recipe["model"],
        seeds=[seed],
        shape=data.train_inputs.shape[1:],
        classes=data.classes,
        head=recipe["head"],
    )
    settings = {key: value for key, value in recipe["optimizer"].items() if key != "name"}
    make = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[recipe["optimizer"]["name"]]
    optimizer = make(network.parameters(), **settings)
    total = recipe["epochs"] * len(loader)
    scheduler = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: learning_rate(recipe["schedule"], 1.0, step / total)
    )

    found = {name: [[] for _ in range(len(dataset))] for name in SCORES}
    for _ in range(recipe["epochs"]):
        for images, labels, numbers in loader:
            logits = network(images).squeeze(1)
            loss = F.cross_entropy(logits, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
            if scores:
                add_scores(found, logits.detach(), labels, numbers)
        yield found


def add_scores(
    found: dict[str, list], logits: torch.Tensor, labels: torch.Tensor, numbers: torch.Tensor
) -> None:
    """Append the scores of a batch, sample by sample. logits: (B, k); labels, numbers: (B,)."""
    log_p = F.log_softmax(logits, dim=1).numpy()
    for z, log_q, y, i in zip(
        logits.numpy(), log_p, labels.tolist(), numbers.tolist(), strict=True
    ):
        error = np.exp(log_q)
        error[y] -= 1
        found["margin"][i].append(float(z[y] - np.delete(z, y).max()))
        found["loss"][i].append(float(-log_q[y]))
        found["el2n"][i].append(float(np.linalg.norm(error)))
        found["true_logit"][i].append(float(z[y]))
        found["correct"][i].append(bool(z.argmax() == y))
