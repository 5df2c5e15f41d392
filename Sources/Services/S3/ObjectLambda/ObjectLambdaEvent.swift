import Documents
import Kernel

/// What a function is told of a request
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/olap-event-context.html).
struct ObjectLambdaEvent {
    let operation: String
    let point: ObjectLambdaRecord
    let transformation: ObjectLambdaRecord.Transformation
    let context: Context

    /// - Parameters:
    ///   - inputURL: where the object or the listing is.
    ///   - token: nil where the function's own answer is the response.
    func document(inputURL: String, token: String?) -> Document {
        var source: Members = ["inputS3Url": .string(inputURL)]
        if let token {
            source["outputRoute"] = .string(Self.route(point.region))
            source["outputToken"] = .string(token)
        }
        return [
            "xAmzRequestId": .string(context.requestID),
            Self.contextName(operation): .map(source),
            "configuration": [
                "accessPointArn": .string(point.arn), "supportingAccessPointArn": .string(point.supportingPoint),
                "payload": .string(transformation.payload ?? ""),
            ],
            "userRequest": ["url": .string(userURL), "headers": .map(userHeaders)],
            "userIdentity": AuditIdentity.element(context.caller, seenBy: context.caller.account),
            "protocolVersion": "1.00",
        ]
    }

    /// `getObjectContext`, `listObjectsV2Context`.
    private static func contextName(_ operation: String) -> String {
        "\(operation.prefix(1).lowercased())\(operation.dropFirst())Context"
    }

    /// The host label that WriteGetObjectResponse is sent to: `io-use1-001`.
    static func route(_ region: String) -> String {
        let parts = region.split(separator: "-")
        guard parts.count >= 3, let area = parts.first, let number = parts.last else { return "io-\(region)-001" }
        let middle = parts.dropFirst().dropLast().compactMap { $0.first.map(String.init) }.joined()
        return "io-\(area)\(middle)\(number)-001"
    }

    private var userURL: String {
        guard let http = context.http else { return "" }
        let query = http.query.isEmpty ? "" : "?\(http.query)"
        return "\(http.isSecure ? "https" : "http")://\(http.host)\(http.path)\(query)"
    }

    /// Without what authorized the request.
    private var userHeaders: Members {
        var headers: Members = [:]
        for (name, value) in (context.http?.headers ?? [:]).sorted(by: { $0.key < $1.key })
        where name != "authorization" && name != "x-amz-security-token" {
            headers[Self.titled(name)] = .string(value)
        }
        return headers
    }

    /// Header names are kept in lower case; functions look for them as clients write them.
    static func titled(_ name: String) -> String {
        if name == "x-amz-content-sha256" { return "X-Amz-Content-SHA256" }
        return name.split(separator: "-", omittingEmptySubsequences: false)
            .map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined(separator: "-")
    }

    /// Parameters of the request that the URL for the function repeats: those about the object or the listing, and not those
    /// that cut a piece out of it or that signed it.
    static func query(_ text: String) -> [(name: String, value: String)] {
        let dropped: Set<String> = ["range", "partnumber", "awsaccesskeyid", "signature", "expires", "x-id"]
        return text.split(separator: "&").compactMap { part in
            let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decode(halves[0], plusIsSpace: true) else { return nil }
            let lower = name.lowercased()
            guard !lower.hasPrefix("x-amz-"), !dropped.contains(lower) else { return nil }
            return (name, halves.count > 1 ? PercentEncoding.decode(halves[1], plusIsSpace: true) ?? "" : "")
        }
    }
}
