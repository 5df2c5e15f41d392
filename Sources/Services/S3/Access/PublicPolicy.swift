import Documents

/// When a bucket policy counts as public: it allows something to callers who are not fixed, neither by the principal nor by
/// a condition (https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html, "The meaning
/// of public").
enum PublicPolicy {
    /// Operators that hold a key to its values. Variants with IfExists hold without the key, and so fix nothing.
    private static let operators: Set<String> = [
        "stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress",
        "foranyvalue:stringequals", "foranyvalue:stringlike",
    ]
    private static let keys: Set<String> = [
        "aws:sourceip", "aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner", "aws:sourceaccount", "aws:userid",
        "aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths", "aws:sourceorgid",
        "s3:x-amz-server-side-encryption-aws-kms-key-id", "s3:dataaccesspointarn", "s3:dataaccesspointaccount",
    ]

    /// - Parameter text: a policy that was accepted; what cannot be read counts as public.
    static func isPublic(_ text: String) -> Bool {
        guard let document = try? JSON.parse(Array(text.utf8)), let value = document["Statement"] else { return true }
        return (value.list ?? [value]).contains { statement in
            statement["Effect"]?.string == "Allow" && isOpen(statement) && !isFixed(statement["Condition"])
        }
    }

    /// Whether the principal may be anybody.
    private static func isOpen(_ statement: Document) -> Bool {
        guard let principal = statement["Principal"] else { return true }
        if principal.string != nil { return true }
        return (principal.members ?? [:]).contains { _, names in
            (names.list?.map(\.string) ?? [names.string]).contains { $0?.contains("*") ?? true }
        }
    }

    private static func isFixed(_ conditions: Document?) -> Bool {
        (conditions?.members ?? [:]).contains { name, block in
            guard operators.contains(name.lowercased()) else { return false }
            return (block.members ?? [:]).contains { key, values in
                let key = key.lowercased()
                guard keys.contains(key) else { return false }
                let texts = values.list?.map(\.string) ?? [values.string]
                return !texts.isEmpty && texts.allSatisfy { $0.map { isFixed(key, $0) } ?? false }
            }
        }
    }

    private static func isFixed(_ key: String, _ value: String) -> Bool {
        guard !value.contains("${") else { return false }
        switch key {
        case "aws:sourceip": return isNarrow(value)
        case "s3:dataaccesspointarn":
            // The name of the access point may be open as long as its account is not.
            let parts = value.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
            return parts.count == 6 && parts[4].utf8.count == 12 && !parts[4].contains("*") && !parts[4].contains("?")
        default: return !value.contains("*") && !value.contains("?")
        }
    }

    /// Ranges wider than /8 (IPv4) or /32 (IPv6) are as good as everybody.
    private static func isNarrow(_ range: String) -> Bool {
        let parts = range.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, !range.contains("*") else { return false }
        guard parts.count == 2 else { return true }
        guard let bits = Int(parts[1]) else { return false }
        return parts[0].contains(":") ? bits >= 32 : bits >= 8
    }
}
