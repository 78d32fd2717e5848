"""What a run is to make: the data sets that its targets ask for; and what the claims need, in the
plan: the file of a need, or the key of the config that would plan it.
"""

from collections.abc import Collection, Mapping

from .plan import Plan, number

PAPER = ("cifar10", "cifar100", "cifar100-clean")
OF_STUDY = (
    "all",
    "figures",
    "tables",
    "report",
)  # targets that are of every data set of study.datasets


def paper(plan: Plan) -> list[str]:
    """The paper's data sets, those of them that the config has."""
    return [name for name in PAPER if name in plan.config["datasets"]]


def asked_for(
    targets: Collection[str], study: Collection[str], known: Collection[str]
) -> list[str]:
    """The data sets that Snakemake's targets ask for as a whole, or whose report they ask for, in
    the order of `known`.

    study: those of study.datasets, meant where there are no targets; known: all of the config.
    """
    named = {*targets, *(PAPER if "paper" in targets else ())}
    if not targets or named.intersection(OF_STUDY):
        named.update(study)
    return [name for name in known if named & {name, f"results/{name}/report.html"}]


def counterpart(plan: Plan, dataset: str, stands_for: str) -> str | None:
    """The data set that answers the claims about `stands_for` by the same recipe and is computed
    with this one: both are the paper's, or both in study.datasets. None if there is none: a claim
    that spans two must not train the other one for those who asked for one.
    """
    recipe = plan.dataset(dataset)["recipe"]
    for group in (paper(plan), plan.config["study"]["datasets"]):
        for name in group if dataset in group else ():
            settings = plan.dataset(name)
            if (settings["stands_for"], settings["recipe"]) == (stands_for, recipe):
                return name
    return None


def set_name(plan: Plan, dataset: str, need: Mapping) -> str:
    """A set's name in this data set: those of mode paper carry the paper estimator's suffix, if
    that is not aum.
    """
    name, estimator = need["set"], plan.dataset(dataset)["paper_estimator"]
    paper = name.startswith("resample-") and name.rpartition("-")[2].startswith("a")
    return f"{name}-{estimator}" if paper and estimator != "aum" else name


def file_of(plan: Plan, dataset: str, need: Mapping) -> str:
    """The file of a need that is planned."""
    if need["file"] == "evaluation":
        return plan.evaluation(
            dataset, set_name(plan, dataset, need), plan.dataset(dataset)["recipe"]
        )
    if need["file"] == "allocation":
        return plan.path(dataset, "allocation", f"{need['estimator']}.csv")
    return plan.path(dataset, f"{need['file']}.csv")


def unplanned(plan: Plan, dataset: str, need: Mapping) -> str | None:
    """The key of the config, and what it would have to say, that would plan a need; None if it is
    planned.
    """
    settings, here = plan.dataset(dataset), f"datasets.{dataset}"
    sizes, sets = settings["ensembles"], plan.names(dataset)
    wanted = [*need.get("estimators", ()), *([need["estimator"]] if "estimator" in need else ())]
    lacking = [name for name in wanted if name not in settings["estimators"]]
    if lacking:
        return f"{here}.estimators: {', '.join(lacking)}"
    if "hardness" in need and sizes["hardness"] != need["hardness"]:
        return f"{here}.ensembles.hardness: {need['hardness']}"
    if sizes["stability"] < need.get("members", 1):
        return f"{here}.ensembles.stability: {need['members']}"
    if "set" in need and (name := set_name(plan, dataset, need)) not in sets:
        grid = "resampling" if name.startswith("resample") else "pruning"
        return f"{here}.{grid}: {name}"
    if "rates" in need:
        rates = [rate for rate in need["rates"] if rate not in settings["stability"]["rates"]]
        if rates:
            return f"{here}.stability.rates: {', '.join(map(str, rates))}"
    if "alpha" in need and not plan.names(
        dataset,
        mode="paper",
        alpha=need["alpha"],
        estimator=settings["paper_estimator"],
        members=sizes["hardness"],
    ):
        return f"{here}.resampling: alphas {number(need['alpha'])}"
    if need.get("baseline") == "origin" and not plan.blocks_of_origin(dataset):
        return (
            f"{here}.source: kind denoised, of a data set with the same recipe and as many members"
        )
    return None
