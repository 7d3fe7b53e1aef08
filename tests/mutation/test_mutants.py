"""The tool itself: what it changes, and that it leaves everything else as it was."""

import ast
from pathlib import Path

from tests.mutation.equivalent import EQUIVALENT
from tests.mutation.mutants import mutants
from tests.mutation.subjects import SUBJECTS

SOURCE = '''
"""A docstring."""
LIMIT = 60 * 1000

class Held(Struct, frozen=True):
    size: int = 5

@property
def f(a: int, b: list[int]) -> int:
    """Another, with 1 in it."""
    if not a and b[0] < 3:
        raise ValueError("no")
    tell(a, strong=True)
    return max(x + 1 for x in b if x)
'''

EXPECTED = """
f: @property → nothing
f: if not a and b[0] < 3 → if not (not a and b[0] < 3)
f: not a and b[0] < 3 → not a or b[0] < 3
f: not a and b[0] < 3 → b[0] < 3
f: not a and b[0] < 3 → not a
f: not a → a
f: b[0] < 3 → b[0] <= 3
f: b[0] → b[1]
f: b[0] → b[-1]
f: b[0] < 3 → b[0] < 4
f: b[0] < 3 → b[0] < 2
f: raise ValueError('no') → pass
f: tell(a, strong=True) → pass
f: strong=True → strong=False
f: return max((x + 1 for x in b if x)) → return None
f: max((x + 1 for x in b if x)) → min((x + 1 for x in b if x))
f: x + 1 → x - 1
f: x + 1 → x + 2
f: x + 1 → x + 0
f: (x + 1 for x in b if x) → (x + 1 for x in b)
"""


def test_each_mutant_is_one_change_and_the_source_is_as_it_was_behind_it():
    made = list(mutants(SOURCE))
    assert [m.name for m in made] == EXPECTED.strip().splitlines()
    plain = ast.unparse(ast.parse(SOURCE))
    assert all(m.source != plain and ast.parse(m.source) for m in made)
    assert len({m.source for m in made}) == len(made)


def test_what_is_mutated_and_what_should_notice_are_there():
    for subject in SUBJECTS.values():
        assert all(Path(name).exists() for name in (*subject.modules, *subject.tests))


def test_each_equivalent_mutant_is_one_that_there_is():
    for name, reasons in EQUIVALENT.items():
        made = {m.name for path in SUBJECTS[name].modules for m in mutants(Path(path).read_text(encoding="utf-8"))}
        assert not set(reasons) - made
