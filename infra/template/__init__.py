"""The CloudFormation template of a stage, put together from small parts; `build` is the only entrance."""

from infra.template.build import Artifacts, build

__all__ = ["Artifacts", "build"]
