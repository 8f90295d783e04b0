"""Company data is met through tokens of the authorization server's own tests."""

from tests.oauth.conftest import app_a, clock, module_aws, world

__all__ = ["app_a", "clock", "module_aws", "world"]
