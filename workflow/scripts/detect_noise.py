"""Measure how well every estimator finds the flipped labels, by the number of members."""

from common import job
from hardness.analysis import label_noise
from hardness.core import artifacts
from hardness.data import datasets
from hardness.scoring import estimation

with job("detect_noise") as snakemake:
    members = snakemake.params.members
    every = estimation.load_all(snakemake.input.hardness, snakemake.params.estimators)
    scores = {name: score.first(members) for name, score in every.items()}
    flipped = label_noise.flips(datasets.load(snakemake.input.data))
    columns = label_noise.detection(scores, flipped, label_noise.sizes(members))
    artifacts.save_csv(snakemake.output[0], columns)
