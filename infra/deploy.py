"""`make deploy` and `make destroy`: a stage in an AWS account, by the very steps of the embedded one."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError

from infra.deployment import DeploymentError, create_first_key, deploy, stack_exists
from infra.finish import Package, finish
from infra.package.audit import AuditError
from infra.package.errors import PackagingError
from infra.stage import EMBEDDED, ROOT, Stage, StageError
from infra.target import Target
from infra.template.lambdas import FunctionRowError

KEPT = "The tables, buckets and keys are kept (DeletionPolicy: Retain); docs/operations.md says how to remove them too."

commands = typer.Typer(pretty_exceptions_enable=False, no_args_is_help=True)


@commands.command()
def up(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    stage: Annotated[str, typer.Option(help="name of the stage, as in anslut-<stage>")],
    domain: Annotated[str, typer.Option(help="own domain of the portal")] = "",
    certificate: Annotated[str, typer.Option(help="its ACM certificate in us-east-1")] = "",
    mail_from: Annotated[str, typer.Option(help="sender of all mail; its domain must be verified in SES")] = "",
    operator: Annotated[str, typer.Option(help="e-mail address of the first operator")] = "",
    oidc_issuer: Annotated[str, typer.Option(help="the platform's own login: its OpenID Connect issuer")] = "",
    oidc_client_id: Annotated[str, typer.Option(help="our client id there")] = "",
    oidc_name: Annotated[str, typer.Option(help="what the sign-in button calls it")] = "",
    oidc_secret: Annotated[str, typer.Option(help="ARN of the Secrets Manager secret with our client secret")] = "",
    reserve: Annotated[bool, typer.Option(help="reserve concurrency (needs a quota above 10)")] = True,
    rate: Annotated[
        int, typer.Option(help="requests a second the gateway lets through; the burst is twice that, at least 500")
    ] = 200,
    dry_run: Annotated[bool, typer.Option(help="only build, and print what would be created")] = False,
) -> None:
    """Create or update a stage."""
    target = Target()
    if not dry_run:
        _require_account(target)
    package = _built(stage)
    if dry_run:
        _print_resources(package)
        return
    parameters = {
        "DomainName": domain,
        "CertificateArn": certificate,
        "OperatorEmail": operator,
        "OidcIssuer": oidc_issuer,
        "OidcClientId": oidc_client_id,
        "OidcName": oidc_name,
        "OidcSecret": oidc_secret,
        "ReserveConcurrency": str(reserve).lower(),
        "RequestRate": str(rate),
        "RequestBurst": str(max(500, 2 * rate)),
    }
    if mail_from:
        parameters |= {"MailFrom": mail_from, "MailIdentity": mail_from.partition("@")[2]}
    try:
        url = deploy_with_origin(package, target, parameters)
    except (DeploymentError, ClientError) as error:
        sys.exit(str(error))
    create_first_key(target, package.stage.prefix)
    print(f"Stage {stage} is up: {url}")


def deploy_with_origin(package: Package, target: Target, parameters: dict[str, str]) -> str:
    """In two steps the first time: only when CloudFront exists is its address known, which the functions need.

    The function that needs it is behind the distribution that gives it, so no single template can say both.
    """
    known = _origin(package, target)
    outputs = deploy(package, target, _with_origin(package, parameters, known), _say)
    if outputs["FrontUrl"] != known:
        _say("telling the functions their public address")
        outputs = deploy(package, target, _with_origin(package, parameters, outputs["FrontUrl"]), _say)
    return outputs["FrontUrl"]


def _origin(package: Package, target: Target) -> str:
    if not stack_exists(target, package.stage.prefix):
        return ""
    stack = target.client("cloudformation").describe_stacks(StackName=package.stage.prefix)["Stacks"][0]
    found = [p["ParameterValue"] for p in stack.get("Parameters", []) if p["ParameterKey"] == "Origin"]
    return found[0] if found else ""


def _with_origin(package: Package, parameters: dict[str, str], origin: str) -> dict[str, str]:
    target = Target()
    account = target.client("sts").get_caller_identity()["Account"]
    region = target.client("s3").meta.region_name
    uploads = f"https://{package.stage.prefix}-uploads-{account}.s3.{region}.amazonaws.com"
    return {**parameters, "Origin": origin, "UploadsUrl": uploads}


@commands.command()
def down(
    stage: Annotated[str, typer.Option(help="name of the stage")],
    yes: Annotated[bool, typer.Option(help="do not ask")] = False,
) -> None:
    """Remove a stage's stack; data stays."""
    name = _stage(stage).prefix
    target = Target()
    _require_account(target)
    if not stack_exists(target, name):
        sys.exit(f"There is no stack {name} in this account and region.")
    if not yes:
        typer.confirm(f"Remove the stack {name}? {KEPT}", abort=True)
    cloudformation = target.client("cloudformation")
    cloudformation.delete_stack(StackName=name)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=name)
    print(f"The stack {name} is removed. {KEPT}")


def _stage(name: str) -> Stage:
    if name == EMBEDDED:
        sys.exit("The embedded stage lives on this machine: make run, make reset. Choose another name: STAGE=prod")
    try:
        return Stage(name)
    except StageError as error:
        sys.exit(str(error))


def _built(name: str) -> Package:
    stage = _stage(name)
    try:
        return finish(stage, ROOT / ".build" / stage.name)
    except (PackagingError, AuditError, FunctionRowError) as error:
        sys.exit(f"The package could not be built.\n{error}")


def _require_account(target: Target) -> None:
    try:
        target.client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"No usable AWS account: {error} Set AWS_PROFILE (or the usual variables) and AWS_REGION.")


def _print_resources(package: Package) -> None:
    template = json.loads(Path(package.template).read_text())
    for name, resource in sorted(template["Resources"].items(), key=lambda item: (item[1]["Type"], item[0])):
        print(f"{resource['Type']:45} {name}")
    weights = ", ".join(f"{name} {weight / 1e6:.1f} MB" for name, weight in package.weights.items())
    print(f"\n{len(template['Resources'])} resources; {weights}\nTemplate: {package.template.relative_to(ROOT)}")


def _say(text: str) -> None:
    print(f"· {text}", flush=True)


if __name__ == "__main__":
    commands()
