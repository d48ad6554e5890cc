"""The command line of a service: `--help` with all settings, and `--version`."""

import argparse
import textwrap
from importlib.metadata import version

from pydantic_settings import BaseSettings


def read_arguments(program: str, does: str, settings: type[BaseSettings]) -> None:
    """Return if there are no arguments; exit after `--help`, `--version`, or an unknown one."""
    lines = []
    for name, field in settings.model_fields.items():
        lines.append(f"  ONDUTY_{name.upper()}")
        lines.append(textwrap.indent(textwrap.fill(field.description or "", 76), "      "))
    parser = argparse.ArgumentParser(
        prog=program,
        description=does,
        epilog="settings, from the environment, .env, or files in a secrets directory:\n"
        + "\n".join(lines),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"{program} {version(program)}")
    parser.parse_args()
