"""Tarn's SQL worker: parses Athena SQL with sqlglot and runs it on DuckDB. The protocol is in ../README.md."""
