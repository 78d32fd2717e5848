"""Write the report: one HTML file with all existing parts; it names the missing ones."""

from pathlib import Path

from common import job
from hardness.core import artifacts
from hardness.evidence import figures, tabulation
from report.build import build, overview_of, read_frames, versions
from report.findings import findings
from report.lists import lists
from report.logs import failures, times
from report.pictures import Samples

with job("make_report") as snakemake:
    params, dataset = snakemake.params, snakemake.wildcards.dataset
    parts, study, logs = params.parts, params.study, Path(params.parts["logs"])
    sizes, recipe = params.settings["ensembles"], params.settings["recipe"]
    folder = Path(snakemake.output[0]).parent
    frames, unread = read_frames(parts["files"], parts["optional"])
    samples = Samples.load(parts["pictures"], parts["source"], folder)
    members = ", ".join(f"{number} for {use}" for use, number in sizes.items())
    html = build(
        folder=folder,
        dataset=dataset,
        header={"Data set": dataset, "Recipe": recipe, "Members": members},
        findings=findings(frames, study),
        lists=lists(frames, study, samples),
        overview=overview_of(frames, "overall" in parts["files"], recipe),
        figures=[one | figures.described(one["name"], study) for one in parts["figures"]],
        tables=[
            one | tabulation.described(one["name"], one["csv"], study) for one in parts["tables"]
        ],
        numbered=study["stands_for"] is not None,
        config=params.config,
        versions=versions(),
        times=times(logs),
        missing=[*failures(logs, params.since), *unread],
    )
    artifacts.save_text(snakemake.output[0], html)
