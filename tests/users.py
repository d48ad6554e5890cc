"""The Redis users of deploy/redis/users.acl, which the shared server of the tests has."""

from pathlib import Path

PASSWORD = "hunter2"
_FILE = Path(__file__).parent.parent / "deploy" / "redis" / "users.acl"


def rules() -> dict[str, list[str]]:
    """Return each user's words, as the file has them."""
    lines = [line.split() for line in _FILE.read_text().splitlines()]
    return {name: words for _, name, *words in lines}


def acl_file(folder: Path) -> Path:
    """Write the file with passwords, and with the default user, by which tests look."""
    users = {**rules(), "default": ["on", "nopass", "~*", "&*", "+@all"]}
    lines = [
        " ".join(["user", name, *(word.replace("resetpass", f">{PASSWORD}") for word in words)])
        for name, words in users.items()
    ]
    path = folder / "users.acl"
    path.write_text("\n".join(lines) + "\n")
    return path


def as_user(redis_url: str, name: str) -> str:
    """Return the URL with this user's login."""
    return redis_url.replace("unix://", f"unix://{name}:{PASSWORD}@")
