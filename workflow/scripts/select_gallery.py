"""Select the images of the gallery: the hardest and the easiest."""

import numpy as np

from common import job
from hardness.core import artifacts
from hardness.data import datasets
from hardness.scoring import estimation
from hardness.scoring.scores import ranking

SHOWN = 30  # of each kind, as in the paper's Figure 6

with job("select_gallery") as snakemake:
    data = datasets.load(snakemake.input.data)
    scores = estimation.load(snakemake.input.hardness, snakemake.params.estimator)
    order = ranking(scores, snakemake.params.members)
    index = np.stack([order[::-1][:SHOWN], order[:SHOWN]])
    artifacts.save_npz(snakemake.output[0], images=data.train_inputs[index], index=index)
