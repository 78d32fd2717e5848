"""The config as the user gives it: its files, joined, in plain values."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from .problems import at
from .settings.dataset import DATA_BASED, STANDARD_ESTIMATORS
from .strict import Problem, Where, error_of, found, read_strictly

CONFIG = "config.yaml"
FURTHER = "config.d"  # the folder of further files, beside it
ENDS = (".yaml", ".yml")
DEFAULTS = "..."  # in a list of estimators: stands for the default ones


def config_folder(main: Path, workflow: Path) -> Path:
    """Return the folder of the config. main: the folder of the main Snakefile; workflow: that of
    this workflow. If they differ, `main`; else config/ or the working directory.
    """
    if main.resolve() != workflow.resolve():
        return main
    places = (Path("config").absolute(), Path.cwd())
    return next((folder for folder in places if (folder / CONFIG).exists()), places[0])


def config_files(folder: Path | str) -> list[Path]:
    """Return the files of a folder's config: config.yaml, then those of config.d by name."""
    further = (path for path in Path(folder, FURTHER).glob("[!.]*") if path.suffix in ENDS)
    return [Path(folder, CONFIG), *sorted(further)]


def joined(files: Sequence[Path]) -> dict[str, Any]:
    """Join the contents of files, as if they were one file.

    Raises ConfigError as `read_strictly`, and if two of them give the same data set, recipe or key.
    """
    config: dict[str, Any] = {}
    owners: dict[Where, Path] = {}
    problems: list[Problem] = []
    for file in files:
        content = read_strictly(file)
        for where in _places(content):
            if where in owners:
                problems.append((where, f"is given in {owners[where]} and in {file}; keep one"))
            owners[where] = file
        for key, part in content.items():
            both = isinstance(part, dict) and isinstance(config.get(key), dict)
            config[key] = {**config[key], **part} if both else part
    if problems:
        raise error_of(problems, "The config")
    return config


def _places(content: dict) -> Iterator[Where]:
    """The keys that only one file may give: recipes.lenet, study.datasets, data_dir."""
    for key, part in content.items():
        yield from ((key, name) for name in part) if isinstance(part, dict) else [(key,)]


def holders(
    problems: Sequence[Problem], files: Sequence[Path | str], contents: Sequence[dict]
) -> str:
    """Which of the files hold the data sets, recipes and keys that are wrong; all of them where
    none does, as of a key that is missing. contents: of each file.
    """
    wrong = [
        file
        for file, content in zip(files, contents, strict=True)
        if any(at(content, where[:2]) is not None for where, _ in problems)
    ]
    return " and ".join(map(str, wrong or files)) or "the config"


def plain(value: Any, sources: Sequence[dict], where: Where = ()) -> Any:
    """Return a copy in plain dicts and lists, with the types of YAML.

    Snakemake leaves nested values of --config as text; a text that is in no file is parsed as YAML.
    """
    if isinstance(value, dict):
        return {key: plain(item, sources, (*where, key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, sources, (*where, index)) for index, item in enumerate(value)]
    if isinstance(value, str) and all(at(source, where) != value for source in sources):
        try:
            meant = yaml.safe_load(value)
        except yaml.YAMLError:
            return value
        return meant if isinstance(meant, bool | int | float) or value in ("null", "~") else value
    return value


def odd_keys(value: Any, where: Where = ()) -> Iterator[Problem]:
    """Yield a problem for each key that YAML does not read as text."""
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                yield (
                    (*where, str(key)),
                    f"YAML reads this key as {found(key)}, expected text: put it in quotes",
                )
            yield from odd_keys(item, (*where, str(key)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from odd_keys(item, (*where, index))


def put_in_defaults(config: dict) -> None:
    """Replace `...` in lists of estimators, in place, by the defaults that the list lacks."""
    datasets = config.get("datasets")
    for dataset in datasets.values() if isinstance(datasets, dict) else ():
        for part, default in (
            (dataset, STANDARD_ESTIMATORS),
            (at(dataset, ("neighbours",)), DATA_BASED),
        ):
            names = at(part, ("estimators",))
            if isinstance(names, list):
                expand(names, default)


def expand(names: list, default: Iterable[str]) -> None:
    """Replace `...` in a list of estimators, in place, by those of `default` that it lacks."""
    if DEFAULTS in names:
        place = names.index(DEFAULTS)
        names[place : place + 1] = [name for name in default if name not in names]
