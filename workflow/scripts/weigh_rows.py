"""What each method makes of the imbalance of classes and sub-classes: the ratios of their total
weights at the end of the training.
"""

from common import job
from hardness.analysis import passes, readings
from hardness.core import artifacts
from hardness.core.draws import draw_of
from hardness.data import datasets
from hardness.training import members, weighting

with job("weigh_rows") as snakemake:
    params, files = snakemake.params, snakemake.input
    data, passed = datasets.load(files.data), list(files.passed)
    classes = readings.classes_of(data)
    sets = dict(zip(params.sets, map(datasets.load_set, files.sets), strict=True))
    rows = []
    for one in params.ensembles:
        recipe, seeds, sums = params.recipes[one["recipe"]], range(one["members"]), {}
        if weighting.reads_passes(recipe):
            blocks, passed = passed[: one["blocks"]], passed[one["blocks"] :]
            for name in weighting.sums_of(recipe):
                _, sums[name] = readings.joined(blocks, name, one["members"])
        training_set = sets[one["set"]]
        labels = members.labels(training_set, seeds)
        weights = weighting.of_rows(recipe, labels, data.classes, sums)
        for seed in seeds:
            drawn = training_set.source[draw_of(seed, len(training_set.source))]
            found = passes.ratios(weights[seed], classes.take(drawn))
            rows += [(one["set"], one["recipe"], level, seed, found[level]) for level in found]
    names = ("set", "recipe", "level", "seed", "ratio")
    artifacts.save_csv(snakemake.output[0], dict(zip(names, zip(*rows), strict=True)))
