"""Pages for a person who reads two submissions side by side: static HTML, no script, nothing loaded."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grader.similarity.material import Material, Passage
from grader.similarity.pairs import Pair
from grader.similarity.passages import Place, Shared
from grader.submission.names import clean_text

RARE_WEIGHT = 0.5
SIDES = ("first", "second")
_STYLE = """
:root { color-scheme: light dark; --ink: #1c1c1c; --paper: #fff; --edge: #767676; --rare: #ffd98a;
  --some: #dcecff; --link: #0b4f9e }
@media (prefers-color-scheme: dark) { :root { --ink: #eee; --paper: #16181b; --edge: #8a8f98;
  --rare: #6b4700; --some: #1d3f66; --link: #9cc9ff } }
body { font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  margin: 1rem auto; max-width: 110rem; padding: 0 1rem }
p { max-width: 60rem }
a { color: var(--link) }
table { border-collapse: collapse; margin: 1rem 0 }
caption { text-align: left; font-weight: 600; padding-bottom: .25rem }
th, td { border-bottom: 1px solid var(--edge); padding: .25rem .75rem; text-align: left;
  vertical-align: top }
.number { text-align: right; font-variant-numeric: tabular-nums }
.pair { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1.5rem }
@media (max-width: 60rem) { .pair { grid-template-columns: minmax(0, 1fr) } }
pre { font: .85rem/1.45 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere;
  tab-size: 4; border: 1px solid var(--edge); padding: .5rem; margin: .5rem 0 1.5rem }
pre.prose { font-family: inherit; font-size: .95rem }
mark { color: inherit; background: var(--some) }
mark.rare { background: var(--rare); box-shadow: inset .2rem 0 var(--ink) }
mark.rare a { border-width: 2px; margin-left: .2rem }
mark a { font: 600 .75rem system-ui, sans-serif; padding: 0 .2rem; text-decoration: none;
  border: 1px solid var(--edge); border-radius: .3rem; background: var(--paper) }
mark:target { outline: 3px solid var(--link) }
.skip { position: absolute; left: -99rem }
.skip:focus { position: static }
"""
CAUTION = (
    "All were written for the same task from the same handout, so some likeness is expected. What counts "
    "here is what is rare in this class and what neither the handout nor the task explains. Why two "
    "submissions share it (a common source, working together, the same teacher, chance) no program can tell: "
    "read both, and ask."
)
METHOD = (
    "A pair's score adds up the fingerprints that both have, each weighted by how few submissions of this "
    "class have it: 1 for what only two have, next to 0 for what many have. Names, comments, layout and the "
    "order of statements count little or not at all; short right answers that many write weigh next to "
    "nothing. A score can be read only beside the others of its class."
)


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """A pair with what it shares, ready to be shown.

    Attributes:
        rank: Its place in the table, from 1.
        pair: The figures.
        first: The one submission.
        second: The other.
        shared: The passages, in the order in which they are numbered.
        page: The page's file name.
    """

    rank: int
    pair: Pair
    first: Material
    second: Material
    shared: tuple[Shared, ...]
    page: str


def escape_text(text: str) -> str:
    r"""Make text of unknown origin fit for HTML: markup is escaped, what cannot be printed is shown as ``�``.

    Examples:
        >>> escape_text('<b onload="x">\x1b&\n\u202e')
        '&lt;b onload=&quot;x&quot;&gt;�&amp;\n�'
    """
    kept = "".join(
        character if character in "\n\t" or not unicodedata.category(character).startswith("C") else "\ufffd"
        for character in text
    )
    return html.escape(kept, quote=True)


def name_submission(material: Material) -> str:
    """Return what a submission is called in tables.

    Examples:
        >>> name_submission(Material("jd123", "Jane Doe", ())), name_submission(Material("jd123", "", ()))
        ('Jane Doe (jd123)', 'jd123')
    """
    name = f"{material.name} ({material.key})" if material.name not in ("", material.key) else material.key
    return clean_text(name, 120)


def build_pair_page(comparison: Comparison) -> str:
    """Build the page of a pair.

    Args:
        comparison: The pair.

    Returns:
        HTML that needs nothing else.
    """
    names = [name_submission(material) for material in (comparison.first, comparison.second)]
    pair = comparison.pair
    sides = "".join(
        f'<section aria-labelledby="{side}">\n<h2 id="{side}">{escape_text(name)}</h2>\n'
        f"{_list_texts(material, comparison.shared, side)}</section>\n"
        for side, name, material in zip(SIDES, names, (comparison.first, comparison.second), strict=True)
    )
    body = (
        '<a class="skip" href="#listings">Skip to the listings</a>\n'
        f"<h1>{escape_text(names[0])} and {escape_text(names[1])}</h1>\n"
        f'<p><a href="index.html">All pairs</a>. Rank {comparison.rank}, score {pair.score:.1f} '
        f"(code {pair.code:.1f}, prose {pair.prose:.1f}).</p>\n<p>{CAUTION}</p>\n"
        f'{_list_shared(comparison)}<main class="pair" id="listings">\n{sides}</main>\n'
    )
    return _page(f"{names[0]} and {names[1]}", body)


def _list_shared(comparison: Comparison) -> str:
    if not comparison.shared:
        return "<p>No passage is long enough to be shown.</p>\n"
    rows = [
        [
            f'<a href="#first-{number}">{number}</a>',
            str(one.length),
            str(one.owners),
            one.kind,
            _say_place(comparison.first, one.first),
            _say_place(comparison.second, one.second),
        ]
        for number, one in enumerate(comparison.shared, 1)
    ]
    heads = ("no.", "tokens or words", "submissions that have it", "kind", "left", "right")
    return _table("Shared passages, the rarest first", heads, rows, numbers=3)


def _table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]], numbers: int) -> str:
    """Build a table of cells that are HTML already; the first columns are numbers."""
    kinds = [' class="number"' if column < numbers else "" for column in range(len(heads))]
    head = "".join(f'<th scope="col"{kind}>{text}</th>' for kind, text in zip(kinds, heads, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{kind}>{cell}</td>" for kind, cell in zip(kinds, row, strict=True)) + "</tr>\n"
        for row in rows
    )
    head = f"<thead><tr>{head}</tr></thead>"
    return f"<table><caption>{caption}</caption>\n{head}\n<tbody>\n{body}</tbody></table>\n"


def _say_place(material: Material, place: Place) -> str:
    return f"{escape_text(material.texts[place.text].name)}, line {_line(material, place)}"


def _line(material: Material, place: Place) -> int:
    return material.texts[place.text].text.count("\n", 0, place.start) + 1


def _list_texts(material: Material, shared: Sequence[Shared], side: str) -> str:
    """List a submission's texts: code with everything, prose only where something in it is shared."""
    marked: dict[int, list[tuple[Place, int, bool]]] = {}
    for number, one in enumerate(shared, 1):
        place = one.first if side == "first" else one.second
        marked.setdefault(place.text, []).append((place, number, one.weight >= RARE_WEIGHT))
    parts = [f"<p>Not compared: {escape_text(clean_text(note))}</p>\n" for note in material.notes]
    for index, text in enumerate(material.texts):
        if text.kind == "code" or index in marked:
            listing = _mark(text, marked.get(index, []), side)
            parts.append(f'<h3>{escape_text(text.name)}</h3>\n<pre class="{text.kind}">{listing}</pre>\n')
    return "".join(parts)


def _mark(text: Passage, marks: Iterable[tuple[Place, int, bool]], side: str) -> str:
    other = "second" if side == "first" else "first"
    parts, done = [], 0
    for place, number, is_rare in sorted(marks, key=lambda mark: mark[0].start):
        start = max(done, place.start)
        link = (
            f'<a href="#{other}-{number}" aria-label="Passage {number}: go to it in the other submission">'
            f"{number}</a>"
        )
        parts += [
            escape_text(text.text[done:start]),
            f'<mark id="{side}-{number}"{" class=" + chr(34) + "rare" + chr(34) if is_rare else ""}>{link}',
            escape_text(text.text[start : place.end]),
            "</mark>",
        ]
        done = max(done, place.end)
    return "".join([*parts, escape_text(text.text[done:])])


def build_index_page(comparisons: Sequence[Comparison], facts: Sequence[str], notes: Sequence[str]) -> str:
    """Build the page that lists all pairs.

    Args:
        comparisons: The pairs, ranked.
        facts: What should be known about the class as a whole.
        notes: What could not be compared.

    Returns:
        HTML that needs nothing else.
    """
    rows = [
        [
            str(one.rank),
            f"{one.pair.score:.1f}",
            f"{one.pair.code:.1f}",
            f"{one.pair.prose:.1f}",
            f"{one.pair.share:.0%}",
            f'<a href="{one.page}">{_say_pair(one)}</a>',
        ]
        for one in comparisons
    ]
    heads = ("rank", "score", "code", "prose", "share of the code", "submissions")
    listed = "".join(f"<li>{escape_text(clean_text(note))}</li>\n" for note in notes)
    body = (
        f"<h1>Pairs of submissions to read side by side</h1>\n<p>{CAUTION}</p>\n<p>{METHOD}</p>\n"
        + "".join(f"<p>{escape_text(fact)}</p>\n" for fact in facts)
        + f"<main>{_table('Pairs, by the rarity of what they share', heads, rows, numbers=5)}</main>\n"
        + (f"<h2>Not compared</h2>\n<ul>\n{listed}</ul>\n" if listed else "")
    )
    return _page("Pairs of submissions", body)


def _say_pair(comparison: Comparison) -> str:
    names = (name_submission(material) for material in (comparison.first, comparison.second))
    return " and ".join(map(escape_text, names))


def _page(title: str, body: str) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy"'
        " content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape_text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
