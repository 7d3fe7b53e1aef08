"""What Lambda itself does in a function's name, by how the template puts the function together."""

import json
from typing import Any

from infra import templates
from tests.unit.infra.templates.actions import Need
from tests.unit.infra.templates.whole import FUNCTIONS, OFF, evaluated, of_type

_LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
_STREAM = tuple(f"dynamodb:{a}" for a in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"))
"""Lambda developer guide, "Process DynamoDB records with Lambda", "Configuring permissions"."""
_NETWORK = (
    *(f"ec2:{a}NetworkInterface" for a in ("Create", "Delete")),
    *(f"ec2:{a}PrivateIpAddresses" for a in ("Assign", "Unassign")),
    *(f"ec2:Describe{what}" for what in ("NetworkInterfaces", "Subnets")),
)
"""Lambda developer guide, "Giving Lambda functions access to resources in an Amazon VPC"."""
_TRACES = ("xray:PutTraceSegments", "xray:PutTelemetryRecords")
_QUEUE = "sqs:SendMessage"


def needs(function: str) -> set[Need]:
    """The actions that Lambda needs for a function, each on its resource."""
    properties = FUNCTIONS[function]
    found = {Need(action, "FunctionLogs.Arn") for action in _LOGS}  # one group for all of them, in globals.yaml
    found |= {Need(_QUEUE, queue) for queue in _destinations(properties.get("EventInvokeConfig", {}))}
    if "VpcConfig" in properties:
        found |= {Need(action, "any") for action in _NETWORK}
    for mapping in of_type("AWS::Lambda::EventSourceMapping").values():
        if mapping["FunctionName"]["Ref"] in (function, f"{function}.Alias"):
            stream = ".".join(evaluated(mapping["EventSourceArn"], OFF)["Fn::GetAtt"])
            found |= {Need(action, stream) for action in _STREAM}
            found |= {Need(_QUEUE, queue) for queue in _destinations(mapping)}
    return found | ({Need(action, "any") for action in _TRACES} if _traced(function) else set())


def _destinations(config: dict[str, Any]) -> set[str]:
    destination = config.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    return {".".join(destination["Fn::GetAtt"])} if destination else set()


def _traced(function: str) -> bool:
    """Whether traces of the function can be turned on at all, as they can for all functions."""
    role = FUNCTIONS[function]["Role"]["Fn::GetAtt"][0]
    given = {name: p for name, p in of_type("AWS::IAM::Policy").items() if name.endswith(templates.TRACES)}
    return any(json.dumps({"Ref": role}) in json.dumps(p["Roles"]) for p in given.values())
