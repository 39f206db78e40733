#!/usr/bin/env python3
"""Makes pointsman.yaml.5 of docs/configuration.md, so that there is one description of each key, which tests hold
against the loader. Run it after a change of that page; tests/manual_test.py fails until then.

Usage: make_yaml_page.py [--print] (without it, the file beside this script is written)
"""

import pathlib
import re
import sys
import textwrap

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent / "configuration.md"
TARGET = HERE / "pointsman.yaml.5"
WIDTH = 79

HEAD = r""".\" Made by docs/man/make_yaml_page.py of docs/configuration.md. Edit that one.
.Dd November 23, 2026
.Dt POINTSMAN.YAML 5
.Os
.Sh NAME
.Nm pointsman.yaml
.Nd configuration of the gateway pointsman
.Sh SYNOPSIS
.Pa /etc/pointsman/pointsman.yaml
.Sh DESCRIPTION
"""

TAIL = r""".Sh FILES
.Bl -tag -width Ds
.It Pa /etc/pointsman/pointsman.yaml
What the service reads.
As it is installed it shows every setting.
.It Pa /usr/share/doc/pointsman/docs/
The other pages that are named here.
.El
.Sh SEE ALSO
.Xr pointsman 1 ,
.Xr systemd.exec 5
"""


def escaped(text):
    for character, name in (("\\", r"\e"), ("^", r"\(ha"), ("~", r"\(ti"), ("`", r"\(ga"), ("'", r"\(aq"),
                            ("…", "..."), ("×", r"\(mu")):
        text = text.replace(character, name)
    return text


def literal(text):
    return escaped(text).replace("-", r"\-")


def inline(text):
    """A line of Markdown; a link is what it says, and the page that it leads to unless that says the same."""
    def link(found):
        words, page = found[1].rstrip("?"), found[2].split("#")[0].split("/")[-1]
        return words if not page or words.strip("`") == pathlib.Path(found[2].split("#")[0]).name else f"{words} ({page})"

    text = re.sub(r"\[([^\]]+)\]\(([^)]+)\)", link, text.replace(r"\|", "|"))
    # A span of code may be in two backquotes, and then have one in it.
    parts = re.split(r"(``.+?``|`[^`]+`|\*\*[^*]+\*\*)", text)
    result = ""
    for part in parts:
        if part.startswith("`"):
            result += r"\fB" + literal(part.strip("`")) + r"\fR"
        elif part.startswith("**"):
            result += r"\fI" + escaped(part.strip("*")) + r"\fR"
        else:
            result += escaped(part)
    return result


def paragraph(text):
    """Each sentence begins a line, as mdoc wants it, and no line begins with what roff takes for a request."""
    for sentence in re.split(r"(?<=[\w)}][.:?]) (?=[A-Z0-9\\])", inline(" ".join(text.split()))):
        for line in textwrap.wrap(sentence, WIDTH - 2, break_long_words=False, break_on_hyphens=False):
            yield r"\&" + line if line[0] in ".'" else line


def cells(row):
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", row.strip())[1:-1]]


def sentence(text):
    return text[0].upper() + text[1:] + "."


def table(rows):
    yield ".Bl -tag -width Ds"
    for row in rows[2:]:
        values = cells(row)
        if len(values) == 4:
            key, kind, default, meaning = values
            yield ".It Va " + key.strip("`")
            if meaning:
                yield from paragraph(sentence(meaning))
                yield ".br"
            without = {"": "", "required": " Required."}.get(default, f" Without it: {default}.")
            yield from paragraph(sentence(kind) + without)
        else:
            yield ".It " + inline(values[0])
            yield from paragraph(sentence(values[1]))
    yield ".El"


def bullets(lines):
    yield ".Bl -bullet"
    for item in re.split(r"^- ", "\n".join(lines), flags=re.MULTILINE)[1:]:
        yield ".It"
        yield from paragraph(item)
    yield ".El"


def block(lines):
    yield ".Bd -literal -offset indent"
    for line in lines:
        line = literal(line)
        yield r"\&" + line if line[:1] in (".", "'") else line
    yield ".Ed"


def page(markdown):
    lines = markdown.splitlines()[1:]
    result, at, begins = [], 0, True
    while at < len(lines):
        line, end = lines[at], at + 1
        if not line:
            at += 1
            continue
        if line.startswith("## "):
            result.append(".Sh " + escaped(line[3:].rstrip("?").upper()))
            begins = True
        elif line.startswith("```"):
            while not lines[end].startswith("```"):
                end += 1
            result += block(lines[at + 1:end])
            end += 1
        else:
            while end < len(lines) and lines[end]:
                end += 1
            if not begins and line[0] not in "|-":
                result.append(".Pp")
            chunk = lines[at:end]
            result += table(chunk) if line[0] == "|" else bullets(chunk) if line.startswith("- ") else \
                paragraph("\n".join(chunk))
            begins = False
        at = end
    return HEAD + "\n".join(result) + "\n" + TAIL


def made():
    return page(SOURCE.read_text())


if __name__ == "__main__":
    if sys.argv[1:] == ["--print"]:
        sys.stdout.write(made())
    else:
        TARGET.write_text(made())
