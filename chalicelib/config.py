"""Settings: the only reader of the environment; everything else receives typed values."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

DATA_DIR = Path(__file__).parent / "data"


class SettingsError(RuntimeError):
    """The environment lacks something; the message lists all of it at once."""


@dataclass(frozen=True, slots=True)
class OutsideLogin:
    """The platform's own login, an OpenID Connect provider. `secret_id` is empty for a client that has none."""

    issuer: str
    client_id: str
    name: str = ""
    secret_id: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the deployment decides. Secrets are references (ids); `kit.secrets` fetches their values lazily."""

    stage: str
    prefix: str
    origin: str
    uploads_bucket: str = ""
    images_bucket: str = ""
    uploads_url: str = ""
    secret_id: str = ""
    kms_key_id: str = ""
    mail_from: str = ""
    operator_email: str = ""
    queue_urls: Mapping[str, str] = field(default_factory=dict)
    outside_login: OutsideLogin | None = None

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Read `ANSLUT_*`. Raises SettingsError naming every missing variable."""
        missing = [name for name in ("ANSLUT_STAGE", "ANSLUT_PREFIX", "ANSLUT_ORIGIN") if not env.get(name)]
        if missing:
            raise SettingsError("Set these environment variables: " + ", ".join(missing))
        return cls(
            stage=env["ANSLUT_STAGE"],
            prefix=env["ANSLUT_PREFIX"],
            origin=env["ANSLUT_ORIGIN"].rstrip("/"),
            uploads_bucket=env.get("ANSLUT_UPLOADS_BUCKET", ""),
            images_bucket=env.get("ANSLUT_IMAGES_BUCKET", ""),
            uploads_url=env.get("ANSLUT_UPLOADS_URL", ""),
            secret_id=env.get("ANSLUT_SECRET_ID", ""),
            kms_key_id=env.get("ANSLUT_KMS_KEY_ID", ""),
            mail_from=env.get("ANSLUT_MAIL_FROM", ""),
            operator_email=env.get("ANSLUT_OPERATOR_EMAIL", "").lower(),
            queue_urls=json.loads(env.get("ANSLUT_QUEUE_URLS", "{}")),
            outside_login=_read_outside_login(env),
        )

    @property
    def is_embedded(self) -> bool:
        """True only on the AWS that runs on a developer's own machine: plain http, time travel, readable mail."""
        return self.stage == "embedded"

    @property
    def is_https(self) -> bool:
        return self.origin.startswith("https://")

    def table(self, name: str) -> str:
        return f"{self.prefix}-{name}"


def _read_outside_login(env: Mapping[str, str]) -> OutsideLogin | None:
    """Off unless both the issuer and our name there are given."""
    issuer, client_id = env.get("ANSLUT_OIDC_ISSUER", ""), env.get("ANSLUT_OIDC_CLIENT_ID", "")
    if not issuer or not client_id:
        return None
    return OutsideLogin(issuer, client_id, env.get("ANSLUT_OIDC_NAME", ""), env.get("ANSLUT_OIDC_SECRET_ID", ""))


@cache
def settings() -> Settings:
    return Settings.from_env(os.environ)


@cache
def load_data(name: str) -> Any:
    """Configuration that a platform replaces without touching code: `data/<name>.json`."""
    return json.loads((DATA_DIR / f"{name}.json").read_text(encoding="utf-8"))
