"""Makes upload records as newline-delimited JSON: the same bytes for the same seed."""

import argparse
import json
import pathlib
import random

TEAMS = ["turbines", "trains", "scanners", "drives"]
KINDS = ["csv", "pdf", "log", "zip"]
WORDS = "alarm badge cipher drift ember frame gauge hatch input joint knot ledger".split()


def record(number: int, file: int, rng: random.Random) -> dict:
    kind = rng.choice(KINDS)
    return {
        "upload_id": number,
        "file_number": file,
        "team": rng.choice(TEAMS),
        "file_name": f"{rng.choice(WORDS)}-{rng.randrange(10_000):04d}.{kind}",
        "size_bytes": rng.randrange(1, 5_000_000),
        "risk": round(rng.random(), 3),
        "file_contents": " ".join(rng.choice(WORDS) for _ in range(rng.randrange(5, 12))),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--records", type=int, required=True)
    parser.add_argument("--files", type=int, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    arguments = parser.parse_args()

    rng = random.Random(arguments.seed)
    arguments.out.mkdir(parents=True, exist_ok=True)
    files = [arguments.out / f"uploads-{index}.json" for index in range(arguments.files)]
    handles = [path.open("w", encoding="utf-8") for path in files]
    for number in range(arguments.records):
        index = number % arguments.files
        handles[index].write(json.dumps(record(number, index, rng), separators=(",", ":")) + "\n")
    for handle in handles:
        handle.close()
    for path in files:
        print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
