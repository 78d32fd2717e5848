"""Train one block of members, or find it in the store."""

from pathlib import Path

from common import job

with job("train_members") as snakemake:
    from hardness import datasets, store, training

    wildcards, recipe = snakemake.wildcards, snakemake.params.recipe
    block = training.Block(
        data=datasets.load(snakemake.input.data),
        training_set=datasets.load_set(snakemake.input.set),
        recipe=recipe,
        seeds=snakemake.params.seeds,
        record=len(snakemake.output) > 1,
        name=f"{wildcards.dataset}, {getattr(wildcards, 'set', 'full')}, {wildcards.recipe}",
    )
    device = training.choose_device(recipe, snakemake.resources.get("gpu"))
    entry = training.train(block, Path("results/.store"), device, job=f"{block.name}, block {wildcards.block}")
    store.link(entry, block.outputs, Path(snakemake.output[0]).parent)
