"""`python -m anslut_cli COMMAND`: a command for each thing that can be done with a sandbox; `--help` lists them."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import webbrowser
from typing import Any

from anslut_cli.client import CommandError, Portal, wait

READY = frozenset({"ready"})
GONE = frozenset({"deleted"})
FAULTS = (
    "expired-tokens",
    "revoked",
    "module-removed",
    "too-many-requests",
    "server-error",
    "slow",
    "lost-answer",
)


def create(portal: Portal, given: argparse.Namespace) -> None:
    """Ask for a sandbox and print its id."""
    made = portal.call("POST", "/sandboxes", {"name": given.name, "data": given.data})
    print(made["sandbox_id"])
    if given.wait:
        _wait(portal, made["sandbox_id"], given.seconds)


def wait_for(portal: Portal, given: argparse.Namespace) -> None:
    """Wait until it is ready."""
    _wait(portal, given.id, given.seconds)


def use(portal: Portal, given: argparse.Namespace) -> None:
    """Print connection details with a new secret, to be read by a shell, a pipeline, or a program."""
    connection = portal.call("POST", f"/sandboxes/{given.id}/connections")
    if given.format == "json":
        _print(connection)
        return
    prefix = "export " if given.format == "shell" else ""
    quote = shlex.quote if given.format == "shell" else str
    for name, value in connection["environment"].items():
        print(f"{prefix}{name}={quote(value)}")


def list_all(portal: Portal, given: argparse.Namespace) -> None:
    """One line for each sandbox: id, status, number, name."""
    found = portal.call("GET", "/sandboxes")["items"]
    if given.json:
        _print(found)
        return
    for one in found:
        print(one["sandbox_id"], one["status"], one["company_number"] or "-", one["name"])


def show(portal: Portal, given: argparse.Namespace) -> None:
    _print(portal.call("GET", f"/sandboxes/{given.id}"))


def rename(portal: Portal, given: argparse.Namespace) -> None:
    portal.call("PATCH", f"/sandboxes/{given.id}", {"name": given.name})


def notes(portal: Portal, given: argparse.Namespace) -> None:
    """Write what you and your team should know of it."""
    portal.call("PATCH", f"/sandboxes/{given.id}", {"notes": given.text})


def open_page(portal: Portal, given: argparse.Namespace) -> None:
    """Print the address of its page, and with --browser open it; one click there works as the company."""
    found = portal.call("GET", f"/sandboxes/{given.id}")
    address = f"{portal.url}/portal/sandboxes/{found['sandbox_id']}"
    print(address)
    if given.browser:
        webbrowser.open(address)


def fault(portal: Portal, given: argparse.Namespace) -> None:
    """Switch a fault on until its lease ends, or off."""
    path = f"/sandboxes/{given.id}/faults/{given.kind}"
    if given.off:
        portal.call("DELETE", path)
        return
    names = ("minutes", "calls", "place", "status", "seconds", "module")
    body = {name: getattr(given, name) for name in names if getattr(given, name) is not None}
    print(portal.call("PUT", path, body)["until"])


def connections(portal: Portal, given: argparse.Namespace) -> None:
    """Which integrations hold tokens in it; with --disconnect ID one less, as its customer would do it."""
    path = f"/sandboxes/{given.id}/connections"
    if given.disconnect:
        portal.call("DELETE", f"{path}/{given.disconnect}")
        return
    for one in portal.call("GET", path):
        print(one["integration_id"], one["client_id"], one["kind"], one["last_used_at"] or "-", one["integration_name"])


def faults(portal: Portal, given: argparse.Namespace) -> None:
    _print(portal.call("GET", f"/sandboxes/{given.id}/faults"))


def snapshot(portal: Portal, given: argparse.Namespace) -> None:
    """Save the data under a name and print the snapshot's id."""
    made = portal.call("POST", f"/sandboxes/{given.id}/snapshots", {"name": given.name})
    print(made["snapshot_id"])
    if given.wait:
        wait(lambda: portal.call("GET", f"/snapshots/{made['snapshot_id']}"), READY, given.seconds)


def snapshots(portal: Portal, _: argparse.Namespace) -> None:
    for one in portal.call("GET", "/snapshots"):
        print(one["snapshot_id"], one["status"], one["rows"], one["name"])


def restore(portal: Portal, given: argparse.Namespace) -> None:
    """Put a snapshot or a template in place of the data."""
    portal.call("POST", f"/sandboxes/{given.id}/restore", {"data": given.data})
    if given.wait:
        _wait(portal, given.id, given.seconds)


def reset(portal: Portal, given: argparse.Namespace) -> None:
    """Put the data back as it was when the sandbox was new."""
    portal.call("POST", f"/sandboxes/{given.id}/reset")
    if given.wait:
        _wait(portal, given.id, given.seconds)


def delete(portal: Portal, given: argparse.Namespace) -> None:
    portal.call("DELETE", f"/sandboxes/{given.id}")
    if given.wait:
        wait(lambda: portal.call("GET", f"/sandboxes/{given.id}"), GONE, given.seconds)


def new_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("anslut_cli", description="Sandboxes, for people and pipelines.")
    parser.add_argument("--url", help="the portal; default: ANSLUT_URL")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Any, *words: str, waits: bool = False) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=(run.__doc__ or "").partition("\n")[0])
        one.set_defaults(run=run)
        for word in words:
            one.add_argument(word)
        if waits:
            one.add_argument("--wait", action="store_true", help="until it is done")
        one.add_argument("--seconds", type=int, default=120, help="how long to wait")
        return one

    command("create", create, "name", waits=True).add_argument("--data", default="small")
    command("wait", wait_for, "id")
    command("use", use, "id").add_argument("--format", choices=("shell", "env", "json"), default="shell")
    command("list", list_all).add_argument("--json", action="store_true")
    command("show", show, "id")
    command("rename", rename, "id", "name")
    command("notes", notes, "id", "text")
    command("open", open_page, "id").add_argument("--browser", action="store_true")
    _add_fault(command("fault", fault, "id"))
    command("faults", faults, "id")
    command("connections", connections, "id").add_argument("--disconnect", metavar="INTEGRATION")
    command("snapshot", snapshot, "id", "name", waits=True)
    command("snapshots", snapshots)
    command("restore", restore, "id", "data", waits=True)
    command("reset", reset, "id", waits=True)
    command("delete", delete, "id", waits=True)
    return parser


def _add_fault(one: argparse.ArgumentParser) -> None:
    one.add_argument("kind", choices=FAULTS)
    one.add_argument("--off", action="store_true")
    one.add_argument("--place", choices=("api", "token", "both"))
    one.add_argument("--module")
    for name in ("minutes", "calls", "status"):
        one.add_argument(f"--{name}", type=int)
    one.set_defaults(seconds=None)


def main(arguments: list[str] | None = None) -> int:
    given = new_parser().parse_args(arguments)
    try:
        given.run(Portal(given.url), given)
    except CommandError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _wait(portal: Portal, sandbox_id: str, seconds: int) -> None:
    wait(lambda: portal.call("GET", f"/sandboxes/{sandbox_id}"), READY, seconds)


def _print(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    sys.exit(main())
