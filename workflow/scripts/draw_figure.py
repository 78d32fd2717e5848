"""Draw one figure from csv files: pdf, png, and a csv of the drawn values."""

from pathlib import Path

import frames
from common import job
from hardness.core import artifacts
from hardness.evidence import figures
from hardness.evidence.parts import FIGURES

with job("draw_figure") as snakemake:
    study, figure = frames.typed(snakemake.params.study), FIGURES.find(snakemake.wildcards.name)
    files = dict(snakemake.input.items())
    shown, images = frames.with_pictures(files, study)
    table = figure.table(shown, study)
    artifacts.save_csv(snakemake.output.csv, table)
    figures.save(figure.draw(table, study, *images), Path(snakemake.output.png).with_suffix(""))
