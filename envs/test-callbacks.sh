#!/bin/sh
# Test the recorder's callbacks with the real Lightning and transformers, in a throw-away environment on top of ours.
# Arguments: pytest's.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${VENV:-.venv}/bin/python" -m venv "$folder"
"${VENV:-.venv}/bin/python" -c 'import site; print(*site.getsitepackages(), sep="\n")' \
    >"$(echo "$folder"/lib/python3*/site-packages)/study.pth"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check -r envs/callbacks.txt
PYTHONPATH=workflow "$folder/bin/python" -m pytest tests/unit/test_callbacks.py -rs "$@"
