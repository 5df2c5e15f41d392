"""Columnar files from comma-separated values."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

COLUMNS = [{"name": "key", "type": "string"}, {"name": "size", "type": "bigint"}, {"name": "latest", "type": "boolean"},
           {"name": "changed", "type": "timestamp"}]
TEXT = '"a,""b""\nc","5","true","2026-01-02T03:04:05.678Z"\n"","","false",\n,,,\n'


@pytest.mark.parametrize("form", ["parquet", "orc"])
def test_types_and_nulls(worker: Any, tmp_path: Path, form: str) -> None:
    source, target = tmp_path / "rows.csv", tmp_path / "rows.out"
    source.write_text(TEXT.replace('"","","false"', '"",,"false"'))
    answer = worker.ask(op="write", source=str(source), target=str(target), format=form, columns=COLUMNS)
    assert answer["rowCount"] == 3
    if form == "orc":
        from pyarrow import orc

        rows = orc.ORCFile(str(target)).read().to_pylist()
    else:
        from pyarrow import parquet

        rows = parquet.read_table(str(target)).to_pylist()
    moment = rows[0]["changed"].replace(tzinfo=datetime.timezone.utc)
    assert moment == datetime.datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=datetime.timezone.utc)
    assert [(r["key"], r["size"], r["latest"]) for r in rows] == [('a,"b"\nc', 5, True), ("", None, False), (None, None, None)]


@pytest.mark.parametrize("wrong", [{"format": "xml"}, {"columns": [{"name": "a", "type": "blob"}]}, {"columns": []}])
def test_what_cannot_be_written(worker: Any, tmp_path: Path, wrong: dict[str, Any]) -> None:
    request = {"source": str(tmp_path / "none"), "target": str(tmp_path / "out"), "format": "orc", "columns": COLUMNS, **wrong}
    assert worker.ask(op="write", **request)["error"]["code"] == "INVALID_REQUEST"
    assert not (tmp_path / "out").exists()
