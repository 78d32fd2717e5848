"""Write the counterpart of Table 4, for all of its data sets, as csv, LaTeX and Markdown."""

import pandas

from common import job
from hardness.core import artifacts
from hardness.evidence import latex, tabulation
from hardness.evidence.parts import TABLES

NAME = "ten-tables"

with job("write_ten_tables") as snakemake:
    params, output = snakemake.params, snakemake.output
    frames = [
        artifacts.read_csv(path).assign(dataset=name)
        for name, path in zip(params.datasets, snakemake.input, strict=True)
    ]
    methods = {"methods-of-splits": pandas.concat(frames, ignore_index=True)}
    table = TABLES.find(NAME).table(methods, params.study)
    artifacts.save_csv(output.csv, table)
    artifacts.save_text(output.md, tabulation.markdown(NAME, table, params.study))
    artifacts.save_text(output.tex, latex.latex(NAME, table, params.study))
