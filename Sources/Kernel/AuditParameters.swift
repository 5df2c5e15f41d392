import Documents
import Model

/// Inputs and outputs as CloudTrail writes them: members in lowerCamelCase, secrets hidden, payloads left out.
///
/// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
struct AuditParameters {
    enum Limit {
        /// Bytes of requestParameters and of responseElements (the same page); larger ones are left out.
        static let size = 100 << 10
        static let depth = 32
    }
    static let hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"

    let service: String
    /// A response leaves secrets out where a request says that they are hidden.
    let isResponse: Bool
    private let secrets: Set<String>
    private let omitted: Set<String>
    private let shown: Set<String>

    init(service: String, isResponse: Bool) {
        (self.service, self.isResponse) = (service, isResponse)
        secrets = AuditTables.secrets[service] ?? []
        omitted = AuditTables.omitted[service] ?? []
        shown = AuditTables.shown[service] ?? []
    }

    /// - Returns: null for nothing.
    func write(_ document: Document, _ shape: Shape?) -> Document {
        guard let shape, case .map(let members) = document, !members.isEmpty else { return .null }
        let written = service == "s3" ? s3(members, shape) : structure(members, shape, 0)
        return written.isEmpty ? .null : .map(written)
    }

    private func structure(_ members: Members, _ shape: Shape, _ depth: Int) -> Members {
        var written: Members = [:]
        for (name, value) in members where value != .null {
            guard let member = shape.member(name), let value = self.value(value, member, depth) else { continue }
            written[Self.lowered(name)] = value
        }
        return written
    }

    /// - Returns: nil for what must not be written.
    private func value(_ value: Document, _ member: Member, _ depth: Int) -> Document? {
        if omitted.contains(member.name) || member.isStreaming || member.shape.kind == .blob { return nil }
        let isSecret = member.shape.isSensitive || secrets.contains(member.name)
        if isSecret, !shown.contains(member.name) { return isResponse ? nil : .string(Self.hidden) }
        if service == "dynamodb", let own = Self.dynamoDB(member.name, value) { return own }
        return plain(value, member.shape, depth)
    }

    private func plain(_ value: Document, _ shape: Shape, _ depth: Int) -> Document? {
        guard depth < Limit.depth else { return nil }
        switch (shape.kind, value) {
        case (.blob, _), (_, .blob): return nil
        case (.structure, .map(let members)): return .map(structure(members, shape, depth + 1))
        case (.list, .list(let elements)):
            guard let element = shape.element else { return value }
            return .list(elements.compactMap { self.value($0, element, depth + 1) })
        case (.map, .map(let members)):
            guard let element = shape.value else { return value }
            var written: Members = [:]
            for (name, value) in members {
                let isPassword = name.uppercased().contains("PASSWORD") || secrets.contains(name)
                written[name] = isPassword ? .string(Self.hidden) : self.value(value, element, depth + 1)
            }
            return .map(written)
        case (_, .timestamp(let moment)): return .string(Self.text(moment))
        default: return value
        }
    }

    /// S3 writes what was on the wire: header, query and XML names.
    private func s3(_ members: Members, _ shape: Shape) -> Members {
        var written: Members = [:]
        for (name, value) in members where value != .null {
            guard let member = shape.member(name), let value = self.value(value, member, 0) else { continue }
            switch (member.location, name) {
            case (.uri, "Bucket"): written["bucketName"] = value
            case (.uri, "Key"): written["key"] = value
            // Of the header fields, those that are S3's own.
            case (.headers, _): continue
            case (.header, _) where !member.wireName.lowercased().hasPrefix("x-amz-"): continue
            default: written[member.wireName] = value
            }
        }
        return written
    }

    /// Items by their attribute names, keys by their values, requests of many tables by the tables
    /// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/logging-using-cloudtrail.html).
    private static func dynamoDB(_ name: String, _ value: Document) -> Document? {
        guard case .map(let members) = value else { return nil }
        switch name {
        case "Item", "RequestItems": return .list(members.keys.map { .string($0) })
        case "Key": return .map(members.compactMapValues { $0.members?.elements.first?.value.asText })
        default: return nil
        }
    }

    static func lowered(_ name: String) -> String {
        guard let first = name.utf8.first, (65...90).contains(first) else { return name }
        return String(decoding: [first + 32] + name.utf8.dropFirst(), as: UTF8.self)
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `Mar 25, 2026 9:11:53 PM`
    static func text(_ moment: Timestamp) -> String {
        let time = CivilTime(moment)
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let hour = time.hour % 12 == 0 ? 12 : time.hour % 12
        let half = time.hour < 12 ? "AM" : "PM"
        return "\(months[time.month - 1]) \(time.day), \(time.year) \(hour):\(two(time.minute)):\(two(time.second)) \(half)"
    }
}

extension Document {
    /// A key attribute's value; nil for binary ones.
    fileprivate var asText: Document? { if case .string = self { self } else { nil } }
}
