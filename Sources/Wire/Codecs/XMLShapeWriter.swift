import Documents
import Model

/// Writes XML: text escaped, elements by shapes.
struct XMLShapeWriter {
    enum Style: Sendable { case restXML, query, ec2 }

    private(set) var bytes: [UInt8] = []
    let style: Style
    private let names: QueryNames?

    init(_ style: Style, names: QueryNames? = nil) {
        (self.style, self.names) = (style, names)
        bytes.reserveCapacity(512)
    }

    mutating func declaration() { raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n") }

    mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

    mutating func open(_ name: String, namespace: XMLNamespace? = nil, attributes: [(String, String)] = []) {
        raw("<\(name)")
        if let namespace {
            raw(namespace.prefix.map { " xmlns:\($0)=\"" } ?? " xmlns=\"")
            text(namespace.uri)
            raw("\"")
        }
        for (name, value) in attributes {
            raw(" \(name)=\"")
            text(value)
            raw("\"")
        }
        raw(">")
    }

    mutating func close(_ name: String) { raw("</\(name)>") }

    mutating func leaf(_ name: String, _ value: String) {
        open(name)
        text(value)
        close(name)
    }

    /// Escaped so that it stands in an element and in an attribute. Characters that XML does not allow become U+FFFD.
    mutating func text(_ text: String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): raw("&amp;")
            case UInt8(ascii: "<"): raw("&lt;")
            case UInt8(ascii: ">"): raw("&gt;")
            case UInt8(ascii: "\""): raw("&quot;")
            case 0x0D: raw("&#13;")
            case 0x09, 0x0A: bytes.append(byte)
            case 0..<0x20: raw("\u{FFFD}")
            // U+FFFE and U+FFFF, whose last byte is all that tells them from U+FFFD.
            case 0xBE, 0xBF: bytes.append(bytes.suffix(2).elementsEqual([0xEF, 0xBF]) ? 0xBD : byte)
            default: bytes.append(byte)
            }
        }
    }

    /// Beside its members an output may say, under this name, in which order the elements of its flattened lists stand
    /// among each other: the name of a list for each element. S3's versions and delete markers come so.
    static let sequence = "*sequence"

    /// The members of an answer.
    mutating func root(_ value: Document, _ shape: Shape) {
        guard let sequence = value[Self.sequence]?.list?.compactMap(\.string), !sequence.isEmpty,
            case .map(var rest) = value
        else { return members(value, shape) }
        for name in sequence { rest[name] = .null }
        members(.map(rest), shape)
        var used: [String: Int] = [:]
        for name in sequence {
            let index = used[name, default: 0]
            guard let member = shape.member(name), let items = value[name]?.list, items.indices.contains(index) else { continue }
            self.member(.list([items[index]]), member)
            used[name] = index + 1
        }
    }

    /// The members of a structure that go into the body, without the structure's own element.
    mutating func members(_ value: Document, _ shape: Shape) {
        guard case .map(let values) = value else { return }
        for member in shape.members where member.location == .body && !member.isXMLAttribute {
            guard let value = values[member.name], value != .null else { continue }
            self.member(value, member)
        }
    }

    private mutating func member(_ value: Document, _ member: Member) {
        let shape = member.shape
        let name = names?.element(member) ?? XMLShapeReader.elementName(member)
        switch (shape.kind, value) {
        case (.list, .list(let elements)) where member.isFlattened:
            guard let element = shape.element else { return }
            for item in elements { self.element(name, item, element.shape, format: element.timestampFormat, namespace: nil) }
        case (.map, .map(let entries)) where member.isFlattened: self.entries(entries, shape, name: name)
        default: element(name, value, shape, format: member.timestampFormat, namespace: member.xmlNamespace)
        }
    }

    /// One element with what is in it.
    mutating func element(
        _ name: String, _ value: Document, _ shape: Shape, format: TimestampFormat? = nil, namespace: XMLNamespace? = nil
    ) {
        switch (shape.kind, value) {
        case (.structure, .map(let values)):
            let attributes = shape.members.filter(\.isXMLAttribute).compactMap { member in
                values[member.name].flatMap { ScalarText.write($0, member.shape, format: .iso8601) }.map { (member.wireName, $0) }
            }
            open(name, namespace: namespace ?? shape.xmlNamespace, attributes: attributes)
            members(value, shape)
        case (.list, .list(let elements)):
            open(name, namespace: namespace)
            if let element = shape.element {
                let itemName = element.locationName ?? (style == .ec2 ? "item" : "member")
                for item in elements {
                    self.element(itemName, item, element.shape, format: element.timestampFormat, namespace: element.xmlNamespace)
                }
            }
        case (.map, .map(let entries)):
            open(name, namespace: namespace)
            self.entries(entries, shape, name: "entry")
        default:
            open(name, namespace: namespace)
            let format = format ?? shape.timestampFormat ?? .iso8601
            text(ScalarText.write(value, shape, format: format, milliseconds: style != .query) ?? "")
        }
        close(name)
    }

    private mutating func entries(_ entries: Members, _ shape: Shape, name: String) {
        for (key, value) in entries where value != .null {
            open(name)
            leaf(shape.key?.locationName ?? names?.key(shape) ?? "key", key)
            if let element = shape.value {
                self.element(element.locationName ?? (names == nil ? "value" : "Value"), value, element.shape)
            }
            close(name)
        }
    }
}
