"""Puts the template of a stage together from its parts."""

from __future__ import annotations

from infra.stage import Stage
from infra.template.api import api_resources
from infra.template.front import front_outputs, front_parameters, front_resources
from infra.template.intrinsics import Json, att, ref
from infra.template.keys import key_resources
from infra.template.lambdas import Artifacts, Declared, function_resources, rows
from infra.template.queues import queue_resources
from infra.template.storage import BUCKETS, bucket_id, storage_resources
from infra.template.tables import Table, table_resources
from infra.template.watch import watch_resources

PARAMETERS: Json = {
    "ArtifactsBucket": {"Type": "String", "Description": "Bucket that holds the code and layers of this template"},
    "Origin": {"Type": "String", "Default": "", "Description": "Public base URL, without a slash at the end"},
    "UploadsUrl": {"Type": "String", "Default": "", "Description": "Base URL that browsers post uploads to"},
    "MailFrom": {"Type": "String", "Default": "noreply@example.com", "Description": "Sender of all mail"},
    "MailIdentity": {"Type": "String", "Default": "example.com", "Description": "Verified SES identity behind it"},
    "OperatorEmail": {"Type": "String", "Default": "", "Description": "Account that becomes the first operator"},
    "OidcIssuer": {
        "Type": "String",
        "Default": "",
        "Description": "The platform's own login (OpenID Connect); off if empty",
    },
    "OidcClientId": {"Type": "String", "Default": "", "Description": "Our client id there"},
    "OidcName": {"Type": "String", "Default": "", "Description": "What the sign-in button calls it"},
    "OidcSecret": {"Type": "String", "Default": "", "Description": "ARN of the secret with our client secret, if any"},
    "RequestRate": {"Type": "Number", "Default": 200, "Description": "Requests a second the gateway lets through"},
    "RequestBurst": {
        "Type": "Number",
        "Default": 500,
        "Description": "Requests at one moment the gateway lets through",
    },
    "ReserveConcurrency": {
        "Type": "String",
        "Default": "true",
        "AllowedValues": ["true", "false"],
        "Description": "false in accounts whose concurrency quota is still 10",
    },
}
CONDITIONS: Json = {
    "HasOrigin": {"Fn::Not": [{"Fn::Equals": [ref("Origin"), ""]}]},
    "HasOidcSecret": {"Fn::Not": [{"Fn::Equals": [ref("OidcSecret"), ""]}]},
    "ReserveConcurrency": {"Fn::Equals": [ref("ReserveConcurrency"), "true"]},
}
ACCOUNT_CONDITIONS: Json = {
    "OwnDomain": {"Fn::Not": [{"Fn::Equals": [ref("DomainName"), ""]}]},
    "HasOperator": {"Fn::Not": [{"Fn::Equals": [ref("OperatorEmail"), ""]}]},
}


def build(stage: Stage, tables: list[Table], declared: dict[str, Declared], artifacts: Artifacts) -> Json:
    """The whole template; `declared` is what Chalice says of its functions."""
    front = {} if stage.is_embedded else front_parameters()
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"Anslut, stage {stage.name}",
        "Parameters": {**PARAMETERS, **front},
        "Conditions": {**CONDITIONS, **({} if stage.is_embedded else ACCOUNT_CONDITIONS)},
        "Resources": {
            **table_resources(tables, stage),
            **queue_resources(stage),
            **storage_resources(stage, rows(declared)),
            **key_resources(stage),
            **function_resources(stage, tables, declared, artifacts),
            **api_resources(stage),
            **({} if stage.is_embedded else front_resources(stage) | watch_resources(stage)),
        },
        "Outputs": {**_outputs(), **({} if stage.is_embedded else front_outputs())},
    }


def _outputs() -> Json:
    buckets = {f"{bucket.capitalize()}Bucket": {"Value": ref(bucket_id(bucket))} for bucket in BUCKETS}
    return {"ApiId": {"Value": ref("RestAPI")}, **buckets, "WrappingKeyArn": {"Value": att("WrappingKey")}}
