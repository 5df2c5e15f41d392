"""SNS for devices and telephones: platform applications, their endpoints, the sandbox for text messages."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request

import pytest
from refusals import code_and_message, refusal


@pytest.fixture(scope="module")
def sns(client_for):
    return client_for("sns")


@pytest.fixture
def mailbox(endpoint):
    def read(to):
        query = urllib.parse.urlencode({"to": to})
        with urllib.request.urlopen(f"{endpoint}/_tarn/mailbox?{query}") as answer:
            return json.load(answer)["letters"]

    return read


@pytest.fixture
def application(sns, unique):
    arn = sns.create_platform_application(
        Name=unique("app"), Platform="GCM", Attributes={"PlatformCredential": "secret"})["PlatformApplicationArn"]
    yield arn
    sns.delete_platform_application(PlatformApplicationArn=arn)


@pytest.fixture
def device(sns, application, unique):
    token = unique("token")
    return sns.create_platform_endpoint(PlatformApplicationArn=application, Token=token)["EndpointArn"], token


def test_applications(sns, unique):
    name = unique("app")
    made = {"Name": name, "Platform": "APNS", "Attributes": {"PlatformCredential": "key", "PlatformPrincipal": "cert"}}
    arn = sns.create_platform_application(**made)["PlatformApplicationArn"]
    assert arn.endswith(f":app/APNS/{name}")
    assert sns.create_platform_application(**made)["PlatformApplicationArn"] == arn
    assert refusal(sns.create_platform_application, **{**made, "Attributes": {"PlatformCredential": "other"}}).code == (
        "InvalidParameter")
    sns.set_platform_application_attributes(
        PlatformApplicationArn=arn, Attributes={"SuccessFeedbackSampleRate": "50", "PlatformCredential": "new"})
    # Credentials are never shown.
    shown = sns.get_platform_application_attributes(PlatformApplicationArn=arn)["Attributes"]
    assert shown == {"Enabled": "true", "SuccessFeedbackSampleRate": "50"}
    listed = {each["PlatformApplicationArn"]: each["Attributes"] for page in
              sns.get_paginator("list_platform_applications").paginate() for each in page["PlatformApplications"]}
    assert listed[arn] == shown
    for _ in range(2):
        sns.delete_platform_application(PlatformApplicationArn=arn)
    assert code_and_message(sns.get_platform_application_attributes, PlatformApplicationArn=arn) == (
        "NotFound", "PlatformApplication does not exist")


def test_what_applications_can_not_be(sns, unique):
    good = {"Name": unique("app"), "Platform": "GCM", "Attributes": {}}
    for bad in ({"Platform": "PIGEON"}, {"Name": "a b"}, {"Name": "a" * 257}, {"Attributes": {"Unknown": "x"}},
                {"Attributes": {"SuccessFeedbackSampleRate": "101"}}, {"Attributes": {"EventEndpointCreated": "x"}}):
        assert refusal(sns.create_platform_application, **{**good, **bad}).code == "InvalidParameter"
    assert refusal(sns.get_platform_application_attributes, PlatformApplicationArn="x").code == "InvalidParameter"


def test_endpoints(sns, application, unique):
    token = unique("token")

    def create(**more):
        return sns.create_platform_endpoint(PlatformApplicationArn=application, Token=token, **more)["EndpointArn"]

    arn = create(CustomUserData="mine")
    assert arn.startswith(application.replace(":app/", ":endpoint/") + "/")
    # The same token is the same endpoint, unless it is to be another.
    assert create(CustomUserData="mine") == create(CustomUserData="mine", Attributes={"Enabled": "true"}) == arn
    message = (f"Invalid parameter: Token Reason: Endpoint {arn} already exists with the same Token, but different "
               "attributes.")
    for more in ({}, {"CustomUserData": "other"}, {"CustomUserData": "mine", "Attributes": {"Enabled": "false"}}):
        assert code_and_message(create, **more) == ("InvalidParameter", message)
    assert sns.get_endpoint_attributes(EndpointArn=arn)["Attributes"] == {
        "Enabled": "true", "Token": token, "CustomUserData": "mine"}
    sns.set_endpoint_attributes(EndpointArn=arn, Attributes={"Enabled": "false", "Token": token + "2"})
    assert sns.get_endpoint_attributes(EndpointArn=arn)["Attributes"] == {
        "Enabled": "false", "Token": token + "2", "CustomUserData": "mine"}
    other = create()
    assert other != arn
    assert code_and_message(sns.set_endpoint_attributes, EndpointArn=other, Attributes={"Token": token + "2"}) == (
        "InvalidParameter", "Invalid parameter: This endpoint is already registered with a different token.")
    listed = sns.list_endpoints_by_platform_application(PlatformApplicationArn=application)["Endpoints"]
    assert {each["EndpointArn"] for each in listed} == {arn, other}
    for _ in range(2):
        sns.delete_endpoint(EndpointArn=other)
    assert code_and_message(sns.get_endpoint_attributes, EndpointArn=other) == ("NotFound", "Endpoint does not exist")
    assert create() != other
    for bad in ({"Attributes": {"Enabled": "perhaps"}}, {"Attributes": {"Unknown": "x"}}, {"CustomUserData": "x" * 2049}):
        assert refusal(create, **bad).code == "InvalidParameter"
    missing = application + "x"
    assert refusal(sns.create_platform_endpoint, PlatformApplicationArn=missing, Token="t").code == "NotFound"
    assert refusal(sns.list_endpoints_by_platform_application, PlatformApplicationArn=missing).code == "NotFound"


def test_messages_to_a_device(sns, device, mailbox):
    arn, token = device
    sns.publish(TargetArn=arn, Message="plain")
    sns.publish(TargetArn=arn, MessageStructure="json", Message=json.dumps({"default": "d", "GCM": '{"data": 1}'}))
    assert [(each["medium"], each["body"]) for each in mailbox(token)] == [("push", '{"data": 1}'), ("push", "plain")]
    sns.set_endpoint_attributes(EndpointArn=arn, Attributes={"Enabled": "false"})
    assert code_and_message(sns.publish, TargetArn=arn, Message="x") == ("EndpointDisabled", "Endpoint is disabled")
    sns.delete_endpoint(EndpointArn=arn)
    assert code_and_message(sns.publish, TargetArn=arn, Message="x") == (
        "InvalidParameter", "Invalid parameter: TargetArn Reason: No endpoint found for the target arn specified")
    assert len(mailbox(token)) == 2


def test_a_device_subscribes(sns, device, mailbox, eventually, unique):
    arn, token = device
    topic = sns.create_topic(Name=unique("topic"))["TopicArn"]
    subscription = sns.subscribe(TopicArn=topic, Protocol="application", Endpoint=arn)["SubscriptionArn"]
    assert subscription.startswith(topic)
    sns.publish(TopicArn=topic, Subject="s", Message="to all")
    assert eventually(lambda: mailbox(token))[0]["body"] == "to all"
    for bad in ("x", arn[:-4] + "0000"):
        assert refusal(sns.subscribe, TopicArn=topic, Protocol="application", Endpoint=bad).code == "InvalidParameter"


def test_events_of_an_application(sns, client_for, unique, eventually):
    sqs = client_for("sqs")
    topic = sns.create_topic(Name=unique("events"))["TopicArn"]
    url = sqs.create_queue(QueueName=unique("events"))["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": queue}]})})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"})
    application = sns.create_platform_application(Name=unique("app"), Platform="ADM", Attributes={
        "EventEndpointCreated": topic, "EventEndpointDeleted": topic})["PlatformApplicationArn"]
    endpoint = sns.create_platform_endpoint(PlatformApplicationArn=application, Token="t")["EndpointArn"]
    sns.set_endpoint_attributes(EndpointArn=endpoint, Attributes={"CustomUserData": "not told"})
    sns.delete_endpoint(EndpointArn=endpoint)
    seen = []

    def both():
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            seen.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return len(seen) == 2

    assert eventually(both)
    assert {each["EventType"] for each in seen} == {"EndpointCreated", "EndpointDeleted"}
    assert all(each["EndpointArn"] == endpoint and each["Resource"] == application for each in seen)


def test_the_sandbox_for_text_messages(sns, mailbox, advance):
    number = "+15555550123"
    assert sns.get_sms_sandbox_account_status()["IsInSandbox"] is False
    sns.create_sms_sandbox_phone_number(PhoneNumber=number)
    assert sns.list_sms_sandbox_phone_numbers()["PhoneNumbers"] == [{"PhoneNumber": number, "Status": "Pending"}]
    password = mailbox(number)[0]["body"].split()[0]
    wrong = "000000" if password != "000000" else "111111"
    assert refusal(sns.verify_sms_sandbox_phone_number, PhoneNumber=number, OneTimePassword=wrong).code == (
        "VerificationException")
    sns.verify_sms_sandbox_phone_number(PhoneNumber=number, OneTimePassword=password)
    assert sns.list_sms_sandbox_phone_numbers()["PhoneNumbers"] == [{"PhoneNumber": number, "Status": "Verified"}]
    # A verified number stays for a day.
    assert refusal(sns.delete_sms_sandbox_phone_number, PhoneNumber=number).code == "UserError"
    assert refusal(sns.delete_sms_sandbox_phone_number, PhoneNumber="+15555550199").code == "ResourceNotFound"
    advance(86_400)
    sns.delete_sms_sandbox_phone_number(PhoneNumber=number)
    assert sns.list_sms_sandbox_phone_numbers()["PhoneNumbers"] == []
    assert sns.list_origination_numbers()["PhoneNumbers"] == []
