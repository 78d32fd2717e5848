"""Write one table as csv, LaTeX and Markdown."""

from common import frames, job
from hardness import artifacts, tables

with job("write_table") as snakemake:
    study, shown = snakemake.params.study, frames(dict(snakemake.input.items()))
    table = tables.resampling_effect(shown["evaluation"], shown["groups"], study)
    artifacts.save_csv(snakemake.output.csv, table)
    artifacts.save_text(snakemake.output.md, tables.markdown(table, study))
    artifacts.save_text(snakemake.output.tex, tables.latex(table, study))
