"""First step of every `make` target: builds the two Python environments from the lock files (standard library only)."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
DEV = ROOT / ".venv"
EMULATOR = ROOT / ".portal" / "ministack"


def main() -> None:
    use_a_supported_python()
    if "--reset" in sys.argv:
        reset()
        return
    try:
        build(DEV, [ROOT / "requirements.txt", ROOT / "requirements-dev.txt"], "tools and libraries")
        build(EMULATOR, [ROOT / "infra" / "ministack.txt"], "embedded AWS")
    except subprocess.CalledProcessError as error:
        sys.exit("The packages could not be installed (see above); is the network up? Failed: " + str(error.cmd[0]))


def use_a_supported_python() -> None:
    """Start again with a newer interpreter if this one is too old; say so when there is none."""
    if sys.version_info >= OLDEST:
        return
    for name in ("python3.13", "python3.12", "python3.11", "python3.14"):
        newer = shutil.which(name)
        if newer:
            os.execv(newer, [newer, *sys.argv])  # noqa: S606 - the same program under a newer interpreter
    sys.exit("Anslut needs Python 3.11 or newer; this is {}.{}.".format(*sys.version_info[:2]))


def build(target: Path, locks: list[Path], what: str) -> None:
    wanted = fingerprint(locks)
    stamp = target / ".stamp"
    if stamp.exists() and stamp.read_text() == wanted and works(target):
        return
    started = time.monotonic()
    print("· installing " + what + " …", flush=True)
    if target.exists():
        shutil.rmtree(str(target))
    try:
        venv.create(str(target), with_pip=target == DEV)
    except subprocess.CalledProcessError:
        sys.exit("Python's venv module is incomplete here; install it (Debian: apt-get install python3-venv).")
    python = target / "bin" / "python"
    uv = installer()
    command = [str(uv), "pip", "install", "--quiet", "--python", str(python), "--require-hashes"]
    for lock in locks:
        command += ["-r", str(lock)]
    subprocess.run(command, check=True)
    stamp.write_text(wanted)
    print(f"  done in {time.monotonic() - started:.0f} s", flush=True)


def fingerprint(locks: list[Path]) -> str:
    digest = hashlib.sha256(sys.version.encode())
    for lock in locks:
        digest.update(lock.read_bytes())
    return digest.hexdigest()


def works(target: Path) -> bool:
    """False when the interpreter behind the environment was moved or removed."""
    return (target / "bin" / "python").exists()


def installer() -> Path:
    """uv, in the very version and with the hashes of requirements-dev.txt."""
    uv = DEV / "bin" / "uv"
    if uv.exists():
        return uv
    pinned = DEV / "uv.txt"
    pinned.write_text(lock_entry("uv", (ROOT / "requirements-dev.txt").read_text()))
    pip = [str(DEV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    subprocess.run([*pip, "--require-hashes", "-r", str(pinned)], check=True)
    return uv


def lock_entry(name: str, text: str) -> str:
    """The lines of one package in a lock file."""
    taken: list[str] = []
    for line in text.splitlines():
        if taken and not line.startswith("    --hash"):
            break
        if taken or line.startswith(name + "=="):
            taken.append(line)
    return "\n".join(taken) + "\n"


def reset() -> None:
    """Forget the embedded AWS's data; the environments stay."""
    folder = ROOT / ".portal"
    lock = folder / "run.pid"
    if lock.exists() and alive(lock.read_text()):
        sys.exit("The portal is running (process " + lock.read_text().split()[0] + "); stop it first.")
    for entry in folder.glob("*") if folder.exists() else []:
        if entry == EMULATOR:
            continue
        if entry.is_dir():
            shutil.rmtree(str(entry))
        else:
            entry.unlink()
    print("The embedded AWS has forgotten everything.")


def alive(text: str) -> bool:
    try:
        os.kill(int(text.split(maxsplit=1)[0]), 0)
    except (OSError, ValueError, IndexError):
        return False
    return True


if __name__ == "__main__":
    main()
