"""Test the effects of resampling: tests, intervals and power, for all families of a data set."""

from common import job
from hardness.analysis import comparisons, effects
from hardness.core import artifacts
from hardness.data import datasets
from hardness.scoring import sources
from hardness.sets.spec import from_columns

with job("test_effects") as snakemake:
    params, files = snakemake.params, snakemake.input
    data, groups = datasets.load(files.data), artifacts.load_csv(files.groups)
    blocks: dict[tuple[str, str], list[str]] = {}
    for ensemble_of, path in zip(params.ensembles, files.test, strict=True):
        blocks.setdefault(tuple(ensemble_of), []).append(path)

    def ensemble(paths):
        predicted = sources.load_predictions(paths).predicted
        return comparisons.ensemble(data.test_labels, predicted, data.classes)

    tables = effects.tables(
        comparisons.Inputs(
            labels=data.test_labels,
            easy=groups["group"] == "easy",
            rule="; ".join(sorted(set(groups["rule"]))),
            class_names=data.class_names,
            sets={name: from_columns(columns) for name, columns in params.sets.items()},
            ensembles={key: ensemble(paths) for key, paths in blocks.items()},
            base=params.recipe,
            origin=ensemble(files.origin) if files.origin else None,
            margin=params.margin,
        )
    )
    for name, columns in tables.items():
        artifacts.save_csv(getattr(snakemake.output, name), columns)
