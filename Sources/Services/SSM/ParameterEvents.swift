import Documents
import Kernel
import Store

/// Events on the default bus about changes and policies
/// (https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-cwe.html), while there is a bus.
extension SSMService {
    func announce(
        _ operation: String, _ record: ParameterRecord, _ transaction: any Transaction, _ platform: Platform
    ) throws {
        var detail: Members = [
            "operation": .string(operation), "name": .string(record.name), "type": .string(record.newest.type),
        ]
        if let text = record.newest.description { detail["description"] = .string(text) }
        try enqueue("Parameter Store Change", detail, record, transaction, platform)
    }

    func announce(
        _ policy: ParameterPolicy, _ record: ParameterRecord, _ transaction: any Transaction, _ platform: Platform
    ) throws {
        let detail: Members = [
            "parameter-name": .string(record.name), "parameter-type": .string(record.newest.type),
            "policy-type": .string(policy.type), "policy-content": .string(policy.text), "action-status": "Success",
        ]
        try enqueue("Parameter Store Policy Action", detail, record, transaction, platform)
    }

    private func enqueue(
        _ type: String, _ detail: Members, _ record: ParameterRecord, _ transaction: any Transaction, _ platform: Platform
    ) throws {
        guard platform.operations["events"]?.entries["PutEvents"] != nil else { return }
        let now = platform.clock.now()
        let payload: Document = [
            "account": .string(record.account), "region": .string(record.region), "arn": .string(record.arn),
            "type": .string(type), "detail": .string(JSON.text(.map(detail))), "time": .timestamp(now),
        ]
        try transaction.enqueue(
            Delivery(
                id: Identifier.uuid(), lane: "ssm events \(record.account) \(record.region)", service: Self.id, name: "event",
                payload: payload, created: now, expires: now + SSMLimit.eventAge), on: platform)
    }

    func deliver(_ delivery: Delivery, _ platform: Platform) async throws {
        let event = delivery.payload
        guard let account = event["account"]?.string, let region = event["region"]?.string, let arn = event["arn"]?.string else {
            throw GiveUp("not an event of ssm")
        }
        let entry: Document = [
            "Source": "aws.ssm", "DetailType": event["type"] ?? "", "Detail": event["detail"] ?? "{}",
            "Resources": [.string(arn)], "Time": event["time"] ?? .timestamp(delivery.created),
        ]
        let caller = Caller.service("ssm.amazonaws.com", account: account, sourceARN: arn)
        do {
            _ = try await platform.call(Call("events", "PutEvents", ["Entries": [entry]], caller: caller, region: region))
        } catch let error as AWSError where error.isSenders {
            throw GiveUp("the bus refused the event: \(error.code)")
        }
    }
}
