"""The paper's claims, what was found, and the verdict on each claim; with a summary in words."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hardness.evidence import verdicts
from hardness.evidence.claims import QUESTION
from hardness.evidence.rows import named_rows

if TYPE_CHECKING:
    import pandas as pd

NUMBER = None
LEADS = True
INPUTS = ("claims",)
FAILS = (verdicts.NOT_REPRODUCED, verdicts.HERE[verdicts.NOT_REPRODUCED])
BY_ANOTHER_RECIPE = {
    verdicts.NOT_JUDGED,
    verdicts.HERE[verdicts.REPRODUCED],
    verdicts.HERE[verdicts.NOT_REPRODUCED],
}
ANSWERS = {  # the parts of the table that a paper claims: title -> the verdicts in it
    "What of the paper holds": (verdicts.REPRODUCED, verdicts.HERE[verdicts.REPRODUCED]),
    "What of the paper does not hold": FAILS,
    "What this study cannot say": (
        verdicts.UNDECIDED,
        verdicts.NOT_JUDGED,
        verdicts.NOT_COMPUTED,
    ),
}
OWN = "Our own questions"  # the part of the table that no paper claims
REASONS = {
    verdicts.MEMBERS: "too few members",
    verdicts.CLASSES: "too few classes",
    verdicts.CONSTANT: "values that are the same for all classes",
    verdicts.POWER: "a rule that seldom passes even if the claim is true",
    verdicts.RECIPE: "another recipe",
    verdicts.PART: "only a part of it in the config",
    verdicts.CONFIG: "not in the config",
    verdicts.UNDEFINED: "not defined here",
    verdicts.LATER: "not part of the study yet",
}
CAPTION = (
    "Found: a mean over members has its interval over members, 95%, or 90% if the claim says that"
    " two numbers are equal (an equivalence test); a single realization, such as one order of the"
    " members, has the band of our realizations. The largest of several changes has the 95%"
    " interval of a single one. If true, if not: the chance that the rule calls"
    " the claim reproduced if it is exactly true, and if it is not, simulated with the paper's"
    " number of members, and with noise that the paper's tables allow or that is assumed (the files"
    " workflow/claims*-power.csv say which)."
)


def table(frames: dict[str, "pd.DataFrame"], study: dict) -> "pd.DataFrame":
    """claims.csv as it is: whole numbers with gaps among them were read as floats."""
    claims = frames["claims"]
    return claims.assign(**{name: claims[name].map(_text) for name in ("found", "low", "high")})


def meaning(table: "pd.DataFrame", study: dict) -> str:
    """How many claims, and how many of our own questions, hold, do not hold, and cannot be
    decided.
    """
    said = []
    for rows, what in zip(_split(table), ("claims", "questions of our own"), strict=True):
        holds, fails, undecided = _counts(rows)
        if len(rows):
            said.append(
                f"Of {len(rows)} {what} about {study['stands_for']} {holds} hold, {fails} do not,"
                f" and on {undecided} this study cannot decide."
            )
    return " ".join(said)


def caption(table: "pd.DataFrame", study: dict) -> str:
    """The caption, which begins in words: what holds, what does not, what is undecided, and why."""
    by_recipe = f"checked on {study['dataset']} with the recipe {table['recipe'].iloc[0]}"
    of_paper, own = _split(table)
    whose = OWN if of_paper.empty else "The paper's claims"
    parts = [f"{whose} about {study['stands_for']}, {by_recipe}."]
    if set(of_paper["verdict"]) & BY_ANOTHER_RECIPE:
        parts.append(
            "That is not the paper's recipe: a finding holds here or it does not; a number is shown"
            " beside the published one, but not judged."
        )
    if not of_paper.empty:
        parts += [_in_words(title, _of(of_paper, title)) for title in ANSWERS]
    if not own.empty:
        parts.append(_answers(own))
    return " ".join([*parts, CAPTION])


def _split(table: "pd.DataFrame") -> tuple["pd.DataFrame", "pd.DataFrame"]:
    """What a paper claims, and what we ask."""
    own = table["kind"] == QUESTION
    return table[~own], table[own]


def _of(claims: "pd.DataFrame", title: str) -> "pd.DataFrame":
    return claims[claims["verdict"].isin(ANSWERS[title])]


def _counts(claims: "pd.DataFrame") -> list[int]:
    """How many hold, do not hold, and cannot be decided."""
    return [len(_of(claims, title)) for title in ANSWERS]


def _answers(questions: "pd.DataFrame") -> str:
    """Such as: Our own questions: 3 hold here, 2 do not, 1 cannot be decided; "...": holds here."""
    holds, fails, undecided = _counts(questions)
    named = questions[questions["headline"].astype(bool)]
    told = [
        f"{OWN}: {holds} hold here, {fails} do not, {undecided} cannot be decided",
        *(f'"{row.claim}": {row.verdict}' for row in named_rows(named)),
    ]
    return f"{'; '.join(told)}."


def _in_words(title: str, rows: "pd.DataFrame") -> str:
    """Such as: What of the paper holds: 9 claims, among them "...", "..."."""
    count = f"{len(rows)} claim{'' if len(rows) == 1 else 's'}"
    reasons = rows["because"].map(REASONS).dropna().value_counts(sort=False)
    if len(reasons):
        count += f" ({', '.join(f'{number}: {reason}' for reason, number in reasons.items())})"
    headlines = [f'"{claim}"' for claim in rows.loc[rows["headline"].astype(bool), "claim"]]
    among = f", among them {', '.join(headlines)}" if headlines else ""
    return f"{title}: {count}{among}."


def sections(
    table: "pd.DataFrame", study: dict
) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    header = ["Claim", "Verdict", "Published", "Found", "If true, if not", "Note", "Where"]
    of_paper, own = _split(table)
    parts = {title: _of(of_paper, title) for title in ANSWERS} | {OWN: own}
    for title, claims in parts.items():
        rows = [
            [
                row.claim,
                _verdict(row),
                _text(row.published),
                _found(row),
                _chances(row),
                _text(row.note),
                row.where,
            ]
            for row in named_rows(claims)
        ]
        if rows:
            yield f"{title} ({len(rows)})", header, rows


def _verdict(row: Any) -> str:
    """The verdict, and the reason if there is none. row: of named_rows."""
    reason = REASONS.get(row.because, "")
    return f"**{row.verdict}{f': {reason}' if reason else ''}**"


def _text(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    # a column of whole numbers with gaps reads as floats
    return f"{value:g}" if isinstance(value, float) else str(value)


def _found(row: Any) -> str:
    """What was found, with its interval and unit. row: of named_rows."""
    low, high = _text(row.low), _text(row.high)
    number = f"{_text(row.found)}{f' [{low}, {high}]' if low and high else ''}"
    return f"{number} {_text(row.unit)}".strip() if number else ""


def _chances(row: Any) -> str:
    """Such as 97%, 5%; nothing where they are not known. row: of named_rows."""
    if math.isnan(row.if_true):
        return ""
    return f"{100 * row.if_true:.0f}%, {100 * row.if_null:.0f}%"
