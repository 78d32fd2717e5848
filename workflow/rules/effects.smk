# Stage: effects of resampling, and claims
# Needs:  results/{dataset}/data.npz, results/{dataset}/groups.csv,
#         results/{dataset}/members/{set}/{recipe}/block-*/test.npz of full and every resampled set
# Makes:  results/{dataset}/effects/{cells,gaps,families,classes}.csv, results/{dataset}/claims.csv,
#         results/claims.csv


def blocks_of_resampled(wildcards):
    ensembles = plan.resampled(wildcards.dataset)
    return [file for one in ensembles for file in plan.blocks(wildcards.dataset, *one, "test.npz")]


def ensembles_of_blocks(wildcards):
    """For each file of blocks_of_resampled, the training set and the recipe."""
    ensembles = plan.resampled(wildcards.dataset)
    return [
        list(one) for one in ensembles for _ in plan.blocks(wildcards.dataset, *one, "test.npz")
    ]


def blocks_of_origin(wildcards):
    return plan.blocks_of_origin(wildcards.dataset)


def resampled_specs(wildcards):
    """name -> columns of the specification."""
    dataset = wildcards.dataset
    return {name: plan.set(dataset, name).columns() for name, _ in plan.resampled(dataset)}


rule test_effects:
    input:
        data="results/{dataset}/data.npz",
        groups="results/{dataset}/groups.csv",
        test=blocks_of_resampled,
        origin=blocks_of_origin,
    output:
        cells="results/{dataset}/effects/cells.csv",
        gaps="results/{dataset}/effects/gaps.csv",
        families="results/{dataset}/effects/families.csv",
        classes="results/{dataset}/effects/classes.csv",
    log:
        "results/{dataset}/logs/test_effects.log",
    params:
        sets=resampled_specs,
        ensembles=ensembles_of_blocks,
        recipe=of_dataset("recipe"),
        margin=of_dataset("margin"),
        code=code_of("test_effects"),
    script:
        "../scripts/test_effects.py"


@functools.cache
def claimed(dataset):
    return needs.claimed(plan, dataset)


def frames_of_claims(wildcards):
    return list(claimed(wildcards.dataset).files)


def files_of_claims(wildcards):
    return list(claimed(wildcards.dataset).files.values())


def claims_of(wildcards):
    return [claim.plain() for claim in claimed(wildcards.dataset).claims]


def missing_of_claims(wildcards):
    return claimed(wildcards.dataset).missing


def study_of_claims(wildcards):
    settings = plan.dataset(wildcards.dataset)
    return {
        "recipe": needs.judged_recipe(plan, wildcards.dataset),
        "paper_estimator": settings.paper_estimator,
        "paper_suffix": plan.paper_suffix(wildcards.dataset),
        "members": plan.dataset_params(wildcards.dataset)["ensembles"],
        "draws": claimed(wildcards.dataset).draws,
    }


rule check_claims:
    input:
        artifacts=files_of_claims,
    output:
        "results/{dataset}/claims.csv",
    log:
        "results/{dataset}/logs/check_claims.log",
    params:
        claims=claims_of,
        frames=frames_of_claims,
        missing=missing_of_claims,
        study=study_of_claims,
        code=code_of("check_claims"),
    script:
        "../scripts/check_claims.py"


def claims_of_papers(wildcards):
    return [layout.CLAIMS.path(dataset=dataset) for dataset in papers(wildcards)]


rule collect_claims:
    input:
        claims_of_papers,
    output:
        "results/claims.csv",
    log:
        "results/logs/collect_claims.log",
    params:
        datasets=PAPER,
        code=code_of("collect_claims"),
    script:
        "../scripts/collect_claims.py"
