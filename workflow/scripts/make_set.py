"""Make one training set by its specification, from the samples' hardness."""

from common import job
from hardness.data import datasets
from hardness.scoring import estimation
from hardness.sets import allocation, pruning, resampling
from hardness.sets.spec import Resampled, from_columns

with job("make_set") as snakemake:
    data, spec = datasets.load(snakemake.input.data), from_columns(snakemake.params.spec)
    labels, shape = data.train_labels, data.train_images.shape[1:]
    order = None
    if spec.estimator:
        scores = estimation.load(snakemake.input.hardness, spec.estimator)
        order = estimation.ranking(scores, spec.members)
    if isinstance(spec, Resampled):
        sizes = allocation.sizes_of(
            scores, labels, data.class_names, spec.members, spec.alpha, spec.rho
        ).sizes
        made = resampling.resample(
            data.train_images, labels, order, sizes, spec.over, spec.under, spec.draws
        )
    else:
        made = pruning.prune(labels, order, spec.level, spec.rate, spec.draws, shape)
    datasets.save_set(snakemake.output[0], made)
    size, draws, synthetic = len(made.labels), len(made.source), made.images.shape[1]
    print(f"{size} samples in {draws} draw(s), {synthetic} of them synthetic")
