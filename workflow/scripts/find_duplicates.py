"""Images that are in a data set more than once, training and test together: to the pixel, and
nearly if asked for.
"""

from common import job
from hardness.core import artifacts
from hardness.data import duplicates, provenance

with job("find_duplicates") as snakemake:
    data, known = provenance.load(snakemake.input[0])
    if snakemake.params.overlap:  # test samples are training samples: not looked at twice
        data = data._replace(test_inputs=data.test_inputs[:0], test_labels=data.test_labels[:0])
    columns = duplicates.find(data, snakemake.params.near, known.test_files)
    artifacts.save_csv(snakemake.output[0], columns)
    print(duplicates.described(columns))
