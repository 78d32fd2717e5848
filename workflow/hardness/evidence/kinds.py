"""The paper's types of data-based estimators (App. B), in its order; all others are model-based."""

MODEL_BASED = "model-based"
KINDS = {
    "intra-class": ("dcc", "adsc", "mdsc", "volume-printed", "volume", "volume-unit", "max-lambda",
                    "avg-lambda"),
    "separation": ("n3", "dnoc", "adoc", "mdoc", "cp"),
    "comparison": ("cdr", "mdr", "adr"),
    "density": ("ad", "lid"),
    "geometry": ("ma2023-mean", "ma2023-gauss", "quadric-mean", "quadric-gauss"),
}  # fmt: skip
# Those that the paper compares; V as its code computes it, with d = 1
PAPER = ("dcc", "adsc", "mdsc", "volume-unit", "max-lambda", "avg-lambda", "n3", "dnoc", "adoc",
         "mdoc", "cp", "cdr", "mdr", "adr", "ad", "ma2023-mean", "ma2023-gauss")  # fmt: skip
_PLACES = {name: (kind, place) for kind, names in KINDS.items() for place, name in enumerate(names)}


def kind_of(estimator: str) -> str:
    """The type of an estimator: one of KINDS, or model-based."""
    return _PLACES.get(estimator, (MODEL_BASED, 0))[0]


def place_of(estimator: str) -> tuple[int, int, str]:
    """A sort key: model-based estimators first, then the others in the paper's order."""
    kind, place = _PLACES.get(estimator, (MODEL_BASED, 0))
    return [MODEL_BASED, *KINDS].index(kind), place, estimator
