"""The schema of keys says what there is, once; scripts and Python know no other."""

import re

import pytest

from lua_files import LUA, ROOT
from onduty_desk.model import KEYS
from onduty_desk.model.schema import one

PYTHON = "".join(
    path.read_text() for folder in ("shared", "services") for path in (ROOT / folder).rglob("*.py")
)


@pytest.mark.parametrize(("text", "name"), [("onduty:duty", "new"), ("onduty:new", "on_duty")])
def test_no_key_and_no_name_of_one_is_given_twice(text: str, name: str) -> None:
    """A second service that used the first one's key would find a value of another type in it."""
    with pytest.raises(ValueError, match="described twice"):
        one(text, "string", name=name, ends="never")


def test_scripts_name_no_key_but_by_the_schema() -> None:
    """A name that stands in a script alone is found by no search of the schema."""
    assert [name for name, text in LUA.items() if re.search(r"'(onduty|rq):", text)] == []


def test_each_key_of_the_schema_is_used() -> None:
    """What nobody reads or writes is gone."""
    used = set(re.findall(r"\bkeys\.(\w+)", "".join(LUA.values())))
    words = re.findall(r"\b(?:[A-Z][A-Z_]+|\w+_key)\b", PYTHON)
    used |= {name for name in KEYS if words.count(name.upper()) + words.count(f"{name}_key") > 1}
    assert KEYS.keys() - used == set()
