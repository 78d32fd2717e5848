"""The composition of training sets: how many samples of each class they keep, drop and add."""

import numpy as np

from hardness.data.datasets import Data, TrainingSet
from hardness.sets.oversamplers import smote
from hardness.sets.spec import COLUMNS, SetSpec


def sizes_table(
    data: Data, sets: dict[str, TrainingSet], specs: dict[str, SetSpec]
) -> dict[str, list]:
    """Columns of sets/sizes.csv: one row per training set and class, with the set's specification.

    n: samples of the class in the data set; size: in the training set; removed: rows of the data
    set that draw 0 does not hold; added: repetitions of rows, and synthetic inputs; neighbors: how
    many neighbours SMOTE chose from, where it added to the class.
    """
    columns: dict[str, list] = {
        name: []
        for name in (
            "set",
            *COLUMNS,
            "class",
            "name",
            "n",
            "size",
            "removed",
            "added",
            "neighbors",
        )
    }
    counts = np.bincount(data.train_labels, minlength=data.classes)
    for name, made in sets.items():
        kept = np.bincount(
            data.train_labels[np.unique(made.source[0][made.source[0] >= 0])],
            minlength=data.classes,
        )
        size = np.bincount(made.labels_of(0), minlength=data.classes)
        spec = specs[name].columns()
        for c in range(data.classes):
            row = [
                name,
                *(spec.get(key) for key in COLUMNS),
                c,
                data.class_names[c],
                counts[c],
                size[c],
                counts[c] - kept[c],
                size[c] - kept[c],
                smote.neighbors(counts[c])
                if spec.get("over") == "smote" and size[c] > kept[c]
                else None,
            ]
            for column, value in zip(columns.values(), row, strict=True):
                column.append(value)
    return columns
