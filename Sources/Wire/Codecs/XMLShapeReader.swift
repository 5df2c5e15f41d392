import Documents
import Model

/// Makes a document of an XML element by its shape (https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html).
enum XMLShapeReader {
    /// - Throws: ``WireFault/serialization(_:)``
    static func read(_ element: XMLElement, _ shape: Shape, format: TimestampFormat? = nil) throws -> Document {
        switch shape.kind {
        case .structure: return try structure(element, shape)
        case .list: return .list(try elements(element.children, shape))
        case .map: return try entries(element.children, shape)
        case .string: return .string(element.text)
        default:
            let text = trimmed(element.text)
            guard let value = ScalarText.read(text, shape, format: format ?? shape.timestampFormat) else {
                throw WireFault.serialization("\(element.name) is not a \(shape.kind.rawValue)")
            }
            // The schema's integers have 32 bits.
            if shape.kind == .integer, let number = value.integer, Int32(exactly: number) == nil {
                throw WireFault.serialization("\(element.name) is not an integer")
            }
            return value
        }
    }

    /// Elements that clients go on to send and the model has no more: S3 dropped the names of owners and grantees in 2025.
    private static let retired: Set = ["DisplayName"]

    private static func structure(_ element: XMLElement, _ shape: Shape) throws -> Document {
        var members = Members()
        var known = retired
        for member in shape.members where member.location == .body {
            let name = elementName(member)
            known.insert(name)
            if member.isXMLAttribute {
                let full = member.wireName
                if let value = element.attribute(full)
                    ?? full.split(separator: ":").last.flatMap({ element.attribute(String($0)) })
                {
                    members[member.name] = .string(value)
                }
                continue
            }
            let found = element.children.filter { $0.name == name }
            guard let first = found.first else { continue }
            switch member.shape.kind {
            case .list where member.isFlattened: members[member.name] = .list(try found.map { try item($0, member.shape) })
            case .map where member.isFlattened: members[member.name] = try entries(found, member.shape)
            default:
                // S3's old notification shapes have a single `Event` beside the list of them.
                let isShared = found.count > 1 && shape.members.contains { $0.isFlattened && elementName($0) == name }
                guard found.count == 1 || isShared else { throw WireFault.serialization("\(name) is given more than once") }
                members[member.name] = try read(first, member.shape, format: member.timestampFormat)
            }
        }
        // A misspelt filter, passed over, would be a rule for the whole bucket.
        if let stranger = element.children.first(where: { !known.contains($0.name) }) {
            throw WireFault.serialization("\(shape.name) has no \(stranger.name)")
        }
        return .map(members)
    }

    /// A flattened list's elements are named by the list member's element where that has a name of its own.
    static func elementName(_ member: Member) -> String {
        if member.isFlattened, member.shape.kind == .list, let name = member.shape.element?.locationName,
            member.locationName == nil
        {
            return name
        }
        return member.wireName
    }

    private static func item(_ element: XMLElement, _ list: Shape) throws -> Document {
        guard let item = list.element else { return .string(element.text) }
        return try read(element, item.shape, format: item.timestampFormat)
    }

    private static func elements(_ children: [XMLElement], _ list: Shape) throws -> [Document] {
        let name = list.element?.locationName ?? "member"
        return try children.map { child in
            guard child.name == name else { throw WireFault.serialization("\(child.name) stands where \(name) is expected") }
            return try item(child, list)
        }
    }

    private static func entries(_ entries: [XMLElement], _ map: Shape) throws -> Document {
        var members = Members()
        for entry in entries {
            let keyName = map.key?.locationName ?? "key"
            let valueName = map.value?.locationName ?? "value"
            guard let key = entry.children.first(where: { $0.name == keyName }),
                let value = entry.children.first(where: { $0.name == valueName }), let shape = map.value?.shape
            else { throw WireFault.serialization("\(entry.name) has no \(keyName) or no \(valueName)") }
            members[key.text] = try read(value, shape)
        }
        return .map(members)
    }

    private static func trimmed(_ text: String) -> String {
        let bytes = text.utf8.drop { $0 <= 0x20 }
        guard let last = bytes.lastIndex(where: { $0 > 0x20 }) else { return "" }
        return String(Substring(bytes[...last]))
    }
}
