"""Gets the large record with the URL that came through the stream, and writes down what it got."""

import base64
import hashlib
import json
import urllib.request


def lambda_handler(event, context):
    for record in event["Records"]:
        message = json.loads(base64.b64decode(record["kinesis"]["data"]))
        with urllib.request.urlopen(message["message"], timeout=20) as answer:
            body = answer.read()
        digest = hashlib.sha256(body).hexdigest()
        print(f"Processed {len(body)} bytes of record {record['kinesis']['sequenceNumber']}: {digest}")
