"""Make one training set by its specification, from the samples' hardness."""

from common import job
from hardness.data import datasets
from hardness.scoring import estimation
from hardness.sets import allocation, pruning, resampling

with job("make_set") as snakemake:
    data, spec = datasets.load(snakemake.input.data), snakemake.params.spec
    labels, shape = data.train_labels, data.train_images.shape[1:]
    order = None
    if "estimator" in spec:
        scores = estimation.load(snakemake.input.hardness, spec["estimator"])
        order = estimation.ranking(scores, spec["members"])
    if spec["kind"] == "resample":
        alpha, rho = spec.get("alpha"), spec.get("rho")
        sizes = allocation.sizes_of(
            scores, labels, data.class_names, spec["members"], alpha, rho
        ).sizes
        made = resampling.resample(
            data.train_images,
            labels,
            data.class_names,
            order,
            sizes,
            spec["over"],
            spec["under"],
            spec["draws"],
        )
    else:
        made = pruning.prune(labels, order, spec["level"], spec["rate"], spec["draws"], shape)
    datasets.save_set(snakemake.output[0], made)
    print(
        f"{len(made.labels)} samples in {len(made.source)} draw(s), {made.images.shape[1]} of them synthetic"
    )
