"""Only what is stale is made again, and nothing is trained twice: what dry runs plan, and what the
store trained.
"""

import re

import pytest
from conftest import outputs, rules

AUM = "workflow/hardness/scoring/estimators/aum.py"
TRAINING = ("train_full", "train_set")
FULL = "results/tiny/members/full/digits-cnn/block-0/test.npz"


def evaluation(name):
    return f"results/tiny/evaluation/{name}/digits-cnn.csv"


def new_entries(study, before):
    """How many blocks were trained since; demands that no entry of before was trained again, or is
    gone.
    """
    now = study.entries()
    assert {key: now.get(key) for key in before} == before
    return len(now) - len(before)


def test_a_second_run_plans_nothing(study):
    assert "81 of 81 jobs done" not in (output := study.complete("--cores", "2"))
    assert "All is up to date" in output and "not made again" in output
    # 2 blocks of full and one by the other recipe; one of each of 12 sets, and one
    assert len(study.entries()) == 16
    assert study.plan() == []


def test_comments_docstrings_and_layout_rerun_nothing(study):
    files = sorted((study / "workflow").rglob("*.py"))
    assert len(files) > 60
    for file in files:
        text = file.read_text()
        if text.startswith('"""'):
            text = re.sub(r"\A\"{3}.*?\"{3}\n", '"""Another text."""\n\n\n', text, flags=re.DOTALL)
        file.write_text(f"{text}\n# A comment.\n")
    snakefiles = [study / "Snakefile", study / "workflow" / "Snakefile"]
    for file in [*snakefiles, *(study / "workflow" / "rules").glob("*.smk")]:
        file.write_text(f"# A comment.\n{file.read_text()}")
    assert study.plan() == []


def test_an_edited_estimator_that_scores_the_same_trains_nothing(study):
    before, scores = (
        study.entries(),
        study.results("tiny", "hardness", "aum.npz").stat().st_mtime_ns,
    )
    study.edit(AUM, "return dynamics.aum\n", "return dynamics.aum + 0\n")
    jobs = study.plan()
    assert outputs(jobs, "score_hardness") == {"hardness/aum.npz"}
    assert outputs(jobs, "allocate") == {"allocation/aum.csv"}
    assert "train_full" not in rules(jobs) and "make_data" not in rules(jobs)
    # planned, because a plan cannot know that the sets will be the same
    assert rules(jobs)["train_set"] == 11
    assert not [job for job in jobs if "prune-random" in str(job)]  # which no estimator touches

    study.complete("--cores", "2", evaluation("prune-dlp-50"), evaluation("resample-smote-easy-r2"))
    assert study.results("tiny", "hardness", "aum.npz").stat().st_mtime_ns > scores
    assert new_entries(study, before) == 0
    for name in ("prune-dlp-50", "resample-smote-easy-r2"):
        assert "found in the store" in study.log("train_set", name, "digits-cnn", "block-0.log")


def test_an_edited_estimator_trains_only_the_sets_that_changed(study):
    """With the scores' sign reversed dlp prunes the hardest."""
    before = study.entries()
    study.edit(AUM, "return dynamics.aum\n", "return -dynamics.aum\n")
    study.complete("--cores", "2", evaluation("prune-dlp-50"))
    assert new_entries(study, before) == 1
    assert "epoch 14/14" in study.log("train_set", "prune-dlp-50", "digits-cnn", "block-0.log")


# What compares all estimators, and what shows that
COMPARED = {
    "list_samples", "compare_classes", "measure_stability", "correlate_classes",
    "describe_scores", "check_claims", "measure_epochs", "compare_recipes",
    "draw_figure", "write_table", "make_report",
}  # fmt: skip


def test_a_new_estimator_touches_no_other(study):
    (study / "workflow/hardness/scoring/estimators/first_margin.py").write_text(
        '"""The margin of the first epoch."""\n\nDIRECTION = "down"\nSOURCE = "dynamics"\n'
        'NEEDS = ("margin",)\n\n\n'
        "def score(dynamics):\n    return dynamics.margin[:, 0]\n"
    )
    assert study.plan() == []
    study.change(
        "datasets", "tiny", "estimators", value=["aum", "el2n", "forgetting", "first-margin"]
    )
    jobs = study.plan()
    assert outputs(jobs, "score_hardness") == {"hardness/first-margin.npz"}
    assert outputs(jobs, "allocate") == {"allocation/first-margin.csv"}
    assert set(rules(jobs)) <= COMPARED | {"score_hardness", "allocate"}
    study.complete("--cores", "2", "results/tiny/samples.csv", "results/tiny/stability/overlap.csv")
    assert "first-margin" in study.results("tiny", "samples.csv").read_text().partition("\n")[
        0
    ].split(",")
    assert "first-margin" in study.results("tiny", "stability", "overlap.csv").read_text()


def test_an_edited_data_based_estimator_scores_samples_and_classes_again(study):
    estimator = "workflow/hardness/scoring/estimators/cdr.py"
    study.edit(estimator, "return _near.ratio", "return 2 * _near.ratio")
    jobs = study.plan()
    assert outputs(jobs, "score_hardness") == {"hardness/cdr.npz"}
    assert rules(jobs)["score_classes"] == 2  # spaces
    assert set(rules(jobs)) <= COMPARED | {"score_hardness", "score_classes"}


def test_a_number_of_components_makes_only_the_space_of_pca_again(study):
    study.change("datasets", "tiny", "neighbours", "components", value=7)
    assert set(rules(study.plan())) <= {"make_report"}  # tiny has no such space
    study.change("datasets", "tiny", "neighbours", "spaces", value=["pixels", "features", "pca"])
    assert outputs(study.plan(), "find_neighbours") == {"neighbours/pca.npz"}


def test_an_edited_network_makes_only_its_features_neighbours_again(study):
    study.edit("workflow/hardness/training/features.py", "BATCH = 256", "BATCH = 128")
    jobs = study.plan()
    assert rules(jobs)["extract_features"] == 1
    assert outputs(jobs, "find_neighbours") == {"neighbours/features.npz"}
    assert not {"score_hardness", "train_full", "list_samples"} & {*rules(jobs)}


INK = """import numpy as np

DIRECTION = "up"
SOURCE = "data"
NEEDS = ("train_inputs", "train_labels")


def score(data):
    return data.train_inputs.mean((1, 2, 3))
"""


def test_estimators_that_ask_no_network_take_part_in_all_that_needs_no_members(study):
    """One of samples, by which a data set is pruned and sized, and one of classes."""
    folder = study / "workflow/hardness/scoring/estimators"
    (folder / "ink.py").write_text(INK)
    by_class = "[ink[data.train_labels == c].mean() for c in range(data.classes)]"
    (folder / "class_ink.py").write_text(
        INK.replace("return", "ink =") + f"    return {by_class}\n"
    )
    names = ["aum", "el2n", "forgetting", "ink", "class-ink"]
    for dataset in ("tiny", "tiny-noisy"):
        study.change("datasets", dataset, "estimators", value=names)
    pruned = {"levels": ["clp"], "rates": [50], "estimator": "ink"}
    study.change("datasets", "tiny", "pruning", value=[pruned])
    sizes = {"over": ["none"], "under": ["easy"], "alphas": [1], "rhos": [2]}
    grids = [{**sizes, "estimator": name} for name in ("ink", "class-ink")]
    study.change("datasets", "tiny", "resampling", value=[sizes, *grids])
    jobs = study.plan()
    assert outputs(jobs, "allocate") == {"allocation/ink.csv", "allocation/class-ink.csv"}
    assert rules(study.plan("results/tiny/hardness/ink.npz")) == {"score_hardness": 1}

    wanted = ["samples.csv", "stability/overlap.csv", "allocation/ink.csv",
              "allocation/class-ink.csv", "sets/prune-clp-50-ink.npz",
              "sets/resample-none-easy-r2-class-ink.npz", "figures/estimator-overlap.csv",
              "figures/pruning-stability.csv"]  # fmt: skip
    noisy = ["samples.csv", "figures/noise-detection.csv"]
    files = [f"results/tiny/{name}" for name in wanted]
    study.complete("--cores", "2", *files, *(f"results/tiny-noisy/{name}" for name in noisy))
    header = study.results("tiny", "samples.csv").read_text().partition("\n")[0].split(",")
    assert {"ink", "class-ink"} <= set(header)
    assert "class-ink" in study.results("tiny", "stability", "overlap.csv").read_text()
    assert "ink" not in study.results("tiny", "stability", "reliability.csv").read_text()
    assert "class-ink needs no network: it has no members" in study.log("measure_stability.log")
    found = study.results("tiny-noisy", "figures", "noise-detection.csv").read_text()
    assert {"ink", "class-ink"} <= {line.partition(",")[0] for line in found.splitlines()}


def test_an_edited_plot_redraws_that_plot(study):
    study.edit(
        "workflow/hardness/evidence/plots/recall_by_class.py",
        "style.COLUMN, 2.3)",
        "style.COLUMN, 2.4)",
    )
    jobs = study.plan()
    assert outputs(jobs, "draw_figure") == {
        f"figures/recall-by-class.{end}" for end in ("pdf", "png", "csv")
    }
    assert rules(jobs) == {"draw_figure": 1, "make_report": 1}


def test_one_more_member_trains_only_its_block(study):
    before = study.entries()
    for members in (5, 6):  # a block of its own, which the next one joins
        study.change("datasets", "tiny", "ensembles", "stability", value=members)
        made = {
            f"members/full/digits-cnn/block-2/{name}.npz"
            for name in ("test", "dynamics", "weights")
        }
        assert outputs(study.plan(), "train_full") == made
        study.complete("--cores", "2", evaluation("full"), evaluation("prune-clp-50"))
        assert new_entries(study, before) == members - 4  # and none for the pruned set
        seeds = (
            study.results("tiny", "evaluation", "full", "digits-cnn.csv")
            .read_text()
            .splitlines()[1:]
        )
        assert {int(row.partition(",")[0]) for row in seeds} == set(range(members))


def test_an_edit_of_what_training_imports_links_and_trains_nothing(study):
    before = study.entries()
    with open(study / "workflow/hardness/core/artifacts.py", "a", encoding="utf-8") as file:
        file.write("\n\ndef unused():\n    return 1\n")
    assert rules(study.plan())["train_full"] == 3
    study.complete("--cores", "2", FULL, evaluation("prune-random-50"))
    assert new_entries(study, before) == 0
    for log in (("train_full", "digits-cnn"), ("train_set", "prune-random-50", "digits-cnn")):
        assert "found in the store" in study.log(*log, "block-0.log")
    assert study.plan(FULL) == []


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("loop", "SAVE_EVERY = 180.0", "SAVE_EVERY = 181.0"),
        ("optimization", "dampening=0,", "dampening=0.0,"),
    ],
)
def test_an_edit_of_training_trains_again(file, old, new, study):
    before = study.entries()
    study.edit(f"workflow/hardness/training/{file}.py", old, new)
    study.complete("--cores", "2", FULL)
    assert new_entries(study, before) == 1
    assert "epoch 14/14" in study.log("train_full", "digits-cnn", "block-0.log")


def test_other_models_and_recipes_change_nothing(study):
    with open(study / "workflow/hardness/training/models/lenet.py", "a", encoding="utf-8") as file:
        file.write("\n\ndef unused():\n    return 1\n")
    study.change("recipes", "lenet",
        value={"model": {"name": "lenet"}, "epochs": 1, "batch_size": 32,
                                            "optimizer": {"name": "adam",
                                                "lr": 0.001}})  # fmt: skip
    study.change("datasets", "mnist", value={"source": {"kind": "mnist"}, "recipe": "lenet"})
    assert study.plan() == []


@pytest.mark.parametrize(
    ("kind", "key", "values", "added"),
    [
        ("resampling", "alphas", [1, 7], {"resample-none-easy-a7", "resample-smote-easy-a7"}),
        ("resampling", "rhos", [2, 1.5], {"resample-none-easy-r1.5", "resample-smote-easy-r1.5"}),
        ("pruning", "rates", [30, 40, 50], {"prune-dlp-40", "prune-clp-40"}),
    ],
)
def test_a_larger_grid_trains_only_its_new_sets(study, kind, key, values, added):
    study.change("datasets", "tiny", kind, 0, key, value=values)
    jobs = study.plan()
    assert outputs(jobs, "train_set") == {
        f"members/{name}/digits-cnn/block-0/test.npz" for name in added
    }
    assert outputs(jobs, "make_set") == {f"sets/{name}.npz" for name in added}
    assert not {"train_full", "score_hardness", "make_data"} & set(rules(jobs))


def test_a_smaller_grid_makes_no_set_and_no_network(study):
    study.change("datasets", "tiny", "pruning", 0, "rates", value=[50])
    assert not {"make_set", "evaluate", *TRAINING} & set(rules(study.plan()))


def test_sets_that_are_the_same_share_one_training(study):
    """At rho 1 no class grows, so two ways to let it grow give one set: one entry, and linking it
    again leaves what was made from the first link fresh.
    """
    before = study.entries()
    study.change(
        "datasets",
        "tiny",
        "resampling",
        value=[{"over": ["easy", "hard"], "under": ["none"], "rhos": [1]}],
    )
    targets = [evaluation(f"resample-{over}-none-r1") for over in ("easy", "hard")]
    for target in targets:
        study.complete("--cores", "2", target)
    assert new_entries(study, before) == 1
    assert study.plan(*targets) == []


@pytest.mark.parametrize(
    ("figure", "trained"),
    [
        ("recall-by-class", set()),
        ("class-sizes", set()),
        ("recall-change", {"resample-smote-easy-a1", "resample-smote-easy-r2"}),
    ],
)
def test_a_file_asked_for_by_name_plans_only_what_it_needs(empty, figure, trained):
    jobs = empty.plan(f"results/tiny/figures/{figure}.pdf")
    assert outputs(jobs, "train_set") == {
        f"members/{name}/digits-cnn/block-0/test.npz" for name in trained
    }
    assert outputs(jobs, "make_set") == {f"sets/{name}.npz" for name in trained}
    assert outputs(jobs, "make_full_set") == {"sets/full.npz"}
    assert outputs(jobs, "draw_figure") == {
        f"figures/{figure}.{end}" for end in ("pdf", "png", "csv")
    }
    assert rules(jobs)["train_full"] == 2 and rules(jobs)["make_data"] == 2
    assert rules(jobs)["score_hardness"] == (figure != "recall-by-class")


def test_a_changed_margin_tests_anew_and_trains_nothing(study):
    study.change("datasets", "tiny", "margin", value=0.02)
    assert set(rules(study.plan())) == {
        "test_effects",
        "check_claims",
        "write_table",
        "make_report",
    }


def test_a_changed_template_makes_the_report_anew_and_nothing_else(study):
    study.edit(
        "workflow/report/report.html.jinja", 'id="overview">Overview', 'id="overview">In short'
    )
    assert rules(study.plan()) == {"make_report": 1}


@pytest.mark.parametrize(
    ("target", "wrong", "meant"),
    [
        ("tinny", "tinny", "tiny"),
        ("figgures", "figgures", "figures"),
        ("results/tinny/report.html", "tinny", "tiny"),
        ("results/tinny/data.npz", "tinny", "tiny"),
        ("results/tiny/sets/prune-dpl-50.npz", "prune-dpl-50", "prune-dlp-50"),
        (
            "results/tiny/sets/resample-none-easy-r2.0.npz",
            "resample-none-easy-r2.0",
            "resample-none-easy-r2",
        ),
        ("results/tiny/evaluation/prune-dlp-5/digits-cnn.csv", "prune-dlp-5", "prune-dlp-50"),
        ("results/tiny/hardness/ell2n.npz", "ell2n", "el2n"),
        ("results/tiny/allocation/ell2n.csv", "ell2n", "el2n"),
        ("results/tiny/figures/recall-by-clas.pdf", "recall-by-clas", "recall-by-class"),
        ("results/tiny/tables/resampling-efect.md", "resampling-efect", "resampling-effect"),
        ("results/tiny/evaluation/full/digit-cnn.csv", "digit-cnn", "digits-cnn"),
        ("results/tiny/members/full/digit-cnn/block-0/test.npz", "digit-cnn", "digits-cnn"),
        ("results/tiny/members/full/digits-cnn/block-9/test.npz", "no block 9", "blocks 0 to 1"),
    ],
)
def test_an_unknown_name_in_a_target_gets_the_nearest(empty, target, wrong, meant):
    status, output = empty.run("-n", target, driver=False)
    assert status == 1
    named = [
        line
        for line in output.splitlines()
        if wrong in line and re.search(rf"\b{re.escape(meant)}\b", line)
    ]
    assert named, output


@pytest.mark.parametrize(
    ("target", "lacking"),
    [
        ("paper", "datasets lacks cifar10, cifar100, cifar100-clean"),
        ("results/claims.csv", "datasets lacks cifar10, cifar100, cifar100-clean"),
        ("results/tiny/noise-detection.csv", "datasets.tiny.source"),
    ],
)
def test_what_the_config_has_nothing_for_is_refused_before_anything_runs(empty, target, lacking):
    status, output = empty.run("-n", target, driver=False)
    assert status == 1 and lacking in output


def test_flipped_labels_are_looked_for_in_what_is_made_of_a_noisy_data_set_too(empty):
    source = {"kind": "subset", "of": "tiny-noisy", "train": 100, "test": 50}
    empty.change(
        "datasets", "part", value={"source": source, "recipe": "digits-cnn", "estimators": ["aum"]}
    )
    assert outputs(empty.plan("results/part/noise-detection.csv"), "detect_noise") == {
        "noise-detection.csv"
    }
