"""Claims of the paper on hardness without labels: their measures on frames whose answer is known,
the entries of claims-unlabelled.yaml, and the tables.
"""

from pathlib import Path

import numpy as np
import pytest
import toy_study
import toy_unlabelled as toy
import yaml
from scipy import stats

from hardness.analysis import representation
from hardness.core import artifacts
from hardness.data import datasets
from hardness.evidence import claims, tabulation, verdicts
from hardness.evidence.measures import lookup, unlabelled
from hardness.evidence.measures._values import NotComputedError, Study
from hardness.evidence.parts import TABLES

WORKFLOW = Path(__file__).resolve().parents[2] / "workflow"
CONTENT = yaml.safe_load((WORKFLOW / "claims-unlabelled.yaml").read_text(encoding="utf-8"))
CLAIMS = {claim.id: claim for claim in claims.checked(CONTENT).claims}
STUDY = Study("twins-resnet18", "aum", "", {}, {})
TEN = toy_study.make_study(10)


def arrays(frame):
    return {name: frame[name].to_numpy() for name in frame}


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    """All that the claims read, written and read as the pipeline does it."""
    folder = tmp_path_factory.mktemp("frames")
    made = {
        "unlabelled/correlations": toy.make_correlations(TEN),
        "unlabelled/pruned": toy.make_pruned(TEN),
        "unlabelled/clusters": toy.make_clusters(TEN),
        "unlabelled/resampled": toy.make_resampled(TEN),
        "unlabelled/representation": toy.make_representation(TEN),
        "image-noise": toy.make_image_noise(TEN),
        "samples": toy.make_samples(TEN),
    }
    found = {}
    for place, (name, frame) in enumerate(made.items()):
        path = folder / f"{place}.csv"
        artifacts.save_csv(path, {column: frame[column].tolist() for column in frame})
        found[name] = artifacts.load_csv(path)
    return found


def test_a_correlation_is_of_the_scores_as_they_are_defined(frames):
    """MSD is down and forgetting up: signed correlations change their sign."""
    scores = toy.scores()
    means = [scores[name].scores.mean(axis=0) for name in ("msd", "forgetting")]
    made = unlabelled.score_correlation(frames, STUDY, "msd", "forgetting")
    assert made.value[0] == pytest.approx(stats.spearmanr(*means)[0], abs=1e-6)
    assert made.value[0] < 0 and made.low[0] < made.value[0] < made.high[0]
    again = unlabelled.score_correlation(frames, STUDY, "forgetting", "msd")
    assert again.value[0] == made.value[0] and again.high[0] == made.high[0]
    pearson = unlabelled.score_correlation(frames, STUDY, "msd", "lgn", kind="pearson")
    means = [scores[name].scores.mean(axis=0) for name in ("msd", "lgn")]
    assert pearson.value[0] == pytest.approx(stats.pearsonr(*means)[0], abs=1e-6)
    with pytest.raises(NotComputedError, match="msd or rho is the same for all samples"):
        unlabelled.score_correlation(frames, STUDY, "msd", "rho")


def test_its_interval_is_the_wider_one_in_each_direction(frames):
    rows = frames["unlabelled/correlations"]
    chosen = (rows["first"] == "aum") & (rows["second"] == "msd") & (rows["over"] == "samples")
    chosen &= (rows["kind"] == "spearman") & (rows["given"] == "")
    row = {name: column[chosen][0] for name, column in rows.items()}
    made = unlabelled.score_correlation(frames, STUDY, "aum", "msd")
    assert made.low[0] == min(row["low"], row["member_low"])
    assert made.high[0] == max(row["high"], row["member_high"])


def test_what_has_no_members_keeps_the_interval_over_samples(frames):
    made = unlabelled.score_correlation(frames, STUDY, "contrast", "entropy")
    assert np.isfinite([made.low[0], made.high[0]]).all()


def test_changes_of_pruned_sets_are_those_of_the_csv_and_their_differences(frames):
    one = unlabelled.pruned_change(frames, STUDY, "dlp", 30, "msd", "random")
    rows = frames["unlabelled/pruned"]
    chosen = (rows["set"] == "prune-dlp-30-msd") & (rows["against"] == "random")
    assert one.value[0] == rows["change"][chosen][0] and one.low[0] == rows["low"][chosen][0]
    ends = unlabelled.pruned_ends(frames, STUDY, 30, "msd")
    easy, hard = (
        rows["accuracy"][rows["set"] == f"prune-{level}-30-msd"][0] for level in ("dlp", "hardest")
    )
    assert ends.value[0] == pytest.approx(easy - hard)
    same = unlabelled.random_against(frames, STUDY, 30, 30, "msd")
    # what is far from it at random is as far from it the other way round
    assert same.value[0] == pytest.approx(-one.value[0])
    with pytest.raises(NotComputedError, match="no set prune-dlp-67 by msd against full"):
        unlabelled.pruned_change(frames, STUDY, "dlp", 67, "msd", "full")


def test_what_resampling_changes_is_that_of_the_csv(frames):
    rows = frames["unlabelled/resampled"]
    chosen = (
        (rows["measure"] == "accuracy") & (rows["estimator"] == "msd") & (rows["than"] == "aum")
    )
    made = unlabelled.resampled_change(frames, STUDY, "accuracy", "msd", "aum")
    assert [made.value[0], made.low[0], made.high[0]] == [
        rows[name][chosen][0] for name in ("change", "low", "high")
    ]
    with pytest.raises(NotComputedError, match="0 ways of resampling by lgn against aum"):
        unlabelled.resampled_change(frames, STUDY, "accuracy", "lgn", "aum")


def test_features_are_compared_with_those_of_the_same_seed_with_pixels_and_with_chance(frames):
    rows = frames["unlabelled/representation"]
    space = {name: rows["accuracy"][rows["space"] == name] for name in set(rows["space"])}
    own = space["trained"]
    for than, expected in (
        ("untrained", own - space["untrained"]),
        ("pixels", own - space["pixels"][0]),
        ("chance", own - 0.1),
    ):
        made = unlabelled.representation_gain(frames, STUDY, than)
        assert made.values[:, 0] == pytest.approx(expected)


def test_chance_is_the_share_of_the_largest_training_class():
    labels = np.repeat([0, 1, 2], [5, 20, 8])
    asked = np.repeat([0, 1, 2], [6, 3, 1])
    inputs = np.arange(33, dtype=np.uint8).reshape(33, 1, 1, 1)
    data = datasets.checked(
        inputs, labels, inputs[:10], asked, ["a", "b", "c"], ((0.5,), (0.2,)), "toy"
    )
    assert representation.table([], data) == {
        "space": ["chance"], "seed": [None], "accuracy": [0.3],
    }  # fmt: skip


def test_spoiled_images_and_a_control(frames):
    rows = frames["image-noise"]

    def auroc(name):
        chosen = (rows["estimator"] == name) & (rows["noise"] == "blur")
        return rows["value"][chosen & (rows["metric"] == "auroc")][0]

    found = unlabelled.noise_found(frames, STUDY, "msd", "blur", less=0.5)
    assert found.value[0] == pytest.approx(auroc("msd") - 0.5) and found.low[0] < found.value[0]
    beyond = unlabelled.noise_beyond(frames, STUDY, "msd", "contrast", "blur")
    expected = abs(auroc("msd") - 0.5) - abs(auroc("contrast") - 0.5)
    assert beyond.value[0] == pytest.approx(expected)
    wide = beyond.high[0] - beyond.low[0]
    assert wide > found.high[0] - found.low[0]


def test_clusters_are_beyond_chance_only_if_every_subset_is(frames):
    table = frames["unlabelled/clusters"]
    chosen = (table["reading"] == "level") & (table["clusters"] == 2)
    made = unlabelled.clusters_beyond_chance(frames, STUDY, "level", 2)
    assert made.low[0] == (table["low"] - table["control_high"])[chosen][0]
    assert made.value[0] == (table["silhouette"] - table["control"])[chosen][0]
    level = table["reading"] == "level"
    best = table["clusters"][level][np.argmax(table["silhouette"][level])]
    assert made.note.endswith(f"{best} clusters")


def test_the_share_of_a_class_among_the_largest(frames):
    samples = frames["samples"]
    order = np.argsort(-samples["msd"])[:40]
    name = str(samples["name"][order[0]])
    made = unlabelled.largest_of_class(frames, STUDY, "msd", 0.1, name)
    assert made.value[0] == (samples["name"][order] == name).mean() and made.low is None


def test_every_measure_is_used_and_every_id_is_its_own():
    used = {claim.measure for claim in CLAIMS.values()}
    assert used == {
        name
        for name, measure in lookup.MEASURES.items()
        if measure.__module__ == unlabelled.__name__
    }
    others = [
        claims.checked(yaml.safe_load((WORKFLOW / name).read_text(encoding="utf-8"))).claims
        for name in ("claims.yaml", "claims-appendix.yaml")
    ]
    assert not {*CLAIMS} & {claim.id for part in others for claim in part}
    assert {claim.data for claim in CLAIMS.values()} == set(claims.DATA_UNLABELLED)


def test_by_another_recipe_a_finding_holds_here_and_a_number_is_not_judged(frames):
    here = Study("twins-conv4", "aum", "", {}, {})
    for study, word in ((STUDY, "reproduced"), (here, "holds here")):
        verdict = verdicts.check(CLAIMS["msd-forgetting-cifar10-unlabelled"], frames, study)
        assert verdict.verdict == word and float(verdict.high) < 0
    assert verdicts.check(CLAIMS["msd-forgetting-pearson"], frames, here).verdict == "not judged"


def test_an_artefact_of_the_code_is_not_reproduced_where_the_control_is_right(frames):
    """Random removal costs a point more per step here: it is not as good as 70% by MSD."""
    rows = frames["unlabelled/pruned"]
    less = {name: column.copy() for name, column in rows.items()}
    for name, change in (("prune-random-30", -0.08), ("prune-dlp-30-msd", -0.02)):
        chosen = rows["set"] == name
        less["change"][chosen] = change
        less["low"][chosen], less["high"][chosen] = change - 0.004, change + 0.004
    less["rate"][rows["set"] == "prune-random-30"] = 67
    found = {**frames, "unlabelled/pruned": less}
    verdict = verdicts.check(CLAIMS["control-of-the-same-set"], found, STUDY)
    assert verdict.verdict == "not reproduced" and float(verdict.found) == pytest.approx(-0.06)


@pytest.mark.parametrize("name", ["score-correlations", "classes-by-msd"])
def test_tables_are_whole(name):
    study = {"dataset": "toy", "trained": {"without_labels": "Two seeds, 12 epochs"}}
    frames = {
        "score-correlations": toy.make_correlations(TEN),
        "resampled-by-msd": toy.make_resampled(TEN),
    }
    module = TABLES.find(name)
    table = module.table({key: frames[key] for key in module.INPUTS}, study)
    parts = list(module.sections(table, study))
    assert parts and all(len(line) == len(header) for _, header, rows in parts for line in rows)
    assert "{" not in module.caption(table, study) + module.meaning(table, study)
    assert "Two seeds, 12 epochs" in module.caption(table, study)
    assert "toy" in tabulation.markdown(name, table, study)


def test_what_the_contrast_alone_says_stands_beside_msd():
    """In the table of correlations, and where class means are compared."""
    study = {"dataset": "toy", "trained": {"without_labels": "Two seeds"}}
    frames = {"score-correlations": toy.make_correlations(TEN).copy(),
              "resampled-by-msd": toy.make_resampled(TEN)}  # fmt: skip
    rows = frames["score-correlations"]
    pair = rows["first"].isin(["aum", "contrast"]) & rows["second"].isin(["aum", "contrast"])
    assert {"classes", "samples"} == set(rows[pair]["over"])
    rows.loc[pair & (rows["over"] == "samples"), "value"] = 0.12
    rows.loc[pair & (rows["over"] == "classes"), "value"] = 0.34
    module = TABLES.find("score-correlations")
    sections = list(module.sections(module.table(frames, study), study))
    for _, header, lines in sections:
        (line,) = [line for line in lines if line[0] == "AUM"]
        cells = dict(zip(header, line, strict=True))
        assert cells["Contrast alone"].startswith("+0.12")
        assert cells["Contrast alone, classes"].startswith("+0.34")
    assert len(sections) == 2
    module = TABLES.find("classes-by-msd")
    caption = module.caption(module.table(frames, study), study)
    assert "the contrast of the pixels +0.34" in caption


def test_the_bridge_says_what_its_intervals_allow():
    module = TABLES.find("classes-by-msd")
    frames = {"score-correlations": toy.make_correlations(TEN).copy(),
              "resampled-by-msd": toy.make_resampled(TEN)}  # fmt: skip
    rows = frames["score-correlations"]
    pair = (rows["first"] == "aum") & (rows["second"] == "msd") & (rows["over"] == "classes")
    for low, member_low, high, word in (
        (0.3, 0.1, 0.9, "it does"),
        (-0.1, 0.1, 0.9, "undecided"),
        (0.3, -0.1, 0.9, "undecided"),
        (-0.9, -0.8, -0.1, "it reverses their order"),
    ):
        rows.loc[pair, ["low", "member_low", "high", "member_high"]] = [low, member_low, high, high]
        assert word in module.meaning(module.table(frames, {}), {})
