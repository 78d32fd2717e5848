"""Export results, and explain names.

python -m study export DATASET WHAT writes exports/DATASET/WHAT, a new folder. WHAT is
  a training set   samples.csv: its samples, with repetitions; for images also links/, a folder of
                   links for each class, and synthetic.npz, the new samples
  datalab          issues.csv: all scores, with the column names of cleanlab's Datalab
  cartography      td_metrics-seed-*.jsonl in the format of Dataset Cartography, one per network
  fiftyone         scores.json: all scores by the path of the file
  figures          figures.zip: every figure as pdf and png, with its csv
python -m study describe NAME explains what a training set of that name is.

It works in the current directory, where config.yaml and results/ lie, and computes nothing.
"""

import argparse
import sys
from pathlib import Path

from hardness.core.artifacts import DamagedError
from hardness.sets.explain import explain

from .config import ConfigError, load
from .export import ExportError, export
from .plan import Plan

VARIABLES = {"dataset": "DATASET", "what": "WHAT", "name": "SET"}  # of make, by arguments
EXAMPLES = {
    "export": "such as make export DATASET=digits WHAT=datalab (docs/exports.md)",
    "describe": "such as make describe SET=resample-smote-easy-r2 (docs/set-names.md)",
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m study",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    exporting = commands.add_parser("export", help="export results")
    exporting.add_argument("dataset", metavar="DATASET")
    exporting.add_argument(
        "what", metavar="WHAT", help="a training set's name, or one of the kinds above"
    )
    exporting.add_argument("--draw", type=int, default=0, help="which draw of the training set")
    exporting.add_argument("--to", type=Path, help="the folder to create")
    describing = commands.add_parser("describe", help="explain a training set's name")
    describing.add_argument("name", metavar="NAME")
    options = parser.parse_args(arguments)
    if empty := [name for key, name in VARIABLES.items() if vars(options).get(key) == ""]:
        expected = EXAMPLES[options.command]
        print(f"{' and '.join(empty)} missing: expected {expected}", file=sys.stderr)
        return 1
    try:
        if options.command == "describe":
            print(explain(options.name))
        else:
            plan = Plan(load(Path()))
            told = export(plan, options.dataset, options.what, options.draw, options.to)
            print("\n".join(told))
    except (ConfigError, ExportError, DamagedError, ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
