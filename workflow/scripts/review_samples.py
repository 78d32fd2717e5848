"""The samples that are worth a look, most suspicious first, each with the reason."""

from common import job
from hardness.analysis import held_out, review
from hardness.core import artifacts
from hardness.data import datasets
from hardness.scoring import estimation
from hardness.scoring.ranks import ranks
from hardness.scoring.scores import ranking

with job("review_samples") as snakemake:
    files, data = snakemake.input, datasets.load(snakemake.input.data)
    source = datasets.load_set(files.set).source
    parts = {one.part: one for one in held_out.load(data, source, files.predictions, files.test)}
    orders = {name: review.ordered(one.self_confidence) for name, one in parts.items()}
    if files.aum:
        scores = estimation.load(files.aum[0], "aum")
        aum = ranks(ranking(scores, snakemake.params.members))
        orders["train"] = review.ordered(parts["train"].self_confidence, aum)
    duplicates = artifacts.load_csv(files.duplicates)
    columns = review.table(parts, orders, duplicates, data.class_names)
    artifacts.save_csv(snakemake.output[0], columns)
    print(f"{len(columns['rank'])} samples are worth a look")
