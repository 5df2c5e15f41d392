import Documents
import Kernel
import Store

extension S3Service {
    /// Puts an event into the outbox, once for each configuration that wants it, within the change's own transaction.
    func announce(_ event: ObjectEvent, in bucket: BucketRecord, _ context: Context, _ transaction: Transaction) throws {
        guard let rules = bucket.notifications else { return }
        let now = context.platform.clock.now()
        if rules.toEventBridge == true, let busEvent = event.busEvent(bucket, context, at: now) {
            try transaction.announce(busEvent, on: context.platform)
        }
        for rule in rules.all where rule.matches("s3:\(event.kind.rawValue)", key: event.key) {
            let payload: Document = [
                "target": .string(rule.target), "bucket": .string(bucket.name), "account": .string(bucket.account),
                "region": .string(bucket.region), "message": event.message(bucket, rule: rule.id, context),
            ]
            let delivery = Delivery(
                id: Identifier.uuid(), lane: rule.target, service: Self.id, name: "notify", payload: payload, created: now,
                expires: now + Limit.notificationLifetime)
            try transaction.enqueue(delivery, on: context.platform)
        }
    }

    /// Carries an event to its function, queue or topic, as S3 on behalf of the bucket. An error leaves it in the outbox.
    func notify(_ delivery: Delivery, _ platform: Platform) async throws {
        // Older entries name the function.
        guard let target = (delivery.payload["target"] ?? delivery.payload["function"])?.string, let arn = ARN(target),
            let bucket = delivery.payload["bucket"]?.string, let account = delivery.payload["account"]?.string,
            let message = delivery.payload["message"]
        else { throw GiveUp("not a notification") }
        let caller = Caller.service("s3.amazonaws.com", account: account, sourceARN: "arn:aws:s3:::\(bucket)")
        let operation = ["sqs": "SendMessage", "sns": "Publish"][arn.service] ?? "Invoke"
        let input = NotificationTarget.message(message, to: arn)
        _ = try await platform.call(Call(arn.service, operation, input, caller: caller, region: arn.region))
    }
}

/// The call that brings a message to a destination.
enum NotificationTarget {
    static func message(_ message: Document, to target: ARN) -> Document {
        switch target.service {
        case "sqs": ["QueueUrl": .string(target.description), "MessageBody": .string(JSON.text(message))]
        case "sns":
            [
                "TopicArn": .string(target.description), "Subject": "Amazon S3 Notification",
                "Message": .string(JSON.text(message)),
            ]
        default:
            [
                "FunctionName": .string(target.description), "InvocationType": "Event", "Payload": .blob(JSON.write(message)),
            ]
        }
    }
}

extension ObjectEvent {
    private struct Title {
        var type: String
        var reason: String?
        var deletion: String?
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-mapping-troubleshooting.html
    private var title: Title? {
        switch kind.rawValue {
        case "ObjectCreated:Put": Title(type: "Object Created", reason: "PutObject")
        case "ObjectCreated:Post": Title(type: "Object Created", reason: "POST Object")
        case "ObjectCreated:Copy": Title(type: "Object Created", reason: "CopyObject")
        case "ObjectCreated:CompleteMultipartUpload": Title(type: "Object Created", reason: "CompleteMultipartUpload")
        case "ObjectRemoved:Delete": Title(type: "Object Deleted", reason: "DeleteObject", deletion: "Permanently Deleted")
        case "ObjectRemoved:DeleteMarkerCreated":
            Title(type: "Object Deleted", reason: "DeleteObject", deletion: "Delete Marker Created")
        case "LifecycleExpiration:Delete":
            Title(type: "Object Deleted", reason: "Lifecycle Expiration", deletion: "Permanently Deleted")
        case "LifecycleExpiration:DeleteMarkerCreated":
            Title(type: "Object Deleted", reason: "Lifecycle Expiration", deletion: "Delete Marker Created")
        case "ObjectRestore:Post": Title(type: "Object Restore Initiated")
        case "ObjectRestore:Completed": Title(type: "Object Restore Completed")
        case "ObjectRestore:Delete": Title(type: "Object Restore Expired")
        case "LifecycleTransition": Title(type: "Object Storage Class Changed")
        case "ObjectTagging:Put": Title(type: "Object Tags Added")
        case "ObjectTagging:Delete": Title(type: "Object Tags Deleted")
        case "ObjectAcl:Put": Title(type: "Object ACL Updated")
        default: nil
        }
    }

    /// The event as EventBridge has it: other names, and the key as it is
    /// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html).
    func busEvent(_ bucket: BucketRecord, _ context: Context, at now: Timestamp) -> ServiceEvent? {
        guard let title else { return nil }
        var object: Members = ["key": .string(key)]
        if !kind.isRemoval { object["size"] = .integer(size) }
        if kind.isMarker {
            object["etag"] = .string(Self.emptyETag)
        } else if !kind.isRemoval {
            object["etag"] = .string(eTag)
        }
        if let versionID { object["version-id"] = .string(versionID) }
        if title.type == "Object Created" || title.type == "Object Deleted" {
            object["sequencer"] = .string(Self.sequencer(order))
        }
        var detail: Members = [
            "version": "0", "bucket": ["name": .string(bucket.name)], "object": .map(object),
            "request-id": .string(context.requestID),
            "requester": .string(context.caller.account.isEmpty ? "Anonymous" : context.caller.account),
            "source-ip-address": .string(context.http?.sourceIP ?? "127.0.0.1"),
        ]
        if kind.isOwn {
            detail["requester"] = "s3.amazonaws.com"
            detail["source-ip-address"] = nil
        }
        if kind == .restorePost || kind == .restoreCompleted, let archiveClass {
            detail["source-storage-class"] = .string(archiveClass)
        }
        if kind == .restoreCompleted, let restoreExpires {
            detail["restore-expiry-time"] = .string(restoreExpires.iso8601())
        }
        if let storageClass { detail["destination-storage-class"] = .string(storageClass) }
        if let reason = title.reason { detail["reason"] = .string(reason) }
        if let deletion = title.deletion { detail["deletion-type"] = .string(deletion) }
        return ServiceEvent(
            account: bucket.account, region: bucket.region, source: "aws.s3", detailType: title.type, resources: [bucket.arn],
            detail: .map(detail), time: now)
    }
}
