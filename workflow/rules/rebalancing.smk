# Stage: re-balancing during training
# Needs:  results/{dataset}/data.npz, results/{dataset}/sets/{set}.npz,
#         results/{dataset}/members/{set}/{recipe}/block-*/{test,tde,own-pass}.npz of
#         long-tailed-{ratio}, {predictions,own-pass}.npz of splits-{D}
# Makes:  results/{dataset}/rebalancing/{members,methods,weights,ratios,unlearning}.csv,
#         results/{dataset}/rebalancing/{epochs,vectors,simulation}.csv,
#         results/tables/ten-tables.{csv,tex,md}
from hardness.training import weighting
from study import rebalancing, trained


def compared(wildcards):
    """The ensembles that are compared. Raises ValueError if there are none."""
    if not (found := rebalancing.ensembles(plan, wildcards.dataset)):
        raise ValueError(
            f"{wildcards.dataset} compares no methods of re-balancing: they need "
            f"datasets.{wildcards.dataset}.long_tailed or splits"
        )
    return found


def read_by_tde(wildcards):
    dataset = wildcards.dataset
    return [one for one in compared(wildcards) if rebalancing.has_tde(plan, dataset, one)]


def weighed(wildcards):
    """The ensembles whose rows have weights that follow from classes and difficulty."""
    return [
        one for one in compared(wildcards) if weighting.is_known(plan.recipe_params(one.recipe))
    ]


def weighed_by_passes(wildcards):
    return [
        one for one in weighed(wildcards) if weighting.reads_passes(plan.recipe_params(one.recipe))
    ]


def passed_over(wildcards):
    """The ensembles whose recipes observe passes. Raises ValueError if there are none."""
    if not (found := rebalancing.observing(plan, wildcards.dataset)):
        raise ValueError(
            f"there are no passes over the long tails and splits of {wildcards.dataset}: "
            "none of their recipes has observe: pass"
        )
    return found


def sets_of(chosen):
    """A function of the wildcards: the names of the sets of these ensembles."""
    return lambda wildcards: list(dict.fromkeys(one.set for one in chosen(wildcards)))


def files_of_sets(chosen):
    """A function of the wildcards: the files of these sets."""
    return lambda wildcards: [
        layout.SET.path(dataset=wildcards.dataset, set=name) for name in sets_of(chosen)(wildcards)
    ]


def blocks_of(chosen, file):
    """A function of the wildcards: one file of all blocks of these ensembles."""
    return lambda wildcards: [
        path for one in chosen(wildcards) for path in plan.blocks(wildcards.dataset, *one, file)
    ]


def plainly(chosen, *keys):
    """A function of the wildcards: these ensembles in plain values."""
    return lambda wildcards: [
        rebalancing.plain(plan, wildcards.dataset, one, keys) for one in chosen(wildcards)
    ]


def predictions_of(wildcards):
    """The predictions of the test part or, for splits, of the rows left out."""
    splits = rebalancing.ensembles(plan, wildcards.dataset, Splits)
    return [
        path
        for one in compared(wildcards)
        for path in plan.blocks(
            wildcards.dataset, *one, "predictions.npz" if one in splits else "test.npz"
        )
    ]


def are_splits(wildcards):
    """Set -> whether its draws are random splits."""
    splits = {one.set for one in rebalancing.ensembles(plan, wildcards.dataset, Splits)}
    return {name: name in splits for name in sets_of(compared)(wildcards)}


def recipes_weighed(wildcards):
    names = dict.fromkeys(one.recipe for one in weighed(wildcards))
    keys = ("objective", "sampler", "epochs")
    return {name: {key: plan.recipe_params(name)[key] for key in keys} for name in names}


def code_of_weights(wildcards):
    recipes = [plan.recipe_params(one.recipe) for one in weighed(wildcards)]
    files = {parts.OBJECTIVES.file(recipe["objective"]["name"]) for recipe in recipes}
    return digest_of("weigh_rows", *sorted(files), parts.SAMPLERS.file(weighting.DIFFICULTY))


rule compare_methods:
    input:
        data="results/{dataset}/data.npz",
        sets=files_of_sets(compared),
        predicted=predictions_of,
        tde=blocks_of(read_by_tde, "tde.npz"),
    output:
        members="results/{dataset}/rebalancing/members.csv",
        methods="results/{dataset}/rebalancing/methods.csv",
    log:
        "results/{dataset}/logs/compare_methods.log",
    params:
        sets=are_splits,
        ensembles=plainly(compared, "base", "is_plain", "has_tde"),
        code=code_of("compare_methods"),
    script:
        "../scripts/compare_methods.py"


rule weigh_rows:
    input:
        data="results/{dataset}/data.npz",
        sets=files_of_sets(weighed),
        passed=blocks_of(weighed_by_passes, "own-pass.npz"),
    output:
        weights="results/{dataset}/rebalancing/weights.csv",
        ratios="results/{dataset}/rebalancing/ratios.csv",
    log:
        "results/{dataset}/logs/weigh_rows.log",
    params:
        sets=sets_of(weighed),
        ensembles=plainly(weighed),
        recipes=recipes_weighed,
        code=code_of_weights,
    script:
        "../scripts/weigh_rows.py"


rule follow_passes:
    input:
        data="results/{dataset}/data.npz",
        sets=files_of_sets(passed_over),
        passed=blocks_of(passed_over, "own-pass.npz"),
    output:
        unlearning="results/{dataset}/rebalancing/unlearning.csv",
        epochs="results/{dataset}/rebalancing/epochs.csv",
        vectors="results/{dataset}/rebalancing/vectors.csv",
    log:
        "results/{dataset}/logs/follow_passes.log",
    params:
        sets=sets_of(passed_over),
        ensembles=plainly(passed_over),
        code=code_of("follow_passes"),
    script:
        "../scripts/follow_passes.py"


rule simulate_difficulty:
    output:
        "results/{dataset}/rebalancing/simulation.csv",
    log:
        "results/{dataset}/logs/simulate_difficulty.log",
    params:
        setting=rebalancing.SIMULATED,
        code=code_of("simulate_difficulty"),
    script:
        "../scripts/simulate_difficulty.py"


def tables_of_splits(wildcards):
    """The data sets of Table 4. Raises ValueError if the config has none of them."""
    if not (found := rebalancing.tables(plan)):
        raise ValueError("the config has none of the UCI tables of Yu et al. with splits")
    return found


def methods_of_tables(wildcards):
    return [
        layout.REBALANCING.path(dataset=dataset, table="methods")
        for dataset in tables_of_splits(wildcards)
    ]


def told_of_tables(wildcards):
    return rebalancing.told_of_tables(plan) | {"trained": trained.of_tables(plan)}


rule write_ten_tables:
    input:
        methods_of_tables,
    output:
        csv="results/tables/ten-tables.csv",
        tex="results/tables/ten-tables.tex",
        md="results/tables/ten-tables.md",
    log:
        "results/logs/write_ten_tables.log",
    params:
        datasets=tables_of_splits,
        study=told_of_tables,
        code=code_of("write_ten_tables", TABLES.file("ten-tables")),
    script:
        "../scripts/write_ten_tables.py"
