"""ORC files, which DuckDB does not read: the query's copies become Parquet files beside them."""

from __future__ import annotations

import dataclasses

from .faults import Code, Fault
from .staging import StagedFile


def parquet_path(file: StagedFile) -> str:
    return file.path + ".parquet"


def from_orc(files: list[StagedFile]) -> list[StagedFile]:
    """One Parquet file for each, of the same rows."""
    return [_converted(each) for each in files]


def _converted(file: StagedFile) -> StagedFile:
    # Only who reads ORC pays for the libraries.
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import orc, parquet  # noqa: PLC0415

    if file.is_remote:
        raise Fault(Code.NOT_SUPPORTED, f"An ORC file of more than {file.size - 1} bytes: {file.url}")
    try:
        source = orc.ORCFile(file.path)
        with parquet.ParquetWriter(parquet_path(file), source.schema, compression="none") as target:
            for stripe in range(source.nstripes):
                target.write_table(pa.Table.from_batches([source.read_stripe(stripe)], source.schema))
    except (pa.ArrowException, OSError) as problem:
        raise Fault(Code.HIVE_BAD_DATA, f"Error opening Hive split {file.url}: not an ORC file: {problem}") from problem
    return dataclasses.replace(file, path=parquet_path(file))
