"""Find samples that occur more than once in a data set, training and test part together: equal
ones, and nearly equal ones if asked for.
"""

from common import job
from hardness.core import artifacts
from hardness.data import duplicates, provenance

with job("find_duplicates") as snakemake:
    data, known = provenance.load(snakemake.input[0])
    if snakemake.params.overlap:  # test samples are training samples: each must count once
        data = data._replace(test_inputs=data.test_inputs[:0], test_labels=data.test_labels[:0])
    columns = duplicates.find(data, snakemake.params.near, known.test_files)
    artifacts.save_csv(snakemake.output[0], columns)
    print(duplicates.described(columns))
