"""Write the findings, sentences with numbers from the csv files, with which the report opens.

Each finding is a function of the frames (name in study/inventory.py -> DataFrame, without those
that are not planned or missing) and of facts about the study. It returns sentences, none if there
is nothing to say. Numbers are only read here, and computed elsewhere.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from markupsafe import Markup

from hardness.analysis import evaluation, review
from hardness.analysis.class_differences import CERTAIN
from hardness.analysis.held_out import ALL, weaknesses
from hardness.core.draws import draw_of
from hardness.core.intervals import spread, t_interval
from hardness.evidence.labels import estimator_label
from hardness.evidence.ranks import classes_by_hardness
from hardness.evidence.rows import grouped, named_rows
from hardness.evidence.tables._text import decided, strategy
from hardness.sets.spec import Pruned, Resampled
from report.words import NAMED, between, count, listed, named, percent, points

Frames = Mapping[str, pd.DataFrame]
Study = Mapping[str, Any]

REASONS = {  # reason in review.csv -> words
    review.CONFLICT: "duplicate with another label",
    review.MISLABELLED: "likely mislabelled",
    review.DUPLICATE: "duplicate",
    review.NEAR: "near duplicate",
    review.AMBIGUOUS: "ambiguous",
    review.UNLIKE: "unlike the given class",
    review.HARD: "hard",
    review.IN_SAMPLE: "hard in training",
    review.UNREADABLE: "unreadable",
}
LEVELS = {
    "dlp": "the easiest of all",
    "clp": "the easiest of each class",
    "hardest": "the hardest of all",
    "random": "random ones",
}
DECIDES = 6  # members, the fewest for which sign flips can give a p-value below .05
TRUSTED = 0.9  # agreement of two ensembles from which a ranking is called stable
NAMED_GROUPS = 3  # groups of duplicates that a sentence lists


class Finding(NamedTuple):
    """A heading, and its sentences as HTML."""

    title: str
    text: str


def findings(frames: Frames, study: Study) -> list[Finding]:
    """Return all findings that the frames allow, in the order of FINDINGS."""
    said = {title: find(frames, study) for title, find in FINDINGS.items()}
    return [
        Finding(title, Markup(" ").join(sentences))
        for title, sentences in said.items()
        if sentences
    ]


def _say(text: str, *values: object) -> str:
    """Format a sentence; values are escaped, so that they are shown as text."""
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
        return [_say("No sample occurs twice.")]
    said = []
    for kind, text in (("exact", "equal"), ("near", "nearly equal")):
        if groups := rows.loc[rows["kind"] == kind, "group"].nunique():
            said.append(_say("{} of {} samples.", count(groups, "group"), text))
    exact = rows[rows["kind"] == "exact"]
    conflicts = exact[exact["conflict"].astype(bool)]
    if len(conflicts):
        text = "In {} of the groups of equal samples the labels differ, so one is wrong: {}."
        said.append(_say(text, conflicts["group"].nunique(), _members(conflicts)))
    across = exact[exact.groupby("group")["part"].transform("nunique") > 1]
    if len(across):
        groups = across["group"].nunique()
        said.append(
            _say(
                "{} of equal samples {} both in the training and in the test part, which biases the"
                " test: {}.",
                count(groups, "group"), "is" if groups == 1 else "are", _members(across),
            )
        )  # fmt: skip
    return said


def _members(rows: pd.DataFrame) -> str:
    """The samples of groups of duplicates, such as "a.png = b.png; c.png = test sample 3"."""
    texts = [
        " = ".join(
            named(row["part"], row["index"], row["file"]) for row in group.to_dict("records")
        )
        for _, group in grouped(rows, "group")
    ]
    more = len(texts) - NAMED_GROUPS
    return "; ".join([*texts[:NAMED_GROUPS], *([f"{more} more"] if more > 0 else [])])


def _networks(frames: Frames, study: Study) -> list[str]:
    said = []
    if "overall" in frames:
        rows = frames["overall"].query("set == 'full'")
        rows = rows[rows["recipe"] == study["base_recipe"]]
        mean, low, high = map(float, t_interval(rows["accuracy"].to_numpy()))
        said.append(
            _say(
                "Trained by {}, {} of the test samples are recognized{}, the mean of {}.",
                study["base_recipe"], percent(mean, 1),
                between(low, high, lambda share: percent(share, 1)), count(len(rows), "network"),
            )
        )  # fmt: skip
    if "out-of-fold" not in frames:
        return said
    rows = frames["out-of-fold"]
    if weak := weaknesses({name: rows[name].to_numpy() for name in rows}):
        return [*said, _say("<strong>{}</strong> {}", weak[0], " ".join(weak[1:]))]
    (whole,) = named_rows(rows[rows["class"] == ALL])
    text = (
        "Networks that did not train on a sample recognize {}{}; guessing the largest class would"
        " be right for {}."
    )
    interval = between(whole.low, whole.high)
    return [*said, _say(text, percent(whole.accuracy), interval, percent(whole.chance))]


def _classes(frames: Frames, study: Study) -> list[str]:
    if "ranks" not in frames:
        return []
    names, by = hardest_first(frames, study)["name"].tolist(), estimator_label(study["ranked_by"])
    order = listed(names) if len(names) < NAMED else f"{listed(names[:3])}; easiest {names[-1]}"
    said = [_say("From the hardest, by {}: {}.", by, order)]
    rows = frames.get("class-differences")
    rows = None if rows is None else rows[rows["estimator"] == study["ranked_by"]]
    if rows is None or rows.empty:
        return said
    names_of = class_names(frames)
    certain, unsure = (rows[(rows["verdict"] == CERTAIN) == answer] for answer in (True, False))
    pairs = {
        text: [text.format(names_of[row.harder_class], names_of[row.easier_class])
               for row in named_rows(part)]
        for text, part in (("{} is harder than {}", certain), ("{} or {}", unsure))
    }  # fmt: skip
    for heading, texts in zip(
        ("Certain", "Not certain which is harder"), pairs.values(), strict=True
    ):
        if texts:
            said.append(_say("{}: {}.", heading, listed(texts)))
    if certain.empty and rows["members"].max() < DECIDES:
        said.append(_say("Nothing can be certain with fewer than {} members.", DECIDES))
    return said


def hardest_first(frames: Frames, study: Study) -> pd.DataFrame:
    """Return one row of `ranks` (the allocation by the estimator that ranks) per class, the hardest
    first.
    """
    rows, estimator = frames["ranks"], study["ranked_by"]
    classes, hardness = rows["class"].to_numpy(), rows["hardness"].to_numpy()
    return rows.iloc[classes_by_hardness(classes, hardness, estimator)[::-1]]


def class_names(frames: Frames) -> dict[int, str]:
    """Return class number -> name."""
    return dict(zip(frames["ranks"]["class"], frames["ranks"]["name"], strict=True))


def _look_at(frames: Frames, study: Study) -> list[str]:
    rows = frames.get("review")
    if rows is None or rows.empty or "ranks" not in frames:
        return []
    numbers = rows["reason"].value_counts()
    kinds = [f"{numbers[reason]} {text}" for reason, text in REASONS.items() if reason in numbers]
    said = [
        _say(
            '<a href="#review">{} {} worth a look</a>: {}.',
            count(len(rows), "sample"), "is" if len(rows) == 1 else "are", listed(kinds, 6),
        )
    ]  # fmt: skip
    other = rows[rows["suggested"].notna() & (rows["suggested"] != rows["label"])]
    # their other labels say more than networks do: see _duplicates
    other = other[other["reason"] != review.CONFLICT]
    for first in other.head(1).to_dict("records"):
        sample = named(first["part"], first["index"], first["file"])
        suggested, probability = class_names(frames)[first["suggested"]], first["probability"]
        text = "Start with {}: its label is {}, networks that did not train on it say {} ({})."
        said.append(_say(text, sample, first["name"], suggested, percent(probability)))
    return said


def _resampling(frames: Frames, study: Study) -> list[str]:
    if "cells" not in frames:
        return []
    rows = frames["cells"]
    rows = rows[rows["metric"].isin(["precision", "recall"]) & (rows["baseline"] == "own")]
    if rows.empty:
        return []
    changed = rows[rows["verdict"].str.startswith("changed")]
    text = "{} resampled by hardness: {}"
    answer = decided(rows["verdict"], "changes of mean precision and recall")
    said = [_say(text, count(rows["set"].nunique(), "training set"), answer)]
    largest = changed.reindex(changed["change"].abs().sort_values(ascending=False).index)
    for row in named_rows(largest[:3]):
        said.append(
            _say(
                "{} of {} classes by {}: {} points{}.",
                row.metric.capitalize(), row.group, _set(row),
                points(row.change), between(row.low, row.high, points),
            )
        )  # fmt: skip
    if changed.empty:
        least, members = rows["detectable"].median(), count(rows["members"].min(), "network")
        text = "{} for each set would show changes of about {} points or more."
        if np.isfinite(least):
            said.append(_say(text, members, points(least).lstrip("+")))
        else:
            text = "{} for each set cannot show any change: more are needed (ensembles.retraining)."
            said.append(_say(text, members))
    return said


def _set(row: Any) -> str:
    """The name of a set, such as "SMOTE-Easy, ρ = 2"."""
    sign = "α" if row.mode == "paper" else "ρ"
    return f"{strategy(row.over, row.under)}, {sign} = {row.setting:g}"


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
        for spec in named_rows(pruned.drop_duplicates(["level", "estimator"])):
            rows = overall[overall["set"] == spec.set]
            changes = evaluation.change(
                *(part[name].to_numpy() for part in (rows, full) for name in ("accuracy", "seed"))
            )
            low, high, _ = spread(changes, draw_of(rows["seed"].to_numpy(), int(spec.draws)))
            interval = between(low, high, points)
            usual = pd.isna(spec.estimator) or spec.estimator == study["ranked_by"]
            by = "" if usual else f" by {estimator_label(spec.estimator)}"
            texts.append(f"{LEVELS[spec.level]}{by} {points(changes.mean())} points{interval}")
        text = "Removing {}% of the training samples changes the test accuracy: {}."
        said.append(_say(text, f"{rate:g}", "; ".join(texts)))
    return [*said[:1], *said[1:][-1:]]  # of the smallest and the largest rate


def _untried(frames: Frames, study: Study) -> list[str]:
    """What one's own config does not ask for, and the class sizes that resampling would give."""
    said: list[str] = []
    if study["stands_for"] or not {"ranks", "overall"} <= {*frames}:
        return said
    rows = frames["ranks"].query("mode == 'study'")
    rows = rows[rows["rho"] == rows["rho"].min()]
    if Resampled.KIND not in study["kinds"] and len(rows):
        ends = hardest_first({"ranks": rows}, study).iloc[[0, -1]]
        texts = [f"{row.name} {row.size:,.0f} (now {row.n:,})" for row in named_rows(ends)]
        text = (
            "Resampling (<code>resampling</code> in the config). With ρ = {:g} the training samples"
            " would be: of the hardest class, {}; of the easiest, {}."
        )
        said.append(_say(text, rows["rho"].iloc[0], *texts))
    if Pruned.KIND not in study["kinds"]:
        said.append(_say("Training without the easiest samples (<code>pruning</code>)."))
    return said


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
    text = "How well two ensembles of {} agree on the order of the samples (correlation): {}."
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
        _say('Stable does not mean right: <a href="#estimators">what each one is for</a>.')
    )  # fmt: skip
    return said


def _needed(agreement: float, members: int) -> int:
    """The members with which two ensembles agree by TRUSTED (Spearman-Brown formula)."""
    needed = members * TRUSTED * (1 - agreement) / (agreement * (1 - TRUSTED))
    return int(np.ceil(needed - 1e-9))  # rounding errors must not add one to a whole number


FINDINGS: dict[str, Callable[[Frames, Study], list[str]]] = {
    "The data": _data,
    "Left out": _left_out,
    "Duplicates": _duplicates,
    "Look at these first": _look_at,
    "Hard classes": _classes,
    "How good the networks are": _networks,
    "Resampling": _resampling,
    "Pruning": _pruning,
    "Not tried": _untried,
    "Which estimator to trust": _estimators,
}
