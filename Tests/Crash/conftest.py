"""Makes the harness, and the parts beside this file, importable."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "Harness")]
import tarn_server  # noqa: E402

tarn_server.clean_environment()
