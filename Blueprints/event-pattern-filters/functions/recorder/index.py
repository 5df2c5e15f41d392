"""Writes down each event it gets, in one line of its log."""

import json


def handler(event, context):
    print("EVENT " + json.dumps(event))
