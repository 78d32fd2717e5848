# The commands of the study. Each sets up the environment first, if it is missing or its lock has changed.
#   PYTHON=python3.12   the interpreter of the environment (3.11 to 3.13; default: python3)
#   VENV=path           where the environment lies (default: .venv); several clones may share one. The file
#                       .venv-path stores it, so give it only once
#   ARGS='...'          further options and targets of Snakemake (study, verify), pytest (test), or
#                       benchmarks/bench.py (bench); the command of run
#   ARCHIVE=name.zip    what archive writes and unpack reads (default: study.zip)
#   DATASET=name WHAT=name   what export writes: a training set's samples, datalab, cartography, ...
#   SET=name            the training set that describe explains
#   DATASETS='a b'      the data sets that archive packs, with those that they are made from (default: all that have
#                       results), or that cost counts (default: the paper's)

VENV ?= $(or $(shell cat .venv-path 2>/dev/null),.venv)
export VENV PYTHON

.PHONY: help study verify test test-cluster test-callbacks cost bench archive unpack prune export describe run lint schema lock setup

help:
	@echo "make study   compute the study; ARGS=-n shows what would be done, ARGS=cifar100 is another data set"
	@echo "make verify  check all results against their checksums, this code and this config"
	@echo "make test    run the tests; ARGS=tests/unit runs a part of them"
	@echo "make test-cluster   run the tests on their own SLURM; as root, on a machine without SLURM (Debian)"
	@echo "make test-callbacks   test the recorder's callbacks with Lightning and transformers, which are not in the lock"
	@echo "make cost    what the paper's study would cost: networks, GPU hours, disk; DATASETS='a b': other data sets"
	@echo "make bench   repeat all measurements, half an hour on an idle machine; ARGS=training: one benchmark"
	@echo "make archive   pack the results, except large files, into study.zip; ARCHIVE=name.zip, DATASETS='a b'"
	@echo "make unpack ARCHIVE=name.zip   unpack them: figures, tables and report are then made without training"
	@echo "make prune   list what config.yaml does not ask for (any more), and remove it; ARGS=--yes: without asking"
	@echo "make export DATASET=digits WHAT=prune-dlp-30   write a training set's samples as csv and links;"
	@echo "             WHAT=datalab, cartography, fiftyone: scores for these; WHAT=figures: all figures as a zip"
	@echo "make describe SET=resample-smote-easy-r2   explain what a training set of that name is"
	@echo "make run ARGS='snakemake -n'   run a command in the environment: Snakemake by itself, python, ..."
	@echo "make lint    check the code: style, layout, types, the order of imports, the config's schema"
	@echo "make schema  write the files made from code: the config's schema, the pages on keys, estimators, samplers"
	@echo "make lock    make envs/requirements.lock again from envs/requirements.in"

study: setup
	@exec "$$VENV/bin/python" workflow/run.py $(ARGS)

verify: setup
	@exec "$$VENV/bin/python" workflow/run.py verify $(ARGS)

test: setup
	@PYTHONPATH=workflow exec "$$VENV/bin/python" -m pytest $(ARGS)

bench: setup
	@PYTHONPATH=workflow exec "$$VENV/bin/python" benchmarks/bench.py $(ARGS)

test-cluster: setup
	@PYTHONPATH=workflow exec "$$VENV/bin/python" -m pytest tests/cluster $(ARGS)

test-callbacks: setup
	@exec sh envs/test-callbacks.sh $(ARGS)

cost: setup
	@PYTHONPATH=workflow exec "$$VENV/bin/python" -m study.cost $(DATASETS)

archive: setup
	@exec "$$VENV/bin/python" workflow/archive.py pack "$${ARCHIVE:-study.zip}" $(DATASETS)

unpack: setup
	@exec "$$VENV/bin/python" workflow/archive.py unpack "$${ARCHIVE:-study.zip}"

prune: setup
	@exec "$$VENV/bin/python" workflow/prune.py $(ARGS)

export: setup
	@PYTHONPATH=workflow exec "$$VENV/bin/python" -m study export "$(DATASET)" "$(WHAT)" $(ARGS)

describe: setup
	@PYTHONPATH=workflow exec "$$VENV/bin/python" -m study describe "$(SET)"

run: setup
	@PATH="$$(cd "$$VENV/bin" && pwd):$$PATH" PYTHONPATH=workflow exec $(or $(ARGS),python)

lint: setup
	@"$$VENV/bin/python" -m ruff check .
	@"$$VENV/bin/python" -m ruff format --check --quiet .
	@"$$VENV/bin/snakefmt" --check Snakefile workflow/Snakefile workflow/rules
	@"$$VENV/bin/mypy"
	@PYTHONPATH=workflow "$$VENV/bin/lint-imports" --no-cache
	@PYTHONPATH=workflow "$$VENV/bin/python" -m study.schema --check

schema: setup
	@PYTHONPATH=workflow exec "$$VENV/bin/python" -m study.schema

setup:
	@exec sh envs/setup.sh

lock:
	@command -v uv >/dev/null || { echo "make lock needs the program uv: pip install uv" >&2; exit 1; }
	cd envs && uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	    --quiet -o requirements.lock requirements.in
