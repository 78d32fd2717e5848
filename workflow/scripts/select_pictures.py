"""Make small pictures of the samples that the report and the gallery by class show."""

import numpy as np

from common import job
from hardness.core import artifacts
from hardness.data import datasets
from hardness.evidence import pictures
from hardness.scoring import estimation
from hardness.scoring.scores import ranking

with job("select_pictures") as snakemake:
    files, params = snakemake.input, snakemake.params
    data = datasets.load(files.data)
    order = ranking(estimation.load(files.hardness, params.estimator), params.members)
    variability = artifacts.load_csv(files.map)["variability"]
    count = pictures.per_class(data.classes)
    chosen = pictures.of_classes(order, variability, data.train_labels, count)
    listed = pictures.of_rows([artifacts.load_csv(path) for path in files.lists])
    samples = [("train", index) for index in chosen["index"]] + listed
    inputs = {"train": data.train_inputs, "test": data.test_inputs}
    artifacts.save_npz(
        snakemake.output[0],
        kind=np.array([*chosen["kind"], *("listed" for _ in listed)], dtype=np.str_),
        part=np.array([part for part, _ in samples], dtype=np.str_),
        index=np.array([index for _, index in samples]),
        images=np.stack([pictures.small(inputs[part][index]) for part, index in samples]),
    )
