import Documents
import Kernel
import Model

/// What a function answers to a HeadObject or a listing
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/olap-writing-lambda.html).
struct FunctionAnswer {
    private let document: Document
    private let status: Int

    /// - Throws: ``ObjectLambdaFault/invalidResponse(_:)``, and the error that the function wants its client to get.
    init(_ bytes: [UInt8]) throws {
        guard let document = try? JSON.parse(bytes), document.members != nil else {
            throw ObjectLambdaFault.invalidResponse("it is not a JSON object.")
        }
        guard let status = document["statusCode"]?.integer, (200...599).contains(status) else {
            throw ObjectLambdaFault.invalidResponse("statusCode is missing or not a status.")
        }
        (self.document, self.status) = (document, Int(status))
        guard let code = document["errorCode"]?.string, !code.isEmpty else { return }
        throw AWSError(code, self.status, document["errorMessage"]?.string ?? "")
    }

    /// A header field of an answer must not become two.
    private static func check(_ text: String?) throws {
        guard text?.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) ?? true else {
            throw ObjectLambdaFault.invalidResponse("a header has control characters.")
        }
    }

    /// - Parameter shape: HeadObject's output.
    func head(_ shape: Model.Shape) throws -> Reply {
        var output: Members = [:]
        let headers = Dictionary(
            (document["headers"]?.members ?? [:]).map { ($0.key.lowercased(), $0.value) }, uniquingKeysWith: { $1 })
        for (name, value) in headers {
            try Self.check(name)
            try Self.check(value.string)
        }
        for member in shape.members {
            switch member.location {
            case .header:
                guard let value = headers[member.wireName.lowercased()], value != .null else { continue }
                output[member.name] = try Self.shaped(value, member.shape, depth: 0)
            case .headers:
                let prefix = member.wireName.lowercased()
                var all: Members = [:]
                for (name, value) in headers.sorted(by: { $0.key < $1.key }) where name.hasPrefix(prefix) {
                    all[String(name.dropFirst(prefix.utf8.count))] = try Self.shaped(value, .string)
                }
                if !all.isEmpty { output[member.name] = .map(all) }
            default: continue
            }
        }
        return Reply(.map(output), status: status)
    }

    /// - Parameter shape: the output of ListObjects or ListObjectsV2.
    func listing(_ shape: Model.Shape, operation: String) throws -> Reply {
        if let text = document["listResultXml"]?.string {
            var reply = Reply([:], body: ByteStream(bytes: Array(text.utf8)), status: status)
            reply.headers["Content-Type"] = "application/xml"
            return reply
        }
        guard let result = document["listBucketResult"], result.members != nil else {
            throw ObjectLambdaFault.invalidResponse("it has neither listResultXml nor listBucketResult.")
        }
        let required = operation == "ListObjects" ? ["name", "maxKeys", "isTruncated"] : ["keyCount", "maxKeys", "isTruncated"]
        for name in required where result[name] == nil {
            throw ObjectLambdaFault.invalidResponse("listBucketResult.\(name) is missing.")
        }
        for entry in result["contents"]?.list ?? [] where entry["key"] == nil || entry["size"] == nil {
            throw ObjectLambdaFault.invalidResponse("an entry of listBucketResult.contents lacks its key or size.")
        }
        return Reply(try Self.shaped(result, shape, depth: 0), status: status)
    }

    /// The function's names are the model's with a small first letter; its values are what JSON has.
    private static func shaped(_ value: Document, _ shape: Model.Shape, depth: Int) throws -> Document {
        guard depth < 8 else { throw ObjectLambdaFault.invalidResponse("it is nested too deeply.") }
        switch shape.kind {
        case .structure:
            let given = Dictionary((value.members ?? [:]).map { ($0.key.lowercased(), $0.value) }, uniquingKeysWith: { $1 })
            var members: Members = [:]
            for member in shape.members {
                guard let value = given[member.name.lowercased()], value != .null else { continue }
                members[member.name] = try shaped(value, member.shape, depth: depth + 1)
            }
            return .map(members)
        case .list:
            guard let element = shape.element?.shape else { return value }
            return .list(try (value.list ?? [value]).map { try shaped($0, element, depth: depth + 1) })
        default: return try shaped(value, shape.kind)
        }
    }

    private static func shaped(_ value: Document, _ kind: Model.Shape.Kind) throws -> Document {
        switch (kind, value) {
        case (.string, .string), (.boolean, .bool), (.integer, .integer), (.long, .integer): return value
        case (.string, .integer(let number)): return .string(String(number))
        case (.string, .bool(let flag)): return .string(flag ? "true" : "false")
        case (.boolean, .string(let text)) where text == "true" || text == "false": return .bool(text == "true")
        case (.integer, .string(let text)), (.long, .string(let text)):
            if let number = Int64(text) { return .integer(number) }
        case (.timestamp, .string(let text)):
            if let moment = Timestamp(iso8601: text) ?? Timestamp(httpDate: text) { return .timestamp(moment) }
        case (.timestamp, .integer(let seconds)): return .timestamp(Timestamp(seconds: seconds))
        default: break
        }
        throw ObjectLambdaFault.invalidResponse("a value is not of the type that it should be.")
    }
}
