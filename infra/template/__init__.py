"""The CloudFormation template of a stage, put together from small parts; `build` is the only entrance."""

from infra.template.build import build
from infra.template.lambdas import Artifacts

__all__ = ["Artifacts", "build"]
