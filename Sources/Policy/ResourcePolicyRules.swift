import Documents

/// What a service demands of the policy that one of its resources is given, beyond the grammar. Each service words the
/// refusal its own way: ``MalformedPolicy/message``, ``MalformedPolicy/bucketMessage`` or a text of its own by the case.
public struct ResourcePolicyRules: Sendable {
    /// The service prefix of its actions, `s3`.
    public var vendor: String
    public var bytesMax: Int
    /// Whether the policy may name a resource; it is asked for every Resource and NotResource.
    public var covers: @Sendable (String) -> Bool

    public init(
        vendor: String, bytesMax: Int = PolicyLimit.documentBytesMax, covers: @escaping @Sendable (String) -> Bool = { _ in true }
    ) {
        (self.vendor, self.bytesMax, self.covers) = (vendor, bytesMax, covers)
    }

    /// Reads a policy that is about to be kept.
    /// - Returns: the policy, compiled.
    /// - Throws: ``MalformedPolicy``; nothing may be kept then.
    @discardableResult
    public func check(_ json: String) throws(MalformedPolicy) -> PolicyDocument {
        let document = try PolicyDocument(json: json, kind: .resource, bytesMax: bytesMax)
        for index in 0..<document.statementCount {
            guard let statement = document.statement(index) else { continue }
            for name in ["Action", "NotAction"] {
                for action in Self.texts(statement[name]) where action != "*" {
                    guard action.lowercased().hasPrefix(vendor + ":") else { throw .foreignAction(action) }
                }
            }
            for name in ["Resource", "NotResource"] {
                for resource in Self.texts(statement[name]) where !covers(resource) { throw .foreignResource(resource) }
            }
        }
        return document
    }

    private static func texts(_ value: Document?) -> [String] {
        value?.list?.compactMap(\.string) ?? [value?.string].compactMap { $0 }
    }
}

extension MalformedPolicy {
    /// The reason as S3 words it (`MalformedPolicy`).
    public var bucketMessage: String {
        switch self {
        case .notJSON, .syntax(element: ""): "Policies must be valid JSON and the first byte must be '{'"
        case .tooLarge: "Policy exceeds the maximum allowed document size."
        case .syntax(let element): Self.unknown(element) ?? "Invalid policy syntax."
        case .noStatements: "Could not parse the policy: Statement is empty!"
        case .unsupportedVersion: "The policy must contain a valid version string"
        case .missingActions: "Missing required field Action"
        case .missingResources: "Missing required field Resource"
        case .invalidResource, .invalidPartition, .resourceVendor, .regionInResource, .foreignResource:
            "Policy has invalid resource"
        case .actionWithoutVendor, .invalidVendor, .foreignAction: "Policy has invalid action"
        case .invalidPrincipal, .invalidFederated: "Invalid principal in policy"
        case .invalidConditionKey: "Policy has an invalid condition key"
        case .unknownOperator(let name): "Invalid Condition type : \(name)"
        default: message
        }
    }

    /// An element that the grammar does not know, as opposed to one that it knows with a wrong value.
    private static func unknown(_ element: String) -> String? {
        let known = ["Version", "Id", "Statement", "Sid", "Effect", "Principal", "NotPrincipal", "Action", "Resource"]
        let isPath = element.contains(".") || element == "Condition"
        return known.contains(element) || isPath ? nil : "Unknown field \(element)"
    }
}
