# The study of this repository, described by config.yaml and config.d beside this file. What can be
# asked for is listed in workflow/Snakefile.
include: "workflow/Snakefile"


workflow.default_target = "all"  # an included file does not set it
