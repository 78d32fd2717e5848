"""Figure 13: which setting it shows."""

import pytest
import toy_classes

from hardness.evidence.plots import difficulty_families


@pytest.mark.parametrize(
    ("held", "shown"),
    [
        (("part", "train-only", "full"), "full"),
        (("part", "train-only"), "train-only"),
        (("part",), "part"),
    ],
)
def test_all_samples_are_shown_or_the_training_samples(held, shown):
    study = {"names": ["a", "b"]}
    frames = {
        name: (frame := make(study))[frame["setting"].isin(held)].sort_values(
            "setting", key=lambda column: column.map(held.index), kind="stable"
        )
        for name, make in toy_classes.FRAMES["difficulty-families"].items()
    }
    assert set(difficulty_families.table(frames, study)["setting"]) == {shown}
