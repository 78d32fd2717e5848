"""Explanations of the names of training sets, and the guide to the samplers."""

import re
from pathlib import Path

import pytest

from hardness.sets import explain, guide
from hardness.sets.spec import KINDS, Folds, LongTail, Pruned, Resampled, Splits

DOCS = Path(__file__).resolve().parents[2] / "docs"
SPECS = {  # made by their classes -> what their sentences must say
    Resampled("smote", "easy", "study", 2.5, "aum", 8, 8, 8): ("2.5 times", "5 nearest", "aum"),
    Resampled("none", "easy", "paper", 0, "el2n-train", 4, 8, 1): ("alpha 0:", "el2n-train", "4 m"),
    Resampled("hard", "none", "paper", 3, "aum", 4, 8, 1): ("alpha 3:", "aum", "first 4 members"),
    Pruned("dlp", 50, "msd", 8, 8, 1): ("50%", "whole set", "msd", "usual members"),
    Pruned("random", 12.5, "aum", 8, 8, 8): ("12.5%", "at random"),
    Folds(5): ("5 draws", "folds"),
    LongTail(100, 8): ("100 times",),
    Splits(200, False): ("200 draws", "stay raw"),
    Splits(30, True): ("30 draws", "standardized"),
}


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_a_name_that_a_specification_makes_is_explained(spec):
    sentence = explain.explain(spec.name)
    assert all(part in sentence for part in SPECS[spec]), sentence
    assert sentence.endswith(".")


def test_every_kind_is_explained_and_random_pruning_knows_no_hardness():
    assert {*explain.SENTENCES} == {*KINDS}
    assert "Hardness" not in explain.explain("prune-random-30")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("resample-smte-easy-r2", "unknown oversampler in 'smte-easy-r2': did you mean 'smote'"),
        ("resample-smote-hard-r2", "unknown undersampler in 'hard-r2'"),
        ("resample-smote-easy-x2", "expected one like resample-smote-easy-r2"),
        ("prune-dlp-50-eln", "unknown estimator 'eln': did you mean 'el2n'"),
        ("prune-random-30-aum", "expected one like prune-random-50"),
        ("pruned", "'pruned' names no training set; expected one like full, resample-smote"),
        ("full-2", "expected one like full"),
    ],
)
def test_a_name_that_says_nothing(name, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        explain.explain(name)


def test_the_page_on_names_says_what_the_command_says():
    page = (DOCS / "set-names.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` \| (.+) \|$", page, re.MULTILINE)
    assert {name for name, _ in rows} >= {*explain.EXAMPLES}
    for name, sentence in rows:
        assert sentence == explain.explain(name)


def test_every_sampler_has_words_and_no_words_are_of_another():
    for title, known in guide.names().items():
        assert {*guide.PARTS[title]} == {*known}, title
    text = guide.markdown()
    assert all(f"| {name} |" in text for known in guide.names().values() for name in known)


def test_what_the_guide_says_of_weights_is_so():
    """The first tenth gets 11% of the draws, the hardest twice what the easiest gets."""
    from hardness.sets.resampling import rank_probabilities

    chances = rank_probabilities(1000)
    assert f"{100 * chances[:100].sum():.0f}%" == "11%" and "11%" in guide.NEARLY_UNIFORM
    assert chances[0] / chances[-1] == pytest.approx(2, rel=0.01)
