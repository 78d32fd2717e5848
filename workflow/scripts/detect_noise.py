"""How well every estimator finds the labels that were flipped, by the number of members."""

from common import job
from hardness import artifacts, datasets, estimators, noise

with job("detect_noise") as snakemake:
    names, members = snakemake.params.estimators, snakemake.params.members
    scores = {
        name: estimators.load(path, name)
        for name, path in zip(names, snakemake.input.hardness, strict=True)
    }
    scores = {name: score.first(members) for name, score in scores.items()}
    flipped = noise.flips(datasets.load(snakemake.input.data))
    artifacts.save_csv(snakemake.output[0], noise.detection(scores, flipped, noise.sizes(members)))
