"""Make one training set by its specification, from the samples' hardness."""

from common import job
from hardness.data import datasets
from hardness.scoring import estimation
from hardness.scoring.scores import ranking
from hardness.sets import allocation, folds, pruning, resampling
from hardness.sets.spec import Folds, Pruned, Resampled, from_columns

with job("make_set") as snakemake:
    data, spec = datasets.load(snakemake.input.data), from_columns(snakemake.params.spec)
    labels, shape = data.train_labels, data.train_inputs.shape[1:]
    order = None
    if isinstance(spec, Pruned | Resampled) and spec.estimator:
        scores = estimation.load(snakemake.input.hardness, spec.estimator)
        order = ranking(scores, spec.members)
    if isinstance(spec, Resampled):
        policy = allocation.policy_of(spec)
        sizes = allocation.sizes_of(scores, labels, data.class_names, spec.members, policy).sizes
        made = resampling.resample(
            data.train_inputs,
            labels,
            data.class_names,
            order,
            sizes,
            spec.over,
            spec.under,
            spec.draws,
        )
    elif isinstance(spec, Folds):
        made = folds.training_sets(data.train_inputs, labels, spec.k, data.class_names)
    else:
        made = pruning.prune(labels, order, spec.level, spec.rate, spec.draws, shape)
    datasets.save_set(snakemake.output[0], made)
    draws, size, synthetic = *made.source.shape, made.synthetic.shape[1]
    print(f"{size} samples in {draws} draw(s), {synthetic} of them synthetic")
