"""A chat backend on the package `onduty` alone: customers at /c/ID, operators at /o/TOKEN."""

import json
import os
import secrets
import sqlite3
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

from onduty import CustomerMessage, DeskMisconfigured, DeskUnavailable, SupportDesk, events

SHOP, PAGE = "The Shop", Path(__file__).with_name("page.html").read_bytes()
STATE = "(SELECT state FROM states WHERE states.id = lines.id)"  # 'edited', 'read', or nothing
SHOWN = f"id, kind, by, text, at_ms, unsent = '' AS is_sent, {STATE} AS state"  # and no token
OURS = (sqlite3.Error, events.InvalidWebhook)
KEEP = "INSERT OR IGNORE INTO lines VALUES (?, ?, ?, ?, ?, ?, ?, ?)"

os.umask(0o077)  # the file holds what customers wrote
desk = SupportDesk(os.environ.get("ONDUTY_REDIS_URL", "redis://127.0.0.1:6379/0"))
db = sqlite3.connect(os.environ.get("WEBCHAT_FILE", "webchat.db"), check_same_thread=False)
db.row_factory, db.isolation_level = sqlite3.Row, None
db.executescript("""PRAGMA synchronous = OFF; CREATE TABLE IF NOT EXISTS lines
(at_ms, chat, id UNIQUE, kind, by, text, token, unsent);
CREATE TABLE IF NOT EXISTS states (id UNIQUE, state)""")


def lines(chat: str, fields: str, which: str = "TRUE") -> list[sqlite3.Row]:
    """Return a conversation, oldest line first."""
    sql = f"SELECT {fields} FROM lines WHERE chat = ? AND {which} ORDER BY rowid"  # noqa: S608 - ours
    return db.execute(sql, [chat]).fetchall()


def keep(*line: str) -> None:
    """Add a line; one of the same id is not added again."""
    db.execute(KEEP, [time.time_ns() // 1_000_000, *line, "", ""][:8])


def write(chat: str, link: str, *, key: str, name: str, text: str, group: str = "support") -> None:  # noqa: PLR0913 - a message has that much
    """Keep a customer's message, then push what the desk has not got yet, oldest first."""
    token = next((it for (it,) in lines(chat, "token") if it), secrets.token_urlsafe(9))
    said = {"id": key, "conversation_id": chat, "recipient": SHOP, "text": text, "group": group}
    new = CustomerMessage.model_validate(said | {"customer_name": name, "reply_url": link + token})
    keep(chat, key, "customer", new.customer_name, new.text, token, new.model_dump_json())
    if key not in [it for (it,) in lines(chat, "id")]:  # it is another conversation's
        raise ValueError
    unsent = lines(chat, "id, text, unsent", "unsent != ''")[:1000]
    desk.notify_many(CustomerMessage.model_validate_json(it["unsent"]) for it in unsent)
    for it in unsent:
        if json.loads(it["unsent"])["text"] != it["text"]:  # edited before the desk had it
            desk.edit(it["id"], it["text"])
    db.executemany("UPDATE lines SET unsent = '' WHERE id = ?", [(it["id"],) for it in unsent])


def mark(key: str, state: str) -> None:
    """Say what became of a line."""
    db.execute("INSERT OR REPLACE INTO states VALUES (?, ?)", [key, state])


def edit(chat: str, *, key: str, text: str) -> None:
    """Change a message of this customer, at the desk first: what fails can be tried again."""
    if key not in [it for (it,) in lines(chat, "id", "kind = 'customer'")]:
        raise LookupError
    text = text.encode(errors="replace").decode()  # half an emoji: the file would refuse it
    desk.edit(key, text)
    db.execute("UPDATE lines SET text = ? WHERE chat = ? AND id = ?", [text, chat, key])
    mark(key, "edited")


def seen(chat: str) -> None:
    """Report answers as read, which this customer's page is about to show."""
    with suppress(DeskMisconfigured, DeskUnavailable, ValueError):  # the page asks each second
        for (key,) in lines(chat, "id", f"kind = 'operator' AND {STATE} IS NULL"):
            desk.report(key, "read")
            mark(key, "read")


def answer(chat: str, *, key: str, text: str, **_: str) -> None:
    """Show an operator's answer to the customer, then tell the desk that there was one."""
    owner = "".join(by for (by,) in lines(chat, "by", "kind = 'note'")[-1:])
    keep(chat, key, "operator", owner or SHOP, text)
    desk.touch(chat)


def hear(event: events.Event) -> None:
    """Show what the desk tells."""
    note = (event.conversation_id, event.id, "note")
    match event:
        case events.ConversationClaimed() | events.ConversationDelegated() if by := event.operator:
            keep(*note, by.name, f"{by.name} is answering")
        case events.ConversationReleased() | events.ConversationDelegated():
            keep(*note, "", "Waiting for an operator again")
        case events.ConversationClosed():
            keep(*note, "", "The conversation was closed")
        case events.ReplySent() | events.ReplyEdited() | events.ReplyDeleted():  # from Telegram
            text = getattr(event, "text", "(taken back)")
            keep(note[0], event.reply_id, "operator", event.operator.name, text)
            db.execute("UPDATE lines SET text = ? WHERE id = ?", [text, event.reply_id])
            db.execute("DELETE FROM states WHERE id = ?", [event.reply_id])


class Handler(BaseHTTPRequestHandler):
    """Serves the page, what it asks for, and the desk's events."""

    timeout = 10

    def do_GET(self) -> None:
        """Answer with what was asked for, or with a sentence on why not."""
        try:
            body = self.act()
        except LookupError:
            self.send_error(404, "There is no such conversation here.")
        except (AttributeError, RecursionError, TypeError, ValueError, *OURS):
            self.send_error(400, "This cannot be taken.")
        except (DeskMisconfigured, DeskUnavailable) as error:
            print(error, flush=True)
            self.send_error(503, "Not sent. Try again.")
        else:
            self.send_response(200)
            self.send_header("Content-Type", "text/html" if body is PAGE else "application/json")
            self.end_headers()
            self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - http.server's name

    def act(self) -> bytes:  # noqa: C901 - a line for each thing that can be asked
        """Do what the address says; an operator's token in it stands for the conversation."""
        own = f"http://{self.headers['Host']}"
        is_own = own.startswith("http://127.0.0.1:") and self.headers.get("Origin", own) == own
        side, chat, what = (*map(unquote, self.path[1:].split("/", 2)), "", "")[:3]
        if side == "o" and chat:
            chat = db.execute("SELECT max(chat) FROM lines WHERE token = ?", [chat]).fetchone()[0]
        body = self.rfile.read(min(abs(int(self.headers.get("Content-Length", 0))), 1_000_000))
        match is_own and self.command, side, what:  # another site's page may ask nothing
            case "GET", "" | "c" | "o", "":
                return PAGE
            case "GET", _, "lines" if chat:
                if side == "c":
                    seen(chat)
                return json.dumps([dict(line) for line in lines(chat, SHOWN)]).encode()
            case "POST", "c", "lines":
                write(chat, f"{own}/o/", **json.loads(body))
            case "POST", "c", "edit" if chat:
                edit(chat, **json.loads(body))
            case "POST", "c", "typing" if chat:
                desk.typing(chat)
            case "POST", "o", "lines" if chat:
                answer(chat, **json.loads(body))
            case "POST", "o", "close" if chat:
                desk.close(chat)
            case "POST", "events", "":
                secret = os.environ.get("ONDUTY_EVENTS_SECRET", "")
                hear(events.verify_webhook(dict(self.headers.items()), body, secret))
            case _:
                raise LookupError
        return b"{}"

    def log_message(self, *_: object) -> None:
        """Keep operators' addresses out of the log."""


if __name__ == "__main__":
    try:
        address = ("127.0.0.1", int(os.environ.get("WEBCHAT_PORT", "8082")))
        server = ThreadingHTTPServer(address, Handler)
    except (OSError, OverflowError, ValueError) as error:
        raise SystemExit(f"webchat: {error}; set WEBCHAT_PORT to a free port") from error
    print(f"Customers write at http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()
