"""Train one block of members, or find it in the store."""

from pathlib import Path

from blocks import device
from common import job
from hardness.data import datasets
from hardness.training import store

with job("train_members") as snakemake:
    wildcards, recipe = snakemake.wildcards, snakemake.params.recipe
    block = store.Block(
        data=datasets.load(snakemake.input.data),
        training_set=datasets.load_set(snakemake.input.set),
        recipe=recipe,
        seeds=snakemake.params.seeds,
        observe=tuple(snakemake.params.observe),
        name=f"{wildcards.dataset}, {snakemake.params.set}, {wildcards.recipe}",
    )

    who = f"{block.name}, block {wildcards.block}"

    def train(entry: Path) -> None:
        trained_on = device(snakemake, recipe, who)
        from hardness.training import loop  # imports torch, which is slow: only if it trains

        loop.train_into(block, entry, trained_on)

    store.obtain(block, Path("results/.store"), train, who, target=Path(snakemake.output[0]).parent)
