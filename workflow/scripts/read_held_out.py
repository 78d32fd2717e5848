"""Read what recorded networks predicted for samples that they did not train on."""

from common import job
from hardness.core import artifacts
from hardness.data import recordings

with job("read_held_out") as snakemake:
    source = snakemake.params.source
    found = recordings.load(source["path"], source["members"])
    p = recordings.predicted_held_out(found)
    artifacts.save_npz(snakemake.output[0], **recordings.as_predictions(p))
    print(f"{len(p)} predictions of each sample")
