"""SNS: deliveries to web servers that fail are tried again in the phases of the delivery policy, on the movable clock."""

from __future__ import annotations

import http.server
import json
import threading
import time
import urllib.request

import pytest
from botocore.exceptions import ClientError


class Listener:
    def __init__(self):
        self.bodies, self.statuses = [], []
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = 200
                if self.headers["x-amz-sns-message-type"] == "Notification" and listener.statuses:
                    status = listener.statuses.pop(0)
                listener.bodies.append(body)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    def wait(self, count):
        until = time.monotonic() + 5
        while len(self.bodies) < count and time.monotonic() < until:
            time.sleep(0.01)
        # Time for one too many.
        time.sleep(0.1)
        return len(self.bodies)


@pytest.fixture
def listener():
    listener = Listener()
    yield listener
    listener.server.shutdown()
    listener.server.server_close()


@pytest.fixture(scope="module")
def sns(client_for):
    return client_for("sns")


@pytest.fixture
def subscribed(sns, listener, unique):
    """A topic with the listener behind it: subscribed(**attributes) gives the topic and the subscription."""

    def make(**attributes):
        topic = sns.create_topic(Name=unique("topic"))["TopicArn"]
        arn = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=listener.url, Attributes={
            "RawMessageDelivery": "true", **attributes}, ReturnSubscriptionArn=True)["SubscriptionArn"]
        listener.wait(1)
        urllib.request.urlopen(json.loads(listener.bodies[0])["SubscribeURL"]).read()
        listener.bodies.clear()
        return topic, arn

    return make


def policy(**retries):
    return json.dumps({"healthyRetryPolicy": retries})


def test_the_phases_in_their_order(client_for, sns, subscribed, listener, unique, advance):
    sqs = client_for("sqs")
    url = sqs.create_queue(QueueName=unique("dead"))["QueueUrl"]
    dead = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": dead}]})})
    topic, _ = subscribed(RedrivePolicy=json.dumps({"deadLetterTargetArn": dead}), DeliveryPolicy=policy(
        numRetries=6, numNoDelayRetries=1, numMinDelayRetries=1, numMaxDelayRetries=1, minDelayTarget=20, maxDelayTarget=60,
        backoffFunction="linear"))
    listener.statuses = [503] * 7
    sns.publish(TopicArn=topic, Message="late")
    # At once, and once more without delay; then 20 seconds, 20, 40 and 60 of the linear phase, and 60 of the last.
    assert listener.wait(2) == 2
    for number, seconds in enumerate((20, 20, 40, 60, 60), 3):
        advance(seconds - 5)
        assert listener.wait(number - 1) == number - 1
        advance(6)
        assert listener.wait(number) == number
    (letter,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    assert letter["Body"] == "late"


def test_what_the_server_refuses_is_not_tried_again(sns, subscribed, listener, advance):
    topic, _ = subscribed(DeliveryPolicy=policy(numRetries=3, minDelayTarget=1, maxDelayTarget=1))
    listener.statuses = [404]
    sns.publish(TopicArn=topic, Message="no")
    assert listener.wait(1) == 1
    advance(30)
    assert listener.wait(1) == 1


def test_backoff_functions_may_be_in_capitals(sns, subscribed):
    """As the CDK writes them."""
    _, arn = subscribed(DeliveryPolicy=policy(numRetries=3, backoffFunction="EXPONENTIAL"))
    attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert json.loads(attributes["EffectiveDeliveryPolicy"])["healthyRetryPolicy"]["backoffFunction"] == "exponential"


def test_a_rate_is_kept(sns, subscribed, listener, advance):
    topic, arn = subscribed(DeliveryPolicy=json.dumps({"throttlePolicy": {"maxReceivesPerSecond": 1}}))
    attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert json.loads(attributes["EffectiveDeliveryPolicy"])["throttlePolicy"] == {"maxReceivesPerSecond": 1}
    for number in range(3):
        sns.publish(TopicArn=topic, Message=str(number))
    assert listener.wait(1) < 3
    advance(5)
    assert listener.wait(3) == 3


@pytest.mark.parametrize("text", [
    policy(numRetries=101),
    policy(numRetries=1, numNoDelayRetries=2),
    policy(minDelayTarget=50, maxDelayTarget=40),
    policy(backoffFunction="quick"),
    # An hour is the most that retries may take.
    policy(numRetries=100, minDelayTarget=100, maxDelayTarget=100),
    json.dumps({"throttlePolicy": {"maxReceivesPerSecond": 0}}),
    json.dumps({"healthy": {}}),
    "nonsense",
])
def test_policies_are_checked(sns, subscribed, text):
    _, arn = subscribed()
    with pytest.raises(ClientError) as caught:
        sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="DeliveryPolicy", AttributeValue=text)
    assert caught.value.response["Error"]["Code"] == "InvalidParameter"
