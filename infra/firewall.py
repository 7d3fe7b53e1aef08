"""A firewall in front of the HTTP API: the ``firewall`` part of an environment's file.

It costs $9.40 a month, and $1.60 for a million requests: AWS WAF $5, its four rules $4, the secret $0.40; CloudFront $1
and WAF $0.60 a million.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

NO_FIREWALL: Mapping[str, str] = {"Firewall": "false"}
ACL_REGION = "us-east-1"
"""Where CloudFront's access control lists are made (AWS WAF developer guide, "Resources that you can protect")."""


class Firewall(BaseModel):
    """What it lets through. ``infra/templates/firewall.yaml`` has the rules."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    requests: Annotated[int, Field(ge=10, le=2_000_000_000)] = 2_000
    """From one address in five minutes. People behind one router share an address."""
    acl_arn: Annotated[str, Field(pattern=r"^(arn:[a-z-]+:wafv2:us-east-1:\d{12}:global/webacl/.+)?$")] = ""
    """An access control list of your own, in place of the stack's."""
    enforced: bool = False
    """Whether the API refuses what does not come through the firewall: only once all apps use the new address."""

    def parameters(self) -> dict[str, str]:
        """Return the parameters for CloudFormation."""
        return {
            "Firewall": "true",
            "FirewallRequests": str(self.requests),
            "FirewallAclArn": self.acl_arn,
            "FirewallEnforced": str(self.enforced).lower(),
        }
