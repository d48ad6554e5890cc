"""The way to Telegram by a proxy: which one, what it may do, and that its password stays ours."""

import sys

import pytest
from structlog.testing import capture_logs

from onduty_desk.model.keys import ChatId
from onduty_desk.settings import DeskSettings, SettingsRefused, load
from onduty_desk.telegram.bot import build_bot, open_bot
from onduty_desk.telegram.outcomes import NotTaken, Outcome, Sent, Unknown, outcome_of
from onduty_desk.telegram.proxy import find_proxy
from onduty_desk.telegram.sending import Text, send_text
from onduty_sandbox.client import Phone, Sandbox
from small_proxy import PASSWORD, proxying

TELEGRAM = "https://api.telegram.org"
LOCAL = "http://bot-api.shop.example:8081"
PROXY = "http://proxy.example:3128"


@pytest.mark.parametrize(
    ("api_url", "environment", "expected"),
    [
        (TELEGRAM, {}, None),
        (TELEGRAM, {"HTTPS_PROXY": PROXY}, PROXY),
        (TELEGRAM, {"https_proxy": PROXY, "HTTPS_PROXY": "http://other:1"}, PROXY),
        (TELEGRAM, {"HTTPS_PROXY": "proxy.example:3128"}, PROXY),
        (TELEGRAM, {"HTTPS_PROXY": "https://proxy.example:3128"}, "https://proxy.example:3128"),
        (TELEGRAM, {"HTTPS_PROXY": ""}, None),
        (TELEGRAM, {"http_proxy": PROXY, "HTTP_PROXY": PROXY}, None),
        (TELEGRAM, {"ALL_PROXY": PROXY}, PROXY),
        (LOCAL, {"http_proxy": PROXY}, PROXY),
        (LOCAL, {"HTTP_PROXY": PROXY, "HTTPS_PROXY": PROXY}, None),
        *[
            (TELEGRAM, {"HTTPS_PROXY": PROXY, "NO_PROXY": excluded}, None)
            for excluded in (
                "api.telegram.org",
                "localhost, .telegram.org",
                "telegram.org",
                "*.telegram.org",
                "API.telegram.org:443",
                "*",
            )
        ],
        *[
            (TELEGRAM, {"HTTPS_PROXY": PROXY, "no_proxy": excluded}, PROXY)
            for excluded in ("", ",", "gram.org", "api.telegram.org:8443", "10.0.0.0/8", "shop*")
        ],
        ("https://10.1.2.3", {"HTTPS_PROXY": PROXY, "NO_PROXY": "10.0.0.0/8"}, None),
        ("https://10.1.2.3", {"HTTPS_PROXY": PROXY, "NO_PROXY": "10.2.0.0/16"}, PROXY),
        *[
            (f"http://{here}:8081", {"http_proxy": PROXY, "ALL_PROXY": PROXY}, None)
            for here in ("127.0.0.1", "localhost", "[::1]", "127.9.9.9", "bot.localhost")
        ],
    ],
)
def test_the_environments_proxy_is_read_as_curl_reads_it(
    api_url: str, environment: dict[str, str], expected: str | None
) -> None:
    """By the scheme of the server's address; not for what is excluded, nor for this machine."""
    found = find_proxy(api_url, None, environment)
    assert (str(found) if found else None) == expected


def test_what_is_set_goes_before_the_environment() -> None:
    """And it holds whatever is excluded."""
    environment = {"HTTPS_PROXY": "http://other:1", "NO_PROXY": "*"}
    assert str(find_proxy("http://127.0.0.1:8081", PROXY, environment)) == PROXY


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        (
            "ONDUTY_TELEGRAM_PROXY",
            "ftp://anna:secret@proxy",
            "ONDUTY_TELEGRAM_PROXY: write http://",
        ),
        ("HTTPS_PROXY", "http://anna:secret@", "HTTPS_PROXY: write http://host:port"),
        ("HTTPS_PROXY", "http://anna:sec/ret@proxy:1", "% encode what is special in a password"),
    ],
)
def test_what_is_no_proxy_is_refused_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, says: str
) -> None:
    """At start, and without the password."""
    with pytest.raises(SettingsRefused) as refused:
        loaded(monkeypatch, **{variable: value})
    assert says in str(refused.value)
    assert "sec" not in str(refused.value).replace("SECRET", "")


@pytest.mark.parametrize("variable", ["ONDUTY_TELEGRAM_PROXY", "ALL_PROXY"])
def test_socks_needs_an_extra_and_says_so(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """One sentence at start, with the command that helps."""
    monkeypatch.setitem(sys.modules, "aiohttp_socks", None)  # as if it were not installed
    with pytest.raises(SettingsRefused, match=r"pip install 'onduty-desk\[socks\]'"):
        loaded(monkeypatch, **{variable: "socks5://proxy:1080"})


async def test_everything_goes_by_the_proxy(sandbox: Sandbox, token: str, anna: Phone) -> None:
    """Who we are and what we send; its password is in no line of the log."""
    await anna.send("/start")
    async with proxying(sandbox.base_url) as proxy:
        with capture_logs() as logs:
            outcome = await sent(sandbox.base_url, token, proxy.url)
        assert type(outcome) is Sent
        assert [line.split()[1].partition(token)[2] for line in proxy.asked[:1]] == ["/getMe"]
        assert {line.split()[1].partition("/bot")[0] for line in proxy.asked} == {sandbox.base_url}
    assert logs[0] == {
        "event": "telegram.by_proxy",
        "log_level": "info",
        "proxy": f"http://127.0.0.1:{proxy.port}",
    }
    assert PASSWORD not in repr(logs)


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        (b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", NotTaken),
        (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", NotTaken),
        (b"HTTP/1.1 who knows\r\n\r\n", NotTaken),
        (b"HTTP/1.1 200 Fine\r\n\r\nbut no TLS here", NotTaken),
    ],
)
async def test_a_proxy_that_opens_no_tunnel_took_nothing(
    refusal: bytes, expected: type[Outcome], token: str
) -> None:
    """Whatever it says instead: the request itself never left."""
    async with proxying("http://127.0.0.1:9") as proxy:
        proxy.refuses = refusal
        outcome = await sent("https://telegram.example", token, proxy.url, is_opened=False)
        assert proxy.asked == ["CONNECT telegram.example:443 HTTP/1.1"]
    assert type(outcome) is expected
    assert token not in repr(outcome)
    assert "anna" not in repr(outcome)


@pytest.mark.parametrize(
    ("status", "expected"), [(403, NotTaken), (407, NotTaken), (502, Unknown), (503, NotTaken)]
)
async def test_a_proxys_page_is_not_telegrams_answer(
    status: int, expected: type[Outcome], token: str
) -> None:
    """The pages of one that passes requests on count as any other's."""
    async with proxying("http://127.0.0.1:9") as proxy:
        proxy.refuses = f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode()
        outcome = await sent("http://telegram.example", token, proxy.url, is_opened=False)
    assert type(outcome) is expected


async def test_a_proxy_that_is_away_took_nothing(token: str, free_port: int) -> None:
    """Refused there is refused."""
    proxy = f"http://anna:secret@127.0.0.1:{free_port}"
    outcome = await sent("https://telegram.example", token, proxy, is_opened=False)
    assert outcome == NotTaken(
        "no connection to Telegram (ClientProxyConnectionError, ECONNREFUSED)"
    )


def loaded(monkeypatch: pytest.MonkeyPatch, **environment: str) -> DeskSettings:
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ONDUTY_BOT_TOKEN", "42:a-token-0123456789")
    monkeypatch.setenv("ONDUTY_TEAM_SECRET", "open sesame")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return load(DeskSettings)


async def sent(api_url: str, token: str, proxy: str, *, is_opened: bool = True) -> Outcome:
    settings = DeskSettings.model_validate(
        {
            "bot_token": token,
            "team_secret": "open sesame",
            "telegram_api_url": api_url,
            "telegram_proxy": proxy,
        }
    )
    bot = build_bot(settings)
    try:
        if is_opened:
            await open_bot(bot)
        else:
            await bot.request.initialize()
        return await outcome_of(send_text(bot, ChatId(101), Text("Hello"), is_paid=False))
    finally:
        await bot.request.shutdown()
        await bot.shutdown()


@pytest.fixture
async def anna(sandbox: Sandbox) -> Phone:
    return await sandbox.add_user(101, "Anna")
