"""Which code a piece of our code reaches, by its source: the methods of ports that a function calls, and the operations
of AWS that an adapter's method calls. Where the source does not tell, too much is reached rather than too little.
"""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[4]
_PACKAGES = ("parley", "realtime", "rest", "workers")
_COMMON = {name for kind in (str, bytes, list, dict, set) for name in dir(kind)}


class Place(NamedTuple):
    """A function, or a method as ``Class.method``."""

    module: str
    name: str


class Port(NamedTuple):
    """A method of a port."""

    port: str
    method: str


class Module:
    """A module's functions, classes, and what it imports."""

    def __init__(self, name: str, tree: ast.Module) -> None:
        self.name = name
        self.functions: dict[str, ast.AST] = {}
        self.classes: dict[str, ast.ClassDef] = {}
        self.imports: dict[str, tuple[str, str]] = {}
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                self.functions[node.name] = node
            elif isinstance(node, ast.ClassDef):
                self.classes[node.name] = node
                methods = [m for m in node.body if isinstance(m, ast.FunctionDef)]
                self.functions |= {f"{node.name}.{m.name}": m for m in methods}
            elif isinstance(node, ast.Assign | ast.AnnAssign):  # a constant may hold functions
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                self.functions |= {t.id: node for t in targets if isinstance(t, ast.Name)}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                self.imports |= {a.asname or a.name: (node.module or "", a.name) for a in node.names}


MODULES = {
    name: Module(name, ast.parse(path.read_text(encoding="utf-8")))
    for package in _PACKAGES
    for path in (ROOT / package).rglob("*.py")
    for name in [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")]
}
PORTS: dict[str, set[str]] = {
    cls.name: {m.name for m in cls.body if isinstance(m, ast.FunctionDef)}
    for name, module in MODULES.items()
    if name.endswith(".ports")
    for cls in module.classes.values()
    if any(isinstance(b, ast.Name) and b.id == "Protocol" for b in cls.bases)
}


def _named(annotation: ast.AST | None) -> set[str]:
    """The ports that an annotation names."""
    if annotation is None:
        return set()
    names = {n.id for n in ast.walk(annotation) if isinstance(n, ast.Name)}
    names |= {n.attr for n in ast.walk(annotation) if isinstance(n, ast.Attribute)}
    for node in ast.walk(annotation):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):  # an annotation of a later name
            names |= set(re.findall(r"\w+", node.value))
    return names & PORTS.keys()


def _fields() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for module in MODULES.values():
        for cls in module.classes.values():
            for line in cls.body:
                if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and _named(line.annotation):
                    found.setdefault(line.target.id, set()).update(_named(line.annotation))
    return found


FIELDS = _fields()
"""The ports that a field of this name holds, in whichever struct."""


@cache
def referred(place: Place) -> frozenset[Place]:
    """The functions that a function refers to by name; of a class, all methods."""
    module, found = MODULES[place.module], set[Place]()
    owner = place.name.partition(".")[0] if "." in place.name else ""
    nodes = list(ast.walk(module.functions[place.name]))
    local = {n.arg for n in nodes if isinstance(n, ast.arg)}
    local |= {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    for node in nodes:
        if isinstance(node, ast.Name) and node.id not in local:
            found |= _meant(module, node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            imported = module.imports.get(node.value.id)
            if imported and ".".join(imported) in MODULES:
                found |= _meant(MODULES[".".join(imported)], node.attr)
            if node.value.id == "self" and f"{owner}.{node.attr}" in module.functions:
                found.add(Place(module.name, f"{owner}.{node.attr}"))
        elif (
            isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute) and node.value.attr == "_updates"
        ):
            found.add(Place("parley.core.aws.updates", f"ConditionalUpdates.{node.attr}"))
    return frozenset(found)


def _meant(module: Module, name: str) -> set[Place]:
    if name in module.classes:
        return {Place(module.name, f) for f in module.functions if f.startswith(f"{name}.")}
    if name in module.functions:
        return {Place(module.name, name)}
    source, original = module.imports.get(name, ("", ""))
    return _meant(MODULES[source], original) if source in MODULES else set()


def reached(places: Iterable[Place], but: Callable[[str], bool] = lambda _: False) -> set[Place]:
    """These functions and all that they reach, except through the modules ``but``."""
    left, found = set(places), set[Place]()
    while left:
        place = left.pop()
        found.add(place)
        left |= {p for p in referred(place) if not but(p.module)} - found
    return found


@cache
def port_calls(place: Place) -> frozenset[Port]:
    """The methods of ports that a function itself mentions."""
    module, found = MODULES[place.module], set[Port]()
    node = module.functions[place.name]
    holds: dict[str, set[str]] = {}
    for each in ast.walk(node):
        if isinstance(each, ast.arg) and each.annotation is not None:
            holds.setdefault(each.arg, set()).update(_named(each.annotation))
        if isinstance(each, ast.Assign) and isinstance(each.value, ast.Attribute):
            for target in [t.id for t in each.targets if isinstance(t, ast.Name) and each.value.attr in FIELDS]:
                holds.setdefault(target, set()).update(FIELDS[each.value.attr])
    for each in ast.walk(node):
        if isinstance(each, ast.Attribute):
            found |= {Port(p, each.attr) for p in _receivers(each, holds, module) if each.attr in PORTS[p]}
    return frozenset(found)


def _receivers(call: ast.Attribute, holds: dict[str, set[str]], module: Module) -> set[str]:
    match call.value:
        case ast.Name(id=name) if name in holds:
            return holds[name]
        case ast.Name(id=name) if ".".join(module.imports.get(name, ("", ""))) in MODULES:
            return set()
        case ast.Attribute(attr=name) if name in FIELDS:
            return FIELDS[name]
    return set() if call.attr in _COMMON else set(PORTS)


def mentions(places: set[Place]) -> Iterator[ast.AST]:
    """Every node of these functions."""
    for place in places:
        yield from ast.walk(MODULES[place.module].functions[place.name])
