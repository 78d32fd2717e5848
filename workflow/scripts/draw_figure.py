"""Draw one figure from csv files: pdf, png, and the data drawn."""

from pathlib import Path

from common import job
from hardness import artifacts, plots, tables

with job("draw_figure") as snakemake:
    study, figure = snakemake.params.study, plots.find(snakemake.wildcards.name)
    files = dict(snakemake.input.items())
    shown = artifacts.load_npz(files.pop("images")) if files["images"] else {}
    frames = tables.frames(files) | {name: values for name, values in shown.items() if name == "index"}
    table = figure.table(frames, study)
    artifacts.save_csv(snakemake.output.csv, table)
    images = [shown["images"]] if shown else []
    plots.save(figure.draw(table, study, *images), Path(snakemake.output.png).with_suffix(""))
