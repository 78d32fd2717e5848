"""The figures and the tables, and what each one's file must hold. Light to import: rules read names."""

from hardness.core.registry import Part, Registry, function


def _is_number(value: object) -> bool:
    return value is None or isinstance(value, str)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


FIGURES = Registry(
    "figure",
    "hardness.evidence.plots",
    {
        "NUMBER": Part("NUMBER, the paper's figure number, or None", _is_number),
        "CAPTION": Part("CAPTION, a text", _is_text),
        "table": function("table(frames, study)"),
        "draw": function("draw(table, study)"),
    },
)

TABLES = Registry(
    "table",
    "hardness.evidence.tables",
    {
        "NUMBER": Part("NUMBER, the paper's table number, or None", _is_number),
        "table": function("table(frames, study)"),
        "caption": function("caption(table, study)"),
        "sections": function("sections(table, study)"),
    },
)
