"""Read, check and convert a data set once; or derive it from another one."""

from pathlib import Path

from common import job
from hardness.data import datasets, derived, imagenoise, provenance
from hardness.data.readers import READERS
from hardness.scoring import estimation, sources
from hardness.sets import denoising

DERIVED = {"long-tailed": derived.long_tailed, "parity": derived.parity}
DERIVED |= {"noisy-images": imagenoise.spoiled}

with job("make_data") as snakemake:
    source, files = snakemake.params.source, snakemake.input
    kind = source["kind"]
    options = {key: value for key, value in source.items() if key not in ("kind", "of")}
    base, known = provenance.load_base(files.data) if "of" in source else (None, provenance.UNKNOWN)
    if kind == "subset":
        data = derived.subset(base, **options)
        known = known.of_test_rows(derived.subset_rows(base, **options)[1])
    elif kind in DERIVED:
        data = DERIVED[kind](base, **options)
    elif kind == "denoised":
        scores = estimation.load(files.hardness, source["estimator"])
        data = denoising.denoised(base, scores, snakemake.params.members, source["remove"])
    elif kind == "noisy":
        if options.pop("pairs"):
            predicted = sources.load_predictions(files.test).predicted
            options["confused"] = derived.most_confused(base.test_labels, predicted, base.classes)
        data = derived.noisy(base, **options)
    elif kind == "whole":
        data = derived.whole(base, known.test_files)
        known = provenance.of_files(data.files)
    elif kind in READERS:
        data, known = READERS[kind](**options)
    else:
        data = datasets.read(source, Path(snakemake.params.data_dir or ""))
    provenance.save(snakemake.output[0], data, known)
