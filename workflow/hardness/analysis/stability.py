"""How much hardness depends on the members of the ensemble (Eqs. 8, 9, reliability), and on the
estimator.

Pruned sets are nested (the easiest 10%, 20%, ...), so one number per sample, its tier, says which
of them it is in: tier 0 is in all, tier 1 in all but the smallest, and so on. Counting pairs of
tiers compares two rankings at all rates at once.

An estimator that needs no network has no members. Like a single member, it has rows in `overlap`
only.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from typing import Any

import numpy as np

from hardness.core.classes import class_counts, class_means
from hardness.core.intervals import pearson, spearman_brown
from hardness.core.tables import columns_of, stacked
from hardness.scoring.scores import Scores, hardness, random_keys, ranking
from hardness.sets.allocation import PaperPolicy, Policy, StudyPolicy, UndefinedError, policies

ORDERS, SPLITS = 211, 212  # random stream ids of random orders and of random halves
RELIABILITY = (
    "quantity", "half", "correlation", "low", "high", "all_members", "hardness_members"
)  # fmt: skip


def tables(
    scores: Mapping[str, Scores],
    labels: np.ndarray,
    k: int,
    ensembles: Mapping[str, int],
    settings: Mapping[str, Any],
    alphas: Sequence[float],
    rhos: Sequence[float],
) -> dict[str, dict]:
    """The tables change, differences, overlap and reliability, of all estimators.

    labels: (n,) in 0..k-1; ensembles: the sizes `stability` and `hardness`; estimators are compared
    with both (column members of overlap); settings: rates, orders, splits; alphas, rhos: of the
    class sizes, whose reliability uses the first rho.
    Raises as the functions that make them.
    """
    rates = settings["rates"]
    for name, score in scores.items():
        if score.members is None:
            print(f"{name} needs no network: it has no members, and rows in overlap only")
    first = {name: score.first(ensembles["stability"]) for name, score in scores.items()}
    parts: dict[str, dict[str, Mapping]] = {
        name: {
            "change": pruning_change(score, rates, settings["orders"]),
            "differences": absolute_differences(score, labels, k, policies(alphas, rhos)),
            "reliability": reliability(
                score, labels, k, rates, ensembles["hardness"], rhos[0], settings["splits"]
            ),
        }
        for name, score in first.items()
    }
    made = {
        table: stacked({(name,): part[table] for name, part in parts.items()}, ["estimator"])
        for table in ("change", "differences", "reliability")
    }
    sizes = dict.fromkeys((ensembles["hardness"], ensembles["stability"]))
    compared = {}
    for size in sizes:
        rankings = {name: ranking(score, size) for name, score in scores.items()}
        compared[size,] = overlap(rankings, rates, labels)
    return made | {"overlap": stacked(compared, ["members"])}


def pruned_counts(n: int, rates: Sequence[float]) -> np.ndarray:
    """How many of n samples each rate (percent) prunes, (R,) int64, as pruning.prune does.

    Raises ValueError if the rates do not ascend between 0 and 100, or one of them prunes no sample,
    or all.
    """
    if not len(rates) or any(
        low >= high for low, high in zip([0, *rates], [*rates, 100], strict=True)
    ):
        raise ValueError(
            f"pruning rates must ascend, in percent, between 0 and 100; they are {list(rates)}"
        )
    counts = np.array([round(rate * n / 100) for rate in rates])
    if not 0 < counts[0] <= counts[-1] < n:
        raise ValueError(
            f"pruning {rates[0]} to {rates[-1]}% of {n} samples leaves no comparison: take other "
            "rates"
        )
    return counts


def tiers(columns: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """For each sample, how many of the pruned sets it is not in; the i-th set holds the counts[i]
    easiest samples.

    columns: (1 + q, n), what scores.ranking ranks by: hardness, then the keys that break ties (then
    the index); counts: (R,) ascending, in 1..n. Returns (n,) int64 in 0..R. Only samples tied at a
    boundary need the next column, so this costs less than one ranking.
    """
    if not len(columns):
        return np.searchsorted(counts, np.arange(columns.shape[1]), side="right")
    hardness = columns[0]
    ascending = np.sort(hardness)
    boundaries = ascending[counts - 1]
    tier = np.zeros(len(hardness), dtype=np.int64)
    for boundary in boundaries:
        tier += hardness > boundary
    cut = (
        ascending[np.minimum(counts, len(ascending) - 1)] == boundaries
    )  # few boundaries cut a tie
    for boundary in dict.fromkeys(boundaries[cut].tolist()):
        tied = np.flatnonzero(hardness == boundary)
        pruned = counts[boundaries == boundary] - np.count_nonzero(hardness < boundary)
        if pruned[0] < len(tied):
            tier[tied] += tiers(columns[1:, tied], pruned)
    return tier


def shared(first: np.ndarray, second: np.ndarray, rates: int) -> np.ndarray:
    """|A & B| of two pruned sets at each rate, (rates,) int64, from their (n,) arrays of tiers."""
    pairs = np.bincount(first * (rates + 1) + second, minlength=(rates + 1) ** 2).reshape(
        rates + 1, rates + 1
    )
    return pairs.cumsum(axis=0).cumsum(axis=1).diagonal()[:-1]


def member_columns(scores: Scores) -> np.ndarray:
    """Each member's hardness and keys, (1 + q, M, n) float64. Rankings use their means over
    members, before ties fall at random. Scores without members count as those of a single one, M =
    1.
    """
    members = range(scores.members or 1)
    columns = np.array([hardness(scores, [member]) for member in members])[None]
    keys = scores.of_samples(scores.keys.astype(np.float64))
    return np.concatenate([columns, keys.reshape(len(keys), *columns.shape[1:])])


def _growing(
    scores: Scores, columns: np.ndarray, order: np.ndarray, counts: np.ndarray
) -> Iterator[np.ndarray]:
    """The tiers for the first 1, 2, ... members of an order. columns: `member_columns(scores)`."""
    total = np.zeros((len(columns), columns.shape[2]))
    for size, member in enumerate(order, start=1):
        total += columns[:, member]
        yield tiers(np.concatenate([total / size, random_keys(scores, order[:size])]), counts)


def _changes(
    scores: Scores, columns: np.ndarray, order: np.ndarray, counts: np.ndarray
) -> np.ndarray:
    """Eq. 9 in percent, (R, M - 1), as members join in this order."""
    changes = np.empty((len(counts), len(order) - 1))
    for step, (before, after) in enumerate(pairwise(_growing(scores, columns, order, counts))):
        changes[:, step] = 100 * (counts - shared(before, after, len(counts))) / counts
    return changes


def pruning_change(
    scores: Scores, rates: Sequence[float], orders: int = 100, seed: int = 0
) -> dict[str, np.ndarray]:
    """Share of the pruned set that is new when one more member joins (Eq. 9): one row per mode,
    rate and ensemble size.

    rates: percent, ascending; orders: the number of random orders of the members, which are the
    same for all estimators with the same number of members.
    Returns columns mode, rate, members (j, from j to j + 1), change, low, high in percent. Mode
    paper: members in their order (low, high nan). Mode study: mean and 5-95% band over the random
    orders. No rows for a single member.
    Raises ValueError as pruned_counts, and if orders is below 1.
    """
    if orders < 1:
        raise ValueError(f"{orders} random orders are asked for; there must be at least 1")
    columns = member_columns(scores)
    members, n = columns.shape[1:]
    counts = pruned_counts(n, rates)
    rng = np.random.default_rng([seed, ORDERS])
    paper = _changes(scores, columns, np.arange(members), counts)
    study = np.array(
        [_changes(scores, columns, rng.permutation(members), counts) for _ in range(orders)]
    )
    low, high = np.percentile(study, [5, 95], axis=0)
    none = np.full(paper.size, np.nan)
    return {
        "mode": np.repeat(["paper", "study"], paper.size),
        "rate": np.tile(np.repeat(rates, members - 1), 2),
        "members": np.tile(np.arange(1, members), 2 * len(rates)),
        "change": np.concatenate([paper.ravel(), study.mean(axis=0).ravel()]),
        "low": np.concatenate([none, low.ravel()]),
        "high": np.concatenate([none, high.ravel()]),
    }


def absolute_differences(
    scores: Scores,
    labels: np.ndarray,
    k: int,
    by: Sequence[Policy] = (PaperPolicy(1), StudyPolicy(2)),
) -> dict[str, list]:
    """By how many samples class sizes change when one more member joins, in the members' order (Eq.
    8).

    labels: (n,) in 0..k-1; by: the policies that give the sizes. Returns columns mode, parameter
    (a1: mode paper with that alpha; r2: mode study with that rho), members (j, from j to j + 1),
    min, mean, max over classes, in samples. Where Eq. 3 is undefined for either ensemble the row
    is left out. Raises as allocation's functions.
    """
    counts, by_member = class_counts(labels, k), class_means(member_columns(scores)[0], labels, k)
    means = by_member.cumsum(axis=0) / np.arange(1, len(by_member) + 1)[:, None]
    rows = []
    for policy in by:
        allocated = [_sizes_of(policy, mean, counts, scores.direction) for mean in means]
        for members, (before, after) in enumerate(pairwise(allocated), start=1):
            if before is not None and after is not None:
                moved = np.abs(after - before)
                row = {"mode": policy.mode, "parameter": policy.parameter, "members": members}
                rows.append(row | {"min": moved.min(), "mean": moved.mean(), "max": moved.max()})
    return columns_of(rows, ("mode", "parameter", "members", "min", "mean", "max"))


def _sizes_of(
    policy: Policy, means: np.ndarray, counts: np.ndarray, direction: str
) -> np.ndarray | None:
    """The policy's class sizes, or None where Eq. 3 is undefined."""
    try:
        return policy.allocate(means, counts, direction).sizes
    except UndefinedError:
        return None


def overlap(
    rankings: Mapping[str, np.ndarray], rates: Sequence[float], labels: np.ndarray
) -> dict[str, np.ndarray | list]:
    """How far two estimators prune the same samples, one row per pair and rate.

    rankings: name -> (n,) samples from the easiest to the hardest (scores.ranking); rates: percent,
    ascending; labels: (n,). Returns columns first, second, rate, n_pruned, replaced (1 - |A & B| /
    |A|), jaccard, and their values by chance: replaced_chance (1 - t), jaccard_chance (t / (2 - t))
    with t the share pruned, and replaced_chance_given_classes (1 - sum_c(a_c b_c / n_c) / |A|: both
    sets keep their class counts).
    Raises ValueError as pruned_counts, and if a class is empty.
    """
    n, k = len(labels), int(np.max(labels)) + 1
    in_class, counts = class_counts(labels, k), pruned_counts(n, rates)
    tier_of, pruned_of = {}, {}  # pruned_of: (k, R) samples of each class in each pruned set
    for name, order in rankings.items():
        tier_of[name] = np.empty(n, dtype=np.int64)
        tier_of[name][order] = np.searchsorted(counts, np.arange(n), side="right")
        by_tier = np.bincount(
            labels * (len(counts) + 1) + tier_of[name], minlength=k * (len(counts) + 1)
        )
        pruned_of[name] = by_tier.reshape(k, -1).cumsum(axis=1)[:, :-1]

    pairs = list(combinations(rankings, 2))
    common = np.array([shared(tier_of[a], tier_of[b], len(counts)) for a, b in pairs]).ravel()
    expected = np.array(
        [(pruned_of[a] * pruned_of[b] / in_class[:, None]).sum(axis=0) for a, b in pairs]
    ).ravel()
    pruned = np.tile(counts, len(pairs))
    return {
        "first": [a for a, _ in pairs for _ in rates],
        "second": [b for _, b in pairs for _ in rates],
        "rate": np.tile(rates, len(pairs)),
        "n_pruned": pruned,
        "replaced": (pruned - common) / pruned,
        "jaccard": common / (2 * pruned - common),
        "replaced_chance": (n - pruned) / n,
        "jaccard_chance": pruned / (2 * n - pruned),
        "replaced_chance_given_classes": 1 - expected / pruned,
    }


def reliability(
    scores: Scores,
    labels: np.ndarray,
    k: int,
    rates: Sequence[float],
    hardness_members: int,
    rho: float = 2,
    splits: int = 100,
    seed: int = 0,
) -> dict[str, list]:
    """How far two halves of the ensemble agree, over random splits into disjoint halves of M // 2
    members.

    labels: (n,) in 0..k-1; rates: percent, ascending; rho: of the class sizes, in mode study;
    hardness_members: an ensemble size. Returns columns, one row per quantity: quantity (scores,
    class-sizes, pruned-{rate}), half (members in a half), correlation (mean over splits of
    Pearson's correlation between the halves; for a pruned set the share replaced), low, high (5-95%
    over splits), all_members, hardness_members (the mean stepped up by Spearman-Brown to all
    members, and to hardness_members; nan for pruned sets). No rows for a single member.
    Raises as pruned_counts and allocation's functions; ValueError if splits or hardness_members is
    below 1.
    """
    if splits < 1 or hardness_members < 1:
        raise ValueError(
            "splits and hardness members must be at least 1; they are "
            f"{splits} and {hardness_members}"
        )
    columns = member_columns(scores)
    members, n = columns.shape[1:]
    half, counts, in_class = members // 2, pruned_counts(n, rates), class_counts(labels, k)
    member_class_means = class_means(columns[0], labels, k)
    rng = np.random.default_rng([seed, SPLITS])

    def judge(chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The hardness, class sizes and tiers from one half's members."""
        means = columns[:, chosen].mean(axis=1)
        of_classes = member_class_means[chosen].mean(axis=0)
        sizes = StudyPolicy(rho).allocate(of_classes, in_class, scores.direction).sizes
        keys = random_keys(scores, chosen)
        return means[0], sizes, tiers(np.concatenate([means, keys]), counts)

    quantities = ("scores", "class-sizes", *(f"pruned-{rate:g}" for rate in rates))
    values = []  # per split, one value per quantity
    for _ in range(splits if half else 0):
        order = rng.permutation(members)
        first, second = judge(order[:half]), judge(order[half : 2 * half])
        replaced = (counts - shared(first[2], second[2], len(counts))) / counts
        values.append([pearson(first[0], second[0]), pearson(first[1], second[1]), *replaced])

    rows = []
    for quantity, found in zip(quantities, np.transpose(values), strict=True) if half else ():
        mean, (low, high) = np.mean(found), np.percentile(found, [5, 95])
        wanted = (np.nan, np.nan) if quantity.startswith("pruned") else (members, hardness_members)
        stepped = [spearman_brown(mean, size / half) for size in wanted]
        rows.append(
            dict(zip(RELIABILITY, (quantity, half, mean, low, high, *stepped), strict=True))
        )
    return columns_of(rows, RELIABILITY)
