"""All of the templates as one, and helpers with which tests read it."""

from infra import encryption, evaluation, templates
from infra.flattening import flatten

WHOLE = flatten(templates.load())
RESOURCES = WHOLE["Resources"]
CONDITIONS = WHOLE["Conditions"]
ACCOUNT = {
    "AWS::Partition": "aws",
    "AWS::Region": "eu-central-1",
    "AWS::AccountId": "123456789012",
    "AWS::StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/parley/id",
}
OFF = {name: p.get("Default", "") for name, p in WHOLE["Parameters"].items()} | ACCOUNT


def of_type(kind):
    return {name: r["Properties"] for name, r in RESOURCES.items() if r["Type"] == kind}


FUNCTIONS = of_type("AWS::Serverless::Function")
ROLES = of_type("AWS::IAM::Role")
TABLES = of_type("AWS::DynamoDB::Table")


def in_any_case(statements):
    """The statements, including those that are there only on a condition."""
    return [next(b for b in s["Fn::If"][1:] if "Effect" in b) if "Fn::If" in s else s for s in statements]


def as_list(value):
    return value if isinstance(value, list) else [value]


def of_own_tables(value):
    """A template's value where no restored table is used in place of the stack's own."""
    match value:
        case {"Fn::If": ["LogRestored" | "DirectoryRestored", _, own]}:
            return own
        case {"Fn::Sub": [text, {"DirectoryArn": {"Fn::If": ["DirectoryRestored", _, _]}}]}:
            return {"Fn::Sub": text.replace("${DirectoryArn}", "${Directory.Arn}")}
        case dict():
            return {name: of_own_tables(inner) for name, inner in value.items()}
        case list():
            return [of_own_tables(inner) for inner in value]
    return value


STATEMENTS = [
    (name, of_own_tables(statement))
    for name, properties in [*ROLES.items(), *of_type("AWS::IAM::Policy").items()]
    # What a trace needs has no ARN, and keys are there on a condition: test_permissions and test_keys have their tests.
    if not name.endswith((templates.TRACES, encryption.USE))
    for policy in properties.get("Policies", [properties])
    for statement in in_any_case(policy["PolicyDocument"]["Statement"])
]


def evaluated(value, parameters):
    """A template's value, or condition, with these parameters; None is AWS::NoValue."""
    return evaluation.evaluated(value, parameters, CONDITIONS)


def there(parameters):
    """The conditional resources that are made with these parameters."""
    return {
        name
        for name, r in RESOURCES.items()
        if "Condition" in r and evaluated({"Condition": r["Condition"]}, parameters)
    }
