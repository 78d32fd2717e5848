"""Collect, for every sample, the predictions of members that did not train on it, and compute their
accuracy on each class.
"""

from common import job
from hardness.analysis import held_out
from hardness.core import artifacts
from hardness.data import datasets, provenance

with job("judge_out_of_fold") as snakemake:
    files, made = snakemake.input, snakemake.output
    data, known = provenance.load(files.data)
    source = datasets.load_set(files.set).source if files.set else None
    names = data.class_names
    parts = held_out.load(data, source, files.predictions, files.test, known.test_files)
    classes = held_out.classes(parts, names)
    artifacts.save_csv(made.samples, held_out.samples(parts, names))
    artifacts.save_csv(made.confusion, held_out.confusion_table(parts, names))
    artifacts.save_csv(made.classes, classes)
    print(*held_out.weaknesses(classes), sep="\n")
