"""Secrets Manager (pepper and root key ring) and KMS (wraps the signing keys)."""

from __future__ import annotations

import json
import string

from infra.stage import Stage
from infra.template.intrinsics import Json, Resources, policy, sub

SECRET_LENGTH = 64  # letters and digits: about 380 bits
PENDING_DELETION_DAYS = 30


def key_resources(stage: Stage) -> Resources:
    kept = "Delete" if stage.is_embedded else "Retain"
    fate = {"DeletionPolicy": kept, "UpdateReplacePolicy": "Retain"}
    return {
        "RootSecret": {"Type": "AWS::SecretsManager::Secret", **fate, "Properties": _secret(stage)},
        "WrappingKey": {"Type": "AWS::KMS::Key", **fate, "Properties": _key(stage)},
    }


def _secret(stage: Stage) -> Json:
    return {
        "Name": f"{stage.prefix}-root",
        "Description": "Pepper and root key ring; add k2 beside k1 to rotate (docs/operations.md)",
        "GenerateSecretString": {
            "SecretStringTemplate": json.dumps({}),
            "GenerateStringKey": "k1",
            "PasswordLength": SECRET_LENGTH,
            # Both: the embedded AWS (ministack 1.5.33) does not know ExcludePunctuation.
            "ExcludePunctuation": True,
            "ExcludeCharacters": string.punctuation,
        },
    }


def _key(stage: Stage) -> Json:
    root = {
        "Sid": "AccountDecidesByIam",
        "Effect": "Allow",
        "Principal": {"AWS": sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")},
        "Action": "kms:*",
        "Resource": "*",  # in a key policy, `*` is this key
    }
    return {
        "Description": f"Wraps the token signing keys of {stage.prefix}",
        "EnableKeyRotation": True,
        "PendingWindowInDays": PENDING_DELETION_DAYS,
        "KeyPolicy": policy(root),
    }
