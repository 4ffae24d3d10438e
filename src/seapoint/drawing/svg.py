"""Elements of SVG 1.1 as text. Coordinates are whole user units, y downwards; all words are escaped."""

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

#: Width that one character takes up, in a heading too, and height of one line.
CHARACTER = 6
HEADING = 7.3
LINE = 14

#: Realms in the order in which the cloud file names them; what belongs to none is of the last colour.
PALETTE = ("#b4530a", "#1d5fd1", "#15803d", "#7e22ce", "#be123c", "#0f766e")
NEUTRAL = "#475569"
INK = "#0f172a"
VIP = "#be185d"
PALE = "0.42"

_STYLE = """\
text{font:10px 'DejaVu Sans Mono',Menlo,Consolas,monospace;fill:#0f172a}
.title{font:bold 22px 'DejaVu Sans',Helvetica,Arial,sans-serif}
.heading{font-weight:bold;font-size:12px}
.name{font-weight:bold}
.note{fill:#475569}"""


def element(tag: str, content: str = "", /, **attributes: str | int) -> str:
    """One element; ``stroke_width`` is the attribute stroke-width, ``class_`` is class."""
    pairs = (f" {name.rstrip('_').replace('_', '-')}={quoteattr(str(value))}" for name, value in attributes.items())
    head = f"<{tag}{''.join(pairs)}"
    return f"{head}>{content}</{tag}>" if content else f"{head}/>"


def text(x: int, y: int, words: str, class_: str = "", **attributes: str | int) -> str:
    """Words on a base line."""
    named: dict[str, str | int] = {"class_": class_} if class_ else {}
    return element("text", escape(words), x=x, y=y, **named, **attributes)


def box(x: int, y: int, width: int, height: int, **attributes: str | int) -> str:
    """A rectangle with rounded corners."""
    return element("rect", x=x, y=y, width=width, height=height, rx=5, **attributes)


def line(points: Iterable[tuple[int, int]], colour: str, width: int = 2, **attributes: str | int) -> str:
    """A line through points."""
    path = " ".join(f"{x},{y}" for x, y in points)
    return element("polyline", points=path, fill="none", stroke=colour, stroke_width=width, **attributes)


def dot(x: int, y: int, colour: str) -> str:
    """Where lines that cross are joined."""
    return element("circle", cx=x, cy=y, r=3, fill=colour)


def group(parts: Iterable[str], **attributes: str | int) -> str:
    """Several elements with common attributes."""
    return element("g", "\n".join(parts), **attributes)


def document(width: int, height: int, title: str, parts: Iterable[str]) -> str:
    """A whole file, on white."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" xml:space="preserve" role="img">\n'
        f"<title>{escape(title)}</title>\n<style>\n{_STYLE}\n</style>\n"
        f'<rect width="{width}" height="{height}" fill="#fff"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def wide(heading: str, lines: Iterable[str] = ()) -> int:
    """The width of a heading and the lines below it."""
    return max(round(len(heading) * HEADING), *(len(words) * CHARACTER for words in lines), 0)
