"""Write one table as csv, LaTeX and Markdown."""

import frames
from common import job
from hardness import artifacts, tables

with job("write_table") as snakemake:
    study, shown = snakemake.params.study, frames.read(dict(snakemake.input.items()))
    table = tables.resampling_effect(shown["evaluation"], shown["groups"], study)
    artifacts.save_csv(snakemake.output.csv, table)
    artifacts.save_text(snakemake.output.md, tables.markdown(table, study))
    artifacts.save_text(snakemake.output.tex, tables.latex(table, study))
