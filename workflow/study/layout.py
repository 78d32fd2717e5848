"""Where files lie below results/: paths are formatted and parsed here, and nowhere else.

Rules repeat the same patterns, because Snakemake needs them as text.

    BLOCK.path(dataset="digits", set="full", recipe="cnn", block=0, file="test.npz")
    == "results/digits/members/full/cnn/block-0/test.npz"
"""

import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

RESULTS = "results"
STORE = ".store"


class Place(NamedTuple):
    """One kind of file or folder. pattern: its path below results/, with {fields}."""

    pattern: str

    def path(self, **fields: object) -> str:
        """Return the path from where the study is run. Raises KeyError for a missing field."""
        return f"{RESULTS}/{self.pattern.format(**fields)}"

    def fields(self, path: Path | str, results: Path | str = RESULTS) -> dict[str, str]:
        """Return the fields of a path below `results`. Raises ValueError if it does not match."""
        below = Path(path).as_posix().removeprefix(f"{Path(results).as_posix()}/")
        if not (match := _expression(self.pattern).fullmatch(below)):
            raise ValueError(f"{path} is not {results}/{self.pattern}")
        return match.groupdict()

    def files(self, results: Path | str = RESULTS, suffix: str = "") -> Iterator[Path]:
        """Yield the files of this pattern, in alphabetical order, without those of hidden data
        sets. suffix: ".sha256" for their checksums.
        """
        glob = re.sub(r"\{\w+\}", "*", self.pattern.replace("{dataset}", "[!.]*", 1))
        yield from sorted(Path(results).glob(glob + suffix))


@functools.cache
def _expression(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", pattern)  # text, field, text, ...
    expressions = (
        f"(?P<{part}>[^/]+)" if place % 2 else re.escape(part) for place, part in enumerate(parts)
    )
    return re.compile("".join(expressions))


DATA = Place("{dataset}/data.npz")
DUPLICATES = Place("{dataset}/duplicates.csv")
LEFT_OUT = Place("{dataset}/data-quality/left-out.csv")  # of folders of images
SET = Place("{dataset}/sets/{set}.npz")
SIZES = Place("{dataset}/sets/sizes.csv")
BLOCK = Place("{dataset}/members/{set}/{recipe}/block-{block}/{file}")
HARDNESS = Place("{dataset}/hardness/{estimator}.npz")
SAMPLES = Place("{dataset}/samples.csv")
REVIEW = Place("{dataset}/review.csv")
OUT_OF_FOLD = Place("{dataset}/out-of-fold/{table}.csv")  # classes, confusion, samples
CLASS_DIFFERENCES = Place("{dataset}/class-differences.csv")
DATA_MAP = Place("{dataset}/data-map.csv")
FEATURES = Place("{dataset}/features.npz")
NEIGHBOURS = Place("{dataset}/neighbours/{space}.npz")
CLASS_SCORES = Place("{dataset}/class-scores/{space}.csv")  # of the data-based estimators
SAMPLE_SCORES = Place("{dataset}/sample-scores/{space}.npz")
NOISE_DETECTION = Place("{dataset}/noise-detection.csv")
IMAGE_NOISE = Place("{dataset}/image-noise.csv")
# correlations, clusters, histories, representation, pruned, resampled
UNLABELLED = Place("{dataset}/unlabelled/{table}.csv")
ALLOCATION = Place("{dataset}/allocation/{estimator}.csv")
GROUPS = Place("{dataset}/groups.csv")
STABILITY = Place("{dataset}/stability/{table}.csv")
SENSITIVITY = Place("{dataset}/sensitivity/{table}.csv")  # epochs, recipes, variance
EVALUATION = Place("{dataset}/evaluation/{set}/{recipe}.csv")
COLLECTED = Place("{dataset}/evaluation/{table}.csv")  # classwise, overall
CLASS_ACCURACY = Place("{dataset}/class-accuracy/{table}.csv")
PREDICTED_SCORES = Place("{dataset}/class-accuracy/samples.npz")
DIFFICULTY = Place("{dataset}/difficulty/{table}.csv")  # families, curves, agreement
EFFECTS = Place("{dataset}/effects/{table}.csv")
CLAIMS = Place("{dataset}/claims.csv")
ALL_CLAIMS = Place("claims.csv")  # of all of the paper's data sets
REBALANCING = Place("{dataset}/rebalancing/{table}.csv")  # members, methods, ratios, ...
FIGURE = Place("{dataset}/figures/{name}.{end}")
GALLERY = Place("{dataset}/figures/gallery.npz")
PICTURES = Place("{dataset}/figures/pictures.npz")  # small images for the report
METRIC_SIZES = Place("{dataset}/figures/recall-by-hardness.sizes.csv")
TABLE = Place("{dataset}/tables/{name}.{end}")
SPANNING_TABLE = Place("tables/{name}.{end}")  # of several data sets
REPORT = Place("{dataset}/report.html")
LOGS = Place("{dataset}/logs")
LOG = Place("{dataset}/logs/{rule}/{name}.log")
SEEN = Place("{dataset}/logs/make_data.files.json")  # a user's own files as they were read
STORED_TEST = Place(f"{STORE}/{{key}}/test.npz")
SET_ASIDE = Place(f"{STORE}/{{key}}.damaged-{{number}}")  # entries found damaged
TEST = Place(BLOCK.pattern.replace("{file}", "test.npz"))  # every block has this file


def trained(results: Path | str = RESULTS) -> Iterator[tuple[Path, dict[str, str]]]:
    """Yield the checksum file of each block's test.npz, with its dataset, set, recipe and block.

    Its content equals that of the store's entry from which the block was linked or copied.
    """
    for path in TEST.files(results, ".sha256"):
        yield path, TEST.fields(path.with_suffix(""), results)


def in_store(path: Path | str) -> bool:
    return STORE in Path(path).parts


# An archive holds every npz, csv and json below results/{dataset}/, and below results/ those of
# several data sets, ...
_ARTIFACT = re.compile(
    RESULTS + r"(/[^/\\\x00-\x1f.][^/\\\x00-\x1f]*)+\.(npz|csv|json)"
)  # no hidden files, no ..
_LARGE_OR_MADE_AGAIN = re.compile(
    # ... except large files, which only training and scores need
    r"data\.npz|sets/[^/]+\.npz"
    r"|members/.+/(dynamics|weights|predictions|pass|own-pass|features)\.npz"
    r"|members/.+/(input|label)-gradients\.npz"
    r"|features\.npz|neighbours/[^/]+\.npz"
    # ... and files that are made again with figures, tables and report
    r"|logs/.+|tables/.+|figures/[a-z0-9-]+\.csv"
)
SPANNING = ("figures", "tables", "logs")  # folders below results/ that belong to no data set


def is_artifact(path: str) -> bool:
    """Whether a text is the path of an npz, csv or json below results/, not hidden, with no .."""
    return bool(_ARTIFACT.fullmatch(path))


def small_files() -> dict[str, list[Path]]:
    """Return data set -> the files that an archive holds; under "" those of several data sets."""
    found: dict[str, list[Path]] = {}
    results = Path(RESULTS)
    for part in sorted(results.glob("[!.]*")):
        folder = part if part.is_dir() and part.name not in SPANNING else results
        for path in sorted(part.rglob("*")) if part.is_dir() else [part]:
            below = path.relative_to(folder).as_posix()
            if not is_artifact(path.as_posix()) or _LARGE_OR_MADE_AGAIN.fullmatch(below):
                continue
            if path.is_file():
                found.setdefault("" if folder is results else part.name, []).append(path)
    return found
