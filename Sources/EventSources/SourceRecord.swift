import Documents
import Kernel

/// One record of a source, in the form in which Lambda's events carry it.
public struct SourceRecord: Sendable {
    /// A stream's sequence number, or a queue's message id: what a partial batch response names.
    public var id: String
    /// What records must share to be kept in order.
    public var orderKey: String
    public var arrived: Timestamp?
    /// The event's JSON.
    public var json: [UInt8]
    /// By which a queue's message is deleted.
    public var receipt: String?
    /// False for a record that the filters have sorted out.
    public var isWanted = true
    /// The trace header with which a queue's message was sent.
    public var trace: String?
}

/// Makes events of what the sources' own APIs answer.
struct RecordForm: Sendable {
    let settings: SourceSettings
    let filter: SourceFilter

    init(_ settings: SourceSettings) throws(InvalidSourceFilter) {
        self.settings = settings
        filter = try SourceFilter(settings.filters)
    }

    private func record(
        _ event: Members, id: String, orderKey: String, arrived: Timestamp?, receipt: String? = nil, data: SourceFilter.Data
    ) -> SourceRecord {
        let document = Document.map(event)
        let isWanted = filter.passes(document, data)
        return SourceRecord(
            id: id, orderKey: orderKey, arrived: arrived, json: isWanted ? JSON.write(document) : [], receipt: receipt,
            isWanted: isWanted)
    }

    /// https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
    func dynamoDB(_ item: Document) -> SourceRecord? {
        guard let id = item["dynamodb"]?["SequenceNumber"]?.string else { return nil }
        var event: Members = [:]
        for name in ["eventID", "eventName"] { if let value = item[name] { event[name] = value } }
        event["eventVersion"] = item["eventVersion"] ?? "1.1"
        event["eventSource"] = "aws:dynamodb"
        event["awsRegion"] = .string(settings.region)
        // Blobs become base64 and the creation time epoch seconds, by the JSON writer's rules.
        if let change = item["dynamodb"] { event["dynamodb"] = change }
        if let identity = item["userIdentity"] {
            // The API calls them PrincipalId and Type, the event principalId and type.
            var members: Members = [:]
            for (name, value) in identity.members ?? [:] { members[name.prefix(1).lowercased() + name.dropFirst()] = value }
            event["userIdentity"] = .map(members)
        }
        event["eventSourceARN"] = .string(settings.source)
        let keys = settings.parallelization > 1 ? JSON.text(item["dynamodb"]?["Keys"] ?? .null) : ""
        let time = item["dynamodb"]?["ApproximateCreationDateTime"]
        let arrived = time?.timestamp ?? time?.double.flatMap { Timestamp(epochSeconds: $0) }
        return record(event, id: id, orderKey: keys, arrived: arrived, data: .whole)
    }

    /// https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
    func kinesis(_ item: Document, shard: String, role: String) -> SourceRecord? {
        guard let id = item["SequenceNumber"]?.string, let data = item["Data"]?.blob else { return nil }
        let key = item["PartitionKey"] ?? ""
        var content: Members = [
            "kinesisSchemaVersion": "1.0", "partitionKey": key, "sequenceNumber": .string(id), "data": .blob(data),
        ]
        let time = item["ApproximateArrivalTimestamp"]
        let arrived = time?.timestamp ?? time?.double.flatMap { Timestamp(epochSeconds: $0) }
        if let arrived { content["approximateArrivalTimestamp"] = .timestamp(arrived) }
        let event: Members = [
            "kinesis": .map(content), "eventSource": "aws:kinesis", "eventVersion": "1.0", "eventID": .string("\(shard):\(id)"),
            "eventName": "aws:kinesis:record", "invokeIdentityArn": .string(role), "awsRegion": .string(settings.region),
            "eventSourceARN": .string(settings.source),
        ]
        return record(event, id: id, orderKey: key.string ?? "", arrived: arrived, data: .kinesis(data))
    }

    /// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
    func queue(_ item: Document) -> SourceRecord? {
        guard let id = item["MessageId"]?.string, let receipt = item["ReceiptHandle"]?.string, let body = item["Body"]?.string
        else { return nil }
        var attributes: Members = [:]
        for (name, value) in item["MessageAttributes"]?.members ?? [:] {
            var members: Members = [:]
            if let text = value["StringValue"] { members["stringValue"] = text }
            if let bytes = value["BinaryValue"] { members["binaryValue"] = bytes }
            members["stringListValues"] = []
            members["binaryListValues"] = []
            members["dataType"] = value["DataType"] ?? "String"
            attributes[name] = .map(members)
        }
        var event: Members = [
            "messageId": .string(id), "receiptHandle": .string(receipt), "body": .string(body),
            "attributes": item["Attributes"] ?? [:], "messageAttributes": .map(attributes),
        ]
        if let digest = item["MD5OfMessageAttributes"] { event["md5OfMessageAttributes"] = digest }
        event["md5OfBody"] = item["MD5OfBody"] ?? ""
        event["eventSource"] = "aws:sqs"
        event["eventSourceARN"] = .string(settings.source)
        event["awsRegion"] = .string(settings.region)
        let sent = item["Attributes"]?["SentTimestamp"]?.string.flatMap(Int64.init).map { Timestamp(milliseconds: $0) }
        var made = record(event, id: id, orderKey: "", arrived: sent, receipt: receipt, data: .body(body))
        made.trace = item["Attributes"]?["AWSTraceHeader"]?.string
        return made
    }
}
