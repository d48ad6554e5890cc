"""How a bot may call, and what it is told when it calls wrongly."""

import pytest
from aiohttp import ClientSession, FormData

from onduty_sandbox.client import Phone, Sandbox
from sandbox.bot_caller import Ask


async def test_every_way_to_send_parameters_is_understood(
    local: Sandbox, http: ClientSession, anna: Phone, bot_token: str
) -> None:
    """Query, form, JSON and multipart, GET and POST, in any case of the method's name."""
    url = f"{local.base_url}/bot{bot_token}"
    fields = {"chat_id": "7", "text": "grüß dich"}
    multipart = FormData(fields)
    multipart.add_field("reply_markup", '{"inline_keyboard":[]}', content_type="text/plain")
    calls = [
        http.get(f"{url}/sendMessage", params=fields),
        http.post(f"{url}/SENDMESSAGE", params=fields),
        http.post(f"{url}/sendmessage", data=fields),
        http.post(f"{url}/sendMessage", json=fields),
        http.post(f"{url}/sendMessage", data=multipart),
    ]
    for call in calls:
        async with call as response:
            assert (await response.json())["result"]["text"] == "grüß dich"
    assert len(await anna.messages()) == 1 + len(calls)


@pytest.mark.parametrize(
    ("path", "status", "description"),
    [
        ("/bot99:unknown/getMe", 401, "Unauthorized"),
        ("/botnonsense/getMe", 404, "Not Found"),
        ("/bot42:sandbox-token-for-tests-0123456789/noSuchMethod", 404, "Not Found"),
        ("/bot42:sandbox-token-for-tests-0123456789", 404, "Not Found"),
        ("/elsewhere", 404, "Not Found"),
        ("/file/bot99:unknown/photos/file_0.jpg", 401, "Unauthorized"),
    ],
)
async def test_a_wrong_address_is_told(
    local: Sandbox, http: ClientSession, path: str, status: int, description: str
) -> None:
    """A wrong token is told from a wrong method or path."""
    async with http.get(local.base_url + path) as response:
        assert response.status == status
        body = await response.json()
    assert body == {"ok": False, "error_code": status, "description": description}


async def test_an_unknown_parameter_is_refused(ask: Ask, anna: Phone) -> None:
    """A misspelt parameter is an error here, where Telegram would say nothing."""
    reply = await ask("sendMessage", chat_id=anna.user_id, text="hi", disable_notifications=True)
    assert reply.error == 'Bad Request: unknown parameter "disable_notifications" (sandbox)'
    reply = await ask("sendMessage", chat_id=anna.user_id, text="hi", message_effect_id="1")
    assert reply.error == 'Bad Request: parameter "message_effect_id" is not supported (sandbox)'


async def test_a_body_that_is_no_json_is_refused(
    local: Sandbox, http: ClientSession, bot_token: str
) -> None:
    """A broken body is a bad request, not a crash."""
    headers = {"Content-Type": "application/json"}
    for data in (b"{", b"[]"):
        url = f"{local.base_url}/bot{bot_token}/getMe"
        async with http.post(url, data=data, headers=headers) as response:
            assert response.status == 400
            assert (await response.json())["description"].startswith("Bad Request: can't parse")


@pytest.mark.parametrize(
    ("content_type", "data"),
    [
        ("application/json", b'{"chat_id": 7, "text": "\\ud83d"}'),
        ("application/json", b'{"chat_id": 7, "text": "\xff"}'),
        ("application/x-www-form-urlencoded", b"chat_id=7&text=%ff"),
        ("application/x-www-form-urlencoded", b"chat_id=7&text=\xff"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n\xff\r\n--x--\r\n',
        ),
        ("application/x-www-form-urlencoded", b'chat_id=7&text=a&reply_markup={"x":"\\ud83d"}'),
    ],
)
async def test_what_is_not_utf_8_is_refused(
    local: Sandbox, http: ClientSession, anna: Phone, bot_token: str, content_type: str, data: bytes
) -> None:
    """Half of a surrogate pair and broken bytes get Telegram's own refusal."""
    url = f"{local.base_url}/bot{bot_token}/sendMessage"
    async with http.post(url, data=data, headers={"Content-Type": content_type}) as response:
        assert (await response.json())["description"] == (
            "Bad Request: strings must be encoded in UTF-8"
        )
    assert len(await anna.messages()) == 1
