"""Cluster the histories of all samples: the change of their feature from epoch to epoch, mean over
the members.
"""

from common import job
from hardness.analysis import histories
from hardness.core import artifacts
from hardness.scoring import sources

with job("cluster_histories") as snakemake:
    files, members = snakemake.input, snakemake.params.members
    changes = sources.load("features", [*files.features, files.data], ("changes",)).changes[
        :members
    ]
    mean = changes.mean(axis=0, dtype="float64").T
    table = histories.clusters(mean)
    artifacts.save_csv(snakemake.output.clusters, table)
    counts = {reading: histories.best(table, reading) for reading in histories.READINGS}
    artifacts.save_csv(snakemake.output.histories, histories.by_cluster(mean, counts))
