"""A large record in pieces under one partition key, and back.

The article has the last piece carry metadata in a header, and leaves its form open: here it is a NUL (which no text
has), a line of JSON, and the piece.
"""

import hashlib
import json

from reader import STREAM, kinesis, rest

CHUNK_CHARACTERS = 100
PARTITION_KEY = "100"


def send(text):
    pieces = [text[start:start + CHUNK_CHARACTERS] for start in range(0, len(text), CHUNK_CHARACTERS)]
    header = {"chunks": len(pieces), "sha256": hashlib.sha256(text.encode()).hexdigest()}
    pieces[-1] = f"\0{json.dumps(header)}\n{pieces[-1]}"
    for piece in pieces:
        while True:
            try:
                answer = kinesis.put_record(StreamName=STREAM, Data=piece, PartitionKey=PARTITION_KEY)
                break
            except kinesis.exceptions.ProvisionedThroughputExceededException:
                rest()
        print(f"Record sent: {answer['SequenceNumber']}")
    return len(pieces)


def join(records):
    """The text of the records' pieces.

    Raises ValueError if one is missing or was changed.
    """
    pieces = [record["Data"] for record in records if record["PartitionKey"] == PARTITION_KEY]
    if not pieces or not pieces[-1].startswith(b"\0"):
        raise ValueError("the last piece is missing")
    header, pieces[-1] = pieces[-1][1:].split(b"\n", 1)
    told, whole = json.loads(header), b"".join(pieces)
    if told["chunks"] != len(pieces) or told["sha256"] != hashlib.sha256(whole).hexdigest():
        raise ValueError("the pieces are not those that were sent")
    return whole.decode()
