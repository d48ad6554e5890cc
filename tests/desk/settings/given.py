"""What the environment gives a service: nothing, then what a test sets."""

from pathlib import Path

import pytest

TOKEN = "123456:abcdefghijklmnop"


def set_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ONDUTY_SECRETS_DIR", str(tmp_path / "none"))
    for name in ("BOT_TOKEN", "TEAM_SECRET", "GROUPS", "REDIS_URL", "TELEGRAM_API_URL"):
        monkeypatch.delenv(f"ONDUTY_{name}", raising=False)


def set_all(monkeypatch: pytest.MonkeyPatch, **settings: str) -> None:
    for name, value in {"bot_token": TOKEN, "team_secret": "sesame", **settings}.items():
        monkeypatch.setenv(f"ONDUTY_{name.upper()}", value)
