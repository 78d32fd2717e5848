"""A training set of the study, for PyTorch's DataLoader in a training loop of your own. Only numpy
is imported.
"""

from pathlib import Path
from typing import Any

from hardness.core import artifacts
from hardness.core.draws import draw_of


class TrainingSet:
    """The samples of your data set that a training set of the study holds, with its repetitions.

        smaller = TrainingSet("results/my-digits/sets/prune-dlp-30.npz", dataset)
        loader = DataLoader(smaller, batch_size=64, shuffle=True)

    path: sets/{set}.npz. dataset: anything whose samples are found by their places, in the order
    that was recorded. member: the number of the network: where the set has several draws, members
    take them in turn. Raises ValueError if the set names a sample that the data set lacks, or holds
    synthetic ones; as artifacts.load_npz for damaged files.

    >>> import tempfile
    >>> import numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     artifacts.save_npz(f"{folder}/set.npz", source=np.array([[3, 1]], dtype=np.int32))
    ...     list(TrainingSet(f"{folder}/set.npz", ["a", "b", "c", "d"]))
    ['d', 'b']
    """

    def __init__(self, path: Path | str, dataset: Any, member: int = 0) -> None:
        source = artifacts.load_npz(path, "source")["source"]
        self.dataset, self.source = dataset, source[draw_of(member, len(source))]
        if self.source.min() < 0:
            raise ValueError(
                f"{path} holds synthetic samples, which are not in the data set; expected a set "
                "that only selects samples: random, hard, easy, pruned"
            )
        if self.source.max() >= len(dataset):
            raise ValueError(
                f"{path} names sample {self.source.max()}, but the data set has {len(dataset)} "
                "samples; expected the data set that was recorded"
            )

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, index: Any) -> Any:
        return self.dataset[int(self.source[index])]
