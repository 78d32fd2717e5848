"""List the samples that are worth a look, the most suspicious first, each with the reason."""

from common import job
from hardness.analysis import held_out, review
from hardness.core import artifacts
from hardness.data import datasets, leftout, provenance

UNREADABLE = (leftout.EMPTY, leftout.UNREADABLE, leftout.TOO_LARGE)

with job("review_samples") as snakemake:
    files = snakemake.input
    data, known = provenance.load(files.data)
    scores = artifacts.load_csv(files.scores)
    aum = scores.get("aum_rank")
    if files.predictions:
        source = datasets.load_set(files.set).source if files.set else None
        judged = held_out.load(data, source, files.predictions, files.test, known.test_files)
        parts = {one.part: one for one in judged}
        orders = {name: review.ordered(one.self_confidence) for name, one in parts.items()}
        orders["train"] = review.ordered(parts["train"].self_confidence, aum)
        duplicates = artifacts.load_csv(files.duplicates[0]) if files.duplicates else None
        left_out = [(one.file, one.name) for one in known.left_out if one.reason in UNREADABLE]
        columns = review.table(parts, orders, duplicates, data.class_names, left_out)
    else:
        columns = review.in_sample(data, aum)
    columns = review.with_scores(columns, scores, snakemake.params.estimators)
    artifacts.save_csv(snakemake.output[0], columns)
    print(f"{len(columns['rank'])} samples are worth a look")
