"""Measure how many test samples nearest neighbors classify correctly: among the features of
networks that learned without labels, among those of the same networks before training, and among
pixels.
"""

from blocks import device
from common import job
from hardness.analysis import representation
from hardness.analysis.representation import Space
from hardness.core import artifacts
from hardness.data import datasets, spaces
from hardness.training import store

with job("measure_representation") as snakemake:
    files, params = snakemake.input, snakemake.params
    data = datasets.load(files.data)
    block = store.Block(
        data=data,
        training_set=datasets.load_set(files.set),
        recipe=params.recipe,
        seeds=params.seeds,
        observe=(),
        name=f"{snakemake.wildcards.dataset}, untrained",
    )
    found_on = device(snakemake, params.recipe, block.name)
    from hardness.training import untrained

    pixels = spaces.pixels(data)
    before = zip(params.seeds, *untrained.features(block, found_on), strict=True)
    found = [Space("pixels", None, pixels.train, pixels.test)]
    found += [Space("untrained", *one) for one in before]
    found += representation.trained(files.features, files.test)
    artifacts.save_csv(snakemake.output[0], representation.table(found, data))
