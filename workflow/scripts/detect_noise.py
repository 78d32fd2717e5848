"""How well every estimator finds the labels that were flipped, by the number of members."""

from common import job
from hardness.analysis import label_noise
from hardness.core import artifacts
from hardness.data import datasets
from hardness.scoring import estimation

with job("detect_noise") as snakemake:
    names, members = snakemake.params.estimators, snakemake.params.members
    scores = {
        name: estimation.load(path, name)
        for name, path in zip(names, snakemake.input.hardness, strict=True)
    }
    scores = {name: score.first(members) for name, score in scores.items()}
    flipped = label_noise.flips(datasets.load(snakemake.input.data))
    artifacts.save_csv(
        snakemake.output[0], label_noise.detection(scores, flipped, label_noise.sizes(members))
    )
