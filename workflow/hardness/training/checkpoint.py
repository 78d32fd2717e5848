"""The resume state of a block in training, and the signals that ask it to stop.

The state of each part is saved under the part's name. A state is complete between two steps. A
damaged state, or that of another block, is not used.
"""

import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Protocol

import numpy as np
import torch

from hardness.core import artifacts
from hardness.core.errors import HardnessError

STOPS = (signal.SIGTERM, signal.SIGINT)  # a terminal's Ctrl-C reaches every job


class StoppedError(HardnessError):
    """SIGTERM or SIGINT arrived; the resume state was written."""


class Stateful(Protocol):
    """Something with a state that training changes (see protocols.Part)."""

    def state(self) -> Mapping[str, torch.Tensor | np.ndarray]: ...

    def load_state(self, saved: Mapping[str, np.ndarray]) -> None: ...


class Tensors:
    """The state of something that is no part of the recipe. state: returns its tensors by name."""

    def __init__(self, state: Callable[[], Mapping[str, torch.Tensor]]) -> None:
        self.state = state

    def load_state(self, saved: Mapping[str, np.ndarray]) -> None:
        with torch.no_grad():
            for name, value in self.state().items():
                value.copy_(torch.from_numpy(saved[name]))


class Signals:
    """A context in which the signals that ask to stop are noted, and do not end the process."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __enter__(self) -> "Signals":
        self._before = [signal.signal(number, self._note) for number in STOPS]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in zip(STOPS, self._before, strict=True):
            signal.signal(number, handler)

    def _note(self, number: int, _: object) -> None:
        self.asked.append(number)

    @property
    def first(self) -> str:
        """The name of the signal that came first."""
        return signal.Signals(self.asked[0]).name


def save(path: Path, key: str, step: int, parts: Mapping[str, Stateful]) -> None:
    """Write the state of all parts to `path`. key: the block's; step: the steps that are done."""
    arrays = {
        f"{part}.{name}": value if isinstance(value, np.ndarray) else value.cpu().numpy()
        for part, held in parts.items()
        for name, value in held.state().items()
    }
    artifacts.save_npz(path, checksum=False, key=np.array(key), step=np.array(step), **arrays)


def load(path: Path, key: str, parts: Mapping[str, Stateful]) -> int:
    """Load the saved state into all parts, if there is one that can be used. Returns the steps that
    are done, 0 without a state.
    """
    names = [f"{part}.{name}" for part, held in parts.items() for name in held.state()]
    try:
        saved = artifacts.load_npz(path, "key", "step", *names, checksum=False)
        if (other := str(saved["key"])) != key:
            raise artifacts.DamagedError(
                f"{path} is the state of another block (its key is {other})"
            )
    except FileNotFoundError:
        return 0
    except artifacts.DamagedError as error:
        print(f"{error}: training starts again from its beginning", flush=True)
        return 0
    for part, held in parts.items():
        held.load_state({name: saved[f"{part}.{name}"] for name in held.state()})
    return int(saved["step"])
