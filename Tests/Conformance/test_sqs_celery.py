"""An unmodified Celery worker on SQS: tasks run, retries and delays come back, nothing is left behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

APP = '''
import json, os
from celery import Celery

app = Celery("tasks")
app.conf.update(
    broker_url="sqs://", task_default_queue=os.environ["QUEUE"], worker_hijack_root_logger=False,
    task_acks_late=True, task_ignore_result=True, broker_connection_retry_on_startup=True,
    broker_transport_options={
        "region": "us-east-1", "visibility_timeout": 30, "wait_time_seconds": 1, "polling_interval": 0.1,
        "predefined_queues": {os.environ["QUEUE"]: {
            "url": os.environ["QUEUE_URL"], "access_key_id": os.environ["AWS_ACCESS_KEY_ID"],
            "secret_access_key": os.environ["AWS_SECRET_ACCESS_KEY"]}},
    })


def note(**what):
    with open(os.environ["NOTES"], "a") as notes:
        notes.write(json.dumps(what) + "\\n")


@app.task(name="add")
def add(left, right):
    note(sum=left + right)


@app.task(name="stubborn", bind=True, max_retries=3, default_retry_delay=0)
def stubborn(self):
    note(attempt=self.request.retries)
    if self.request.retries < 2:
        raise self.retry()
'''


@pytest.fixture
def celery(tmp_path: Path, aws_environment, account, client_for, unique):
    """The worker's environment and a function that runs Python beside it; the worker ends with the test."""
    pytest.importorskip("celery")
    sqs, name = client_for("sqs"), unique("celery")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    (tmp_path / "tasks.py").write_text(APP)
    environment = {
        **aws_environment, "AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": "test", "QUEUE": name, "QUEUE_URL": url,
        "NOTES": str(tmp_path / "notes"),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))}
    log = (tmp_path / "worker.log").open("wb")
    worker = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "tasks", "worker", "--pool", "solo", "--without-gossip", "--without-mingle",
         "--without-heartbeat", "--loglevel", "info"], cwd=tmp_path, env=environment, stdout=log, stderr=log)

    def run(code: str) -> None:
        done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, timeout=60,
                              check=False)
        assert done.returncode == 0, done.stderr.decode()

    def notes() -> list[dict]:
        path = tmp_path / "notes"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def waiting() -> int:
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[
            "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"])
        return sum(map(int, found["Attributes"].values()))

    yield run, notes, waiting
    worker.terminate()
    worker.wait(timeout=30)
    log.close()
    print((tmp_path / "worker.log").read_text()[-4000:])


def test_a_worker_does_its_tasks(celery, eventually):
    run, notes, waiting = celery
    run("from tasks import add, stubborn\n"
        "for n in range(20): add.delay(n, 100)\n"
        "stubborn.delay()\nadd.apply_async((1, 1), countdown=1)")
    wanted = sorted([*range(100, 120), 2])
    eventually(lambda: sorted(note["sum"] for note in notes() if "sum" in note) == wanted, timeout=60)
    eventually(lambda: [note["attempt"] for note in notes() if "attempt" in note] == [0, 1, 2], timeout=60)
    eventually(lambda: waiting() == 0, timeout=40)
