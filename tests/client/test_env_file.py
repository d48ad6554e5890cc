"""`.env` is read as the services read it: python-dotenv, by pydantic-settings, is the measure."""

from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onduty.env_file import FileUnreadable, read_env_file, read_file

PIECES = [
    *(
        "A",
        "ONDUTY_X",
        "=",
        " = ",
        "=\t",
        "'",
        '"',
        "#",
        " #",
        " # word",
        "\\",
        "\\n",
        "\\'",
        '\\"',
    ),
    *("\n", "\r\n", "\r", " ", "\t", "\u00a0", "\x0b", "export ", "word", "Ä😀", "${A}", "${B:-c}"),
    *("${", "}", "$A", ":", "{", '{"sales": "a #b"}'),
]
EXAMPLES = [
    "A=open #sesame",
    "A=open#sesame",
    "A= # only a comment",
    "A=#sesame",
    "A='open #sesame' # why",
    'A="open \\"sesame\\" #1"\nB=2',
    "A='it\\'s'",
    "A='it's'\nB=1",
    "A='not closed\nB=1",
    'A="two\nlines"\nB=1',
    "export A=1\n export  'B C' = 2 \n# C=3\nD\nE=",
    "A=1\nB=${A}2\nC=${NONE:-x}${NONE}\nA=${B}\nD='${A}'",
    "\ufeffA=1",
    "=1\nA=2",
    "A = 1  \r\nB=2\rC=3",
    "A='two\r\nlines\r'\rB=1",
    "A=1\x0b#x\nB=\u2028 # y",
]


def same(tmp: Path, text: str) -> None:
    path = tmp / ".env"
    path.write_bytes(text.encode())
    expected = {name: value for name, value in dotenv_values(path).items() if value is not None}
    assert read_env_file(path) == expected


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_is_read_as_the_services_read_it(tmp_path: Path, text: str) -> None:
    """Quotes, comments, escapes, references."""
    same(tmp_path, text)


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=14).map("".join))
@settings(
    deadline=None,
    max_examples=1_000,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_stands_there_is_read_as_the_services_read_it(tmp_path: Path, text: str) -> None:
    """`onduty send` goes where the services are, and nowhere else."""
    same(tmp_path, text.replace("\0", ""))


def test_a_file_that_is_not_there_sets_nothing(tmp_path: Path) -> None:
    """Nobody needs one."""
    assert read_env_file(tmp_path / ".env") == {}
    assert read_env_file(tmp_path) == {}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("A=süß".encode("latin-1"), "not UTF-8 but perhaps Latin-1"),
        ("A=süß".encode("utf-16"), "not UTF-8 but perhaps UTF-16"),
        ("A=x".encode("utf-16-le"), "not UTF-8 but perhaps UTF-16"),
    ],
)
def test_another_encoding_is_told_in_a_sentence(tmp_path: Path, content: bytes, told: str) -> None:
    """It names the file, and shows nothing of what is in it."""
    path = tmp_path / ".env"
    path.write_bytes(content)
    with pytest.raises(FileUnreadable) as refused:
        read_file(path)
    assert str(refused.value).startswith(f"{path} is {told}")
    assert str(refused.value).endswith("save it as UTF-8")


def test_what_cannot_be_read_is_told_in_a_sentence(tmp_path: Path) -> None:
    """Whatever the system says, with the path before it and what to do behind."""
    with pytest.raises(FileUnreadable, match="Is a directory; let this user read it"):
        read_file(tmp_path)
