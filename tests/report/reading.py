"""What the reports' tests read from a PDF."""

from __future__ import annotations

from operator import methodcaller


def read_text(reader):
    """The text of all pages."""
    return "\n".join(page.extract_text() for page in reader.pages)


def list_titles(outline):
    """The titles of the outline, flat."""
    titles = []
    for entry in outline:
        titles += list_titles(entry) if isinstance(entry, list) else [entry.title]
    return titles


def list_fonts(reader):
    """Every font of every page and form: its name and whether it is embedded."""
    found = {}
    get_object = methodcaller("get_object")

    def walk(resources):
        for font in map(get_object, (resources.get("/Font") or {}).values()):
            descriptor = font.get("/FontDescriptor")
            found[font["/BaseFont"]] = descriptor is not None and "/FontFile2" in descriptor.get_object()
        for form in map(get_object, (resources.get("/XObject") or {}).values()):
            if "/Resources" in form:
                walk(form["/Resources"].get_object())

    for page in reader.pages:
        walk(page["/Resources"].get_object())
    return found
