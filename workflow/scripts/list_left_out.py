"""Count the files of a folder of images that are left out, by reason."""

from common import job
from hardness.core import artifacts
from hardness.data import leftout, provenance

with job("list_left_out") as snakemake:
    _, known = provenance.load(snakemake.input[0])
    artifacts.save_csv(snakemake.output[0], leftout.table(known.left_out))
