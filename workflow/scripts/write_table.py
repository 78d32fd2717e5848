"""Write one table as csv, LaTeX and Markdown."""

from common import job
from hardness import artifacts, tables

with job("write_table") as snakemake:
    study, frames = snakemake.params.study, tables.frames(dict(snakemake.input.items()))
    table = tables.resampling_effect(frames["evaluation"], frames["groups"], study)
    artifacts.save_csv(snakemake.output.csv, table)
    artifacts.save_text(snakemake.output.md, tables.markdown(table, study))
    artifacts.save_text(snakemake.output.tex, tables.latex(table, study))
