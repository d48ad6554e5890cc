"""The web chat is an example to read: small, and with nothing but the client below it."""

import ast
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "examples" / "webchat"
PROGRAM = ast.parse((FOLDER / "webchat.py").read_text())


def test_it_is_under_200_lines_with_its_page() -> None:
    """Without blank lines and docstrings."""
    lines = [
        line
        for name in ("webchat.py", "page.html")
        for line in (FOLDER / name).read_text().splitlines()
        if line.strip()
    ]
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docstrings = [
        docstring
        for node in ast.walk(PROGRAM)
        if isinstance(node, documented) and (docstring := ast.get_docstring(node))
    ]
    assert len(lines) - sum(it.count("\n") + 1 for it in docstrings) < 200


def test_it_imports_the_client_and_the_standard_library_alone() -> None:
    """So that whoever installs the client can start it."""
    named = {
        name.partition(".")[0]
        for node in ast.walk(PROGRAM)
        for name in (
            [it.name for it in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert named - sys.stdlib_module_names == {"onduty"}
