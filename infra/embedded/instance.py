"""One embedded instance from start to stop: the AWS, the deployed package, the front, `stack.json`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from infra.deployment import DeploymentError, create_first_key, deploy, resource_names, stack_exists
from infra.embedded.emulator import LOOPBACK, Emulator
from infra.embedded.gaps import close_gaps
from infra.embedded.home import Home
from infra.finish import Package, read_manifest
from infra.front import Front, Upstream
from infra.package.errors import PackagingError
from infra.package.source import fingerprint
from infra.seed import Persona, Seedable, as_json, seed
from infra.stage import EMBEDDED, ROOT, Stage
from infra.target import EMBEDDED_REGION

KINDS = {
    "tables": "AWS::DynamoDB::Table",
    "buckets": "AWS::S3::Bucket",
    "queues": "AWS::SQS::Queue",
    "functions": "AWS::Lambda::Function",
}
OPERATOR = "operator@nordbok.example"
OUTSIDE_LOGIN = {
    "OidcIssuer": "ANSLUT_OIDC_ISSUER", "OidcClientId": "ANSLUT_OIDC_CLIENT_ID", "OidcName": "ANSLUT_OIDC_NAME",
}  # fmt: skip
MAIL_DOMAIN = "nordbok.example"
MAIL_FROM = f"no-reply@{MAIL_DOMAIN}"
FIRST_ANSWER_SECONDS = 40


@dataclass(slots=True)
class Instance:
    """Call `start`, use it, call `stop`; `refresh` deploys what changed since."""

    home: Home
    port: int
    emulator: Emulator
    say: Callable[[str], None]
    stage: Stage = field(default_factory=lambda: Stage(EMBEDDED))
    front: Front | None = None
    deployed: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    personas: list[Persona] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def start(self) -> None:
        self.say("starting the embedded AWS")
        self.emulator.start()
        self.front = Front(self.port, Upstream(LOOPBACK, self.emulator.port), self.say)
        threading.Thread(target=self.front.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True).start()
        stamp = self.home.read_stamp()
        wanted = self._stamp(fingerprint(self.stage))
        if stamp.get("wanted") == wanted and stack_exists(self.emulator.target, self.stage.prefix):
            self._adopt(stamp)
        else:
            self.refresh()

    def stop(self) -> None:
        if self.front is not None:
            self.front.shutdown()
            self.front.server_close()
        self.emulator.stop()

    def refresh(self) -> None:
        """Package, deploy, seed. Raises PackagingError or DeploymentError; what ran before keeps running."""
        marked = fingerprint(self.stage)
        self.say("building the package")
        package = self._package()
        self.say("deploying through CloudFormation")
        self.outputs = deploy(package, self.emulator.target, self._parameters(), self.say)
        close_gaps(self.emulator.target, json.loads(package.template.read_text()), MAIL_DOMAIN)
        self._point_front()
        self._first_key()
        self._greet()
        seeded = self._seed()
        self.deployed = marked
        self._save(self._stamp(marked if seeded else ""))

    def _seed(self) -> bool:
        """False if the demo data could not be made: the portal runs all the same, and the next start tries again."""
        self.say("seeding demo data")
        try:
            self.personas = seed(Seedable(self.url, self.emulator.target, self._names()))
        except (RuntimeError, OSError, LookupError) as error:
            self.say(f"the demo data is incomplete: {type(error).__name__}: {error}")
            return False
        return True

    def _package(self) -> Package:
        """In a process of its own: it imports the application, which may have changed."""
        command = [sys.executable, "-m", "infra.finish", "--stage", self.stage.name, "--work", str(self.home.build)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise PackagingError((done.stdout + done.stderr).strip())
        return read_manifest(self.stage, self.home.build)

    def _parameters(self) -> dict[str, str]:
        uploads = f"{self.stage.prefix}-uploads-000000000000"
        return {
            "Origin": self.url,
            "UploadsUrl": f"{self.emulator.endpoint}/{uploads}",
            "OperatorEmail": OPERATOR,
            "MailFrom": MAIL_FROM,
            "MailIdentity": MAIL_DOMAIN,
            **self._outside_login(),
        }

    def _outside_login(self) -> dict[str, str]:
        return {name: os.environ[variable] for name, variable in OUTSIDE_LOGIN.items() if os.environ.get(variable)}

    def _stamp(self, marked: str) -> dict[str, str]:
        return {"fingerprint": marked, "url": self.url, "aws": self.emulator.endpoint, **self._outside_login()}

    def _adopt(self, stamp: dict[str, Any]) -> None:
        """Everything is deployed already and was restored with the state."""
        self.outputs = stamp["outputs"]
        self.personas = [Persona(**persona) for persona in stamp["personas"]]
        self.deployed = stamp["wanted"]["fingerprint"]
        self._point_front()
        self._greet()
        self._write_stack_file()

    def _point_front(self) -> None:
        if self.front is not None:
            upstream = self.front.upstream
            upstream.buckets = {"static": self.outputs["StaticBucket"], "images": self.outputs["ImagesBucket"]}
            upstream.api_id = self.outputs["ApiId"]

    def _first_key(self) -> None:
        """Tokens are signed from the first minute; the schedule would come a day later."""
        create_first_key(self.emulator.target, self.stage.prefix)

    def _greet(self) -> None:
        """The first request, so that nobody waits for a cold start and a broken package is told at once."""
        request = urllib.request.Request(f"{self.url}/healthz")  # noqa: S310 - our own http address
        try:
            with urllib.request.urlopen(request, timeout=FIRST_ANSWER_SECONDS):  # noqa: S310
                return
        except (urllib.error.URLError, OSError) as error:
            raise DeploymentError(f"The package is deployed but {self.url}/healthz does not answer: {error}") from error

    def _names(self) -> dict[str, dict[str, str]]:
        found = resource_names(self.emulator.target, self.stage.prefix)
        return {
            kind: {self._short(physical): physical for physical in found.get(resource_type, {}).values()}
            for kind, resource_type in KINDS.items()
        }

    def _short(self, physical: str) -> str:
        """`mail` for the queue URL …/anslut-embedded-mail, `uploads` for its bucket."""
        name = physical.rsplit("/", 1)[-1].removeprefix(f"{self.stage.prefix}-")
        return name.removesuffix("-000000000000")

    def _save(self, wanted: dict[str, str]) -> None:
        stamp = {"wanted": wanted, "outputs": self.outputs, "personas": as_json(self.personas)}
        self.home.stamp_file.write_text(json.dumps(stamp))
        self._write_stack_file()

    def _write_stack_file(self) -> None:
        stack = {
            "url": self.url,
            "aws_endpoint": self.emulator.endpoint,
            "region": EMBEDDED_REGION,
            "stage": self.stage.name,
            "stack": self.stage.prefix,
            "api_id": self.outputs["ApiId"],
            **self._names(),
            "personas": as_json(self.personas),
        }
        self.home.stack_file.write_text(json.dumps(stack, indent=1) + "\n")
