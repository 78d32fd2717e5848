"""How much a larger ensemble still changes, how far estimators agree, and how reliable scores and class sizes are."""

from common import job
from hardness import artifacts, datasets, estimators, stability

with job("measure_stability") as snakemake:
    params, names = snakemake.params, snakemake.params.estimators
    data, settings, ensembles = datasets.load(snakemake.input.data), params.stability, params.ensembles
    labels, k, rates = data.train_labels, data.classes, settings["rates"]
    scores = {name: estimators.load(path, name).first(ensembles["stability"])
              for name, path in zip(names, snakemake.input.hardness, strict=True)}
    rankings = {name: estimators.ranking(score, ensembles["hardness"]) for name, score in scores.items()}

    def of_all(measure):
        return artifacts.stacked("estimator", {name: measure(score) for name, score in scores.items()})

    change = of_all(lambda score: stability.pruning_change(score, rates, settings["orders"]))
    differences = of_all(lambda score: stability.absolute_differences(score, labels, k, params.alpha, params.rho, settings["orders"]))
    reliability = of_all(lambda score: stability.reliability(
        score, labels, k, rates, params.rho, ensembles["hardness"], settings["splits"]))
    artifacts.save_csv(snakemake.output.change, change)
    artifacts.save_csv(snakemake.output.differences, differences)
    artifacts.save_csv(snakemake.output.overlap, stability.overlap(rankings, rates, labels, k))
    artifacts.save_csv(snakemake.output.reliability, reliability)
