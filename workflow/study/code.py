"""What code a rule's result depends on: its script and the project's modules that it imports, as
one short digest.

Modules that are found by a name at run time (an estimator, a sampler, a model, a figure) cannot be
seen in the syntax tree; a rule that uses one passes its file as an extra.
"""

import functools
import hashlib
from pathlib import Path

from hardness import codedigest
from hardness.codedigest import WORKFLOW


@functools.cache
def digest(script: Path | str, *extra: Path | str, root: Path = WORKFLOW) -> str:
    """Digest of a script, of extra module files, and of all that they import below `root`: 16
    hexadecimal digits.

    extra: files of modules found by name at run time. Raises as codedigest.modules. Files are read
    once per process.
    """
    root = Path(root).resolve()
    code = hashlib.sha256()
    for file in codedigest.modules(script, *extra, root=root):
        code.update(
            f"{file.relative_to(root).as_posix()} {codedigest.read(file).digest}\n".encode()
        )
    return code.hexdigest()[: codedigest.LENGTH]
