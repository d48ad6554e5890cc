"""Checks the settings as the services read them: refused ones, weak phrases, exposed files."""

import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from onduty.env_file import FileUnreadable
from onduty.given import DEFAULT_SECRETS_DIR, ENV_FILE, secret_files, secrets_folder
from onduty_desk.process.redis_setup import Finding
from onduty_desk.roster.weak_phrases import weak
from onduty_desk.settings import BotSettings, DispatcherSettings, SettingsRefused, load


@dataclass(frozen=True)
class Given:
    """What the services of this host would read."""

    bot: BotSettings | None
    """None if the bot would refuse them."""
    dispatcher: DispatcherSettings | None
    findings: Sequence[Finding]


def read_settings() -> Given:
    """Read both services' settings, and look at where they come from."""
    findings: list[Finding] = []
    sentences: list[str] = []
    bot = dispatcher = None
    try:
        bot = load(BotSettings)
    except SettingsRefused as refused:
        sentences += str(refused).splitlines()
    try:
        dispatcher = load(DispatcherSettings)
    except SettingsRefused as refused:
        sentences += str(refused).splitlines()
    for sentence in dict.fromkeys(sentences):
        cure = "set it as the sentence says, in the environment, .env or a secret file"
        findings.append(Finding("settings.refused", sentence, cure))
    if bot:
        findings += _weak_phrases(bot)
    return Given(bot, dispatcher, [*findings, *_exposed_files()])


def _weak_phrases(settings: BotSettings) -> Iterator[Finding]:
    for group, reason in weak(settings.phrases, (settings.desk_name,)):
        yield Finding(
            "phrase.weak",
            f"the phrase of the group {group} is easy to guess: {reason}",
            "set a phrase of several words; whoever guesses it reads what customers write",
            "warning",
        )


def _exposed_files() -> Iterator[Finding]:
    """Yield files of secrets that every user of this host can read, or write.

    In its default place the folder of secrets is a container's mount, whose files all of that
    container may read.
    """
    files = [ENV_FILE] if ENV_FILE.is_file() else []
    if str(secrets_folder()) != DEFAULT_SECRETS_DIR:
        try:
            files += [path for name, path in secret_files().items() if name.startswith("onduty_")]
        except FileUnreadable:  # `load` has said so
            files = files[:1]
    for path in files:
        if _others_may(path, stat.S_IROTH | stat.S_IWOTH):
            yield Finding(
                "settings.exposed",
                f"{path.absolute()} can be read or written by every user of this host",
                f"chmod o-rw {path.absolute()}; then change the secrets that it holds",
            )


def _others_may(path: Path, what: int) -> bool:
    absolute = path.resolve()
    try:
        within_reach = all(folder.stat().st_mode & stat.S_IXOTH for folder in absolute.parents)
        return within_reach and bool(absolute.stat().st_mode & what)
    except OSError:
        return False
