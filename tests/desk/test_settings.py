"""What can be set, and what is refused at start with a sentence that says what to set."""

from pathlib import Path

import pytest

from onduty_desk.settings import BotSettings, DispatcherSettings, SettingsRefused, load

TOKEN = "123456:abcdefghijklmnop"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ONDUTY_SECRETS_DIR", str(tmp_path / "none"))
    for name in ("BOT_TOKEN", "TEAM_SECRET", "GROUPS", "REDIS_URL", "TELEGRAM_API_URL"):
        monkeypatch.delenv(f"ONDUTY_{name}", raising=False)


def set_all(monkeypatch: pytest.MonkeyPatch, **settings: str) -> None:
    for name, value in {"bot_token": TOKEN, "team_secret": "sesame", **settings}.items():
        monkeypatch.setenv(f"ONDUTY_{name.upper()}", value)


def test_two_settings_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Token and phrase; everything else works on a laptop."""
    set_all(monkeypatch)
    settings = load(BotSettings)
    assert settings.phrases == {"support": "sesame"}
    assert settings.redis_url == "redis://127.0.0.1:6379/0"
    assert settings.telegram_api_url == "https://api.telegram.org"
    assert not settings.pace.is_paid


def test_settings_come_from_env_file_and_secret_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Secrets as files, the rest in .env, the environment above both."""
    (tmp_path / ".env").write_text("ONDUTY_TEAM_SECRET=from .env\nONDUTY_ADMIN_IDS=1, 2\n")
    (tmp_path / "onduty_bot_token").write_text(TOKEN + "\n")
    monkeypatch.setenv("ONDUTY_SECRETS_DIR", str(tmp_path))
    settings = load(DispatcherSettings)
    assert settings.bot_token.get_secret_value() == TOKEN
    assert settings.phrases == {"support": "from .env"}
    assert settings.admin_ids == {1, 2}
    monkeypatch.setenv("ONDUTY_TEAM_SECRET", "from the environment")
    assert load(DispatcherSettings).phrases == {"support": "from the environment"}


def test_every_group_has_a_phrase(monkeypatch: pytest.MonkeyPatch) -> None:
    """Phrases are trimmed, as operators' messages are."""
    set_all(monkeypatch, groups='{"sales": " swordfish "}')
    assert load(BotSettings).phrases == {"support": "sesame", "sales": "swordfish"}


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"bot_token": ""}, "ONDUTY_BOT_TOKEN: is not set"),
        ({"bot_token": "hunter2"}, "ONDUTY_BOT_TOKEN: is not a bot token"),
        ({"team_secret": ""}, "set ONDUTY_TEAM_SECRET"),
        ({"team_secret": "   "}, "the phrase of group support is empty"),
        (
            {"team_secret": "", "groups": '{"sales": "x"}'},
            "the default group support has no phrase",
        ),
        ({"groups": '{"sales": "sesame"}'}, "two groups have the same phrase"),
        ({"groups": '{"sales": "sesame "}'}, "two groups have the same phrase"),
        ({"groups": '{"sales": "Sesame."}'}, "two groups have the same phrase"),
        ({"team_secret": "\u200b…"}, "the phrase of group support is empty"),
        ({"groups": '{"support": "x"}'}, "has two phrases"),
        ({"groups": "sales"}, "ONDUTY_GROUPS: write it as JSON"),
        ({"groups": '{"sa les": "x"}'}, "use 1 to 64 of"),
        ({"redis_url": "localhost"}, "ONDUTY_REDIS_URL: use redis://"),
        ({"telegram_api_url": "api.telegram.org"}, "ONDUTY_TELEGRAM_API_URL: must start with http"),
        ({"admin_ids": "anna"}, "ONDUTY_ADMIN_IDS"),
        ({"webhook_url": "https://x.example/hook"}, "set ONDUTY_WEBHOOK_SECRET"),
        (
            {"webhook_url": "http://x.example/", "webhook_secret": "s"},
            "must be an https:// address",
        ),
        ({"sends_per_second": "0"}, "ONDUTY_SENDS_PER_SECOND"),
        ({"log_format": "xml"}, "ONDUTY_LOG_FORMAT"),
        ({"log_level": "loud"}, "ONDUTY_LOG_LEVEL"),
        ({"redis_url": "redis://localhost/production"}, "the database must be a number"),
        ({"redis_url": "rediss://localhost:6379/0x1"}, "the database must be a number"),
        ({"redis_url": "unix:///run/redis.sock?db=one"}, "the database must be a number"),
        ({"language": "xx"}, "ONDUTY_LANGUAGE"),
    ],
)
def test_a_wrong_setting_says_what_to_set(
    settings: dict[str, str], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line for each, by its name, and no secret in it."""
    set_all(monkeypatch, **settings)
    with pytest.raises(SettingsRefused) as refused:
        load(BotSettings)
    assert told in str(refused.value)
    assert "hunter2" not in str(refused.value)
    assert "sesame" not in str(refused.value)


EVENTS_SECRET = "whsec_b25seS1mb3ItdGVzdHMtb25seS1mb3ItdGVzdHM="


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"events_url": "https://shop.example/events"}, "set ONDUTY_EVENTS_SECRET"),
        ({"events_url": "shop.example", "events_secret": EVENTS_SECRET}, "ONDUTY_EVENTS_URL: must"),
        (
            {"events_url": "https://shop.example/", "events_secret": "hunter2"},
            "ONDUTY_EVENTS_SECRET: must be whsec_",
        ),
        ({"events_job": "on_event"}, "ONDUTY_EVENTS_JOB: name a function with its module"),
        ({"events_job": "os.system; x"}, "ONDUTY_EVENTS_JOB"),
    ],
)
def test_a_wrong_way_to_the_backend_says_what_to_set(
    settings: dict[str, str], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At start, before an event is lost to it."""
    set_all(monkeypatch, **settings)
    with pytest.raises(SettingsRefused) as refused:
        load(DispatcherSettings)
    assert told in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_a_way_to_the_backend_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """By HTTP with its secret, or by a job; neither is needed."""
    set_all(monkeypatch, events_url="http://127.0.0.1:9/events", events_secret=EVENTS_SECRET)
    settings = load(DispatcherSettings)
    assert settings.events_url == "http://127.0.0.1:9/events"
    assert EVENTS_SECRET not in repr(settings)
    set_all(monkeypatch, events_url="", events_secret="", events_job="my_backend.events.on_event")
    assert load(DispatcherSettings).events_job == "my_backend.events.on_event"


def test_secrets_do_not_show_in_a_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    """A settings object in a log or a traceback tells nothing."""
    set_all(monkeypatch, groups='{"sales": "swordfish"}')
    shown = repr(load(BotSettings))
    assert not any(secret in shown for secret in (TOKEN, "sesame", "swordfish"))


def test_a_rate_above_telegram_s_free_one_is_paid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then sends say allow_paid_broadcast."""
    set_all(monkeypatch, sends_per_second="1000")
    assert load(DispatcherSettings).pace.is_paid
