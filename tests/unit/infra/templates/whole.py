"""All of the templates as one, and helpers with which tests read it."""

import re

from infra import templates
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
    if not name.endswith(templates.TRACES)  # what a trace needs has no ARN; test_permissions has its test
    for policy in properties.get("Policies", [properties])
    for statement in in_any_case(policy["PolicyDocument"]["Statement"])
]


def evaluated(value, parameters):
    """A template's value, or condition, with these parameters; None is AWS::NoValue."""
    if isinstance(value, list):
        return [e for e in (evaluated(v, parameters) for v in value) if e is not None]
    if not isinstance(value, dict):
        return value
    match next(iter(value.items())):
        case "Ref", name:
            return None if name == "AWS::NoValue" else parameters.get(name, name)
        case "Condition", name:
            return evaluated(CONDITIONS[name], parameters)
        case "Fn::Equals", (one, other):
            return evaluated(one, parameters) == evaluated(other, parameters)
        case "Fn::Not", (one,):
            return not evaluated(one, parameters)
        case ("Fn::Or" | "Fn::And") as name, several:
            return (any if name == "Fn::Or" else all)(evaluated(v, parameters) for v in several)
        case "Fn::Join", (between, parts):
            return between.join(as_list(evaluated(parts, parameters)))
        case "Fn::Split", (between, whole):
            return evaluated(whole, parameters).split(between)
        case "Fn::Select", (number, several):
            return evaluated(several, parameters)[int(number)]
        case "Fn::Sub", text:
            text, own = text if isinstance(text, list) else (text, {})
            names = parameters | (evaluated(own, parameters) if own else {})
            return re.sub(r"\$\{([^!}]+)\}", lambda m: str(names.get(m[1], m[1])), text)
        case "Fn::If", (condition, yes, no):
            return evaluated(yes if evaluated(CONDITIONS[condition], parameters) else no, parameters)
    return {k: e for k, v in value.items() if (e := evaluated(v, parameters)) is not None}


def there(parameters):
    """The conditional resources that are made with these parameters."""
    return {
        name
        for name, r in RESOURCES.items()
        if "Condition" in r and evaluated({"Condition": r["Condition"]}, parameters)
    }
