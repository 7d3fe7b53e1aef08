"""What may be changed in a module: every mutant is its whole source with one small change."""

import ast
import functools
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd,
}
_FUNCTIONS = {"min": "max", "max": "min", "any": "all", "all": "any"}
_NO_CODE = ("annotation", "returns", "type_params", "decorator_list")


class Mutant(NamedTuple):
    """A changed module; ``name``, unique in it, says where and how it differs: ``function: before → after``."""

    line: int
    name: str
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """Every mutant of a module. Types are left alone, and numbers that have a name."""
    tree = ast.parse(source)
    seen: Counter[str] = Counter()
    for mutant in _inside(tree, tree, "module"):
        seen[mutant.name] += 1
        again = f" ({seen[mutant.name]})" if seen[mutant.name] > 1 else ""
        yield mutant._replace(name=mutant.name + again)


def _inside(node: ast.AST, tree: ast.Module, place: str) -> Iterator[Mutant]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        place = node.name if place == "module" else f"{place}.{node.name}"
        yield from _undecorated(node, tree, place)
    for field, value in ast.iter_fields(node):
        if field in _NO_CODE or (field == "keywords" and isinstance(node, ast.ClassDef)):
            continue
        if isinstance(value, list):
            for n, item in enumerate(value):
                if isinstance(item, ast.AST):
                    put = functools.partial(value.__setitem__, n)
                    yield from _changed(item, node, put, tree, place)
        elif isinstance(value, ast.AST):
            yield from _changed(value, node, functools.partial(setattr, node, field), tree, place)


def _undecorated(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, tree: ast.Module, place: str
) -> Iterator[Mutant]:
    kept = node.decorator_list
    for n, decorator in enumerate(kept):
        node.decorator_list = kept[:n] + kept[n + 1 :]
        yield _mutant(decorator, place, f"@{ast.unparse(decorator)} → nothing", tree)
    node.decorator_list = kept


def _changed(
    node: ast.AST, around: ast.AST, put: Callable[[ast.AST], None], tree: ast.Module, place: str
) -> Iterator[Mutant]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    if isinstance(node, ast.Import | ast.ImportFrom) or _is_type(node) or _is_chosen(node, around):
        return
    shown = around if isinstance(node, ast.Constant | ast.comprehension) else node
    for new in [*_replacements(node)]:
        before = _text(shown)
        put(new)
        yield _mutant(node, place, f"{before} → {_text(around if shown is around else new)}", tree)
        put(node)
    yield from _inside(node, tree, place)


def _text(node: ast.AST) -> str:
    """A node as it is read: of a branch, only its condition."""
    return f"if {ast.unparse(node.test)}" if isinstance(node, ast.If) else ast.unparse(node)


def _is_type(node: ast.AST) -> bool:
    """Whether this is an alias or a check that only a type checker looks at."""
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        return True
    if isinstance(node, ast.Assert):
        return True
    return isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript | ast.BinOp) and _is_alias(node)


def _is_chosen(node: ast.AST, around: ast.AST) -> bool:
    """Whether this is a number of a module or a class that has a name, such as a limit. Tests use it by its name, and
    a different one would be another decision, and not a fault.
    """
    if not (isinstance(around, ast.Module | ast.ClassDef) and isinstance(node, ast.Assign | ast.AnnAssign)):
        return False
    inside = [*ast.walk(node.value)] if node.value else []
    return all(
        isinstance(part, ast.BinOp | ast.operator)
        or (isinstance(part, ast.Constant) and type(part.value) in {int, float})
        for part in inside
    )


def _is_alias(node: ast.Assign) -> bool:
    [target] = node.targets[:1]
    return isinstance(target, ast.Name) and target.id.lstrip("_")[:1].isupper() and not target.id.isupper()


def _mutant(node: ast.AST, place: str, change: str, tree: ast.Module) -> Mutant:
    line: int = getattr(node, "lineno", 0)
    return Mutant(line, f"{place}: {' '.join(change.split())}", ast.unparse(ast.fix_missing_locations(tree)))


def _replacements(node: ast.AST) -> Iterator[ast.AST]:  # noqa: PLR0912  (one branch for each kind of node)
    match node:
        case ast.Compare(left, ops, comparators):
            for n, op in enumerate(ops):
                swapped = [*ops[:n], _COMPARISONS[type(op)](), *ops[n + 1 :]]
                yield ast.Compare(left, swapped, comparators)
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(int() as value):
            yield ast.Constant(value + 1)
            yield ast.Constant(value - 1)
        case ast.BoolOp(op, values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
            for n in range(len(values)):
                rest = [*values[:n], *values[n + 1 :]]
                yield rest[0] if len(rest) == 1 else ast.BoolOp(op, rest)
        case ast.UnaryOp(ast.Not(), operand):
            yield operand
        case ast.BinOp(left, op, right) if type(op) in _OPERATORS:
            yield ast.BinOp(left, _OPERATORS[type(op)](), right)
        case ast.IfExp(test, body, orelse):
            yield ast.IfExp(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.If(test, body, orelse) if not isinstance(test, ast.Compare | ast.UnaryOp):
            yield ast.If(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.comprehension(target, source, [_, *_], asynchronous):
            yield ast.comprehension(target, source, [], asynchronous)
        case ast.Call(ast.Name(name), args, keywords) if name in _FUNCTIONS:
            yield ast.Call(ast.Name(_FUNCTIONS[name]), args, keywords)
        case ast.Return(ast.AST() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield ast.Return(ast.Constant(None))
        case ast.Expr(ast.Call()) | ast.Raise() | ast.AugAssign() | ast.Continue() | ast.Break():
            yield ast.Pass()
        case ast.Assign([ast.Attribute() | ast.Subscript()]) | ast.Delete():
            yield ast.Pass()
