"""What resampling changes, and how well that is known: tests, intervals and power, all families of
a data set.
"""

from pathlib import Path

from common import job
from hardness.analysis import effects
from hardness.core import artifacts
from hardness.data import datasets
from hardness.scoring import sources

with job("test_effects") as snakemake:
    params, files = snakemake.params, snakemake.input
    data, groups = datasets.load(files.data), artifacts.load_csv(files.groups)
    blocks: dict[tuple[str, str], list[str]] = {}
    for path in files.test:  # members/{set}/{recipe}/block-{block}/test.npz
        blocks.setdefault(Path(path).parts[-4:-2], []).append(path)

    def ensemble(paths):
        predicted = sources.load_predictions(paths).predicted
        return effects.ensemble(data.test_labels, predicted, data.classes)

    found = effects.tables(
        effects.Inputs(
            labels=data.test_labels,
            easy=groups["group"] == "easy",
            rule="; ".join(sorted(set(groups["rule"]))),
            class_names=data.class_names,
            sets=params.sets,
            ensembles={key: ensemble(paths) for key, paths in blocks.items()},
            base=params.recipe,
            origin=ensemble(files.origin) if files.origin else None,
            margin=params.margin,
        )
    )
    for name, columns in found.items():
        artifacts.save_csv(getattr(snakemake.output, name), columns)
