"""The texts that operators read, in their language: gettext catalogues with English as the source.

A sentence is written in English where it is used, as `words.gettext("…")`; `make catalogues`
collects them into `locale/onduty.pot` and compiles the translations.
"""

from functools import cache
from gettext import NullTranslations, translation
from importlib.resources import as_file, files

DOMAIN = "onduty"
LANGUAGES = ("en", "ru")

Words = NullTranslations


@cache
def words(language: str) -> Words:
    """Return the catalogue of a language in `LANGUAGES`; English is the source itself.

    Raises `ValueError` for any other.
    """
    if language not in LANGUAGES:
        raise ValueError(f"no texts in {language!r}")
    with as_file(files(__package__) / "locale") as folder:
        return translation(DOMAIN, folder, [language], fallback=language == "en")


def language_of(telegram_language: str | None, fallback: str) -> str:
    """Return the one of `LANGUAGES` for a Telegram `language_code` (an IETF tag, or None)."""
    language = (telegram_language or "").split("-")[0].lower()
    return language if language in LANGUAGES else fallback
