"""What was found, in words filled with the numbers of the csv files: what the report opens with.

Each finding is a function of the frames (names of study/catalog.py -> DataFrames; one that is not
planned or is missing is left out) and of what is told of the study. It returns sentences, none
where there is nothing to say. Numbers are read here, and computed elsewhere.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from hardness.analysis import evaluation
from hardness.core.draws import draw_of
from hardness.core.intervals import spread, t_interval
from hardness.evidence.labels import estimator_label
from hardness.evidence.ranks import classes_by_hardness
from hardness.evidence.rows import grouped, named_rows

Frames = Mapping[str, pd.DataFrame]
Study = Mapping[str, Any]

REASONS = {  # of review.csv: in words
    "conflicting-duplicate": "the same image with different labels",
    "likely-mislabelled": "likely mislabelled",
    "ambiguous": "ambiguous between two classes",
    "unlike-its-class": "unlike its class",
    "near-duplicate": "a near duplicate",
    "unreadable": "unreadable",
}
TRUSTED = 0.9  # agreement of two ensembles, from which a ranking is called stable
WEAK = (
    "Take the scores of single samples with care. What helps: more epochs, larger images (size), a"
    " stronger recipe such as resnet9, more images of the weak classes."
)
NAMED = 5  # classes, files and samples that a sentence lists


class Finding:
    """A heading and its sentences."""

    def __init__(self, title: str, sentences: Sequence[str]) -> None:
        self.title, self.text = title, Markup(" ").join(sentences)


def findings(frames: Frames, study: Study) -> list[Finding]:
    """All that can be said, in the order of FINDINGS."""
    said = {title: find(frames, study) for title, find in FINDINGS.items()}
    return [Finding(title, sentences) for title, sentences in said.items() if sentences]


# Words


def count(number: float, what: str) -> str:
    """Such as "1 sample", "1,234 samples", "2 classes"."""
    plural = what if number == 1 else f"{what}es" if what.endswith("s") else f"{what}s"
    return f"{number:,.0f} {plural}"


def percent(share: float, digits: int = 0) -> str:
    return f"{100 * share:.{digits}f}%"


def points(change: float) -> str:
    """Such as "+1.2 points"."""
    return f"{100 * change + 0.0:+.1f} points".replace("-", "\N{MINUS SIGN}")


def between(low: float, high: float, write: Callable[[float], str] = percent) -> str:
    """Such as " (95%: 77% to 84%)"; nothing without bounds."""
    return "" if np.isnan(low) or np.isnan(high) else f" (95%: {write(low)} to {write(high)})"


def listed(names: Sequence[object], most: int = NAMED) -> str:
    """Such as "a, b and c"; "a, b and 7 more"."""
    texts = [str(name) for name in names]
    if len(texts) > most:
        texts = [*texts[: most - 1], f"{len(texts) - most + 1} more"]
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def _say(text: str, *values: object) -> str:
    """A sentence; what stands for {} is text, whatever signs it holds."""
    return Markup(text).format(*values)


# Findings


def _data(frames: Frames, study: Study) -> list[str]:
    if "ranks" not in frames or "classwise" not in frames:
        return []
    sizes = hardest_first(frames, study).sort_values("n")
    full = frames["classwise"].query("set == 'full'").drop_duplicates("class")
    train, test = sizes["n"].sum(), full["support"].sum()
    parts = (count(train + test, "sample"), count(len(sizes), "class"), f"{train:,}", f"{test:,}")
    said = [_say("{} in {}: {} to train on, {} to test.", *parts)]
    small, large = sizes.iloc[0], sizes.iloc[-1]
    if small["n"] == large["n"]:
        return [*said, _say("Each class has {} of the training samples.", small["n"])]
    return [
        *said,
        _say(
            "The largest class is {} with {} training samples, the smallest {} with {}.",
            *(large["name"], large["n"], small["name"], small["n"]),
        ),
    ]


def _left_out(frames: Frames, study: Study) -> list[str]:
    rows = frames.get("left-out")
    if rows is None or rows.empty:
        return []
    kinds = [
        f"{row.n} {row.reason}" + (f" ({row.examples})" if isinstance(row.examples, str) else "")
        for row in named_rows(rows)
    ]
    return [_say("{} left out: {}.", count(rows["n"].sum(), "file"), "; ".join(kinds))]


def _duplicates(frames: Frames, study: Study) -> list[str]:
    if "duplicates" not in frames:
        return []
    rows = frames["duplicates"]
    if rows.empty:
        return [_say("No sample is there twice.")]
    said, exact = [], rows[rows["kind"] == "exact"]
    for kind, text in (("exact", "the same, value by value"), ("near", "nearly the same")):
        if groups := rows.loc[rows["kind"] == kind, "group"].nunique():
            verb = "holds samples that are" if groups == 1 else "hold samples that are"
            said.append(_say("{} {} {}.", count(groups, "group"), verb, text))
    conflicts = exact.loc[exact["conflict"].astype(bool), "group"].nunique()
    if conflicts:
        said.append(
            _say("In {} of the groups of equal samples labels differ: one is wrong.", conflicts)
        )
    across = (exact.groupby("group")["part"].nunique() > 1).sum()
    if across:
        said.append(
            _say(
                "{} of them {} in the training and in the test part, which flatters the test.",
                across, "lies" if across == 1 else "lie",
            )
        )  # fmt: skip
    return said


def _networks(frames: Frames, study: Study) -> list[str]:
    said = []
    if "overall" in frames:
        rows = frames["overall"].query("set == 'full'")
        rows = rows[rows["recipe"] == study["base_recipe"]]
        mean, low, high = t_interval(rows["accuracy"].to_numpy())
        said.append(
            _say(
                "{} of {} name {}{} of the test samples correctly.",
                count(len(rows), "network"), study["base_recipe"], percent(mean, 1),
                between(low, high, lambda share: percent(share, 1)),
            )
        )  # fmt: skip
    if "out-of-fold" not in frames:
        return said
    rows = frames["out-of-fold"]
    (whole,) = named_rows(rows[rows["class"] == -1])
    interval = between(whole.low, whole.high)
    said.append(
        _say(
            "Networks that did not train on a sample name {}{} of all correctly; by chance it would"
            " be {}.",
            percent(whole.accuracy), interval, percent(whole.chance),
        )
    )  # fmt: skip
    classes = rows[rows["class"] != -1]
    lost = classes.loc[classes["no_better_than_chance"].astype(bool), "name"]
    weak = classes.loc[classes["weak"].astype(bool), "name"]
    if len(lost):
        text = "<strong>No better than chance: {}.</strong> What is said of their samples is noise."
        said.append(_say(text, listed(list(lost))))
    if whole.weak:
        said.append(_say("<strong>That is weak.</strong> {}", WEAK))
    elif len(weak):
        said.append(_say("<strong>Weak: {}.</strong> {}", listed(list(weak)), WEAK))
    return said


def _classes(frames: Frames, study: Study) -> list[str]:
    if "ranks" not in frames:
        return []
    names, by = hardest_first(frames, study)["name"].tolist(), estimator_label(study["ranked_by"])
    order = listed(names, 4) if len(names) < 5 else f"{listed(names[:3])} (easiest: {names[-1]})"
    said = [_say("By {} the hardest classes are, hardest first: {}.", by, order)]
    rows = frames.get("class-differences")
    rows = None if rows is None else rows[rows["estimator"] == study["ranked_by"]]
    if rows is None or rows.empty:
        return said
    certain = rows["verdict"] == "certain"
    texts = {
        answer: [f"{row.harder} than {row.easier}" for row in named_rows(rows[certain == answer])]
        for answer in (True, False)
    }
    if texts[True]:
        said.append(_say("Certainly harder: {}.", listed(texts[True])))
    if texts[False]:
        said.append(_say("Not certain: whether {} is harder.", listed(texts[False])
            .replace(" than ", " or ")))  # fmt: skip
    return said


def hardest_first(frames: Frames, study: Study) -> pd.DataFrame:
    """One row of `ranks`, the allocation by the estimator that ranks, per class; hardest first."""
    rows, estimator = frames["ranks"], study["ranked_by"]
    columns = (rows[name].to_numpy() for name in ("class", "hardness"))
    return rows.iloc[classes_by_hardness(*columns, estimator)[::-1]]


def _look_at(frames: Frames, study: Study) -> list[str]:
    rows = frames.get("review")
    if rows is None or rows.empty:
        return []
    numbers = rows["reason"].value_counts(sort=False)
    kinds = [f"{number} {REASONS.get(reason, reason)}" for reason, number in numbers.items()]
    first = rows.iloc[0]
    said = [
        _say(
            '{} worth a look (<a href="#review">the list</a>, most suspicious first): {}.',
            count(len(rows), "sample"), "; ".join(kinds),
        )
    ]  # fmt: skip
    if np.isfinite(first["probability"]):
        said.append(
            _say(
                "Start with {}: labelled {}, but other networks say {} with a probability of {}.",
                _named(first), first["name"], first["suggested_name"],
                percent(first["probability"]),
            )
        )  # fmt: skip
    return said


def _named(row: Mapping) -> str:
    """A sample's file, or its part and number where there is none."""
    file = row["file"]
    return file if isinstance(file, str) else f"{row['part']} sample {row['index']:.0f}"


def _resampling(frames: Frames, study: Study) -> list[str]:
    if "cells" not in frames:
        return []
    rows = frames["cells"]
    rows = rows[rows["metric"].isin(["precision", "recall"]) & (rows["baseline"] == "own")]
    if rows.empty:
        return []
    changed = rows[rows["verdict"].str.startswith("changed")]
    none = (rows["verdict"] == "none").sum()
    sets = count(rows["set"].nunique(), "training set")
    text = "{} resampled by hardness, mean precision and recall of easy and hard classes:"
    said = [_say(text, sets)]
    said.append(
        _say(
            "of {} changes {} {} shown, {} {} shown to be smaller than matters, {} undecided.",
            len(rows), len(changed), "is" if len(changed) == 1 else "are",
            none, "is" if none == 1 else "are", len(rows) - len(changed) - none,
        )
    )  # fmt: skip
    for row in named_rows(changed.reindex(changed["change"].abs().sort_values().index[::-1])[:3]):
        said.append(
            _say(
                "{} of {} classes by {}: {}{}.",
                row.metric.capitalize(), row.group, row.set, points(row.change),
                between(row.low, row.high, points),
            )
        )  # fmt: skip
    if changed.empty:
        least = rows["detectable"].median()
        if np.isfinite(least):
            text = "So few networks show only changes of about {} or more."
            said.append(_say(text, points(least).lstrip("+")))
    return said


def _pruning(frames: Frames, study: Study) -> list[str]:
    if "sizes" not in frames or "overall" not in frames:
        return []
    sets = frames["sizes"].drop_duplicates("set")
    sets = sets[sets["kind"] == "prune"]
    overall = frames["overall"]
    overall = overall[overall["recipe"] == study["base_recipe"]]
    full = overall[overall["set"] == "full"]
    said = []
    for rate, pruned in grouped(sets, "rate"):
        texts = []
        for spec in named_rows(pruned.drop_duplicates("level")):
            rows = overall[overall["set"] == spec.set]
            changes = evaluation.change(
                *(part[name].to_numpy() for part in (rows, full) for name in ("accuracy", "seed"))
            )
            low, high, _ = spread(changes, draw_of(rows["seed"].to_numpy(), int(spec.draws)))
            text = f"{points(changes.mean())}{between(low, high, points)}"
            texts.append(f"{LEVELS[spec.level]} {text}")
        said.append((rate, texts))
    rates = [said[0], *said[1:][-1:]]  # the smallest and the largest
    return [
        _say("Without {}% of the samples the test accuracy changes by: {}.", f"{rate:g}", texts)
        for rate, texts in ((rate, "; ".join(texts)) for rate, texts in rates)
    ]


LEVELS = {
    "dlp": "the easiest ones of the whole",
    "clp": "the easiest ones of each class",
    "random": "as many at random",
}


def _estimators(frames: Frames, study: Study) -> list[str]:
    if "reliability" not in frames:
        return []
    rows = frames["reliability"].query("quantity == 'scores'")
    rows = rows.dropna(subset="hardness_members")
    rows = rows.sort_values("hardness_members", ascending=False, kind="stable")
    if rows.empty:
        return []
    members = study["members"]["hardness"]
    agreement = dict(zip(rows["estimator"], rows["hardness_members"], strict=True))
    stable = {name: r for name, r in agreement.items() if r >= TRUSTED}
    text = "How far two ensembles of {} agree on the order of the samples (correlation): {}."
    numbers = [f"{estimator_label(name)} {r:.2f}" for name, r in agreement.items()]
    said = [_say(text, count(members, "member"), listed(numbers, 6))]
    if stable:
        names = [estimator_label(name) for name in stable]
        said.append(_say("Stable enough for single samples (at least {}): {}.", TRUSTED,
            listed(names, 6)))  # fmt: skip
    shaky = [
        f"{estimator_label(name)} about {_needed(r, members)}"
        for name, r in agreement.items()
        if 0 < r < TRUSTED
    ]
    if shaky:
        said.append(_say("Members that the others would need for that: {}.", listed(shaky, 6)))
    said.append(
        _say('Stable is not yet right: <a href="#estimators">what each one is for</a>.')
    )  # fmt: skip
    return said


def _needed(agreement: float, members: int) -> int:
    """Members from which two ensembles agree by TRUSTED (Spearman and Brown's formula)."""
    return int(np.ceil(members * TRUSTED * (1 - agreement) / (agreement * (1 - TRUSTED))))


FINDINGS: dict[str, Callable[[Frames, Study], list[str]]] = {
    "The data": _data,
    "Left out": _left_out,
    "Duplicates": _duplicates,
    "Look at these first": _look_at,
    "Hard classes": _classes,
    "How good the networks are": _networks,
    "Resampling": _resampling,
    "Pruning": _pruning,
    "Which estimator to trust": _estimators,
}
