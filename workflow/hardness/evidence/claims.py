"""The published claims, and what each needs.

workflow/claims.yaml states them and explains its keys; here its content is checked and becomes
typed values. verdicts.py judges a claim; measures/ computes what it is compared with.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from hardness.core.names import nearest

# of the paper on hardness without labels
DATA_UNLABELLED = (
    "cifar10-unlabelled",
    "mnist-unlabelled",
    "fashionmnist-unlabelled",
    "cifar10-noisy-images",
    "mnist-noisy-images",
    "fashionmnist-noisy-images",
)
DATA = (
    *("cifar10", "cifar100", "cifar100-clean", "mnist", "kmnist", "fashionmnist"),
    # of the paper on re-balancing
    *("cifar10-lt", "cifar100-lt", "mnist-parity"),
    *("uci-sonar", "uci-balance", "uci-cmc", "uci-ecoli", "uci-glass", "uci-heart", "uci-iris"),
    *("uci-robot", "uci-seeds", "uci-wine"),
    # of our own questions beyond it
    *("difficulty-balanced", "difficulty-long-tailed", "difficulty-noisy"),
    *DATA_UNLABELLED,
)
# What a claim is about. FINDING: a sign, an order, or whether there is an effect; NUMBER: a number
# that changes with the recipe; OF_DATA: something that the data alone decide; QUESTION: as a
# finding, but no paper claims it: we ask.
FINDING, NUMBER, OF_DATA, QUESTION = "finding", "number", "data", "question"
KINDS = (FINDING, NUMBER, OF_DATA, QUESTION)
RULES = ("equal_within", "realized", "sign", "at_most", "at_least", "nothing")
CHOICES: dict[str, tuple[object, ...]] = {  # the values of rules whose value is not a number
    "sign": ("+", "-"),
    "realized": ("equal", "at_most"),
    "nothing": (True,),
}
VALUED = ("equal_within", "realized")  # the rules that compare with the claim's value
TOP = ("recipe", "estimator", "claims")  # keys of claims.yaml
KEYS = {"id", "claim", "where", "data", "kind", "published"}  # every claim has them
COMPUTED = {"needs", "measure", "rule"}  # and these, unless it says `later`
FURTHER = {"against", "any_of", "recipe", "value", "unit", "note", "headline", "later"}
OWN = "own"  # `of` of a need: it concerns the data set that the claim is about
AGAINST = "against"  # it concerns the other data set of a claim that compares two

# The keys of a need beside its file: those that it must have, and those that it may have.
NEEDS: dict[str, tuple[set[str], set[str]]] = {
    "groups": (set(), set()),
    "duplicates": (set(), set()),
    "samples": ({"estimators"}, {"hardness"}),
    "sets/sizes": ({"set"}, set()),
    "allocation": ({"estimator"}, {"of"}),
    "evaluation": ({"set"}, {"of"}),
    "stability/pruning-change": ({"estimators", "members"}, {"rates", "of"}),
    "stability/absolute-differences": ({"estimators", "members"}, set()),
    "stability/overlap": ({"estimators", "rates"}, set()),
    "effects/cells": (set(), {"set", "alpha"}),
    "effects/families": ({"alpha"}, {"baseline"}),
    "effects/gaps": ({"alpha"}, set()),
    "effects/classes": ({"set"}, set()),
    "class-accuracy/ensembles": (set(), {"whole"}),
    "class-accuracy/values": (set(), {"estimators", "whole"}),
    "class-accuracy/correlations": (set(), {"whole"}),
    "difficulty/families": (set(), {"whole", "of"}),
    "rebalancing/members": ({"methods"}, {"set", "family", "of"}),
    "rebalancing/ratios": ({"methods"}, {"set"}),
    "rebalancing/weights": ({"methods"}, {"set"}),
    "rebalancing/unlearning": ({"methods"}, set()),
    "rebalancing/epochs": ({"methods"}, set()),
    "rebalancing/simulation": (set(), set()),
    "rebalancing/against-hardness": (set(), set()),
    "rebalancing/flipped": (set(), set()),
    "rebalancing/agreement": ({"estimators"}, set()),
    "unlabelled/correlations": ({"estimators"}, set()),
    "unlabelled/clusters": ({"estimators"}, set()),
    "unlabelled/pruned": ({"sets"}, set()),
    "unlabelled/representation": (set(), set()),
    "unlabelled/resampled": ({"sets"}, set()),
    "image-noise": ({"estimators"}, set()),
}


@dataclass(frozen=True)
class Need:
    """One artifact that a claim is compared with, and which parts of it must be planned.

    set: a training set, by its name without a suffix. members: the least ensembles.stability;
    hardness: the exact ensembles.hardness; rates: these at least; alpha: by any strategy; baseline:
    "origin" is full of the data set that this one is made from; whole: whether the data set must
    have `whole`; sets: training sets, by their names.
    methods: the ends of recipes' names, "" for the base recipe; family: the base recipe, if it is
    not the data set's. of: "against" for the other data set of a claim that compares two; or the
    name of one of several data sets.
    """

    file: str
    set: str | None = None
    estimator: str | None = None
    estimators: tuple[str, ...] = ()
    members: int = 1
    hardness: int | None = None
    rates: tuple[float, ...] = ()
    alpha: float | None = None
    baseline: str = "own"
    whole: bool = False
    methods: tuple[str, ...] = ()
    family: str | None = None
    sets: tuple[str, ...] = ()
    of: str = OWN

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "Need":
        """The need that claims.yaml or `asdict` states."""
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in plain.items()
        }
        return cls(**values)

    @property
    def frame(self) -> str:
        """The name under which a measure finds the artifact's columns: its file, with the set or
        estimator if there is a file for each; behind "against/", or the name of one of several data
        sets, for another data set.
        """
        part = {"evaluation": self.set, "allocation": self.estimator}.get(self.file)
        name = f"{self.file}/{part}" if part else self.file
        return name if self.of == OWN else f"{self.of}/{name}"


@dataclass(frozen=True)
class Claim:
    """A published claim.

    kind: one of KINDS. recipe, estimator: the paper's, by their names in the config. needs, and one
    group of any_of: what must be planned. measure, arguments: what is compared
    (measures/lookup.py). rule, bound: where the measured value must lie, such as at_most 1. value:
    the published number, if the rule compares with it. against: the data set that the claim
    compares with, or several. later: why it is not computed yet; it then has no needs, measure and
    rule. if_true, if_null: the chance that the rule says "reproduced" if the claim is exactly true,
    and if it is not (claims-power.csv). headline: whether the text above the table of claims names
    it. The other fields are for readers.
    """

    id: str
    claim: str
    where: str
    data: str
    kind: str
    published: str
    recipe: str
    estimator: str
    needs: tuple[Need, ...] = ()
    any_of: tuple[tuple[Need, ...], ...] = ()
    measure: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    rule: str = ""
    bound: Any = None
    value: float | None = None
    against: str | tuple[str, ...] | None = None
    later: str | None = None
    unit: str = ""
    note: str = ""
    headline: bool = False
    if_true: float | None = None
    if_null: float | None = None

    @property
    def others(self) -> dict[str, str]:
        """The other data sets of the paper that the claim compares with: the name that needs use ->
        the data set's name.
        """
        if isinstance(self.against, tuple):
            return {name: name for name in self.against}
        return {AGAINST: self.against} if self.against else {}

    def plain(self) -> dict[str, Any]:
        """The claim in dicts, lists and plain values, as a rule passes it on."""
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "Claim":
        """The claim of `plain()`."""
        groups = tuple(tuple(map(Need.from_plain, group)) for group in plain["any_of"])
        needs = tuple(map(Need.from_plain, plain["needs"]))
        against = plain.get("against")
        if isinstance(against, list):
            against = tuple(against)
        return cls(**{**plain, "needs": needs, "any_of": groups, "against": against})


@dataclass(frozen=True)
class Claims:
    """The checked content of claims.yaml, in its order. recipe, estimator: the paper's."""

    recipe: str
    estimator: str
    claims: tuple[Claim, ...]

    def about(self, data: str) -> tuple[Claim, ...]:
        """The claims about one data set of the paper, such as "cifar10", including those that
        compare it with another.
        """
        return tuple(claim for claim in self.claims if claim.data == data)


def checked(
    content: Mapping[str, Any], power: Mapping[str, tuple[float, float]] | None = None
) -> Claims:
    """The content of claims.yaml, with its defaults filled in.

    power: id -> if_true and if_null of the claim, where they are known.
    Raises ValueError, naming the claim, for a key, rule, measure, argument, file or need that is
    unknown or missing, a rule that is not exactly one, and an id given twice.
    """
    if set(content) != set(TOP):
        *first, last = TOP
        raise ValueError(
            f"claims.yaml holds {', '.join(map(str, content))}; expected {', '.join(first)} and "
            f"{last}"
        )
    ids: set[str] = set()
    every = [one for claim in content["claims"] for one in _of_each(claim)]
    for claim in every:
        problem = _problem(claim)
        if not problem and claim["id"] in ids:
            problem = "the id is given twice; expected a different id for each claim"
        if problem:
            raise ValueError(f"claim {claim.get('id', claim)!r}: {problem}")
        ids.add(claim["id"])
    paper = {"recipe": content["recipe"], "estimator": content["estimator"]}
    entries = [paper | entry | _chances(entry["id"], power or {}) for entry in every]
    return Claims(**paper, claims=tuple(map(_claim, entries)))


def _of_each(claim: dict[str, Any]) -> list[dict[str, Any]]:
    """A claim about several data sets as one claim for each, whose id ends with the data set's
    name.
    """
    if not isinstance(claim.get("data"), list):
        return [claim]
    return [{**claim, "data": data, "id": f"{claim.get('id')}-{data}"} for data in claim["data"]]


def _chances(id: str, power: Mapping[str, tuple[float, float]]) -> dict[str, float]:
    return dict(zip(("if_true", "if_null"), power.get(id, ()), strict=False))


def _claim(entry: Mapping[str, Any]) -> Claim:
    """The claim of a checked entry of claims.yaml, with the paper's recipe and estimator."""
    plain: dict[str, Any] = {"needs": [], "any_of": [], **entry}
    if "later" not in entry:
        ((measure, arguments),) = entry["measure"].items()
        ((rule, bound),) = entry["rule"].items()
        plain |= {"measure": measure, "arguments": arguments, "rule": rule, "bound": bound}
    return Claim.from_plain(plain)


def resolve(claim: Claim, unplanned: Callable[[Need], str | None]) -> tuple[list[Need], list[str]]:
    """The needs of a claim that the config plans, and the config keys that would plan what it
    lacks.

    unplanned: returns the key that would plan a need, or None if the config plans it. A claim is
    computed if no keys are returned. At least one group of `any_of` must be planned completely; all
    groups that are planned are read.
    """
    if claim.later is not None:
        return [], [claim.later]
    keys = _lacking(claim.needs, unplanned)
    groups = [(group, _lacking(group, unplanned)) for group in claim.any_of]
    planned = [need for group, lacking in groups if not lacking for need in group]
    if groups and not planned:
        keys += groups[0][1]
    return ([] if keys else [*claim.needs, *planned]), list(dict.fromkeys(keys))


def _lacking(needs: Sequence[Need], unplanned: Callable[[Need], str | None]) -> list[str]:
    return [key for need in needs if (key := unplanned(need))]


# What is wrong with an entry of claims.yaml


def _problem(claim: Mapping[str, Any]) -> str | None:
    """The first thing that is wrong with a claim, or None."""
    required = KEYS | (set() if "later" in claim else COMPUTED)
    known = KEYS | FURTHER | (set() if "later" in claim else COMPUTED)
    for key in claim:
        if key not in known:
            return f"unknown key {key!r}: {nearest(key, sorted(known))}"
    for key in sorted(required):
        if key not in claim:
            return f"the key {key!r} is missing"
    against = claim.get("against", [])
    for key, names in (("data", claim["data"]), ("against", against)):
        for name in names if isinstance(names, list) else [names]:
            if name not in DATA:
                return f"unknown {key} {name!r}: {nearest(name, DATA)}"
    if claim["kind"] not in KINDS:
        return f"unknown kind {claim['kind']!r}: {nearest(str(claim['kind']), KINDS)}"
    if not isinstance(claim["published"], str):
        return f"published is {claim['published']!r}; expected text, as printed: put it in quotes"
    if "later" in claim:
        return None
    groups = [claim["needs"], *claim.get("any_of", [])]
    problems = (_problem_of_need(need) for group in groups for need in group)
    return (
        next(filter(None, problems), None)
        or _problem_of_rule(claim)
        or _problem_of_measure(claim["measure"])
    )


def _problem_of_need(need: Mapping[str, Any]) -> str | None:
    file, given = need.get("file"), set(need) - {"file"}
    if file not in NEEDS:
        return f"unknown file {file!r}: {nearest(str(file), NEEDS)}"
    must, can = NEEDS[file]
    for key in sorted(must - given):
        return f"the need of {file} does not say {key!r}"
    for key in sorted(given - must - can):
        return f"unknown {key!r} in the need of {file}: {nearest(key, sorted(must | can))}"
    return None


def _problem_of_rule(claim: Mapping[str, Any]) -> str | None:
    rule = claim["rule"]
    if not isinstance(rule, Mapping) or len(rule) != 1:
        return f"the rule is {rule!r}; expected exactly one of {', '.join(RULES)}"
    ((name, value),) = rule.items()
    if name not in RULES:
        return f"unknown rule {name!r}: {nearest(name, RULES)}"
    choices = CHOICES.get(name)
    if choices and value not in choices:
        return f"the rule {name} is {value!r}; expected {' or '.join(map(repr, choices))}"
    if not choices and not _is_number(value):
        return f"the rule {name} is {value!r}; expected a number"
    if (name in VALUED) != _is_number(claim.get("value")):
        return (
            f"the value is {claim.get('value')!r}; expected a number with the rules "
            f"{' and '.join(VALUED)}, and with no other"
        )
    return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _problem_of_measure(measure: Mapping[str, Any]) -> str | None:
    if not isinstance(measure, Mapping) or len(measure) != 1:
        return f"the measure is {measure!r}; expected exactly one, with its arguments"
    from hardness.evidence.measures import lookup  # 0.2 s that a plan without claims can do without

    ((name, given),) = measure.items()
    try:
        known = lookup.arguments(lookup.find(name))
    except ValueError as error:
        return str(error)
    for key in given:
        if key not in known:
            return f"unknown argument {key!r} of the measure {name}: {nearest(key, known)}"
    for key, required in known.items():
        if required and key not in given:
            return f"the measure {name} needs the argument {key!r}"
    return None
