#!/usr/bin/env python3
"""Moves the English texts of templates into tenants/_default/locales/en/*.ftl.

A template may be written in plain English. This replaces each of its texts by {{t "key"}} with the values
that the text mentions, and adds the message. What is a helper's call already stays. It can run again at any
time. The German of new messages is then missing, and tests/it/language.rs says which.
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent / "tenants/_default"
THEME, ENGLISH = ROOT / "theme", ROOT / "locales/en"
SKIPPED = {"dev-outbox", "dev-message"}
INLINE = {"a", "strong", "em", "b", "code", "span", "s"}
ATTRIBUTES = {"aria-label", "alt", "title", "placeholder", "data-busy", "data-over", "data-over-label"}
PARAMETERS = ("label", "hint", "lead", "title", "legend", "text", "heading", "alt", "note")
LETTERS = re.compile(r"[^\W\d_]")
# What Rust says in English, by the names that templates know it by.
SAID = re.compile(
    r"^(flash\.text|form\.errors\.\w+|problem\.message|error\.detail|failure|role|step\.(text|by)|sale\.ships\.text"
    r"|country|country\.name|refused_country(\.name)?|refund\.destination|invoice\.title|([\w@.]+\.)?country_name"
    r"|([\w@.]+\.)?(time_left|hold_time|offer_time))$"
)
# Words that leave open what a text is about.
FILLERS = set(
    "a also an and any are as at be been before but by can could do does each for from get had has have here how i if in into"
    " is it its just least may me most my now of on once only or our please s said says so some still such than that the their"
    " them then there these they this those to too until us was we well were weve what when where which while who whom will"
    " with would yet you youd youll your youre yours youve".split()
)
# Words that mean something together alone.
PHRASES = re.compile(
    r"\b(sign(?:s|ed|ing)?|log(?:s|ged)?|go(?:es)?|went|set|turn|hand|hold|look|time is|way) (in|on|out|up|back|off|through|to)\b"
)
FULL_STOP = re.compile(r"(?<=[^\W\d_])[.:;?!](?=\s|<|$)")
PATH = re.compile(r"^[@\w.\[\]-]+$")
PLURAL = re.compile(
    r"(\{\{~?)#if \((eq|ne) ([\w.@]+) 1\)(~?\}\})([^{}<>]*)(?:(\{\{~?)else(~?\}\})([^{}<>]*))?(\{\{~?)/if(~?\}\})"
)


class Messages:
    def __init__(self, stems_of=None):
        """`stems_of` has the templates of each pattern, when they are known."""
        self.keys, self.patterns, self.file_of = {}, {}, {}
        self.stems_of, self.seen = stems_of or {}, {}
        for file in sorted(ENGLISH.glob("*.ftl")):
            for key, pattern in parse(file.read_text()):
                self.add(key, pattern, file.stem)

    def add(self, key, pattern, file):
        self.keys.setdefault(pattern, key)
        # Plain text is given the same messages without tags.
        plain = re.sub(r"<[^>]*>", "", pattern)
        if file != "pages" and pattern.count("{ $") == plain.count("{ $"):
            self.keys.setdefault(plain, key)
        self.patterns[key], self.file_of[key] = pattern, file

    def key(self, stem, file, pattern):
        self.seen.setdefault(re.sub(r"<[^>]*>", "", pattern), set()).add(stem)
        if len(self.stems_of.get(re.sub(r"<[^>]*>", "", pattern), ())) > 1:
            stem = "shared"
            file = "shared" if file == "pages" else file
        if pattern in self.keys:
            return self.keys[pattern]
        key = base = f"{stem}-{slug(stem, pattern)}"
        number = 2
        while key in self.patterns:
            key, number = f"{base}-{number}", number + 1
        self.add(key, pattern, file)
        return key

    def save(self):
        ENGLISH.mkdir(parents=True, exist_ok=True)
        for file in sorted(set(self.file_of.values())):
            keys = [key for key in self.patterns if self.file_of[key] == file]
            (ENGLISH / f"{file}.ftl").write_text("".join(f"{key} = {self.patterns[key]}\n" for key in keys))


def words_of(pattern):
    """The words of a message, without its values and tags."""
    plain = re.sub(r"<[^>]*>|&\w+;", " ", pattern)
    while (simpler := re.sub(r"\{[^{}]*\}", " ", plain)) != plain:
        plain = simpler
    return re.findall(r"[a-z0-9]+", plain.lower().replace("’", ""))


def slug(stem, pattern):
    """What a message is about: its words, or of a longer one the first that tell something its stem does not."""
    words = words_of(pattern)
    if len(words) > 6:
        known = {*FILLERS, *stem.split("-")}
        plain = PHRASES.sub(r"\1_\2", " ".join(words_of(FULL_STOP.split(pattern)[0])))
        for text in (plain, " ".join(words)):
            telling = [word.replace("_", "-") for word in text.split() if word not in known]
            if len(telling) > 1:
                words = telling
                break
        words = words[:4]
    return "-".join(words or ["value"])


def parse(text):
    """Messages as (key, pattern)."""
    found = []
    for line in text.split("\n"):
        start = re.match(r"^([a-z][\w-]*) = ?(.*)$", line)
        if start:
            found.append([start[1], start[2]])
        elif line.startswith(" ") and found:
            found[-1][1] += "\n" + line
    return [(key, pattern) for key, pattern in found]


def tokens(text, is_html):
    """(kind, text): X text, E expression, B block or partial, P plural, T tag."""
    at = 0
    while at < len(text):
        if plural := PLURAL.match(text, at):
            yield "P", plural[0]
            at = plural.end()
        elif text.startswith("{{", at):
            if text.startswith("{{!--", at):
                end = text.index("--}}", at) + 4
            else:
                end = text.index("}}", at) + 2
                if text.startswith("{{{", at):
                    end += 1
            inner = text[at:end].strip("{}~ ")
            block = inner.startswith(("#", "/", ">", "^", "!", "else", "*", "t "))
            yield "B" if block or text.startswith("{{{", at) else "E", text[at:end]
            at = end
        elif is_html and re.match(r"</?[a-zA-Z!]", text[at:at + 3]):
            end, quote = at + 1, None
            while True:
                if text.startswith("{{", end):
                    end = text.index("}}", end) + 2
                    continue
                char = text[end]
                if quote:
                    quote = None if char == quote else quote
                elif char in "\"'":
                    quote = char
                elif char == ">":
                    break
                end += 1
            name = re.match(r"<(style|script)\b", text[at:])
            if name:
                # Styles and scripts have no texts for people.
                end = text.index(f"</{name[1]}>", end) + len(name[1]) + 2
                yield "B", text[at:end + 1]
            else:
                yield "T", text[at:end + 1]
            at = end + 1
        else:
            following = re.compile(r"\{\{|<(?=[/a-zA-Z!])" if is_html else r"\{\{").search(text, at + 1)
            end = following.start() if following else len(text)
            yield "X", text[at:end]
            at = end


class Writer:
    def __init__(self, messages, stem, file, is_html):
        self.messages, self.stem, self.file, self.is_html = messages, stem, file, is_html

    def text(self, text, is_html=None):
        """A text with its messages moved out."""
        is_html = self.is_html if is_html is None else is_html
        out, run = [], []
        for kind, token in tokens(text, is_html):
            if kind == "X" and not is_html and self.file == "emails":
                lines = re.split(r"(\n)", token)
                for line in lines:
                    if line == "\n":
                        out += [self.run(run), line]
                        run = []
                    elif line:
                        run.append(("X", line))
                continue
            name = re.match(r"</?([\w-]+)", token)
            inline = kind == "T" and name and name[1] in INLINE and not re.search(r"\{\{~?[#/>]", token) \
                and not re.search(r"(aria-label|data-over|data-busy)=", token)
            if kind in "XEP" or inline:
                run.append((kind, token))
                continue
            out.append(self.run(run))
            run = []
            out.append(self.tag(token) if kind == "T" else self.parameters(token))
        out.append(self.run(run))
        return "".join(out)

    def parameters(self, token):
        if not re.match(r"\{\{~?>|\{\{~?#>", token):
            return token

        def replaced(match):
            if not LETTERS.search(match[2]):
                return match[0]
            return f'{match[1]}=(t "{self.messages.key(self.stem, self.file, match[2])}")'

        return re.sub(rf'\b({"|".join(PARAMETERS)})="([^"]*)"', replaced, token)

    def tag(self, token):
        if token.startswith(("</", "<!")):
            return token
        out, at = [], 0
        for match in re.finditer(r'([\w-]+)="', token):
            if match.start() < at or match[1] not in ATTRIBUTES:
                continue
            end = match.end()
            while token[end] != '"':
                end = token.index("}}", end) + 2 if token.startswith("{{", end) else end + 1
            out += [token[at:match.end()], self.text(token[match.end():end], is_html=False)]
            at = end
        return "".join(out) + token[at:]

    def run(self, run):
        """Texts, expressions and inline tags in a row."""
        while run and not has_letters(run):
            return "".join(self.tag(token) if kind == "T" else said(token) for kind, token in run)
        if not run:
            return ""
        pieces = balanced(run)
        if len(pieces) > 1 and any(isinstance(piece, str) for piece in pieces):
            # An element that is not closed in this run is none of a sentence.
            return "".join(self.tag(p) if isinstance(p, str) else self.run(p) for p in pieces)
        outside, depth = [], 0
        for kind, token in run:
            if kind == "T":
                depth += -1 if token.startswith("</") else 1
            elif depth == 0:
                outside.append((kind, token))
        if any(kind == "T" for kind, _ in run) and not has_letters(outside):
            return self.children(run)
        return self.message(run)

    def children(self, run):
        out, inner, depth = [], [], 0
        for kind, token in run:
            if kind == "T" and token.startswith("</"):
                depth -= 1
                if depth == 0:
                    out += [self.run(inner), token]
                    inner = []
                    continue
            if kind == "T" and not token.startswith("</"):
                depth += 1
                if depth == 1:
                    out.append(self.tag(token))
                    continue
            if depth > 0:
                inner.append((kind, token))
            else:
                out.append(token)
        return "".join(out)

    def message(self, run):
        text = "".join(token for _, token in run)
        # Punctuation at the edges stays in the template, so that more places share a message.
        lead = re.match(r"\s*(?:[,.:;)]+(?=\s|$)\s*)?", text)[0] if run[0][0] == "X" else ""
        tail = re.search(r":?\s*$", text)[0] if run[-1][0] == "X" else ""
        run = [list(part) for part in run]
        run[0][1] = run[0][1][len(lead):]
        run[-1][1] = run[-1][1][:len(run[-1][1]) - len(tail)]
        run = [part for part in run if part[1]]
        opening = "{{~" if run[0][0] in "EP" and run[0][1].startswith("{{~") else "{{"
        closing = "~}}" if run[-1][0] in "EP" and run[-1][1].endswith("~}}") else "}}"
        for index, (kind, token) in enumerate(run):
            if kind in "EP":
                if token.startswith("{{~") and index > 0 and run[index - 1][0] == "X":
                    run[index - 1][1] = run[index - 1][1].rstrip()
                if token.endswith("~}}") and index + 1 < len(run) and run[index + 1][0] == "X":
                    run[index + 1][1] = run[index + 1][1].lstrip()
        values, names, parts = {}, {}, []
        for kind, token in run:
            if kind == "X":
                parts.append(re.sub(r"\s+", " ", token))
            elif kind == "T":
                token = re.sub(r"\s+", " ", token)
                parts.append(re.sub(r"\{\{.*?\}\}", lambda m: self.value(m[0], values, names), token))
            elif kind == "E":
                parts.append(self.value(token, values, names))
            else:
                parts.append(self.plural(token, values, names))
        pattern = "".join(parts).strip()
        key = self.messages.key(self.stem, self.file, pattern)
        given = "".join(f" {name}={value}" for name, value in values.items())
        return f'{lead}{opening}t "{key}"{given}{closing}{tail}'

    def name(self, path, values, names, value):
        segments = [s for s in re.split(r"[./]", path) if s not in ("this", "@root", "..", "") and s[0] != "["]
        for length in (1, 2, 3):
            name = "_".join(s.lstrip("@") for s in segments[-length:])
            if length == 1 and name in ("name", "title", "number", "amount", "email", "url", "text", "slug") and len(segments) > 1:
                continue
            if values.get(name, value) == value:
                values[name] = value
                return name
        raise SystemExit(f"{self.stem}: no name for {path}")

    def value(self, token, values, names):
        inner = token.strip("{}~ ")
        words = inner.split()
        if words[0] == "count" and len(words) == 3:
            noun = words[2].strip('"')
            name = self.name(words[1], values, names, words[1])
            return plural(name, f"{{ ${name} }} {noun}", f"{{ ${name} }} {noun}s")
        if len(words) == 1 and SAID.match(inner):
            return f"{{ ${self.name(inner, values, names, f'(said {inner})')} }}"
        if words[0] == "said" and len(words) == 2:
            return f"{{ ${self.name(words[1], values, names, f'({inner})')} }}"
        if len(words) == 1:
            return f"{{ ${self.name(inner, values, names, inner)} }}"
        if words[0] == "number" and len(words) == 2 and PATH.match(words[1]):
            return f"{{ ${self.name(words[1], values, names, words[1])} }}"
        path = words[1].strip("()") if PATH.match(words[1].strip("()")) else "value"
        path = words[2].strip("()") if path == "len" else path
        given = inner[7:] if words[0] == "number" else f"({inner})"
        return f"{{ ${self.name(path, values, names, given)} }}"

    def plural(self, token, values, names):
        match = PLURAL.match(token)
        name = self.name(match[3], values, names, match[3])
        first, second = match[5], match[8] or ""
        if "~" in match[4]:
            first = first.lstrip()
        if match[6] and "~" in match[6]:
            first = first.rstrip()
        if match[7] and "~" in match[7]:
            second = second.lstrip()
        if "~" in match[9]:
            first, second = (first.rstrip(), second) if not match[6] else (first, second.rstrip())
        one, other = (first, second) if match[2] == "eq" else (second, first)
        return plural(name, one, other)


def said(token):
    """A text of Rust's is translated where it is written."""
    inner = token.strip("{}~ ")
    return token.replace(inner, f"said {inner}") if SAID.match(inner) and token.startswith("{{") else token


def plural(name, one, other):
    def quoted(text):
        text = re.sub(r"\s+", " ", text)
        if not text:
            return '{ "" }'
        text = '{ " " }' + text[1:] if text.startswith(" ") else text
        return text[:-1] + '{ " " }' if text.endswith(" ") else text

    return f"{{ ${name} ->\n        [one] {quoted(one)}\n       *[other] {quoted(other)}\n    }}"


def has_letters(run):
    for kind, token in run:
        if kind == "P" or (kind == "E" and token.strip("{}~ ").startswith("count ")):
            return True
        if kind == "X" and LETTERS.search(re.sub(r"&\w+;", "", token)):
            return True
    return False


def balanced(run):
    """The run split at the tags that are opened or closed outside of it."""
    open_at, lone = [], set()
    for index, (kind, token) in enumerate(run):
        if kind != "T" or token.endswith("/>"):
            continue
        if not token.startswith("</"):
            open_at.append(index)
        elif open_at:
            open_at.pop()
        else:
            lone.add(index)
    lone |= set(open_at)
    pieces, piece = [], []
    for index, part in enumerate(run):
        if index in lone:
            pieces += [piece, part[1]] if piece else [part[1]]
            piece = []
        else:
            piece.append(part)
    return pieces + [piece] if piece else pieces


def main():
    rehearsal = Messages()
    extract(rehearsal, is_dry=True)
    messages = Messages(rehearsal.seen)
    extract(messages, is_dry=False)
    messages.save()
    prune()


def prune():
    """Takes messages that no template uses out of every language."""
    used = set()
    for path in [*THEME.rglob("*.hbs"), THEME / "emails/subjects.toml"]:
        used |= set(re.findall(r'[{(]t "([^"]+)"', path.read_text()))
    for file in (ROOT / "locales").rglob("*.ftl"):
        if file.stem not in ("answers", "countries", "scripts"):
            kept = [(key, text) for key, text in parse(file.read_text()) if key in used]
            file.write_text("".join(f"{key} = {text}\n" for key, text in kept))


def extract(messages, is_dry):
    paths = sorted(THEME.rglob("*.hbs"))
    names = sys.argv[1:]
    for path in paths:
        stem = path.name.removesuffix(".hbs").removesuffix(".txt")
        if stem in SKIPPED or (names and stem not in names):
            continue
        is_email = path.parent.name == "emails" or stem.startswith("email-")
        is_html = not path.name.endswith(".txt.hbs") and not (
            stem.startswith("email-") and stem.endswith("-text")
        ) and path.parent.name != "sms"
        key = stem.replace("_", "-")
        key = f"email-{key}" if path.parent.name == "emails" else key
        writer = Writer(messages, key, "emails" if is_email else "pages", is_html)
        before = path.read_text()
        after = writer.text(before)
        if after != before and not is_dry:
            path.write_text(after)
    subjects = THEME / "emails/subjects.toml"
    text = subjects.read_text()
    lines = [line for line in text.split("\n")[:3] if line.startswith("#")]
    for name, template in tomllib.loads(text).items():
        writer = Writer(messages, f"subject-{name.replace('_', '-')}", "emails", False)
        after = writer.text(template)
        quote = "'''\n" if "\n" in after else "'''"
        lines.append(f"{name} = {quote}{after}'''")
    if not names and not is_dry:
        subjects.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
