"""The figures and the tables, and what each one's file must hold. Light to import, because rules
read it.

The file of a figure or table says in literals what it is made from. They are read without running
the file:
    INPUTS      names of artifacts (see study/inventory.py); `evaluation` is that of full and of the
                sets that SETS chooses
    SETS        filters of training sets, {column: value}: it is planned only if one of them finds a
                set. Columns are those of a specification, and `recipe`: "base" (the default: the
                data set's) or "other"
    ESTIMATORS  it is planned only if the data set has these
    LEADS       True: it comes before all others in the report
    COUNTERPART its number in Yu et al. (2022), such as Fig. 1: docs/rebalancing.md lists them
    PUBLISHED   True: it gets the cells of the paper's Tables I and II as study["published"]
"""

from hardness.core.registry import Part, Registry, function


def _is_number(value: object) -> bool:
    return value is None or isinstance(value, str)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _are_texts(value: object) -> bool:
    return isinstance(value, tuple) and all(isinstance(text, str) for text in value)


def _are_filters(value: object) -> bool:
    return isinstance(value, tuple) and all(isinstance(one, dict) for one in value)


INPUTS = {
    "INPUTS": Part("INPUTS, a tuple of names of artifacts", _are_texts),
    "SETS": Part("SETS, a tuple of filters of training sets", _are_filters, optional=True),
    "ESTIMATORS": Part("ESTIMATORS, a tuple of names", _are_texts, optional=True),
    "LEADS": Part("LEADS, True or False", _is_flag, optional=True),
    "COUNTERPART": Part("COUNTERPART, a number such as Fig. 1", _is_text, optional=True),
    "PUBLISHED": Part("PUBLISHED, True or False", _is_flag, optional=True),
}

FIGURES = Registry(
    "figure",
    "hardness.evidence.plots",
    {
        **INPUTS,
        "NUMBER": Part("NUMBER, the paper's figure number, or None", _is_number),
        "CAPTION": Part("CAPTION, a text", _is_text),
        "PAPER": Part("PAPER, a text", _is_text, optional=True),
        "table": function("table(frames, study)"),
        "draw": function("draw(table, study)"),
    },
)

TABLES = Registry(
    "table",
    "hardness.evidence.tables",
    {
        **INPUTS,
        "NUMBER": Part("NUMBER, the paper's table number, or None", _is_number),
        "table": function("table(frames, study)"),
        "meaning": function("meaning(table, study)"),
        "caption": function("caption(table, study)"),
        "sections": function("sections(table, study)"),
    },
)
