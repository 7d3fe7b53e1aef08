"""The network of the function that reaches the legacy database: private, small, and there only if it is asked for."""

import ipaddress
import json
import math

import pytest

from tests.unit.infra.templates.whole import FUNCTIONS, OFF, RESOURCES, evaluated, of_type, there

ON = OFF | {
    "LegacyHost": "shop.abc.eu-central-1.rds.amazonaws.com",
    "LegacyVpcCidr": "172.31.0.0/16",
    "LegacyVpcId": "vpc-0123456789abcdef0",
    "LegacyConcurrency": "20",
}
SUBNETS = of_type("AWS::EC2::Subnet")
ENDPOINTS = of_type("AWS::EC2::VPCEndpoint")

RESERVED = 5
"""Addresses of every subnet that AWS keeps ("Subnet CIDR blocks" in the Amazon VPC user guide)."""
CONNECTIONS = 65_000
"""What one of Lambda's network interfaces carries before there is another one. All executions of all functions with the
same subnet and security groups share one ("Understanding Hyperplane Elastic Network Interfaces (ENIs)" in the Lambda
developer guide). So addresses do not grow with the concurrency."""
EACH = 2
"""Connections of one execution: to the database, and to Secrets Manager."""


def usable(cidr: str, new_bits: int) -> int:
    return int(2 ** (32 - ipaddress.IPv4Network(cidr).prefixlen - new_bits)) - RESERVED


def needed(concurrency: int, functions: int, endpoints: int) -> int:
    """The addresses that a subnet needs, if all executions are in it because its zone is the last one."""
    interfaces = math.ceil(max(concurrency * EACH, 1) / CONNECTIONS)
    # Twice: while a function's security groups change, Lambda keeps the old interface for up to 20 minutes.
    return 2 * interfaces * functions + endpoints


def inside() -> dict[str, dict[str, object]]:
    return {name: f for name, f in FUNCTIONS.items() if "VpcConfig" in f}


@pytest.mark.parametrize("concurrency", [20, 1_000, 100_000])
def test_each_subnet_alone_has_addresses_for_the_concurrency_that_is_expected(concurrency: int):
    endpoints = [e for e in ENDPOINTS.values() if e["VpcEndpointType"] == "Interface"]
    (bits,) = {32 - s["CidrBlock"]["Fn::Select"][1]["Fn::Cidr"][2] for s in SUBNETS.values()}
    network = ipaddress.IPv4Network(OFF["NetworkCidr"])
    assert needed(concurrency, len(inside()), len(endpoints)) <= usable(OFF["NetworkCidr"], bits - network.prefixlen)
    assert 3 * 2 ** (32 - bits) <= network.num_addresses


def test_three_subnets_are_in_three_zones_and_do_not_overlap():
    zones = [s["AvailabilityZone"]["Fn::Select"][0] for s in SUBNETS.values()]
    parts = [s["CidrBlock"]["Fn::Select"][0] for s in SUBNETS.values()]
    assert sorted(zones) == sorted(parts) == [0, 1, 2]
    assert all(s["MapPublicIpOnLaunch"] is False for s in SUBNETS.values())
    attached = {a["SubnetId"]["Ref"] for a in of_type("AWS::EC2::SubnetRouteTableAssociation").values()}
    assert attached == set(SUBNETS)


def test_there_is_no_way_to_the_internet_or_from_it():
    kinds = {r["Type"].rpartition("::")[2] for r in RESOURCES.values()}
    assert (
        kinds & {"InternetGateway", "NatGateway", "EIP", "EgressOnlyInternetGateway", "VPCGatewayAttachment"} == set()
    )
    (route,) = of_type("AWS::EC2::Route").values()
    assert evaluated(route, ON)["DestinationCidrBlock"] == "172.31.0.0/16"
    assert "VpcPeeringConnectionId" in route


def test_only_the_migrations_function_is_in_the_network_and_in_all_its_zones():
    assert list(inside()) == ["MigrationFunction"]
    vpc = FUNCTIONS["MigrationFunction"]["VpcConfig"]
    assert {s["Ref"] for s in vpc["SubnetIds"]} == set(SUBNETS)
    assert vpc["SecurityGroupIds"] == [{"Ref": "MigrationGroup"}]


def test_the_function_reaches_the_database_and_its_secret_and_nothing_reaches_it():
    groups = of_type("AWS::EC2::SecurityGroup")
    out = [(e["FromPort"], e["ToPort"]) for e in groups["MigrationGroup"]["SecurityGroupEgress"]]
    assert out == [(3306, 3306), (443, 443)]
    database, secrets = evaluated(groups["MigrationGroup"]["SecurityGroupEgress"], ON)
    assert (database["CidrIp"], secrets["DestinationSecurityGroupId"]) == ("172.31.0.0/16", "EndpointGroup")
    (ingress,) = of_type("AWS::EC2::SecurityGroupIngress").values()
    assert ingress["GroupId"] == {"Ref": "EndpointGroup"}
    assert ingress["SourceSecurityGroupId"] == {"Ref": "MigrationGroup"}
    assert not [g for g in groups.values() if "SecurityGroupIngress" in g]
    assert "0.0.0.0/0" not in json.dumps(groups)


def test_one_endpoint_bills_by_the_hour_and_reads_one_secret():
    kinds = {name: e["VpcEndpointType"] for name, e in ENDPOINTS.items()}
    assert kinds == {"DynamoDbEndpoint": "Gateway", "S3Endpoint": "Gateway", "SecretsEndpoint": "Interface"}
    (statement,) = ENDPOINTS["SecretsEndpoint"]["PolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Resource"]) == ("secretsmanager:GetSecretValue", {"Ref": "LegacySecretArn"})
    for endpoint in ENDPOINTS.values():
        for statement in endpoint["PolicyDocument"]["Statement"]:
            assert "aws:PrincipalAccount" in statement["Condition"]["StringEquals"]


def test_without_a_legacy_database_there_is_no_network_no_function_and_no_trigger():
    ours = {n for n, r in RESOURCES.items() if r["Type"].startswith("AWS::EC2::") or n.startswith("Migration")}
    assert len(ours) > 15
    assert ours & there(OFF) == set()
    assert all("Condition" in RESOURCES[name] for name in ours)
    assert ours <= there(ON | {"Tracing": "true", "AlarmEmail": "ops@example.com"})
    assert "UserMigration" not in evaluated(RESOURCES["Users"]["Properties"], OFF)["LambdaConfig"]
    assert evaluated(RESOURCES["Users"]["Properties"], ON)["LambdaConfig"]["UserMigration"]


def test_the_database_is_spared_by_a_limit_unless_it_is_off():
    function = FUNCTIONS["MigrationFunction"]
    assert evaluated(function, ON)["ReservedConcurrentExecutions"] == "20"
    assert "ReservedConcurrentExecutions" not in evaluated(function, ON | {"LegacyConcurrency": "0"})
    assert function["Timeout"] <= 5, "Cognito waits no longer"


def test_no_app_can_write_what_the_migration_says_of_a_user():
    (client,) = of_type("AWS::Cognito::UserPoolClient").values()
    own = {a["Name"]: a["Mutable"] for a in RESOURCES["Users"]["Properties"]["Schema"] if "legacy" in a["Name"]}
    assert own == {"legacy_id": False, "legacy_role": False}
    assert "legacy" not in json.dumps(client["WriteAttributes"])
    assert "ALLOW_USER_PASSWORD_AUTH" in client["ExplicitAuthFlows"], "the trigger is not asked otherwise"
