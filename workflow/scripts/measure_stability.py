"""How much a larger ensemble still changes, how far estimators agree, and how reliable scores and
class sizes are.
"""

from common import job
from hardness.analysis import stability
from hardness.core import artifacts, tables
from hardness.data import datasets
from hardness.scoring import estimation

with job("measure_stability") as snakemake:
    params, names = snakemake.params, snakemake.params.estimators
    data, settings, ensembles = (
        datasets.load(snakemake.input.data),
        params.stability,
        params.ensembles,
    )
    labels, k, rates = data.train_labels, data.classes, settings["rates"]
    every = {
        name: estimation.load(path, name)
        for name, path in zip(names, snakemake.input.hardness, strict=True)
    }
    scores = {name: score.first(ensembles["stability"]) for name, score in every.items()}
    rankings = {
        name: estimation.ranking(score, ensembles["hardness"]) for name, score in every.items()
    }

    def of_all(measure, *arguments, **settings):
        measured = {
            (name,): measure(score, *arguments, **settings) for name, score in scores.items()
        }
        return tables.stacked(measured, ["estimator"])

    change = of_all(stability.pruning_change, rates, settings["orders"])
    differences = of_all(stability.absolute_differences, labels, k, params.alphas, params.rhos)
    reliability = of_all(
        stability.reliability,
        labels,
        k,
        rates,
        ensembles["hardness"],
        params.rhos[0],
        settings["splits"],
    )
    artifacts.save_csv(snakemake.output.change, change)
    artifacts.save_csv(snakemake.output.differences, differences)
    artifacts.save_csv(snakemake.output.overlap, stability.overlap(rankings, rates, labels))
    artifacts.save_csv(snakemake.output.reliability, reliability)
