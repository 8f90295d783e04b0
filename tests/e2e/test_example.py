"""The example a developer copies runs as it is."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from infra.embedded.emulator import free_port
from infra.visitor import Visitor
from tests.e2e.stack import Stack

HELLO = Path(__file__).parents[2] / "examples" / "hello_integration" / "hello.py"


def test_hello_integration_connects_a_company(stack: Stack) -> None:
    port = free_port()
    developer = Visitor(stack.url, "astrid@nordkod.example", "try-anslut-today")
    developer.sign_in()
    made = developer.call("POST", "/integrations", json={
        "name": f"Hello {port}", "scopes": ["companyinformation"],
        "redirect_uris": [f"http://127.0.0.1:{port}/callback"],
    })  # fmt: skip
    command = [sys.executable, "-u", str(HELLO), made["client_id"], made["client_secret"]]
    with subprocess.Popen(
        [*command, "--portal", stack.url, "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as program:
        try:
            assert program.stdout
            address = next(found[1] for line in program.stdout if (found := re.search(r"^  (http\S+)", line)))
            customer = Visitor(stack.url, "erik@bergsbageri.example", "try-anslut-today")
            customer.sign_in()
            customer.browser.get(customer.approve(address)["location"], timeout=20)
            said, _ = program.communicate(timeout=60)
        finally:
            program.kill()
    assert "Connected to Bergs Bageri AB" in said
    developer.call("DELETE", f"/integrations/{made['integration_id']}")
