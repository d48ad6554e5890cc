"""Photos and documents (https://core.telegram.org/bots/api#sending-files)."""

from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout

from onduty_sandbox.bot_api.methods.call import Answer, Call
from onduty_sandbox.bot_api.methods.pictures import picture_size
from onduty_sandbox.bot_api.methods.sending import send
from onduty_sandbox.bot_api.requests import Upload
from onduty_sandbox.texts.reading import read_caption
from onduty_sandbox.wire.errors import bad_request
from onduty_sandbox.wire.json_types import Json
from onduty_sandbox.wire.loopback import LOOPBACK
from onduty_sandbox.world.chats import StoredFile
from onduty_sandbox.world.world import World

# getFile: "for the moment, bots can download files of up to 20MB in size".
LARGEST_DOWNLOAD_BYTES = 20 * 1024 * 1024
FETCH_TIMEOUT_S = 10


async def send_photo(call: Call) -> Answer:
    """Put a picture into a chat."""
    stored = await _sent_file(call, "photo")
    content: Json = {"photo": stored.fields["sizes"]}
    _add_caption(call, content)
    if call.arguments.flag("show_caption_above_media"):
        content["show_caption_above_media"] = True
    if call.arguments.flag("has_spoiler"):
        content["has_media_spoiler"] = True
    return send(call, content)


async def send_document(call: Call) -> Answer:
    """Put a file into a chat."""
    stored = await _sent_file(call, "document")
    content: Json = {"document": stored.fields["document"]}
    _add_caption(call, content)
    return send(call, content)


async def get_file(call: Call) -> Answer:
    """Return where a file can be downloaded: /file/bot<token>/<file_path>."""
    file_id = call.arguments.text("file_id")
    if not file_id:
        raise bad_request("file_id not specified")
    stored = call.world.files.get(file_id)
    if stored is None:
        raise bad_request("invalid file_id")
    if len(stored.data) > LARGEST_DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    return Answer(
        {
            "file_id": stored.file_id,
            "file_unique_id": stored.unique_id,
            "file_size": len(stored.data),
            "file_path": stored.path,
        }
    )


def store_upload(world: World, kind: str, upload: Upload) -> StoredFile:
    """Keep a photo or document; raises for an empty file and for what is no picture."""
    if not upload.data:
        raise bad_request("file must be non-empty")
    if kind == "photo":
        return _store_photo(world, upload)
    stored = world.store_file("documents", upload.file_name, upload.data)
    document: Json = {
        "file_name": upload.file_name,
        "mime_type": upload.mime_type,
        "file_id": stored.file_id,
        "file_unique_id": stored.unique_id,
        "file_size": len(upload.data),
    }
    stored.fields["document"] = document
    return stored


def _store_photo(world: World, upload: Upload) -> StoredFile:
    size = picture_size(upload.data)
    if size is None:
        raise bad_request("IMAGE_PROCESS_FAILED")
    stored = world.store_file("photos", upload.file_name, upload.data)
    width, height = size
    photo: Json = {
        "file_id": stored.file_id,
        "file_unique_id": stored.unique_id,
        "file_size": len(upload.data),
        "width": width,
        "height": height,
    }
    stored.fields["sizes"] = [photo]
    return stored


async def _sent_file(call: Call, kind: str) -> StoredFile:
    """The file of the parameter: uploaded, known by its id, or fetched from a URL."""
    value = call.arguments.text(kind)
    upload = call.uploads.get(value.removeprefix("attach://") if value else kind)
    if upload is None and value.startswith(("http://", "https://")):
        upload = await _fetch(value)
    if upload is not None:
        return store_upload(call.world, kind, upload)
    if not value:
        raise bad_request(f"there is no {kind} in the request")
    stored = call.world.files.get(value)
    if stored is None or ("sizes" if kind == "photo" else "document") not in stored.fields:
        raise bad_request("wrong file identifier/HTTP URL specified")
    return stored


async def _fetch(url: str) -> Upload:
    """Fetch a file from loopback; the sandbox asks no other machine."""
    refusal = bad_request("failed to get HTTP URL content")
    if urlsplit(url).hostname not in LOOPBACK:
        raise refusal
    try:
        async with (
            ClientSession(timeout=ClientTimeout(total=FETCH_TIMEOUT_S)) as session,
            session.get(url) as answer,
        ):
            answer.raise_for_status()
            name = urlsplit(url).path.rpartition("/")[2] or "file"
            return Upload(name, answer.content_type, await answer.read())
    except (ClientError, TimeoutError):
        raise refusal from None


def _add_caption(call: Call, content: Json) -> None:
    caption, entities = read_caption(call.arguments, call.find_user)
    if caption:
        content["caption"] = caption
    if entities:
        content["caption_entities"] = entities
