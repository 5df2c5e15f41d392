import Documents
import FunctionEngine

/// The event that a function gets for records of a DynamoDB stream
/// (https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html).
enum StreamEvent {
    /// - Returns: the payload, and how many records of `batch` fit into it; one at least.
    static func payload(_ batch: [Document], source: String, region: String) -> ([UInt8], count: Int) {
        var body = Array(#"{"Records":["#.utf8)
        var count = 0
        for record in batch {
            let bytes = JSON.write(event(record, source: source, region: region))
            if count > 0, body.count + bytes.count + 3 > InvocationLimit.payload { break }
            if count > 0 { body.append(UInt8(ascii: ",")) }
            body += bytes
            count += 1
        }
        return (body + Array("]}".utf8), count)
    }

    private static func event(_ record: Document, source: String, region: String) -> Document {
        var event: Members = [:]
        for name in ["eventID", "eventName"] { if let value = record[name] { event[name] = value } }
        event["eventVersion"] = record["eventVersion"] ?? "1.1"
        event["eventSource"] = "aws:dynamodb"
        event["awsRegion"] = .string(region)
        // Blobs become base64 and the creation time epoch seconds, by the JSON writer's rules.
        if let change = record["dynamodb"] { event["dynamodb"] = change }
        if let identity = record["userIdentity"] {
            // The API calls them PrincipalId and Type, the event principalId and type.
            var members: Members = [:]
            for (name, value) in identity.members ?? [:] { members[name.prefix(1).lowercased() + name.dropFirst()] = value }
            event["userIdentity"] = .map(members)
        }
        event["eventSourceARN"] = .string(source)
        return .map(event)
    }
}
