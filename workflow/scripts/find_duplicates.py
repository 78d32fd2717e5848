"""Images that are in a data set more than once, training and test together: to the pixel, and
nearly if asked for.
"""

from common import job
from hardness.core import artifacts
from hardness.data import datasets, duplicates

with job("find_duplicates") as snakemake:
    columns = duplicates.find(datasets.load(snakemake.input[0]), snakemake.params.near)
    artifacts.save_csv(snakemake.output[0], columns)
    print(f"{len(columns['group'])} images in {len(set(columns['group']))} groups")
