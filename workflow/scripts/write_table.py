"""Write one table as csv, LaTeX and Markdown."""

import frames
from common import job
from hardness import artifacts, tables

with job("write_table") as snakemake:
    study, name = snakemake.params.study, snakemake.wildcards.name
    table = tables.find(name).table(frames.read(dict(snakemake.input.items())), study)
    artifacts.save_csv(snakemake.output.csv, table)
    artifacts.save_text(snakemake.output.md, tables.markdown(name, table, study))
    artifacts.save_text(snakemake.output.tex, tables.latex(name, table, study))
