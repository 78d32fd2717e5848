"""Write one table as csv, LaTeX and Markdown."""

import frames
from common import job
from hardness.core import artifacts
from hardness.evidence import latex, tabulation
from hardness.evidence.parts import TABLES

with job("write_table") as snakemake:
    study, name = frames.typed(snakemake.params.study), snakemake.wildcards.name
    table = TABLES.find(name).table(frames.read(dict(snakemake.input.items()), study), study)
    artifacts.save_csv(snakemake.output.csv, table)
    artifacts.save_text(snakemake.output.md, tabulation.markdown(name, table, study))
    artifacts.save_text(snakemake.output.tex, latex.latex(name, table, study))
