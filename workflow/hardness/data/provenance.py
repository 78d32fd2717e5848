"""Where the samples of a data set come from, beyond what training reads: the files of its test
samples, and the files that were left out. It is stored in data.npz beside the data.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hardness.core import artifacts
from hardness.data.datasets import Data
from hardness.data.leftout import LeftOut

NONE = np.empty(0, dtype=np.str_)


class Provenance(NamedTuple):
    """test_files: (n_test,) text, the test samples' files like Data.files, empty where they are
    unknown. left_out_reasons, _files, _names: (m,) text, of the files that were left out.
    """

    test_files: np.ndarray = NONE
    left_out_reasons: np.ndarray = NONE
    left_out_files: np.ndarray = NONE
    left_out_names: np.ndarray = NONE

    @property
    def left_out(self) -> list[LeftOut]:
        columns = self.left_out_reasons, self.left_out_files, self.left_out_names
        return [LeftOut(*map(str, row)) for row in zip(*columns, strict=True)]

    def of_test_rows(self, rows: np.ndarray) -> "Provenance":
        """The provenance where only these test samples are kept."""
        return self._replace(test_files=self.test_files[rows] if len(self.test_files) else NONE)


UNKNOWN = Provenance()


def of_files(test_files: Sequence[str], left_out: Sequence[LeftOut] = ()) -> Provenance:
    """The provenance of samples that are files, or places in one."""
    columns = [[one[column] for one in left_out] for column in range(len(LeftOut._fields))]
    return Provenance(*(np.array(texts, dtype=np.str_) for texts in (test_files, *columns)))


def save(path: Path | str, data: Data, provenance: Provenance) -> None:
    """Write data.npz, with its checksum."""
    artifacts.save_npz(path, **data._asdict(), **provenance._asdict())


def load(path: Path | str) -> tuple[Data, Provenance]:
    """Read data.npz: the data and their provenance. Raises as artifacts.load_npz."""
    held = artifacts.load_npz(path, *Data._fields, *Provenance._fields)
    return (
        Data(*(held[name] for name in Data._fields)),
        Provenance(*(held[name] for name in Provenance._fields)),
    )


def load_base(path: Path | str) -> tuple[Data, Provenance]:
    """Read data.npz to make another data set from it: the left-out files stay with the base."""
    data, known = load(path)
    return data, Provenance(test_files=known.test_files)
