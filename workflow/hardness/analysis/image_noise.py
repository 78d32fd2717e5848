"""Does a score find spoiled images? For each way of spoiling, against the unchanged images.

The interval over samples is that of label_noise.py. The one over members is a jackknife: all
members make one ensemble here, so that there are no others to compare it with.
"""

from collections.abc import Mapping

import numpy as np

from hardness.analysis import label_noise, variance
from hardness.core.tables import pick, stacked
from hardness.data.imagenoise import KINDS
from hardness.scoring.scores import Scores, ranking

ANY = "any"
METRICS = ("average-precision", "auroc")  # in the order of label_noise.judge
COLUMNS = (
    "estimator", "members", "ensembles", "samples", "spoiled", "value", "chance", "sample_low",
    "sample_high", "member_low", "member_high",
)  # fmt: skip


def detection(scores: Mapping[str, Scores], what: np.ndarray, members: int) -> dict[str, list]:
    """Columns of image-noise.csv: noise (any, or one of imagenoise.KINDS), and those of
    noise-detection.csv, with the spoiled images in place of flipped labels.

    scores: name -> scores of n samples; what: (n,), see imagenoise.kinds; members: the number of
    first members to use. An AUROC below one half says that the spoiled images look easy.
    """
    tables = {}
    for noise in (ANY, *KINDS):
        spoiled = what != "" if noise == ANY else what == noise
        among = spoiled | (what == "")
        own = {name: _of_samples(score.first(members), among) for name, score in scores.items()}
        found = label_noise.detection(own, spoiled[among], [members])
        found["spoiled"] = found.pop("flipped")
        rows = {name: np.array(values) for name, values in found.items()}
        for place, metric in enumerate(METRICS):
            ends = [_over_members(score, spoiled[among], place, members) for score in own.values()]
            low, high = np.array(ends).T
            by_members = {"member_low": low, "member_high": high}
            tables[noise, metric] = pick(rows, metric=metric) | by_members
    return stacked(tables, ("noise", "metric"), COLUMNS)


def _over_members(
    score: Scores, spoiled: np.ndarray, place: int, members: int
) -> tuple[float, float]:
    """The 95% jackknife interval over members of a metric; nan for a score without members, and
    below 3 members.
    """
    if score.members is None:
        return np.nan, np.nan

    def metric(group: np.ndarray) -> float:
        return float(label_noise.judge(ranking(score, group), spoiled, ())[0][place])

    low, high = np.clip(variance.jackknifed(metric, np.arange(members))[1:], 0, 1)
    return float(low), float(high)


def _of_samples(score: Scores, chosen: np.ndarray) -> Scores:
    """The scores of the chosen samples. chosen: (n,) bool."""
    if score.labels is not None:
        return score._replace(labels=score.labels[chosen])
    return score._replace(scores=score.scores[..., chosen], keys=score.keys[..., chosen])
