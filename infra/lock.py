"""`make lock`: rewrites the lock files; hashes of every platform, no address of any index."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from infra.stage import ROOT

LOCKS = ("requirements", "requirements-dev", "infra/ministack")
OPTIONS = (
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--custom-compile-command=make lock",
    "--quiet",
)


def main() -> None:
    uv = str(Path(sys.executable).with_name("uv"))
    for name in LOCKS:
        command = [uv, "pip", "compile", f"{name}.in", "--output-file", f"{name}.txt", *OPTIONS, *sys.argv[1:]]
        subprocess.run(command, cwd=ROOT, check=True)
        print(f"{name}.txt")


if __name__ == "__main__":
    main()
