"""Compute how many pruned samples change as an ensemble of 20 grows (Eq. 9, in the members' order),
for 50,000 samples and nine rates: by the counting of tiers in hardness.analysis.stability, against
numpy's argsort and Python's sets at every size.
"""

import numpy as np

import bench
from hardness.analysis import stability
from hardness.scoring.scores import Scores, hardness, ranking

RATES = (10, 20, 30, 40, 50, 60, 70, 80, 90)


def by_tiers(scores: Scores) -> np.ndarray:
    """Return the share of each pruned set that is new when a member joins, in percent, (R, M - 1),
    as pruning_change does in mode paper.
    """
    members, n = scores.scores.shape
    columns, counts = stability.member_columns(scores), stability.pruned_counts(n, RATES)
    return stability._changes(scores, columns, np.arange(members), counts)


def by_sets(scores: Scores) -> np.ndarray:
    """Compute the same directly: rank the samples by each ensemble, and compare the sets."""
    members, n = scores.scores.shape
    counts, before, changes = stability.pruned_counts(n, RATES), None, []
    for size in range(1, members + 1):
        if len(scores.keys):
            order = ranking(scores, size)
        else:
            order = np.argsort(hardness(scores, size), kind="stable")
        after = [set(order[:count].tolist()) for count in counts]
        if before:
            pairs = zip(before, after, counts, strict=True)
            changes.append([100 * len(new - old) / count for old, new, count in pairs])
        before = after
    return np.array(changes).T


def random_scores(members: int, n: int, seed: int, ties: bool = False) -> Scores:
    """Return scores with equal variance of a part that members share and of noise. With ties: whole
    numbers, and two keys that break ties, as Forgetting has them.
    """
    rng = np.random.default_rng(seed)
    scores, *keys = rng.normal(size=(3, 1, n)) + rng.normal(size=(3, members, n))
    if ties:
        scores, keys[0] = np.round(2 * scores), np.round(5 * keys[0])
    keys = np.array(keys if ties else np.empty((0, members, n)), dtype=np.float32)
    return Scores(scores.astype(np.float32), keys, np.arange(members), "up")


def compared(every: list[Scores], what: str, repeats: int, aim: str = "") -> dict:
    if not all(np.array_equal(by_tiers(scores), by_sets(scores)) for scores in every):
        raise ValueError(f"{what}: counting tiers and comparing sets do not give the same numbers")
    members, n = every[0].scores.shape
    what = f"pruning's change, {n:,} samples, {members} members, {len(RATES)} rates: {what}"
    sides = {
        "sets": lambda: [by_sets(scores) for scores in every],
        "tiers": lambda: [by_tiers(scores) for scores in every],
    }
    found = bench.seconds(what, sides, repeats)
    return bench.row(what, "s", found["tiers"], found["sets"], "times as fast", aim)


def measure(repeats: int, quick: bool) -> list[dict]:
    members, n = (3, 1000) if quick else (20, 50_000)
    three = [random_scores(members, n, seed) for seed in range(3)]
    tied = random_scores(members, n, seed=3, ties=True)
    return [
        compared(
            three, "3 estimators; reference: argsort and sets", repeats, "at least 8x, under 0.2 s"
        ),
        compared([tied], "1 estimator with ties and 2 keys; reference: lexsort and sets", repeats),
    ]


if __name__ == "__main__":
    bench.run(__file__, measure)
