"""The index of decisions has all of them, by number and title."""

import re

import pytest

from infra import package

DIRECTORY = package.ROOT / "docs" / "decisions"
FILES = sorted(p.name for p in DIRECTORY.glob("*.md") if p.name != "README.md")
INDEX = [line for line in (DIRECTORY / "README.md").read_text().splitlines() if line.startswith("- ")]


@pytest.mark.parametrize("file", FILES)
def test_a_decision_is_in_the_index(file: str):
    number = file.partition("-")[0]
    title = (DIRECTORY / file).read_text().partition("\n")[0]
    named = re.fullmatch(r"# (\d{4}) · (.+)", title)
    assert named, f"docs/decisions/{file} must begin with `# {number} · ` and its title"
    assert named[1] == number, f"docs/decisions/{file} and its heading have different numbers"
    line = f"- {number}: [{named[2]}]({file})"
    assert line in INDEX, f"add this line to docs/decisions/README.md, in the order of numbers:\n{line}"


def test_the_index_has_nothing_else_and_is_in_order():
    linked = [re.findall(r"\(([^)]+)\)$", line)[0] for line in INDEX]
    assert linked == FILES, "docs/decisions/README.md must list each file of its directory once, by number"
    assert len({file.partition("-")[0] for file in FILES}) == len(FILES), "two decisions have the same number"
