"""What keys.py names is named once: two meanings of one key break each other."""

import ast
from collections import Counter
from pathlib import Path

from onduty_desk.model import keys

TREE = ast.parse(Path(keys.__file__).read_text())
CONSTANTS = [
    (node.targets[0].id, node.value.value)
    for node in TREE.body
    if isinstance(node, ast.Assign)
    and isinstance(node.targets[0], ast.Name)
    and isinstance(node.value, ast.Constant)
    and isinstance(node.value.value, str)
]


def test_no_key_and_no_name_of_one_is_given_twice() -> None:
    """A second service that used the first one's key would find a value of another type in it."""
    assert CONSTANTS
    for given in zip(*CONSTANTS, strict=True):
        assert [it for it, times in Counter(given).items() if times > 1] == []
