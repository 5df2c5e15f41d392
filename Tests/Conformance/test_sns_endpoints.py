"""SNS: what reaches functions, web servers and the mailbox."""

import http.server
import json
import threading
import urllib.parse
import urllib.request

import pytest
from refusals import refusal
from sns_signatures import verify
from test_sns import sns, topic  # noqa: F401


def test_a_function_gets_the_record(sns, topic, function, lambda_client, logs, eventually):
    made = function("import json\ndef handler(event, context):\n    print('GOT ' + json.dumps(event))\n")
    lambda_client.add_permission(FunctionName=made["FunctionName"], StatementId="sns", Action="lambda:InvokeFunction",
                                 Principal="sns.amazonaws.com", SourceArn=topic)
    subscription = sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=made["FunctionArn"])["SubscriptionArn"]
    sns.publish(TopicArn=topic, Message="work")

    def event():
        try:
            page = logs.filter_log_events(logGroupName=f"/aws/lambda/{made['FunctionName']}", filterPattern="GOT")
        except logs.exceptions.ResourceNotFoundException:
            return None
        return [json.loads(entry["message"].split("GOT ", 1)[1]) for entry in page["events"]]

    [record] = eventually(event)[0]["Records"]
    assert record["EventSource"] == "aws:sns" and record["EventVersion"] == "1.0"
    assert record["EventSubscriptionArn"] == subscription
    assert record["Sns"]["Message"] == "work" and record["Sns"]["Subject"] is None
    assert record["Sns"]["MessageAttributes"] == {} and record["Sns"]["Type"] == "Notification"
    assert record["Sns"]["SigningCertUrl"] and record["Sns"]["UnsubscribeUrl"]


class Listener:
    def __init__(self):
        self.requests, self.statuses = [], []
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.requests.append((dict(self.headers), body))
                self.send_response(listener.statuses.pop(0) if listener.statuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"


@pytest.fixture
def listener():
    listener = Listener()
    yield listener
    listener.server.shutdown()
    listener.server.server_close()


def test_a_web_server_confirms_and_listens(sns, topic, listener, eventually):
    assert sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=listener.url)["SubscriptionArn"] == "pending confirmation"
    eventually(lambda: listener.requests)
    headers, body = listener.requests[0]
    asked = json.loads(body)
    assert headers["x-amz-sns-message-type"] == asked["Type"] == "SubscriptionConfirmation"
    assert headers["x-amz-sns-topic-arn"] == topic and headers["Content-Type"] == "text/plain; charset=UTF-8"
    verify(asked)
    [shown] = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert shown["SubscriptionArn"] == "PendingConfirmation"
    assert refusal(sns.confirm_subscription, TopicArn=topic, Token="00").told == (400, "InvalidParameter", "Invalid token")
    answer = urllib.request.urlopen(asked["SubscribeURL"]).read().decode()
    assert "<SubscriptionArn>" + topic in answer
    subscription = sns.confirm_subscription(TopicArn=topic, Token=asked["Token"])["SubscriptionArn"]
    sns.publish(TopicArn=topic, Message="to the web")
    eventually(lambda: len(listener.requests) == 2)
    headers, body = listener.requests[1]
    assert headers["x-amz-sns-subscription-arn"] == subscription and headers["User-Agent"] == "Amazon Simple Notification Service Agent"
    verify(json.loads(body))
    # A server that is down for a moment gets the message later: without delay, by the policy.
    sns.set_subscription_attributes(SubscriptionArn=subscription, AttributeName="DeliveryPolicy", AttributeValue=json.dumps(
        {"healthyRetryPolicy": {"numRetries": 2, "numNoDelayRetries": 2, "minDelayTarget": 1, "maxDelayTarget": 1}}))
    sns.set_subscription_attributes(SubscriptionArn=subscription, AttributeName="RawMessageDelivery", AttributeValue="true")
    listener.statuses = [503, 500]
    sns.publish(TopicArn=topic, Message="raw")
    eventually(lambda: len(listener.requests) == 5)
    headers, body = listener.requests[4]
    assert body == b"raw" and headers["x-amz-sns-rawdelivery"] == "true"


def mailbox(endpoint, to):
    page = urllib.request.urlopen(f"{endpoint}/_tarn/mailbox?to={urllib.parse.quote(to)}").read()
    return json.loads(page)["letters"]


def test_mail_and_text_messages(sns, topic, endpoint, eventually, unique):
    address = f"{unique('ann')}@example.com"
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=address)
    [letter] = eventually(lambda: mailbox(endpoint, address))
    assert letter["subject"] == "AWS Notification - Subscription Confirmation"
    link = next(line for line in letter["body"].splitlines() if line.startswith("http"))
    urllib.request.urlopen(link).read()
    sns.publish(TopicArn=topic, Message="dear Ann", Subject="News")
    eventually(lambda: len(mailbox(endpoint, address)) == 2)
    letter = mailbox(endpoint, address)[0]
    assert letter["subject"] == "News" and letter["body"].startswith("dear Ann\n")
    number = "+15550100123"
    sns.publish(PhoneNumber=number, Message="code 42")
    assert mailbox(endpoint, number)[0]["body"] == "code 42"
    assert refusal(sns.publish, PhoneNumber="abc", Message="x").code == "InvalidParameter"
