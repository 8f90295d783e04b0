"""The block that `make run` prints when a browser may be opened."""

from __future__ import annotations

from infra.embedded.instance import Instance
from infra.seed import Persona

TO_TRY = (
    "Sign in as the developer and create an integration: client id and secret appear once",
    "Upload a logo to it and watch the sizes arrive (S3 event → Lambda → Pillow)",
    "Create a sandbox and see it become ready by itself",
    "Sign in as the customer, find the integration by its client id and activate it",
    "Read the mail the portal sends: {url}/dev/mail",
)


def ready_block(instance: Instance, seconds: float) -> str:
    lines = [
        "",
        f"  Anslut is ready ({seconds:.1f} s)   {instance.url}",
        f"  AWS on this machine             {instance.emulator.endpoint}",
        f"  Names of everything             {instance.home.stack_file}",
        "",
        *_personas(instance.personas),
        "  Five things to try",
        *[f"   {number}. {text.format(url=instance.url)}" for number, text in enumerate(TO_TRY, 1)],
        "",
        "  Edits in app.py, chalicelib/ and web/ are deployed by themselves. Ctrl-C stops; nothing is lost.",
        "",
    ]
    return "\n".join(lines)


def _personas(personas: list[Persona]) -> list[str]:
    if not personas:
        return []
    width = max(len(persona.role) for persona in personas)
    mail = max(len(persona.email) for persona in personas)
    rows = [f"   {p.role:{width}}  {p.email:{mail}}  {p.password}" for p in personas]
    return ["  Who you can be (e-mail, password)", *rows, ""]
