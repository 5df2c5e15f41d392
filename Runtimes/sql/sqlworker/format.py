"""format(): Java's patterns by DuckDB's printf and format."""

from __future__ import annotations

import re

from sqlglot import exp

from .faults import Code, Fault
from .tree import call, is_text, literal, unsupported

_SPECIFIER = re.compile(r"%(?P<flags>[-+ 0,(#]*)(?P<width>\d*)(?:\.(?P<precision>\d+))?(?P<letter>[a-zA-Z%])")
_FLAGS = {"d": "-+ 0", "x": "-0", "X": "-0", "f": "-+ 0", "s": "-", "b": "-"}


def format_call(node: exp.Format) -> exp.Expression:
    """The literal's parts and its values, one behind the other."""
    if not is_text(node.this):
        raise unsupported("format with a pattern that is no literal")
    pattern, values = node.this.name, iter(node.expressions)
    parts: list[exp.Expression | str] = []
    end = 0
    for match in _SPECIFIER.finditer(pattern):
        parts.append(_plain(pattern[end : match.start()]))
        end = match.end()
        if match["letter"] in "%n":
            parts.append("%" if match["letter"] == "%" else "\n")
            continue
        value = next(values, None)
        if value is None:
            raise Fault(Code.INVALID_FUNCTION_ARGUMENT, f"Format specifier '{match[0]}'")
        parts.append(_value(match, value))
    parts.append(_plain(pattern[end:]))
    return call("concat", "", *(each for each in parts if each != ""))


def _plain(text: str) -> str:
    if "%" in text:
        raise unsupported(f"format specifiers such as {text[text.index('%'):]}")
    return text


def _value(match: re.Match[str], value: exp.Expression) -> exp.Expression:
    letter, flags, width, precision = match["letter"], match["flags"], match["width"], match["precision"]
    plain = flags.replace(",", "")
    if letter not in _FLAGS or set(plain) - set(_FLAGS[letter]) or ("," in flags and (letter not in "df" or plain or width)):
        raise unsupported(f"format specifier {match[0]}")
    if letter == "f":
        places = int(precision or 6)
        # Java rounds halves up, C looks at the binary number.
        value = call("round", exp.cast(value.copy(), "double"), places)
        written = f"{{:,.{places}f}}" if "," in flags else f"%{plain}{width}.{places}f"
    elif precision is not None and letter != "s":
        raise unsupported(f"format specifier {match[0]}")
    elif letter in "sb":
        value, written = call("tarn_text", value), f"%{plain}{width}{'.' + precision if precision else ''}s"
    else:
        written = "{:,}" if "," in flags else f"%{plain}{width}{letter}"
    # printf gives NULL for NULL; Java writes it.
    return exp.Coalesce(this=call("format" if "," in flags else "printf", written, value), expressions=[literal("null")])
