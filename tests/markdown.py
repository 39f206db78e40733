"""Reads the pages that this repository consists of, as far as a test needs it: blocks of code, headings, links."""

import dataclasses
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent


@dataclasses.dataclass(frozen=True)
class Block:
    where: str  # file:line of its first line
    info: str  # what stands behind the fence: "yaml", "yaml other", or nothing
    text: str


def pages():
    """Every page that a reader may come to."""
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "src/README.md"])


def name(page):
    return str(page.relative_to(ROOT))


def blocks(page):
    """The fenced blocks of a page, without the indentation that their fence has."""
    found, fence, begin, lines = [], None, 0, []
    for number, line in enumerate(page.read_text().splitlines(), 1):
        marker = re.match(r"( *)```(.*)", line)
        if fence is None and marker:
            fence, begin, lines = marker, number + 1, []
        elif fence is not None and marker and not marker[2]:
            found.append(Block(f"{name(page)}:{begin}", fence[2].strip(), "".join(each + "\n" for each in lines)))
            fence = None
        elif fence is not None:
            lines.append(line.removeprefix(fence[1]))
    if fence is not None:
        raise ValueError(f"{name(page)}:{begin}: a block without an end")
    return found


def prose(page):
    """The lines of a page with their numbers, without its blocks."""
    is_block = False
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if re.match(r" *```", line):
            is_block = not is_block
        elif not is_block:
            yield number, line


def anchors(page):
    """What a link into a page may name, as GitHub makes it of its headings."""
    found = set()
    for _, line in prose(page):
        heading = re.match(r"#+ +(.*?) *$", line)
        if not heading:
            continue
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1]).lower()
        slug = base = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
        count = 0
        while slug in found:
            count += 1
            slug = f"{base}-{count}"
        found.add(slug)
    return found


def links(page):
    """(line, target) of every link and image, but not of what stands in `code`."""
    for number, line in prose(page):
        for target in re.findall(r"\]\(([^()\s]+)\)", re.sub(r"`[^`]*`", "", line)):
            yield number, target


def commands(text):
    """The command lines of a shell block or of a piece of code, each as one line, without comments."""
    joined = re.sub(r"\\\n\s*", " ", text)
    for line in joined.splitlines():
        line = re.sub(r"(^|\s)#.*", "", line).strip()
        if line:
            yield line.removeprefix("$ ")
