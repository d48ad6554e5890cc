"""What can be set, and what is refused at start with a sentence that says what to set."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from onduty_desk.settings import BotSettings, DispatcherSettings, SettingsRefused, load

from .given import TOKEN, set_all, set_nothing


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_nothing(monkeypatch, tmp_path)


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
        ({"team_secret": "/open sesame"}, "the phrase of group support begins with /"),
        ({"team_secret": "\u200b/on"}, "the phrase of group support begins with /"),
        ({"groups": '{"sales": "take over"}'}, "the phrase of group sales is what the bot itself"),
        ({"groups": '{"sales": "Закрыть"}'}, "the phrase of group sales is what the bot itself"),
        ({"groups": "sales"}, "ONDUTY_GROUPS: write it as JSON"),
        ({"groups": '{"sa les": "x"}'}, "use 1 to 64 of"),
        ({"redis_url": "localhost"}, "ONDUTY_REDIS_URL: use redis://"),
        ({"telegram_api_url": "api.telegram.org"}, "ONDUTY_TELEGRAM_API_URL: must start with http"),
        ({"telegram_api_url": "http://"}, "ONDUTY_TELEGRAM_API_URL: must start with http"),
        ({"telegram_api_url": "https://a b"}, "ONDUTY_TELEGRAM_API_URL: must start with http"),
        ({"telegram_api_url": "https://[::1"}, "ONDUTY_TELEGRAM_API_URL: must start with http"),
        ({"telegram_api_url": "https://x:99999"}, "ONDUTY_TELEGRAM_API_URL: must start with"),
        ({"admin_ids": "1, anna"}, "ONDUTY_ADMIN_IDS: entry 2: Input should be"),
        ({"admin_ids": "-100123"}, "ONDUTY_ADMIN_IDS: entry 1: Input should be"),
        ({"groups": '{"sales": 5}'}, "ONDUTY_GROUPS: sales: Input should be"),
        ({"webhook_url": "https://x.example/hook"}, "set ONDUTY_WEBHOOK_SECRET"),
        (
            {"webhook_url": "http://x.example/", "webhook_secret": "s"},
            "must be an https:// address",
        ),
        (
            {"webhook_url": "https://", "webhook_secret": "s"},
            "ONDUTY_WEBHOOK_URL: must start with http:// or https://, and name a host",
        ),
        ({"wait_replicas": "1000000000000"}, "ONDUTY_WAIT_REPLICAS"),
        ({"sends_per_second": "0"}, "ONDUTY_SENDS_PER_SECOND"),
        ({"topics": "on"}, "ONDUTY_TOPICS: Input should be 'auto' or 'off'"),
        ({"log_format": "xml"}, "ONDUTY_LOG_FORMAT"),
        ({"log_level": "loud"}, "ONDUTY_LOG_LEVEL"),
        (
            {"redis_url": "redis://localhost/production"},
            "behind the last /, is a number",
        ),
        (
            {"redis_url": "rediss://localhost:6379/0x1"},
            "behind the last /, is a number",
        ),
        (
            {"redis_url": "unix:///run/redis.sock?db=one"},
            "behind the last /, is a number",
        ),
        ({"language": "xx"}, "ONDUTY_LANGUAGE"),
        ({"time_zone": "Berlin"}, "ONDUTY_TIME_ZONE: is not a time zone of the IANA database"),
        ({"time_zone": "../etc/passwd"}, "ONDUTY_TIME_ZONE: is not a time zone"),
        ({"desk_name": "x" * 65}, "ONDUTY_DESK_NAME: use one line of 1 to 64 visible characters"),
        ({"desk_name": "a\nb"}, "ONDUTY_DESK_NAME: use one line"),
        ({"desk_name": "\u200b"}, "ONDUTY_DESK_NAME: use one line"),
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


@pytest.mark.parametrize("name", [".env", "onduty_team_secret"])
@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("latin-1", "is not UTF-8 but perhaps Latin-1"),
        ("utf-16", "is not UTF-8 but perhaps UTF-16"),
    ],
)
def test_a_file_of_another_encoding_is_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, encoding: str, told: str
) -> None:
    """A phrase of other letters than it was written with signs nobody in; it says which file."""
    set_all(monkeypatch, secrets_dir=str(tmp_path))
    text = "ONDUTY_TEAM_SECRET=süßes" if name == ".env" else "süßes"
    (tmp_path / name).write_bytes(text.encode(encoding))
    with pytest.raises(SettingsRefused) as refused:
        load(BotSettings)
    assert f"{name} {told}" in str(refused.value)
    assert "save it as UTF-8" in str(refused.value)


def test_a_byte_order_mark_is_no_part_of_a_secret(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An editor writes one: a secret that is a whole file would begin with it."""
    set_all(monkeypatch, team_secret="", secrets_dir=str(tmp_path))
    (tmp_path / ".env").write_text("ONDUTY_TEAM_SECRET=sesame", encoding="utf-8-sig")
    assert load(BotSettings).phrases == {"support": "sesame"}
    (tmp_path / "onduty_team_secret").write_text("sesame", encoding="utf-8-sig")
    with pytest.raises(SettingsRefused, match="onduty_team_secret begins with a byte order mark"):
        load(BotSettings)


@pytest.mark.parametrize(
    "line",
    [
        "ONDUTY_TEAM_SECRET=open #sesame",
        "export onduty_team_secret = open\t# sesame",
        "ONDUTY_TEAM_SECRET= #sesame",
        'ONDUTY_GROUPS={"support": "open #sesame"}',
    ],
)
def test_a_phrase_that_a_comment_cuts_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str
) -> None:
    """Half a phrase would sign people in, and the right one would not."""
    set_all(monkeypatch, team_secret="")
    (tmp_path / ".env").write_text(f"# ours\n{line}\n")
    with pytest.raises(SettingsRefused, match="ends where a comment begins, at the #") as refused:
        load(BotSettings)
    assert not re.search(r"\bopen\b|sesame", str(refused.value))


@pytest.mark.parametrize(
    ("line", "phrase"),
    [
        ("ONDUTY_TEAM_SECRET='open #sesame' # why", "open #sesame"),
        ('ONDUTY_TEAM_SECRET="open #sesame"', "open #sesame"),
        ("ONDUTY_TEAM_SECRET=open#sesame", "open#sesame"),
        ("ONDUTY_TEAM_SECRET=open #sesame\nONDUTY_TEAM_SECRET=new", "new"),
    ],
)
def test_a_phrase_with_a_hash_is_taken_whole(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str, phrase: str
) -> None:
    """In quotes, or where no comment can begin; the last line counts."""
    set_all(monkeypatch, team_secret="")
    (tmp_path / ".env").write_text(f"{line}\nONDUTY_REDIS_URL=redis://localhost # here\n")
    settings = load(BotSettings)
    assert settings.phrases == {"support": phrase}
    assert settings.redis_url == "redis://localhost"


def test_quotes_that_are_not_closed_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Such a line would set nothing, in silence."""
    set_all(monkeypatch)
    (tmp_path / ".env").write_text("OTHER='it's theirs'\nONDUTY_TEAM_SECRET='it's ours'\n")
    with pytest.raises(SettingsRefused, match="line 2 cannot be read; close its quotes") as refused:
        load(BotSettings)
    assert "ours" not in str(refused.value)


@pytest.mark.parametrize(
    "password", ["hun/ter2", "hun#ter2", "hun?ter2", "hun@ter2/x", "8/hunter2"]
)
def test_a_password_that_its_url_cuts_is_refused_without_showing_it(
    monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    """It says which characters to encode, and how."""
    set_all(monkeypatch, redis_url=f"redis://:{password}@redis:6379/0")
    with pytest.raises(SettingsRefused, match=r"ONDUTY_REDIS_URL: .*percent-encoded") as refused:
        load(BotSettings)
    assert "ter2" not in str(refused.value)


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
    set_all(monkeypatch, events_secret=f"{EVENTS_SECRET} {EVENTS_SECRET}")
    assert load(DispatcherSettings).events_secret
    set_all(monkeypatch, events_url="", events_secret="", events_job="my_backend.events.on_event")
    assert load(DispatcherSettings).events_job == "my_backend.events.on_event"


def test_secrets_do_not_show_in_a_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    """A settings object in a log or a traceback tells nothing."""
    set_all(monkeypatch, groups='{"sales": "swordfish"}')
    shown = repr(load(BotSettings))
    assert not any(secret in shown for secret in (TOKEN, "sesame", "swordfish"))


def test_answers_go_at_once_unless_a_delay_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to an hour; a negative one is refused."""
    set_all(monkeypatch)
    assert load(BotSettings).rules.send_after == timedelta(0)
    set_all(monkeypatch, send_after="10")
    assert load(BotSettings).rules.send_after == timedelta(seconds=10)
    for wrong in ("-1", "3601"):
        set_all(monkeypatch, send_after=wrong)
        with pytest.raises(SettingsRefused, match="ONDUTY_SEND_AFTER"):
            load(BotSettings)


def test_a_rate_above_telegram_s_free_one_is_paid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then sends say allow_paid_broadcast."""
    set_all(monkeypatch, sends_per_second="1000")
    assert load(DispatcherSettings).pace.is_paid
