"""A WebSocket API made call by call, for what Parley's own API does not do: the gateway's tests, and its bench."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import boto3

STAGE = "s"
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}],
}


class Maker:
    """Makes APIs and functions in the embedded AWS at an endpoint."""

    def __init__(self, endpoint: str) -> None:
        session = boto3.Session("test", "test", region_name="us-east-1")
        self.apis = session.client("apigatewayv2", endpoint_url=endpoint)
        self.functions = session.client("lambda", endpoint_url=endpoint)
        self._iam = session.client("iam", endpoint_url=endpoint)

    def function(
        self, name: str, source: Path, handler: str, actions: list[str], timeout: int = 10, *, invocable: bool = True
    ) -> str:
        """A function of one file, with a role that may do these actions; its ARN."""
        role = self._iam.create_role(RoleName=f"{name}-role", AssumeRolePolicyDocument=json.dumps(_TRUST))["Role"][
            "Arn"
        ]
        if actions:
            statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
            self._iam.put_role_policy(
                RoleName=f"{name}-role",
                PolicyName="own",
                PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
            )
        made = self.functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=role,
            Handler=handler,
            Code={"ZipFile": _zip(source)},
            Timeout=timeout,
            LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "INFO"},
        )
        if invocable:
            service = "apigateway.amazonaws.com"
            self.functions.add_permission(
                FunctionName=name, StatementId="api", Action="lambda:InvokeFunction", Principal=service
            )
        return made["FunctionArn"]

    def api(self, name: str) -> "PlainApi":
        """An API without routes."""
        made = self.apis.create_api(
            Name=name, ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
        )
        self.apis.create_stage(ApiId=made["ApiId"], StageName=STAGE, AutoDeploy=True)
        return PlainApi(self.apis, made["ApiId"])


class PlainApi(NamedTuple):
    """One API."""

    apis: Any
    id: str

    @property
    def path(self) -> str:
        """Below an endpoint, whoever serves it."""
        return f"/_aws/execute-api/{self.id}/{STAGE}"

    def authorizer(self, function: str, *sources: str) -> str:
        """A REQUEST authorizer; its id."""
        made = self.apis.create_authorizer(
            ApiId=self.id,
            Name="authorizer",
            AuthorizerType="REQUEST",
            AuthorizerUri=_uri(function),
            IdentitySource=list(sources),
        )
        return made["AuthorizerId"]

    def route(self, key: str, function: str, *, responds: bool = False, authorizer: str = "") -> None:
        """A route to a function."""
        integration = self.apis.create_integration(
            ApiId=self.id, IntegrationType="AWS_PROXY", IntegrationUri=_uri(function)
        )
        self._route(key, integration["IntegrationId"], responds=responds, authorizer=authorizer)

    def mock(self, key: str, template: str) -> None:
        """A route that answers a template."""
        integration = self.apis.create_integration(
            ApiId=self.id, IntegrationType="MOCK", RequestTemplates={"200": '{"statusCode":200}'}
        )["IntegrationId"]
        self.apis.create_integration_response(
            ApiId=self.id,
            IntegrationId=integration,
            IntegrationResponseKey="$default",
            TemplateSelectionExpression="200",
            ResponseTemplates={"200": template},
        )
        self._route(key, integration, responds=True)

    def throttle(self, key: str, rate: float, burst: int) -> None:
        """A route's own throttle."""
        settings = {key: {"ThrottlingRateLimit": rate, "ThrottlingBurstLimit": burst}}
        self.apis.update_stage(ApiId=self.id, StageName=STAGE, RouteSettings=settings)

    def _route(self, key: str, integration: str, *, responds: bool, authorizer: str = "") -> None:
        authorized = {"AuthorizationType": "CUSTOM", "AuthorizerId": authorizer} if authorizer else {}
        made = self.apis.create_route(ApiId=self.id, RouteKey=key, Target=f"integrations/{integration}", **authorized)
        if responds:
            self.apis.create_route_response(ApiId=self.id, RouteId=made["RouteId"], RouteResponseKey="$default")


def _uri(function: str) -> str:
    return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations"


def _zip(source: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.write(source, source.name)
    return buffer.getvalue()
