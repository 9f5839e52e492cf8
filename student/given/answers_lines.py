"""Where every table and key of ``answers.toml`` stands."""

import re

_HEADER = re.compile(r"\s*\[{1,2}\s*([A-Za-z_0-9.\s\"']{1,80}?)\s*\]{1,2}\s*(?:#.*)?")
_KEY = re.compile(r"\s*(#?)[ \t]*([A-Za-z_0-9\"'-]{1,60})\s*=")


def locate_keys(text):
    r"""Find the line of every key and table of a TOML text, commented-out keys too.

    Args:
        text: The text of the file.

    Returns:
        ``(table, key)`` to ``(line, column, commented out)``, and ``(table, "")`` for headers;
        tables by their keys joined with dots. Where a key stands twice the one in force wins.

    Examples:
        >>> locate_keys('[lab2.b]\n# float = 0.0\n')
        {('lab2.b', ''): (1, 1, False), ('lab2.b', 'float'): (2, 3, True)}
    """
    places, table, closing = {}, "", ""
    for number, line in enumerate(text.split("\n"), start=1):
        if closing:
            closing = "" if line.count(closing) % 2 else closing
            continue
        header, key = _HEADER.fullmatch(line), _KEY.match(line)
        if header:
            table = header[1].replace(" ", "").replace('"', "").replace("'", "")
            places[table, ""] = (number, 1, False)
        elif key:
            name, commented = key[2].strip("\"'"), bool(key[1])
            if not commented or (table, name) not in places:
                places[table, name] = (number, key.start(2) + 1, commented)
            if not commented:
                quotes = [quote for quote in ("'''", '"""') if line.count(quote) % 2]
                closing = quotes[0] if quotes else ""
    return places
