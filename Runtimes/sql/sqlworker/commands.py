"""Control statements that sqlglot leaves as raw text, by a small grammar of regular expressions. One entry per form."""

from __future__ import annotations

import re

from .faults import Code, Fault
from .requests import Json

NAME = r'(?:`[^`]+`|"[^"]+"|[\w$]+)'
TABLE = rf"(?P<table>{NAME}(?:\s*\.\s*{NAME}){{0,2}})"
#: A database's name may stand behind its catalogue's, and there is one catalogue.
DATABASE = rf"(?:[`\"]?awsdatacatalog[`\"]?\s*\.\s*)?(?P<database>{NAME})"

FORMS: tuple[tuple[str, str], ...] = (
    ("show_databases", r"SHOW\s+(?:DATABASES|SCHEMAS)(?:\s+(?:LIKE\s+)?'(?P<pattern>[^']*)')?"),
    ("show_tables", rf"SHOW\s+TABLES(?:\s+(?:IN|FROM)\s+{DATABASE})?(?:\s+(?:LIKE\s+)?'(?P<pattern>[^']*)')?"),
    ("show_views", rf"SHOW\s+VIEWS(?:\s+(?:IN|FROM)\s+{DATABASE})?(?:\s+(?:LIKE\s+)?'(?P<pattern>[^']*)')?"),
    ("show_columns", rf"SHOW\s+COLUMNS\s+(?:IN|FROM)\s+{TABLE}(?:\s+(?:IN|FROM)\s+{DATABASE})?"),
    ("show_partitions", rf"SHOW\s+PARTITIONS\s+{TABLE}"),
    ("show_create_table", rf"SHOW\s+CREATE\s+TABLE\s+{TABLE}"),
    ("show_create_view", rf"SHOW\s+CREATE\s+VIEW\s+{TABLE}"),
    ("show_tblproperties", rf"SHOW\s+TBLPROPERTIES\s+{TABLE}(?:\s*\(\s*'(?P<property>[^']*)'\s*\))?"),
    ("describe", rf"(?:DESCRIBE|DESC)\s+(?:(?P<extended>EXTENDED|FORMATTED)\s+|VIEW\s+)?{TABLE}(?:\s+(?P<partitions>PARTITION\s*\([^)]*\)))?"),
    ("alter_rename_partition", rf"ALTER\s+TABLE\s+{TABLE}\s+(?P<partitions>PARTITION\s*\([^)]*\))\s*RENAME\s+TO\s+(?P<renamed>PARTITION\s*\([^)]*\))"),
    ("msck", rf"MSCK\s+REPAIR\s+TABLE\s+{TABLE}"),
    ("create_database", rf"CREATE\s+(?:DATABASE|SCHEMA)\s+(?P<if_not_exists>IF\s+NOT\s+EXISTS\s+)?{DATABASE}"
     r"(?:\s+COMMENT\s+'(?P<comment>(?:[^']|'')*)')?(?:\s+LOCATION\s+'(?P<location>[^']*)')?(?:\s+WITH\s+DBPROPERTIES\s*\((?P<properties>.*)\))?"),
    ("drop_database", rf"DROP\s+(?:DATABASE|SCHEMA)\s+(?P<if_exists>IF\s+EXISTS\s+)?{DATABASE}(?:\s+(?P<behaviour>RESTRICT|CASCADE))?"),
    ("drop_table", rf"DROP\s+TABLE\s+(?P<if_exists>IF\s+EXISTS\s+)?{TABLE}"),
    ("drop_view", rf"DROP\s+VIEW\s+(?P<if_exists>IF\s+EXISTS\s+)?{TABLE}"),
    ("alter_add_partition", rf"ALTER\s+TABLE\s+{TABLE}\s+ADD\s+(?P<if_not_exists>IF\s+NOT\s+EXISTS\s+)?(?P<partitions>PARTITION\b.*)"),
    ("alter_drop_partition", rf"ALTER\s+TABLE\s+{TABLE}\s+DROP\s+(?P<if_exists>IF\s+EXISTS\s+)?(?P<partitions>PARTITION\b.*)"),
    ("alter_add_columns", rf"ALTER\s+TABLE\s+{TABLE}\s+ADD\s+COLUMNS\s*\((?P<columns>.*)\)"),
    ("alter_replace_columns", rf"ALTER\s+TABLE\s+{TABLE}\s+REPLACE\s+COLUMNS\s*\((?P<columns>.*)\)"),
    ("alter_set_tblproperties", rf"ALTER\s+TABLE\s+{TABLE}\s+SET\s+TBLPROPERTIES\s*\((?P<properties>.*)\)"),
    ("alter_set_location", rf"ALTER\s+TABLE\s+{TABLE}\s+(?P<partitions>PARTITION\s*\([^)]*\)\s*)?SET\s+LOCATION\s+'(?P<location>[^']*)'"),
    ("prepare", rf"PREPARE\s+(?P<name>{NAME})\s+FROM\s+(?P<query>.*)"),
    ("execute", rf"EXECUTE\s+(?P<name>{NAME})(?:\s+USING\s+(?P<parameters>.*))?"),
    ("deallocate", rf"DEALLOCATE\s+PREPARE\s+(?P<name>{NAME})"),
    ("use", rf"USE\s+{DATABASE}"),
    ("unload", r"UNLOAD\s*\((?P<query>.*)\)\s*TO\s*'(?P<location>[^']*)'(?:\s*WITH\s*\((?P<properties>.*)\))?"),
    ("explain", r"EXPLAIN\s+(?P<analyze>ANALYZE\s+(?:VERBOSE\s+)?)?(?:\(\s*(?P<options>(?:FORMAT|TYPE)\b[^()]*)\)\s*)?(?P<query>.*)"),
)
_COMPILED = tuple((kind, re.compile(pattern + r"\s*;?\s*", re.IGNORECASE | re.DOTALL)) for kind, pattern in FORMS)
_PARTITION = re.compile(r"PARTITION\s*\((?P<values>[^)]*)\)(?:\s*LOCATION\s*'(?P<location>[^']*)')?\s*,?\s*", re.IGNORECASE)
_PAIR = re.compile(rf"\s*(?P<key>{NAME}|'[^']*')\s*=\s*(?P<value>'(?:[^']|'')*'|\"[^\"]*\"|[^,\s]+)\s*(?:,|$)")
_LIST = re.compile(rf"(?P<key>{NAME})\s*=\s*ARRAY\s*\[(?P<values>[^\]]*)\]", re.IGNORECASE)
_EXPLAINED = {"format": ("text", "graphviz", "json"), "type": ("logical", "distributed", "validate", "io")}
_COMMENT = re.compile(r"\A(?:\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*", re.DOTALL)


def bare(text: str) -> str:
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"`":
        return text[1:-1].replace("''", "'") if text[0] == "'" else text[1:-1]
    return text


def pairs(text: str | None) -> Json:
    return {bare(each["key"]): bare(each["value"]) for each in _PAIR.finditer(text or "")}


def lists(text: str | None) -> dict[str, list[str]]:
    """Properties whose values are ARRAY['a', ..]."""
    return {
        bare(each["key"]).lower(): [bare(value).lower() for value in re.findall(r"'(?:[^']|'')*'", each["values"])]
        for each in _LIST.finditer(text or "")
    }


def in_place(text: str, matched: re.Match[str], skipped: str) -> str:
    """The query alone, where it stands in the statement: what is said of a place in it holds for the whole."""
    before = skipped + text[:matched.start("query")]
    return re.sub(r"[^\n]", " ", before) + matched["query"].rstrip()


def table_reference(text: str) -> Json:
    parts = [bare(each).lower() for each in re.findall(NAME, text)]
    return {"database": parts[-2] if len(parts) > 1 else None, "table": parts[-1]}


def partitions(text: str) -> list[Json] | None:
    """PARTITION (k=v, ..) [LOCATION '..'] ..., or None when something else is among them."""
    found, end = [], 0
    for each in _PARTITION.finditer(text):
        if each.start() != end:
            return None
        found.append({"values": pairs(each["values"]), "location": each["location"]})
        end = each.end()
    return found if end == len(text) else None


def _options(text: str) -> dict[str, str]:
    """FORMAT and TYPE of EXPLAIN, in small letters."""
    found = [each.split() for each in text.lower().split(",")] if text else []
    if any(len(each) != 2 or each[1] not in _EXPLAINED.get(each[0], ()) for each in found):
        raise Fault(Code.SYNTAX_ERROR, f"line 1:9: mismatched input '{text.strip()}'. Expecting: 'FORMAT', 'TYPE'")
    return dict(found)


def parse_command(sql: str) -> Json | None:
    """The parsed statement, or None when it is not one of these forms."""
    skipped = sql[:_COMMENT.match(sql).end()]  # type: ignore[union-attr]
    text = sql[len(skipped):].rstrip()
    for kind, pattern in _COMPILED:
        matched = pattern.fullmatch(text)
        if not matched:
            continue
        answer: Json = {"kind": kind}
        for name, value in matched.groupdict().items():
            if name == "table":
                answer.update(table_reference(value))
            elif name in ("if_exists", "if_not_exists", "extended"):
                answer[{"if_exists": "ifExists", "if_not_exists": "ifNotExists", "extended": "extended"}[name]] = value is not None
            elif name == "behaviour":
                answer["cascade"] = (value or "").upper() == "CASCADE"
            elif name == "name":
                answer["name"] = bare(value)
            elif name == "options":
                answer["properties"] = _options(value or "")
            elif name == "analyze":
                answer["analyze"] = value is not None
            elif name == "properties":
                answer["properties"], answer["lists"] = pairs(value), lists(value)
            elif name == "partitions" and value is not None:
                answer["partitions"] = partitions(value.rstrip("; \n\t") + (matched.groupdict().get("renamed") or ""))
                if answer["partitions"] is None:
                    return None
            elif name == "renamed":
                continue
            elif name == "database" and value is not None:
                answer["database"] = bare(value).lower()
            elif value is not None:
                answer[name] = in_place(text, matched, skipped) if kind in ("unload", "explain") and name == "query" else value.strip() if name == "query" else value
        return answer
    return None
