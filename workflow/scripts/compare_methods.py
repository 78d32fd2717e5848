"""Compute the accuracy of every method of re-balancing, by group of test samples, for each member
and over the members, and its gain over the base recipe.
"""

from common import job
from hardness.analysis import readings, rebalancing
from hardness.analysis.rebalancing import ADJUSTED, LOGITS, Method
from hardness.core import artifacts
from hardness.data import datasets

with job("compare_methods") as snakemake:
    params, files = snakemake.params, snakemake.input
    data = datasets.load(files.data)
    trials = {
        name: readings.trial(data, datasets.load_set(path), is_split)
        for (name, is_split), path in zip(params.sets.items(), files.sets, strict=True)
    }
    accuracies, left = {}, {"predicted": list(files.predicted), "tde": list(files.tde)}

    def take(kind, count):
        taken, left[kind] = left[kind][:count], left[kind][count:]
        return taken

    for one in params.ensembles:
        trial, members = trials[one["set"]], one["members"]
        blocks = take("predicted", one["blocks"])
        found = {LOGITS: readings.correct(blocks, members, trial)}
        if one["is_plain"]:
            found[ADJUSTED] = readings.adjusted(blocks, members, trial)
        if one["has_tde"]:
            found |= readings.direct_effects(take("tde", one["blocks"]), members, trial)
        for reading, correct in found.items():
            method = Method(one["set"], one["recipe"], reading)
            accuracies[method] = rebalancing.accuracy(correct, trial.groups)
    bases = {(one["set"], one["recipe"]): one["base"] for one in params.ensembles}
    designs = {name: trial.design for name, trial in trials.items()}
    artifacts.save_csv(snakemake.output.members, rebalancing.members(accuracies, bases))
    artifacts.save_csv(snakemake.output.methods, rebalancing.methods(accuracies, bases, designs))
