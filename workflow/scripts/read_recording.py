"""Read what was recorded of networks on the samples that they trained on: dynamics, and predictions
in the last epoch.
"""

from common import job
from hardness.core import artifacts
from hardness.data import recordings

with job("read_recording") as snakemake:
    source = snakemake.params.source
    found = recordings.load(source["path"], source["members"])
    dynamics = recordings.dynamics(found, source["missing"])
    artifacts.save_npz(snakemake.output.dynamics, **dynamics)
    predictions = recordings.as_predictions(recordings.predicted(found))
    artifacts.save_npz(snakemake.output.predictions, **predictions)
    print(f"{len(found.records)} networks, {len(found.labels)} samples")
