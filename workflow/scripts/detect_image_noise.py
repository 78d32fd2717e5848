"""Measure how well every estimator finds the images that were spoiled."""

from common import job
from hardness.analysis import image_noise
from hardness.core import artifacts
from hardness.data import imagenoise
from hardness.scoring import estimation

with job("detect_image_noise") as snakemake:
    params = snakemake.params
    scores = estimation.load_all(snakemake.input.hardness, params.estimators)
    samples = next(iter(scores.values())).samples
    what = imagenoise.kinds(samples, params.source["rate"], params.source["seed"])
    artifacts.save_csv(snakemake.output[0], image_noise.detection(scores, what, params.members))
