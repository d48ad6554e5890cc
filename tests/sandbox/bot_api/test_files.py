"""Photos and documents, in both directions."""

import io
import struct
import zlib
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, FormData, web
from telegram import Bot

from onduty_sandbox.bot_api.methods.pictures import picture_size
from onduty_sandbox.client import Phone, Sandbox, SandboxError
from onduty_sandbox.wire.json_types import as_list, as_object
from sandbox.bot_caller import Ask

JPEG = b"\xff\xd8\xff\xe0\x00\x04JF\xff\xc0\x00\x11\x08\x00\x03\x00\x04\x03"


def png(width: int, height: int) -> bytes:
    """The beginning of a PNG of this size."""
    header = struct.pack(">II5B", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    return (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    )


def document(data: bytes) -> FormData:
    """A multipart body with one file."""
    form = FormData()
    form.add_field("document", io.BytesIO(data), filename="x.bin")
    return form


@pytest.fixture
async def page() -> AsyncIterator[str]:
    """The address of a picture on a server on loopback."""

    async def serve(_request: web.Request) -> web.Response:
        return web.Response(body=png(3, 4), content_type="image/png")

    app = web.Application()
    app.router.add_get("/photo.png", serve)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (png(3, 4), (3, 4)),
        (b"GIF89a\x03\x00\x04\x00", (3, 4)),
        (JPEG, (4, 3)),
        (JPEG[:8], None),
        (b"text", None),
    ],
)
def test_the_size_of_a_picture_is_read(data: bytes, size: tuple[int, int] | None) -> None:
    """PhotoSize names width and height."""
    assert picture_size(data) == size


async def test_a_photo_is_sent_by_upload_by_id_and_by_address(
    ptb_bot: Bot, anna: Phone, page: str
) -> None:
    """The same picture, three ways; captions are parsed."""
    sent = await ptb_bot.send_photo(7, png(3, 4), caption="<b>x</b>", parse_mode="HTML")
    assert (sent.photo[0].width, sent.photo[0].height, sent.caption) == (3, 4, "x")
    again = await ptb_bot.send_photo(7, sent.photo[0].file_id)
    assert again.photo == sent.photo
    fetched = await ptb_bot.send_photo(7, f"{page}/photo.png")
    assert fetched.photo[0].width == 3
    shown = await anna.messages()
    assert [message.photo for message in shown] == [False, True, True, True]
    assert shown[1].text == "x"


async def test_a_document_can_be_downloaded(ptb_bot: Bot, anna: Phone) -> None:
    """What a bot sends comes back by getFile."""
    sent = await ptb_bot.send_document(7, b"hello", filename="note.txt")
    assert sent.document is not None
    assert sent.document.file_name == "note.txt"
    file = await ptb_bot.get_file(sent.document.file_id)
    assert bytes(await file.download_as_bytearray()) == b"hello"
    assert (await anna.messages())[-1].document["file_name"] == "note.txt"


async def test_a_user_sends_files_too(ask: Ask, ptb_bot: Bot, anna: Phone) -> None:
    """The bot gets photo and document with their captions."""
    await anna.send_file("photo", png(3, 4), "me.png", caption="me")
    await anna.send_file("document", b"hello", "note.txt", mime_type="text/plain")
    photo, note = [as_object(update["message"]) for update in (await ask("getUpdates")).results]
    assert photo["caption"] == "me"
    assert as_object(as_list(photo["photo"])[0])["width"] == 3
    document = as_object(note["document"])
    assert document["mime_type"] == "text/plain"
    file = await ptb_bot.get_file(str(document["file_id"]))
    assert bytes(await file.download_as_bytearray()) == b"hello"
    with pytest.raises(SandboxError, match="IMAGE_PROCESS_FAILED"):
        await anna.send_file("photo", b"text", "me.png")


async def test_what_is_no_file_is_refused(
    local: Sandbox, http: ClientSession, ask: Ask, anna: Phone, page: str, bot_token: str
) -> None:
    """Each refusal has Telegram's text."""
    chat_id = anna.chat_id
    url = f"{local.base_url}/bot{bot_token}/sendDocument?chat_id=7"
    async with http.post(url, data=document(b"")) as response:
        assert (await response.json())["description"] == "Bad Request: file must be non-empty"
    for photo, error in (
        ("", "there is no photo in the request"),
        ("no-such-id", "wrong file identifier/HTTP URL specified"),
        (f"{page}/404.png", "failed to get HTTP URL content"),
        ("https://elsewhere.example/x.png", "failed to get HTTP URL content"),
    ):
        reply = await ask("sendPhoto", chat_id=chat_id, photo=photo)
        assert reply.error == f"Bad Request: {error}"
    reply = await ask("sendPhoto", chat_id=7, photo=f"{page}/photo.png", caption="x" * 1025)
    assert reply.error == "Bad Request: message caption is too long"
    assert (await ask("getFile")).error == "Bad Request: file_id not specified"
    assert (await ask("getFile", file_id="x")).error == "Bad Request: invalid file_id"


async def test_what_is_too_large_is_refused(
    local: Sandbox, http: ClientSession, anna: Phone, bot_token: str
) -> None:
    """50 MB up and 20 MB down."""
    url = f"{local.base_url}/bot{bot_token}"
    files = document(b"x" * (50 * 1024 * 1024 + 1))
    async with http.post(f"{url}/sendDocument?chat_id=7", data=files) as response:
        assert response.status == 413
        assert (await response.json())["description"] == "Request Entity Too Large"
    files = document(b"x" * (20 * 1024 * 1024 + 1))
    async with http.post(f"{url}/sendDocument?chat_id=7", data=files) as response:
        file_id = (await response.json())["result"]["document"]["file_id"]
    async with http.get(f"{url}/getFile", params={"file_id": file_id}) as response:
        assert (await response.json())["description"] == "Bad Request: file is too big"
    assert len(await anna.messages()) == 2
