"""How much scores depend on the epoch, on the recipe, and on the member, as far as the record shows
it without further training.

A score after t epochs is the estimator applied to the first t epochs of the record. Scores are
compared by Spearman's correlation over samples (quantity `scores`), and by the share of the pruned
set that differs (`pruned-{rate}`).
"""

import functools
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from hardness.analysis.correlations import ranks, standardized
from hardness.analysis.stability import member_columns, pruned_counts, shared, tiers
from hardness.analysis.variance import jackknifed
from hardness.core.tables import columns_of
from hardness.scoring import estimation
from hardness.scoring.scores import Scores, random_keys
from hardness.scoring.sources import Dynamics

FEWEST = 2  # epochs: with fewer nothing varies
EPOCHS = 16  # evenly spaced epochs that are looked at, and as many spaced by a factor
DIFFERS = 0.05  # below this share of the pruned set, training could have stopped
SPLIT, BOOTSTRAP = 213, 214  # random stream ids of random halves and of resampled samples
SCORES = "scores"
BY_EPOCH = (
    "estimator", "epoch", "epochs", "members", "quantity", "value", "low", "high", "settled"
)  # fmt: skip
COMPARED = ("first", "second", "members", "quantity", "value", "low", "high")
COMPONENTS = ("sample", "recipe", "sample x recipe", "member")


class Ranked:
    """An ensemble's scores, and how subsets of its members rank samples by them. counts: the sizes
    of the pruned sets.
    """

    def __init__(self, scores: Scores, counts: np.ndarray) -> None:
        self.scores, self.counts, self.columns = scores, counts, member_columns(scores)
        # both are needed many times for the same members
        self.ranks, self.tiers = functools.cache(self._ranks), functools.cache(self._tiers)

    def _ranks(self, members: tuple[int, ...]) -> np.ndarray:
        """The ranks (n,) of the mean hardness, standardized: products are correlations."""
        return standardized(ranks(self.columns[0][list(members)].mean(axis=0)))

    def _tiers(self, members: tuple[int, ...]) -> np.ndarray:
        means = self.columns[:, list(members)].mean(axis=1)
        return tiers(np.concatenate([means, random_keys(self.scores, members)]), self.counts)


def compared(
    first: Ranked, second: Ranked, members: tuple[int, ...], others: tuple[int, ...]
) -> np.ndarray:
    """(1 + R,): Spearman's correlation of the mean hardness of `members` in the first ensemble with
    that of `others` in the second; then the share of each pruned set that differs.
    """
    rho = np.clip(first.ranks(members) @ second.ranks(others), -1, 1)
    counts = first.counts
    common = shared(first.tiers(members), second.tiers(others), len(counts))
    return np.array([rho, *((counts - common) / counts)])


def quantities(rates: Sequence[float]) -> list[str]:
    """The names of the values that `compared` returns."""
    return [SCORES, *(f"pruned-{rate:g}" for rate in rates)]


# Epochs


def epochs_looked_at(epochs: int) -> list[int]:
    """Up to 2 x EPOCHS of the epochs 2 to T, with T among them; all, if they are few.

    >>> epochs_looked_at(5)
    [2, 3, 4, 5]
    """
    if epochs <= 2 * EPOCHS:
        return [*range(FEWEST, epochs + 1)]
    evenly = np.linspace(FEWEST, epochs, EPOCHS)
    by_factor = np.geomspace(FEWEST, epochs, EPOCHS)
    return sorted({round(epoch) for epoch in [*evenly, *by_factor]})


def until(dynamics: Dynamics, epoch: int) -> Dynamics:
    """The record of the first epochs. aum is the mean of the margins up to `epoch`."""
    cut = {
        name: getattr(dynamics, name)[:, :epoch]
        for name in ("margin", "loss", "true_logit", "correct")
        if getattr(dynamics, name) is not None
    }
    if "margin" in cut:
        cut["aum"] = cut["margin"].mean(axis=1, dtype=np.float32)
    return Dynamics(dynamics.seeds, **cut)


def by_epoch(dynamics: Dynamics, names: Sequence[str], rates: Sequence[float]) -> dict[str, list]:
    """The mean score over all members after the first t epochs, compared with that after all T.

    names: estimators that `is_running`; rates: percent, ascending. Returns columns, one row per
    estimator, epoch and quantity: estimator, epoch, epochs (T), members, quantity, value, low, high
    (95%, jackknife over members, for a correlation on Fisher's scale; nan below 3 members), settled
    (whether from this epoch on less than 5% of the pruned set differs). Raises as pruned_counts.
    """
    correct = np.asarray(dynamics.correct)
    total, counts = correct.shape[1], pruned_counts(correct.shape[2], rates)
    rows = []
    for name in names:
        final = Ranked(estimation.compute(name, until(dynamics, total)), counts)
        values = [
            _with_intervals(Ranked(estimation.compute(name, until(dynamics, epoch)), counts), final)
            for epoch in epochs_looked_at(total)
        ]
        settled = _settled(np.array([at_epoch[:, 0] for at_epoch in values]))
        for epoch, at_epoch, is_settled in zip(
            epochs_looked_at(total), values, settled, strict=True
        ):
            for place, quantity in enumerate(quantities(rates)):
                value, low, high = at_epoch[place]
                rows.append({
                    "estimator": name, "epoch": epoch, "epochs": total, "members": len(correct),
                    "quantity": quantity, "value": value, "low": low, "high": high,
                    "settled": bool(is_settled[place]) if place else None,
                })  # fmt: skip
    return columns_of(rows, BY_EPOCH)


def _settled(values: np.ndarray) -> np.ndarray:
    """Whether values (E, Q) over E epochs are below DIFFERS from each epoch on: (E, Q) bool."""
    return np.logical_and.accumulate(values[::-1] < DIFFERS, axis=0)[::-1]


def _with_intervals(early: Ranked, final: Ranked) -> np.ndarray:
    """(1 + R, 3): value, low, high of `compared`."""
    everyone = np.arange(early.columns.shape[1])

    @functools.cache
    def of(members: tuple[int, ...]) -> np.ndarray:
        return compared(early, final, members, members)

    def of_scores(members: np.ndarray) -> float:
        return float(np.arctanh(np.clip(of(tuple(members))[0], -1 + 1e-12, 1 - 1e-12)))

    def of_pruned(place: int) -> Callable[[np.ndarray], float]:
        return lambda members: of(tuple(members))[place]

    pruned = [jackknifed(of_pruned(place), everyone) for place in range(1, 1 + len(early.counts))]
    by_fisher = np.tanh(jackknifed(of_scores, everyone))
    by_fisher[0] = of(tuple(everyone))[0]
    return np.vstack([by_fisher[None], np.clip(pruned, 0, 1)])


# Recipes


def between_recipes(
    scores: Mapping[str, Scores], rates: Sequence[float], splits: int = 20, seed: int = 0
) -> dict[str, list]:
    """Compare one estimator's scores by two recipes with those by a single recipe, on halves of the
    ensembles.

    scores: by recipe, with the same number of members each. In each split one half of the seeds
    scores by the first recipe, the other half by the second; if both are the same recipe, only the
    members differ. Returns the columns COMPARED, one row per pair of recipes and quantity: members
    (of a half), value (mean over splits), low and high (5-95% over splits). No rows below 2
    members. Raises as pruned_counts.
    """
    first_scores = next(iter(scores.values()))
    members, counts = first_scores.members or 0, pruned_counts(first_scores.samples, rates)
    half = members // 2
    if not half:
        return {name: [] for name in COMPARED}
    ranked = {recipe: Ranked(score, counts) for recipe, score in scores.items()}
    rng = np.random.default_rng([seed, SPLIT])
    orders = [rng.permutation(members) for _ in range(splits)]
    pairs = [(a, b) for place, a in enumerate(ranked) for b in [*ranked][place:]]
    rows = []
    for first, second in pairs:
        values = [
            compared(ranked[a], ranked[b], tuple(order[:half]), tuple(order[half : 2 * half]))
            for order in orders
            for a, b in dict.fromkeys([(first, second), (second, first)])
        ]
        low, high = np.percentile(values, [5, 95], axis=0)
        for quantity, *numbers in zip(
            quantities(rates), np.mean(values, axis=0), low, high, strict=True
        ):
            rows.append(dict(zip(COMPARED, (first, second, half, quantity, *numbers), strict=True)))
    return columns_of(rows, COMPARED)


# Variance


def variance_shares(values: np.ndarray) -> np.ndarray:
    """The shares of the variance of scores due to the sample, the recipe, their interaction, and
    the member within its recipe.

    values: (R, M, n) of R recipes with M members each. Random effects, from the mean squares of a
    two-way analysis of variance with members nested in recipes; negative components become 0. The
    member's share includes its mean and its noise on single samples. With one recipe the second and
    the third are nan. Returns (4,), with sum 1; nan if nothing varies. Raises ValueError below 2
    members or samples.

    >>> by_two_recipes = np.array([[[0, 4], [0, 4]], [[0, 4], [0, 4]]])
    >>> variance_shares(by_two_recipes).tolist()
    [1.0, 0.0, 0.0, 0.0]
    """
    recipes, members, n = values.shape
    if members < 2 or n < 2:
        raise ValueError(f"{members} members, {n} samples: a split of the variance needs 2 of each")
    cells, rows = values.mean(axis=1), values.mean(axis=2)  # (R, n), (R, M)
    of_recipe, of_sample, grand = rows.mean(axis=1), cells.mean(axis=0), values.mean()
    rest = values - cells[:, None] - rows[:, :, None] + of_recipe[:, None, None]
    error = (rest**2).sum() / (recipes * (members - 1) * (n - 1))
    member = n * ((rows - of_recipe[:, None]) ** 2).sum() / (recipes * (members - 1))
    sample = recipes * members * ((of_sample - grand) ** 2).sum() / (n - 1)
    both = error
    found = {"member": error + max((member - error) / n, 0)}
    if recipes > 1:
        mixed = cells - of_sample - of_recipe[:, None] + grand
        both = members * (mixed**2).sum() / ((recipes - 1) * (n - 1))
        recipe = n * members * ((of_recipe - grand) ** 2).sum() / (recipes - 1)
        found["sample x recipe"] = max((both - error) / members, 0)
        found["recipe"] = max((recipe - both - member + error) / (n * members), 0)
    found["sample"] = max((sample - both) / (recipes * members), 0)
    total = sum(found.values())
    return np.array([found.get(name, np.nan) / total if total else np.nan for name in COMPONENTS])


def variance_split(
    scores: Mapping[str, Scores], resamples: int = 200, seed: int = 0
) -> dict[str, list]:
    """`variance_shares` of one estimator's scores by each recipe, with a bootstrap over samples.

    Returns columns component, recipes, members, share, low, high (95%, percentiles of the
    bootstrap). No rows below 2 members.
    """
    values = np.array([score.scores for score in scores.values()], dtype=np.float64)
    recipes, members, n = values.shape
    names = ("component", "recipes", "members", "share", "low", "high")
    if members < 2:
        return {name: [] for name in names}
    rng = np.random.default_rng([seed, BOOTSTRAP])
    drawn = [variance_shares(values[..., rng.integers(0, n, n)]) for _ in range(resamples)]
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    shares = variance_shares(values)
    rows = [
        dict(zip(names, (component, recipes, members, *numbers), strict=True))
        for component, *numbers in zip(COMPONENTS, shares, low, high, strict=True)
        if not np.isnan(numbers[0])
    ]
    return columns_of(rows, names)
