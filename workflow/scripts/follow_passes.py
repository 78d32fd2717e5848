"""Describe from passes how each training set is learned: unlearning, epochs, difficulty vectors."""

from common import job
from hardness.analysis import passes, readings
from hardness.core import artifacts
from hardness.core.draws import draw_of
from hardness.core.tables import stacked
from hardness.data import datasets
from hardness.scoring import sources

with job("follow_passes") as snakemake:
    params, files = snakemake.params, snakemake.input
    every = readings.classes_of(datasets.load(files.data))
    sets = dict(zip(params.sets, map(datasets.load_set, files.sets), strict=True))
    passed, tables = list(files.passed), {"unlearning": {}, "epochs": {}, "vectors": {}}
    for one in params.ensembles:
        blocks, passed = passed[: one["blocks"]], passed[one["blocks"] :]
        seen = sources.load_pass(blocks, ["loss", "correct"])
        source = sets[one["set"]].source
        rows = [source[draw_of(int(seed), len(source))] for seed in seen.seeds]
        classes, key = [every.take(own) for own in rows], (one["set"], one["recipe"])
        tables["unlearning"][key] = passes.unlearning(seen.seeds, seen.loss, classes)
        tables["epochs"][key] = passes.epochs(seen.seeds, seen.loss, seen.correct, classes)
        tables["vectors"][key] = passes.vectors(0, seen.loss[0], rows[0], classes[0])
    for name, parts in tables.items():
        artifacts.save_csv(getattr(snakemake.output, name), stacked(parts, ["set", "recipe"]))
