"""SNS's platform endpoints, as an SNS client: for many runs in little time, and with either kind of endpoint names."""

from typing import Any

from botocore.exceptions import ClientError

APPLICATION = "arn:aws:sns:eu-central-1:123456789012:app/GCM/parley"


class Sns:
    """``lasting``: an endpoint that is made again has the name it had before. AWS does not say whether it has."""

    def __init__(self, *, lasting: bool) -> None:
        self.tokens: dict[str, str] = {}
        """By endpoint; those that are there."""
        self.disabled: set[str] = set()
        self._lasting = lasting
        self._made = 0

    def disable(self, token: str) -> None:
        """What a platform does to the endpoint of a token that it does not know any more."""
        self.disabled |= {e for e, t in self.tokens.items() if t == token}

    def create_platform_endpoint(self, PlatformApplicationArn: str, Token: str) -> dict[str, Any]:  # noqa: N803 (AWS's)
        for endpoint, token in self.tokens.items():
            if token == Token and endpoint in self.disabled:
                raise _error("InvalidParameter", f"Endpoint {endpoint} already exists with the same Token")
            if token == Token:
                return {"EndpointArn": endpoint}
        self._made += 1
        name = Token if self._lasting else f"{Token}-{self._made}"
        endpoint = f"{PlatformApplicationArn.replace(':app/', ':endpoint/')}/{name}"
        self.tokens[endpoint] = Token
        return {"EndpointArn": endpoint}

    def get_endpoint_attributes(self, EndpointArn: str) -> dict[str, Any]:  # noqa: N803
        self._there(EndpointArn)
        enabled = "false" if EndpointArn in self.disabled else "true"
        return {"Attributes": {"Token": self.tokens[EndpointArn], "Enabled": enabled}}

    def set_endpoint_attributes(self, EndpointArn: str, Attributes: dict[str, str]) -> None:  # noqa: N803
        self._there(EndpointArn)
        self.tokens[EndpointArn] = Attributes.get("Token", self.tokens[EndpointArn])
        if Attributes.get("Enabled") == "true":
            self.disabled.discard(EndpointArn)

    def delete_endpoint(self, EndpointArn: str) -> None:  # noqa: N803
        self.tokens.pop(EndpointArn, None)
        self.disabled.discard(EndpointArn)

    def publish(self, TargetArn: str, **_: Any) -> None:  # noqa: N803
        self._there(TargetArn)
        if TargetArn in self.disabled:
            raise _error("EndpointDisabled", "Endpoint is disabled")

    def _there(self, endpoint: str) -> None:
        if endpoint not in self.tokens:
            raise _error("NotFound", "Endpoint does not exist")


def _error(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "SNS")
