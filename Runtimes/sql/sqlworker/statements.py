"""The `parse` operation: what kind of statement it is, which tables it touches, and the tree of a DDL statement."""

from __future__ import annotations

import re

from sqlglot import exp

from . import translate
from .commands import parse_command
from .faults import Code, Fault
from .requests import Json


#: The beginning of CTAS or a view, up to its query.
_MADE_OF_QUERY = re.compile(r"\s*CREATE\s+(?:OR\s+REPLACE\s+)?(?:TABLE|VIEW)\b.*?\sAS\s+(?=[a-z(])", re.IGNORECASE | re.DOTALL)


#: What chance, the time or the order of rows decides, by class and by name.
_UNREPEATABLE = (exp.Rand, exp.Randn, exp.Uuid, exp.CurrentTimestamp, exp.CurrentDate, exp.CurrentTime, exp.Localtimestamp, exp.Localtime,
                 exp.CurrentUser, exp.Shuffle, exp.TableSample)
_UNREPEATABLE_NAMES = frozenset({"rand", "random", "shuffle", "uuid", "now", "localtimestamp", "localtime", "current_user"})


def is_repeatable(tree: exp.Expression) -> bool:
    """Whether the same data gives the same rows again. A LIMIT without an order takes any rows
    (https://docs.aws.amazon.com/athena/latest/ug/reusing-query-results.html)."""
    if tree.find(*_UNREPEATABLE) is not None or any(each.name.lower() in _UNREPEATABLE_NAMES for each in tree.find_all(exp.Anonymous)):
        return False
    queries = [each for each in tree.walk() if isinstance(each, exp.Query)]
    return all(each.args.get("order") for each in queries if each.args.get("limit") or each.args.get("offset"))


def references(tree: exp.Expression) -> list[Json]:
    seen: dict[tuple[str | None, str], Json] = {}
    for table in translate.physical_tables(tree):
        key = (table.db.lower() or None, table.name.lower())
        seen.setdefault(key, {"database": key[0], "table": key[1]})
    return list(seen.values())


def parse_statement(sql: str) -> Json:
    command = parse_command(sql)
    if command is not None:
        if "query" in command:
            inner = translate.query_of(translate.parse_one(command["query"]))
            if inner is not None:
                command["reads"] = references(inner)
        if "columns" in command:
            defined = translate.parse_one(f"CREATE EXTERNAL TABLE t ({command['columns']}) LOCATION 's3://t/'")
            if not isinstance(defined, exp.Create):
                raise Fault(Code.SYNTAX_ERROR, "line 1:1: columns are missing")
            command["columns"] = create(defined)["columns"]
        if "parameters" in command:
            values = translate.parse_one(f"SELECT {command['parameters'].rstrip('; ')}")
            command["parameters"] = [each.sql(dialect="athena") for each in values.expressions]
        return command
    tree = translate.parse_one(sql)
    if isinstance(tree, exp.Command) and (started := _MADE_OF_QUERY.match(sql)):
        # sqlglot does not say what is wrong with it: the query alone is asked, at its place.
        translate.parse_one(re.sub(r"[^\n]", " ", sql[: started.end()]) + sql[started.end() :])
    if isinstance(tree, exp.Insert):
        return insert(tree)
    if isinstance(tree, exp.Create) and tree.kind in ("TABLE", "VIEW"):
        return create(tree)
    query = translate.query_of(tree)
    if query is not None:
        return {"kind": "select", "reads": references(query), "isRepeatable": is_repeatable(query)}
    raise Fault(Code.NOT_SUPPORTED, f"Unsupported statement: {sql.split(maxsplit=1)[0].upper() if sql.split() else ''}")


def named(table: exp.Table | None) -> Json:
    if table is None:
        raise Fault(Code.SYNTAX_ERROR, "line 1:1: a table name is missing")
    return {"database": table.db.lower() or None, "table": table.name.lower()}


def insert(tree: exp.Insert) -> Json:
    """The rows are the whole statement's to make: the engine finds the query in it, and keeps its places in the text."""
    target = tree.this
    given = [each.name.lower() for each in target.expressions] if isinstance(target, exp.Schema) else []
    if tree.args.get("overwrite"):
        raise Fault(Code.NOT_SUPPORTED, "INSERT OVERWRITE")
    query = translate.query_of(tree)
    if query is None:
        raise Fault(Code.SYNTAX_ERROR, "line 1:1: a query is missing")
    return {"kind": "insert", **named(target.find(exp.Table)), "given": given, "reads": references(query)}


def create(tree: exp.Create) -> Json:
    answer: Json = {**named(tree.this.find(exp.Table)), "ifNotExists": bool(tree.args.get("exists"))}
    text_of_query = tree.expression.sql(dialect="trino", pretty=True) if tree.expression is not None else None
    query = translate.query_of(tree)
    if query is not None:
        answer["kind"] = "create_view" if tree.kind == "VIEW" else "ctas"
        answer["reads"] = references(query)
        answer["query"] = text_of_query
        answer["replace"] = bool(tree.args.get("replace"))
        answer["given"] = [each.name.lower() for each in tree.this.expressions] if isinstance(tree.this, exp.Schema) else []
    else:
        answer["kind"] = "create_table"
        schema = tree.this
        answer["columns"] = columns(schema.expressions) if isinstance(schema, exp.Schema) else []
    answer["external"] = False
    answer.update({"partitionKeys": [], "properties": {}, "serdeProperties": {}})
    for each in tree.args["properties"].expressions if tree.args.get("properties") else []:
        property_of(each, answer)
    return answer


def columns(definitions: list[exp.Expression]) -> list[Json]:
    found = []
    for each in definitions:
        if isinstance(each, exp.ColumnDef):
            comment = each.find(exp.CommentColumnConstraint)
            kind = each.args.get("kind")
            found.append({"name": each.name.lower(), "type": hive_type(kind), "comment": comment.this.name if comment else None})
        else:
            found.append({"name": each.name.lower(), "type": None, "comment": None})
    return found


def hive_type(kind: exp.Expression | None) -> str:
    if not isinstance(kind, exp.DataType):
        return kind.sql(dialect="hive").lower() if kind is not None else "string"
    name, inner = kind.this.value.lower(), kind.expressions
    if name in ("array", "list"):
        return f"array<{hive_type(inner[0])}>"
    if name == "map":
        return f"map<{hive_type(inner[0])},{hive_type(inner[1])}>"
    if name == "struct":
        return "struct<" + ",".join(f"{each.name}:{hive_type(each.args['kind'])}" for each in inner) + ">"
    return kind.sql(dialect="hive").lower().replace(", ", ",")


def text(node: exp.Expression | str | None) -> str | None:
    return node.name if isinstance(node, exp.Expression) else node


def property_of(each: exp.Expression, answer: Json) -> None:
    if isinstance(each, exp.ExternalProperty):
        answer["external"] = True
    elif isinstance(each, exp.LocationProperty):
        answer["location"] = text(each.this)
    elif isinstance(each, exp.SchemaCommentProperty):
        answer["comment"] = text(each.this)
    elif isinstance(each, exp.PartitionedByProperty):
        inner = each.this.expressions if each.this is not None else []
        answer["partitionKeys"] = columns(inner)
    elif isinstance(each, exp.RowFormatSerdeProperty):
        answer["serde"] = text(each.this)
        nested = each.args.get("serde_properties")
        if nested is not None:
            property_of(nested, answer)
    elif isinstance(each, exp.SerdeProperties):
        answer["serdeProperties"].update({pair.name: text(pair.args["value"]) for pair in each.expressions})
    elif isinstance(each, exp.RowFormatDelimitedProperty):
        names = {"fields": "field.delim", "escaped": "escape.delim", "collection_items": "collection.delim", "map_keys": "mapkey.delim",
                 "lines": "line.delim", "null": "serialization.null.format"}
        for argument, name in names.items():
            if each.args.get(argument) is not None:
                answer["serdeProperties"][name] = text(each.args[argument])
    elif isinstance(each, exp.FileFormatProperty):
        if isinstance(each.this, exp.InputOutputFormat):
            answer["inputFormat"] = text(each.this.args.get("input_format"))
            answer["outputFormat"] = text(each.this.args.get("output_format"))
        else:
            answer["format"] = (text(each.this) or "").upper()
    elif isinstance(each, exp.WithDataProperty):
        answer["withoutData"] = bool(each.args.get("no"))
    elif isinstance(each, exp.Property):
        value = each.args.get("value")
        if isinstance(value, exp.Array):
            answer.setdefault("lists", {})[each.name.lower()] = [part.name.lower() for part in value.expressions]
            return
        literal = isinstance(value, (exp.Literal, exp.Identifier, exp.Column))
        answer["properties"][each.name] = text(value) if literal else value.sql(dialect="trino") if value is not None else None
