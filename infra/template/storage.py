"""S3: uploads (private, versioned), images and static files (private, read through the front)."""

from __future__ import annotations

from infra.functions import Function, Upload
from infra.stage import Stage
from infra.template.intrinsics import Json, Resources, allow, att, deny_plain_http, policy, ref, sub, when

BUCKETS = ("uploads", "images", "static")
OLD_VERSION_DAYS = 7


def bucket_name(stage: Stage, bucket: str) -> Json:
    """Built, not referenced: the upload notification would otherwise close the circle bucket, function, role."""
    return sub(f"{stage.prefix}-{bucket}-${{AWS::AccountId}}")


def bucket_arn(stage: Stage, bucket: str) -> str:
    return f"arn:${{AWS::Partition}}:s3:::{stage.prefix}-{bucket}-${{AWS::AccountId}}"


def bucket_id(bucket: str) -> str:
    return f"{bucket.capitalize()}Bucket"


def storage_resources(stage: Stage, functions: list[Function]) -> Resources:
    resources: Resources = {}
    renderers = [function.logical_id for function in functions if isinstance(function.trigger, Upload)]
    for bucket in BUCKETS:
        resources[bucket_id(bucket)] = _bucket(stage, bucket, renderers)
        resources[f"{bucket_id(bucket)}Policy"] = {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": ref(bucket_id(bucket)), "PolicyDocument": policy(*_statements(stage, bucket))},
        }
    return resources


def _bucket(stage: Stage, bucket: str, renderers: list[str]) -> Json:
    kept = "Delete" if stage.is_embedded else "Retain"
    resource: Json = {
        "Type": "AWS::S3::Bucket",
        "DeletionPolicy": kept,
        "UpdateReplacePolicy": kept,
        "Properties": {
            "BucketName": bucket_name(stage, bucket),
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            },
            "VersioningConfiguration": {"Status": "Enabled"},
            "LifecycleConfiguration": {"Rules": _lifecycle()},
        },
    }
    if bucket == "uploads":
        if renderers:
            resource["DependsOn"] = [f"{name}UploadPermission" for name in renderers]
            resource["Properties"]["NotificationConfiguration"] = _notification(renderers)
        resource["Properties"]["CorsConfiguration"] = _cors()
    return resource


def _lifecycle() -> list[Json]:
    """Originals have no rule: they stay as long as their image, whose selection can be changed years later."""
    return [
        {
            "Id": "old-versions",
            "Status": "Enabled",
            "NoncurrentVersionExpiration": {"NoncurrentDays": OLD_VERSION_DAYS},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        }
    ]


def _notification(renderers: list[str]) -> Json:
    configurations = [{"Event": "s3:ObjectCreated:*", "Function": att(name)} for name in renderers]
    return {"LambdaConfigurations": configurations}


def _cors() -> Json:
    return {
        "CorsRules": [
            {
                "AllowedOrigins": [when("HasOrigin", ref("Origin"), "https://pending.invalid")],
                "AllowedMethods": ["GET", "POST"],  # a ticket's upload; the original, to select another part of it
                "AllowedHeaders": ["*"],
                "ExposedHeaders": ["ETag"],
                "MaxAge": 3600,
            }
        ]
    }


def _statements(stage: Stage, bucket: str) -> list[Json]:
    arn = bucket_arn(stage, bucket)
    statements = [deny_plain_http(["s3:*"], [sub(arn), sub(f"{arn}/*")], stage)]
    if bucket in ("images", "static") and not stage.is_embedded:
        distribution = sub("arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${Front}")
        statements.append(
            allow(
                ["s3:GetObject"],
                sub(f"{arn}/*"),
                Sid="FrontReads",
                Principal={"Service": "cloudfront.amazonaws.com"},
                Condition={"StringEquals": {"AWS:SourceArn": distribution}},
            )
        )
        # Without it S3 says 403 for what is gone. Listing has no address behind the front: paths begin with a folder.
        statements.append(
            allow(
                ["s3:ListBucket"],
                sub(arn),
                Sid="FrontLearnsOf404",
                Principal={"Service": "cloudfront.amazonaws.com"},
                Condition={"StringEquals": {"AWS:SourceArn": distribution}},
            )
        )
    return statements
