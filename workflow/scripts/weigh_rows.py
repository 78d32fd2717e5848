"""Compute how each method changes the imbalance of classes and sub-classes: the ratios of their
total weights at the end of training.
"""

from common import job
from hardness.analysis import readings, rebalancing
from hardness.core import artifacts
from hardness.core.draws import draw_of
from hardness.data import datasets
from hardness.training import members, weighting

WEIGHTS = ("set", "recipe", "seed", "level", "group", "rows", "share")
RATIOS = ("set", "recipe", "level", "seed", "ratio")

with job("weigh_rows") as snakemake:
    params, files = snakemake.params, snakemake.input
    data, passed = datasets.load(files.data), list(files.passed)
    classes = readings.classes_of(data)
    sets = dict(zip(params.sets, map(datasets.load_set, files.sets), strict=True))
    weights, ratios = [], []
    for one in params.ensembles:
        recipe, seeds, sums = params.recipes[one["recipe"]], range(one["members"]), {}
        if weighting.reads_passes(recipe):
            blocks, passed = passed[: one["blocks"]], passed[one["blocks"] :]
            for name in weighting.sums_of(recipe):
                _, sums[name] = readings.joined(blocks, name, one["members"])
        training_set, key = sets[one["set"]], (one["set"], one["recipe"])
        labels = members.labels(training_set, seeds)
        of_rows = weighting.of_rows(recipe, labels, data.classes, sums)
        for seed in seeds:
            drawn = training_set.source[draw_of(seed, len(training_set.source))]
            shares = rebalancing.shares(of_rows[seed], classes.take(drawn))
            weights += [(*key, seed, *share) for share in shares]
            ratios += [(*key, level, seed, r) for level, r in rebalancing.ratios(shares).items()]
    for name, rows, columns in (("weights", weights, WEIGHTS), ("ratios", ratios, RATIOS)):
        found = dict(zip(columns, zip(*rows, strict=True), strict=True))
        artifacts.save_csv(getattr(snakemake.output, name), found)
