"""Collects the operators' texts from the code and compiles their translations.

`make catalogues` runs it in a checkout; it needs Babel, which no service needs. Its output is
committed: `locale/onduty.pot`, for each language `onduty.po` and `onduty.mo`, and docs/texts.md.
A second run changes nothing: neither line numbers nor dates are written.
"""

import io
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from onduty_desk.texts import DOMAIN, LANGUAGES
from onduty_desk.texts.table import as_markdown

ROOT = Path(__file__).parents[4]
SOURCES = ("shared/desk", "services/bot", "services/dispatcher")
LOCALE = Path(__file__).parent / "locale"
TABLE = ROOT / "docs" / "texts.md"
"""Every text beside its translations, for who reviews them."""

_LEFT_OUT = tuple(
    f'"{field}:'
    for field in (
        *("POT-Creation-Date", "PO-Revision-Date", "Generated-By"),  # they change from run to run
        *("Project-Id-Version", "Report-Msgid-Bugs-To", "Last-Translator", "Language-Team"),
    )
)
_NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)
"""A compiled catalogue holds dates; with a real one each run would change the file."""


def main() -> None:
    """Write the template, bring each translation up to it and compile it."""
    LOCALE.mkdir(exist_ok=True)
    template = collect()
    template_path(LOCALE).write_text(as_text(template), encoding="utf-8")
    translations: dict[str, Catalog] = {}
    for language in LANGUAGES:
        if language == "en":
            continue  # the source itself
        po_path = translation_path(language)
        po_path.parent.mkdir(parents=True, exist_ok=True)
        catalogue = read(po_path, language) if po_path.exists() else new_catalogue(language)
        catalogue.update(template, no_fuzzy_matching=True)
        po_path.write_text(as_text(catalogue), encoding="utf-8")
        po_path.with_suffix(".mo").write_bytes(compiled(catalogue))
        translations[language] = catalogue
        left = [message.id for message in catalogue if message.id and not is_translated(message)]
        print(f"{language}: {len(left)} to translate", *left, sep="\n  ")  # noqa: T201 - a tool
    TABLE.write_text(as_markdown(template, translations), encoding="utf-8")


def collect() -> Catalog:
    """Return every sentence of the code, sorted, with the files that use it."""
    template = new_catalogue(None)
    for source in SOURCES:
        found = extract_from_dir(
            ROOT / source,
            method_map=[("**.py", "python")],
            keywords={"gettext": None, "ngettext": (1, 2)},
        )
        for file_name, _, sentence, _, _ in sorted(found, key=lambda text: text[0]):
            template.add(sentence, locations=[(f"{source}/{file_name}", 0)])
    return template


def new_catalogue(language: str | None) -> Catalog:
    """Return an empty catalogue; the template has no language."""
    return Catalog(
        language,
        DOMAIN,
        project="Onduty",
        version="",
        fuzzy=False,
        header_comment=f"# Onduty: {language or 'every text that operators read'}.",
    )


def template_path(folder: Path) -> Path:
    """Return where the template is."""
    return folder / f"{DOMAIN}.pot"


def translation_path(language: str) -> Path:
    """Return where a language's translation is; the compiled one is in the same folder."""
    return LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(path: Path, language: str | None) -> Catalog:
    """Read a committed catalogue."""
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def as_text(catalogue: Catalog) -> str:
    """Return the catalogue as a .po file, without headers that change or hold nothing."""
    buffer = io.BytesIO()
    write_po(
        buffer, catalogue, width=100, sort_output=True, include_lineno=False, ignore_obsolete=True
    )
    lines = buffer.getvalue().decode().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(_LEFT_OUT))


def compiled(catalogue: Catalog) -> bytes:
    """Return the catalogue as a .mo file."""
    catalogue.creation_date = catalogue.revision_date = _NO_DATE
    buffer = io.BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def is_translated(message: object) -> bool:
    """Whether a message has all its plural forms."""
    string = getattr(message, "string", "")
    return all(string) if isinstance(string, tuple | list) else bool(string)


if __name__ == "__main__":
    main()
