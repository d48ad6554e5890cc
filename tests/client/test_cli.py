"""`onduty send`, `close` and `touch` do from a shell what a backend does."""

import json
from pathlib import Path

import pytest
from redis import Redis

from onduty import CustomerMessage
from onduty.cli import main
from onduty.events import event_schema
from onduty.wire import message_key

from .conftest import Inbox

LEAST = ["send", "--text", "Hello", "--name", "Alice", "--to", "The Shop"]
WORDS = pytest.mark.parametrize("word", ["close", "touch"])


def test_send_pushes_a_message_and_prints_its_id(
    redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the shell says is what the desk has."""
    more = ["--url", "https://x.example/1", "--conversation", "c1", "--priority", "urgent"]
    assert main([*LEAST, *more, "--redis", redis_url]) == 0
    message_id = capsys.readouterr().out.strip()
    stored = Redis.from_url(redis_url, decode_responses=True).get(message_key(message_id))
    message = CustomerMessage.model_validate_json(stored or "")
    assert (message.text, message.customer_name, message.recipient) == (
        "Hello",
        "Alice",
        "The Shop",
    )
    assert (message.reply_url, message.conversation_id, message.priority) == (
        "https://x.example/1",
        "c1",
        "urgent",
    )


def test_the_redis_of_the_environment_is_the_default(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """ONDUTY_REDIS_URL serves every command."""
    monkeypatch.setenv("ONDUTY_REDIS_URL", redis_url)
    assert main([*LEAST, "--id", "m1"]) == 0
    assert capsys.readouterr().out == "m1\n"


def test_the_redis_url_may_be_a_secret_file(
    redis_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In a container the URL with its password is a file; help does not show it."""
    (tmp_path / "onduty_redis_url").write_text(redis_url + "\n")
    monkeypatch.delenv("ONDUTY_REDIS_URL", raising=False)
    monkeypatch.setenv("ONDUTY_SECRETS_DIR", str(tmp_path))
    assert main([*LEAST, "--id", "m1"]) == 0
    assert capsys.readouterr().out == "m1\n"
    with pytest.raises(SystemExit):
        main(["send", "--help"])
    assert redis_url not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--url", "javascript:alert(1)"], "reply_url: "),
        (["--id", "no spaces"], "id: "),
        (["--redis", "localhost"], "localhost: use redis://"),
        (["--redis", "redis://127.0.0.1:1/0"], "keep it and push it again"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    arguments: list[str], told: str, redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1, the field and the rule on stderr, no traceback."""
    assert main([*LEAST, "--redis", redis_url, *arguments]) == 1
    captured = capsys.readouterr()
    assert told in captured.err
    assert "Traceback" not in captured.err
    assert captured.out == ""


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--id", "no spaces"], "id: String should match pattern '^[A-Za-z0-9_-]{1,64}$'\n"),
        (["--text", " "], "text: write something or attach a file; this message is empty\n"),
    ],
)
def test_a_mistake_is_one_line(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What follows from it is not said as another one."""
    assert main([*LEAST, *arguments]) == 1
    assert capsys.readouterr().err == told


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("RETENTION_DAYS", "0", "from 1 to 365"),
        ("RETENTION_DAYS", "9" * 5_000, "from 1 to 365"),
        ("WAIT_REPLICAS", "101", "from 0 to 100"),
    ],
)
def test_a_setting_that_the_services_refuse_is_refused(
    name: str,
    value: str,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """By its name, not as if Redis were away."""
    monkeypatch.setenv(f"ONDUTY_{name}", value)
    assert main(LEAST) == 1
    assert capsys.readouterr().err == f"ONDUTY_{name}: must be {told}\n"


def test_schema_prints_the_message_s_json_schema(capsys: pytest.CaptureFixture[str]) -> None:
    """For backends in other languages."""
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == CustomerMessage.model_json_schema()


def test_schema_prints_the_events_json_schema(capsys: pytest.CaptureFixture[str]) -> None:
    """What the desk tells a backend, for those in other languages."""
    assert main(["schema", "event"]) == 0
    assert json.loads(capsys.readouterr().out) == event_schema()


def test_send_can_wait_for_replicas(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As many as the setting says; without them it is not accepted, and said so."""
    monkeypatch.setenv("ONDUTY_WAIT_REPLICAS", "1")
    assert main([*LEAST, "--redis", redis_url]) == 1
    assert "0 of 1 replicas have the message" in capsys.readouterr().err
    assert main([*LEAST, "--redis", redis_url, "--wait-replicas", "0"]) == 0


def test_no_refusal_shows_a_password(capsys: pytest.CaptureFixture[str]) -> None:
    """Standard error goes into logs."""
    assert main([*LEAST, "--redis", "redis://:s3cret@127.0.0.1:1/0"]) == 1
    told = capsys.readouterr().err
    assert "redis://…@127.0.0.1:1/0" in told
    assert "s3cret" not in told


@WORDS
def test_close_and_touch_are_said_of_a_conversation(
    redis_url: str, inbox: Inbox, capsys: pytest.CaptureFixture[str], word: str
) -> None:
    """In order with what is sent, and quiet about it."""
    assert main([*LEAST, "--redis", redis_url, "--conversation", "c1", "--id", "m1"]) == 0
    assert capsys.readouterr().out == "m1\n"
    assert main([word, "c1", "--redis", redis_url]) == 0
    assert capsys.readouterr() == ("", "")
    assert [entry[0] for entry in inbox("c1")] == ["message", word]


def test_prioritize_sets_how_urgent_a_conversation_is(
    redis_url: str, inbox: Inbox, capsys: pytest.CaptureFixture[str]
) -> None:
    """In order with what is sent; another word is refused."""
    assert main(["prioritize", "c1", "urgent", "--redis", redis_url]) == 0
    assert inbox("c1") == [["prioritize", "urgent"]]
    with pytest.raises(SystemExit):
        main(["prioritize", "c1", "soon", "--redis", redis_url])
    assert "invalid choice" in capsys.readouterr().err


@WORDS
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([""], "conversation_id: String should have at least 1 character"),
        (["c1", "--redis", "localhost"], "localhost: use redis://"),
        (["c1", "--redis", "redis://127.0.0.1:1/0"], "redis://127.0.0.1:1/0: Redis did not take"),
        (["c1", "--wait-replicas", "1"], "0 of 1 replicas have the"),
    ],
)
def test_what_is_wrong_with_a_word_is_said_in_a_sentence(
    word: str, arguments: list[str], told: str, redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `send` does."""
    assert main([word, "--redis", redis_url, *arguments]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith(told) or f"{redis_url}: {told}" in captured.err
    assert captured.out == ""


def test_settings_of_the_folder_count(
    redis_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """All settings in `.env`, then `onduty send` in the same folder: it goes where they say."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ONDUTY_REDIS_URL", raising=False)
    (tmp_path / ".env").write_text(
        f'ONDUTY_REDIS_URL="{redis_url}"\nONDUTY_RETENTION_DAYS=2 # short\nONDUTY_WAIT_REPLICAS=1\n'
    )
    assert main([*LEAST, "--id", "m1"]) == 1
    assert "0 of 1 replicas have the message" in capsys.readouterr().err
    assert main([*LEAST, "--id", "m1", "--wait-replicas", "0"]) == 0
    assert 0 < Redis.from_url(redis_url).ttl(message_key("m1")) <= 2 * 86_400
