"""How often a rule says that a claim is reproduced: models of what studies find, and the csv.

A model simulates the result of a measure in a study with the paper's number of members; the
package's own rule judges it.
"""

import csv
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hardness.evidence import verdicts
from hardness.evidence.claims import Claim
from hardness.evidence.measures._values import Measured, Study, Units

COLUMNS = ("id", "members", "if_true", "if_null", "runs", "true", "null", "noise")
MEMBERS = {"stability": 20, "recall": 10, "hardness": 8, "retraining": 8}
STUDY = Study("resnet18", "aum", "", MEMBERS, {})


class Model(NamedTuple):
    """simulate(claim, rng, true) returns what a study finds, and the claim that it is compared
    with, whose published number may be that of another study. true, null, noise: its assumptions.
    """

    simulate: Callable[[Claim, np.random.Generator, bool], tuple[Claim, Measured]]
    members: int
    true: str
    null: str
    noise: str
    runs: int = 2000


MODELS: dict[str, Model] = {}


def model(*measures: str, **described):
    def register(simulate):
        MODELS.update({name: Model(simulate, **described) for name in measures})
        return simulate

    return register


def chance(claim: Claim, true: bool, runs: int) -> float:
    """Return how often the rule says that the claim is reproduced, as a share of the runs."""
    rng = np.random.default_rng([zlib.crc32(claim.id.encode()), true])
    simulate = MODELS[claim.measure].simulate
    answers = [verdicts.judge(*simulate(claim, rng, true)).answer for _ in range(runs)]
    return answers.count(verdicts.REPRODUCED) / runs


def members_of(rng, truth, sd, members=8) -> Units:
    """Return members around the truth (R,), with independent noise."""
    truth = np.atleast_1d(np.asarray(truth, dtype=float))
    return Units(truth + sd * rng.standard_normal((members, len(truth))), [""] * len(truth))


def toward(claim: Claim, true: bool) -> float:
    """Return the published number, or the edge of its tolerance."""
    return claim.value if true else claim.value + claim.bound


def but_one(truth: np.ndarray, other: float, true: bool, place: int = 0) -> np.ndarray:
    """Return the true quantities; if the claim is not true, one of them is another."""
    changed = np.array(truth, dtype=float)
    if not true:
        changed.flat[place] = other
    return changed


def direction(claim: Claim) -> int:
    return 1 if claim.bound == "+" else -1


def row_of(claim: Claim, alone: Iterable[str] = ()) -> dict:
    """Return a row of the csv; without chances for the measures `alone`, whose numbers are judged
    only by their values.
    """
    if claim.measure in alone:
        row = dict.fromkeys(COLUMNS, "")
        how = "not simulated: one number, judged by its value alone"
        return row | {"id": claim.id, "noise": how}
    _, members, true, null, noise, runs = MODELS[claim.measure]
    if_true, if_null = (f"{chance(claim, way, runs):.3g}" for way in (True, False))
    print(f"{claim.id}: {if_true}, {if_null}", flush=True)
    row = (claim.id, members, if_true, if_null, runs, true, null, noise)
    return dict(zip(COLUMNS, row, strict=True))


def save(claims_file: Path, table: Iterable[dict]) -> None:
    """Write the table beside its file of claims, row by row."""
    path = claims_file.with_name(f"{claims_file.stem}-power.csv")
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
