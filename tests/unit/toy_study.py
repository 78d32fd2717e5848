"""A study with made-up numbers, in the form of the pipeline's csv files, to test figures and tables
on.
"""

import numpy as np
import pandas as pd
import toy_classes
import toy_difficulty
import toy_methods
import toy_sensitivity
import toy_unlabelled

from hardness.analysis import label_noise
from hardness.evidence import pictures
from hardness.scoring.scores import Scores
from hardness.sets.spec import FULL, Pruned, Resampled, SetSpec
from study import trained

ESTIMATORS = (
    "aum",
    "confidence",
    "dataiq",
    "el2n",
    "el2n-train",
    "forgetting",
    "forgetting-paper",
    "loss",
    "true-logit",
    "variability",
)
CIFAR = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
RATES = (10, 20, 30, 40, 50, 60, 70, 80)


def specifications(alphas=(1, 3, 5), rhos=(2,), rates=RATES) -> dict[str, SetSpec]:
    """study["sets"]: every set's name and what it is."""
    strategies = [
        (o, u)
        for u in ("none", "easy")
        for o in ("none", "random", "smote", "easy", "hard")
        if (o, u) != ("none", "none")
    ]
    specs = [
        Resampled(over, under, mode, value, "aum", 8, 8, 1 if mode == "paper" else 8)
        for over, under in strategies
        for mode, values in (("paper", alphas), ("study", rhos))
        for value in values
    ]
    specs += [
        Pruned(level, rate, "aum", 8, 8, 8)
        for level, chosen in (("dlp", rates), ("clp", rates), ("random", rates[2:7:2]))
        for rate in chosen
    ]
    return {spec.name: spec for spec in (FULL, *specs)}


def make_study(k: int = 10, dataset: str = "toy", **options) -> dict:
    return {
        "dataset": dataset,
        "members": {"stability": 20, "recall": 10, "hardness": 8, "retraining": 8},
        "paper_estimator": "aum",
        "ranked_by": "aum",
        "paper_suffix": "",
        "base_recipe": "cnn",
        "sets": specifications(**options),
        "names": CIFAR if k == 10 else tuple(f"class {c}" for c in range(k)),
        "n": np.full(k, 5000 if k == 10 else 500),
        "rebalancing": toy_methods.TOLD,
        "trained": dict.fromkeys(trained.WORDS, "five seeds, 12 epochs"),
        "aum": np.random.default_rng(k).permutation(
            np.linspace(8, 2.5, k) + np.random.default_rng(1).normal(0, 0.2, k)
        ),
    }


def make_evaluation(study: dict, wanted=lambda name: True, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    k, z = len(study["names"]), _difficulty(study)
    support = 1000 if k == 10 else 100
    noise = rng.normal(0, 0.6 / np.sqrt(support), (20, k))
    parts = []
    for name, spec in study["sets"].items():
        if not wanted(name):
            continue
        M = 20 if name == "full" else 8
        level = 0.97 - (0.12 if k == 10 else 0.35) * z**1.3 + 0.01 * np.sin(7 * np.arange(k))
        if isinstance(spec, Pruned):
            rate = spec.rate / 100
            loss = {
                "dlp": 0.05 * rate**2 + 0.5 * rate**6,
                "clp": 0.25 * rate**2 * z,
                "random": 0.1 * rate**1.5 * (1 + z),
            }
            level = level - loss[spec.level]
        elif isinstance(spec, Resampled):
            level = level + 0.004 * (z - 0.5) * spec.setting
        recall = np.clip(
            level + noise[:M] * 0.5 + rng.normal(0, 0.4 / np.sqrt(support), (M, k)), 0, 1
        )
        precision = np.clip(recall + rng.normal(0, 0.006, (M, k)), 0, 1)
        grid = np.indices((M, k)).reshape(2, -1)
        columns = {
            "set": name,
            "recipe": "cnn",
            "seed": grid[0],
            "class": grid[1],
            "name": np.array(study["names"])[grid[1]],
        }
        columns |= {
            "precision": precision.ravel(),
            "recall": recall.ravel(),
            "accuracy": 1 - (1 - recall.ravel()) / k,
            "f1": recall.ravel(),
            "mcc": recall.ravel(),
        }
        parts.append(pd.DataFrame({**columns, "support": support, "predicted": support}))
    return pd.concat(parts, ignore_index=True)


def _difficulty(study: dict) -> np.ndarray:
    aum = study["aum"]
    return (aum.max() - aum) / (aum.max() - aum.min())


def make_allocation(study: dict) -> pd.DataFrame:
    aum, n, k = study["aum"], study["n"], len(study["names"])
    rows = []
    settings = sorted(
        {
            (spec.mode, spec.alpha, spec.rho)
            for spec in study["sets"].values()
            if isinstance(spec, Resampled)
        },
        key=str,
    )
    paper = n.sum() * (1 / aum) / (1 / aum).sum() > n
    for mode, alpha, rho in settings:
        ratio = 1 / aum if mode == "paper" else 1 + (rho - 1) * _difficulty(study)
        ratio = ratio if mode == "study" else ratio.mean() + alpha * (ratio - ratio.mean())
        clipped = ratio <= 0
        ratio = np.where(clipped, 0.0004 * ratio.mean(), ratio)
        size = np.round(n.sum() * ratio / ratio.sum())
        rows.append(pd.DataFrame({
            "estimator": "aum", "mode": mode, "alpha": alpha, "rho": rho, "effective_alpha": alpha,
            "class": range(k), "name": study["names"], "n": n, "hardness": aum,
            "sample_low": aum - 0.2, "sample_high": aum + 0.2, "member_low": aum - 0.06,
            "member_high": aum + 0.06, "ratio": ratio, "size": size, "clipped": clipped,
            "hard": paper, "achieved": 3.0, "displaced": 0.1,
        }).astype({"alpha": float, "rho": float}))  # fmt: skip
    return pd.concat(rows, ignore_index=True)


def make_ratios(study: dict) -> pd.DataFrame:
    """recall-by-hardness.sizes.csv: class sizes by three metrics, each weaker than the one before
    it.
    """
    rows = make_allocation(study)
    parts = [
        rows.assign(estimator=metric, size=rows["n"] + share * (rows["size"] - rows["n"]))
        for metric, share in (("recall", 0.3), ("f1", 0.2), ("accuracy", 0.05))
    ]
    return pd.concat(parts, ignore_index=True)


def make_sizes(study: dict) -> pd.DataFrame:
    n, z, rows = study["n"], _difficulty(study), []
    for name, spec in study["sets"].items():
        if not isinstance(spec, Pruned):
            continue
        share = np.full(len(n), spec.rate / 100)
        if spec.level == "dlp":
            share = share ** (0.6 + 1.2 * z)
            share *= spec.rate / 100 / share.mean()
        removed = np.round(n * np.minimum(share, 1)).astype(int)
        rows.append(pd.DataFrame({
            "set": name, "kind": "prune", "over": None, "under": None, "mode": None,
            "alpha": np.nan, "rho": np.nan, "level": spec.level, "rate": spec.rate,
            "estimator": "aum", "members": 8, "draws": spec.draws, "class": range(len(n)),
            "name": study["names"], "n": n, "size": n - removed, "removed": removed, "added": 0,
        }))  # fmt: skip
    return pd.concat(rows, ignore_index=True)


def make_change(study: dict) -> pd.DataFrame:
    rng, rows = np.random.default_rng(2), []
    scale = dict(zip(ESTIMATORS, np.linspace(0.6, 1.6, len(ESTIMATORS)), strict=True))
    for estimator in ESTIMATORS:
        for mode in ("paper", "study"):
            for rate in range(10, 100, 10):
                for j in range(1, study["members"]["stability"]):
                    value = scale[estimator] * 22 * (1 - rate / 110) / j * rng.uniform(0.9, 1.1)
                    band = (None, None) if mode == "paper" else (value * 0.8, value * 1.2)
                    rows.append((estimator, mode, rate, j, value, *band))
    return pd.DataFrame(
        rows, columns=["estimator", "mode", "rate", "members", "change", "low", "high"]
    )


def make_differences(study: dict) -> pd.DataFrame:
    rows = []
    for scale, estimator in enumerate(ESTIMATORS, start=1):
        for mode, parameter in (("paper", "a1"), ("study", "r2")):
            for j in range(1, study["members"]["stability"]):
                value = 30 * scale**0.5 / j
                rows.append((estimator, mode, parameter, j, 0.1 * value, value, 3.2 * value))
    return pd.DataFrame(
        rows, columns=["estimator", "mode", "parameter", "members", "min", "mean", "max"]
    )


def make_overlap(study: dict) -> pd.DataFrame:
    """overlap.csv, of both ensembles."""
    sizes = [study["members"][use] for use in ("hardness", "stability")]
    parts = [_overlap(seed).assign(members=size) for seed, size in enumerate(sizes, start=3)]
    return pd.concat(parts, ignore_index=True)


def _overlap(seed: int) -> pd.DataFrame:
    rng, rows = np.random.default_rng(seed), []
    for i, first in enumerate(ESTIMATORS):
        for second in ESTIMATORS[i + 1 :]:
            distance = rng.uniform(0.15, 0.8)
            for rate in range(10, 100, 10):
                t = rate / 100
                replaced = distance * (1 - t)
                given = 0.97 * (1 - t)
                chance = (1 - t, t / (2 - t), given)
                rows.append(
                    (
                        first,
                        second,
                        rate,
                        10 * rate,
                        replaced,
                        (1 - replaced) / (1 + replaced),
                        *chance,
                    )
                )
    columns = [
        "first",
        "second",
        "rate",
        "n_pruned",
        "replaced",
        "jaccard",
        "replaced_chance",
        "jaccard_chance",
    ]
    return pd.DataFrame(rows, columns=[*columns, "replaced_chance_given_classes"])


def make_gallery(
    study: dict, m: int = 10, side: int = 8, channels: int = 1
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """samples.csv's rows, index (2, m) and images (2, m, side, side, channels) uint8."""
    rng, k = np.random.default_rng(4), len(study["names"])
    labels = rng.integers(0, k, 400)
    samples = pd.DataFrame(
        {
            "index": range(400),
            "file": None,
            "label": labels,
            "name": np.array(study["names"])[labels],
        }
    )
    samples["aum"] = rng.normal(4, 2, 400)
    order = np.argsort(samples["aum"].to_numpy())
    return (
        samples,
        np.stack([order[:m], order[: -m - 1 : -1]]),
        rng.integers(0, 256, (2, m, side, side, channels), np.uint8),
    )


def make_groups(study: dict) -> pd.DataFrame:
    first = make_allocation(study).drop_duplicates("class")
    group = np.where(first["hard"], "hard", "easy")
    return first[["class", "name", "n"]].assign(group=group, rule="mode paper, alpha 1")


def make_detection(study: dict) -> pd.DataFrame:
    """noise-detection.csv of made-up scores, each of which finds the flips better than the one
    before it.
    """
    n = 400
    rng, flipped = np.random.default_rng(5), np.arange(n) < n // 10
    members = study["members"]["hardness"]
    scores = {}
    for shift, name in enumerate(ESTIMATORS):
        values = rng.normal(size=(members, n)) + rng.normal(size=n) + 0.4 * shift * flipped
        scores[name] = Scores(
            values.astype(np.float32), np.empty((0, members, n)), np.arange(members), "up"
        )
    return pd.DataFrame(label_noise.detection(scores, flipped, label_noise.sizes(members)))


def make_duplicates(study: dict) -> pd.DataFrame:
    """duplicates.csv: of make_gallery's samples two hard ones with two labels, an easy one with a
    test image.
    """
    _, index, _ = make_gallery(study)
    rows = [
        (0, "train", index[0, 2], True, "exact"),
        (0, "train", index[0, 5], True, "exact"),
        (1, "train", index[1, 1], False, "exact"),
        (1, "test", index[0, 3], False, "exact"),
        (2, "train", index[0, 0], True, "near"),
    ]
    return pd.DataFrame(rows, columns=["group", "part", "index", "conflict", "kind"])


def make_map(study: dict) -> pd.DataFrame:
    """data-map.csv of make_gallery's samples."""
    samples, rng = make_gallery(study)[0], np.random.default_rng(6)
    confidence = rng.uniform(0, 1, len(samples))
    return samples[["index", "label", "name"]].assign(
        confidence=confidence,
        variability=np.sqrt(confidence * (1 - confidence)) * rng.uniform(0.2, 0.9, len(samples)),
        correctness=np.clip(confidence + rng.normal(0, 0.1, len(samples)), 0, 1),
    )


def make_pictures(study: dict, side: int = 8) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The images (p, side, side, 3) of figures/pictures.npz, and its other arrays: pictures of each
    class, and of make_duplicates' rows.
    """
    samples, rng = make_gallery(study)[0], np.random.default_rng(8)
    order = np.argsort(-samples["aum"].to_numpy())
    variability = make_map(study)["variability"].to_numpy()
    chosen = pictures.of_classes(order, variability, samples["label"].to_numpy(), 5)
    listed = pictures.of_rows([make_duplicates(study)])
    arrays = {
        "kind": np.array([*chosen["kind"], *["listed"] * len(listed)]),
        "part": np.array(["train"] * len(chosen["index"]) + [part for part, _ in listed]),
        "index": np.array([*chosen["index"], *(index for _, index in listed)]),
    }
    return rng.integers(0, 256, (len(arrays["kind"]), side, side, 3), np.uint8), arrays


def make_confusion(study: dict) -> pd.DataFrame:
    """out-of-fold/confusion.csv: mostly right, else the next class."""
    names, k = study["names"], len(study["names"])
    shares = 0.8 * np.eye(k) + 0.15 * np.roll(np.eye(k), 1, axis=1) + 0.05 / k
    label, predicted = (places.ravel() for places in np.indices((k, k)))
    return pd.DataFrame({
        "label": label, "name": np.array(names)[label], "predicted": predicted,
        "predicted_name": np.array(names)[predicted],
        "n": np.round(study["n"][label] * shares.ravel()).astype(int), "share": shares.ravel(),
    })  # fmt: skip


def make_frames(name: str, study: dict) -> dict:
    """The inputs of one figure, keyed as the pipeline keys them."""
    if name == "gallery":
        samples, index, _ = make_gallery(study)
        images = {"index": index}
        return {"samples": samples, "images": images, "duplicates": make_duplicates(study)}
    if name == "gallery-by-class":
        _, arrays = make_pictures(study)
        return {"samples": make_gallery(study)[0], "map": make_map(study),
                "ranks": make_allocation(study), "pictures": arrays}  # fmt: skip
    shown = {
        "recall-by-class": lambda s: s == "full",
        "recall-by-hardness": lambda s: s == "full",
        "recall-change": lambda s: s == "full" or s.startswith("resample-smote-easy"),
        "metric-change": lambda s: s == "full" or s.startswith("resample-smote-easy"),
        "dlp-against-clp": lambda s: s == "full" or s.startswith("prune"),
        "recall-by-rate": lambda s: s == "full" or s.startswith(("prune-dlp", "prune-clp")),
    }
    ranked = {"ranks": make_allocation, "groups": make_groups}
    others = {
        "class-sizes": {"allocation": make_allocation},
        "recall-by-hardness": ranked | {"allocation": make_allocation, "ratios": make_ratios},
        "recall-change": ranked,
        "metric-change": ranked,
        "recall-by-rate": ranked,
        "removed-by-class": {"ranks": make_allocation, "sizes": make_sizes},
        "pruning-stability": {"change": make_change},
        "absolute-differences": {"differences": make_differences},
        "estimator-overlap": {"overlap": make_overlap},
        "noise-detection": {"detection": make_detection},
        "data-map": {"map": make_map},
        "confusion": {"confusion": make_confusion},
        **toy_sensitivity.FRAMES,
        "noise-thresholds": {"samples": lambda study: make_gallery(study)[0]},
        "msd-map": {"samples": toy_unlabelled.make_samples, "map": make_map},
        "classes-by-msd": {
            "ranks": make_allocation,
            "allocation-by-msd": lambda study: make_allocation(study).assign(estimator="msd"),
            "resampled-by-msd": toy_unlabelled.make_resampled,
        },
        **toy_classes.FRAMES,
        **toy_methods.FRAMES,
        **toy_difficulty.FRAMES,
        **toy_unlabelled.FRAMES,
    }
    frames = {key: make(study) for key, make in others.get(name, {}).items()}
    return frames | ({"evaluation": make_evaluation(study, shown[name])} if name in shown else {})
