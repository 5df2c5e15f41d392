import Documents
import Model

/// Holds a parsed JSON or CBOR document against a shape, and makes of it what handlers take: members under their model
/// names, blobs and timestamps as such. Unknown members are left out, as AWS's services do.
struct ShapeReader {
    /// CBOR says itself what is a blob or a timestamp.
    let isCBOR: Bool

    /// - Throws: ``WireFault/serialization(_:)`` for a value of another type than the shape's.
    func read(_ value: Document, _ shape: Shape, depth: Int = 0) throws -> Document {
        guard depth < Limit.depth else { throw WireFault.serialization("The input is nested too deeply") }
        switch (shape.kind, value) {
        case (.structure, .map(let members)): return try structure(members, shape, depth)
        case (.list, .list(let elements)):
            guard let element = shape.element?.shape else { return value }
            var list: [Document] = []
            list.reserveCapacity(elements.count)
            for item in elements {
                if item == .null {
                    if shape.isSparse { list.append(.null) }
                } else {
                    list.append(try read(item, element, depth: depth + 1))
                }
            }
            return .list(list)
        case (.map, .map(let entries)):
            guard let element = shape.value?.shape else { return value }
            var map = Members(minimumCapacity: entries.count)
            for (name, item) in entries {
                if item == .null {
                    if shape.isSparse { map[name] = .null }
                } else {
                    map[name] = try read(item, element, depth: depth + 1)
                }
            }
            return .map(map)
        case (.string, .string), (.boolean, .bool), (.long, .integer), (.blob, .blob), (.timestamp, .timestamp): return value
        case (.integer, .integer(let number)):
            // The schema's integers have 32 bits.
            guard Int32(exactly: number) != nil else { throw mismatch(value, shape) }
            return value
        case (.float, .integer), (.float, .double), (.double, .integer), (.double, .double): return value
        case (.integer, .double(let number)), (.long, .double(let number)):
            guard let whole = Int64(exactly: number.rounded(.towardZero)) else { throw mismatch(value, shape) }
            return try read(.integer(whole), shape, depth: depth)
        case (.float, .string(let text)), (.double, .string(let text)):
            guard ["NaN", "Infinity", "-Infinity"].contains(text) else { throw mismatch(value, shape) }
            return .double(text == "NaN" ? .nan : text == "Infinity" ? .infinity : -.infinity)
        case (.blob, .string(let text)) where !isCBOR:
            guard let bytes = Base64.decode(text) else {
                throw WireFault.serialization("Invalid Base64 content")
            }
            return .blob(bytes)
        case (.timestamp, .string(let text)) where !isCBOR:
            guard let timestamp = ScalarText.timestamp(text, shape.timestampFormat) else { throw mismatch(value, shape) }
            return .timestamp(timestamp)
        case (.timestamp, .integer), (.timestamp, .double):
            guard let seconds = value.double, let timestamp = Timestamp(epochSeconds: seconds) else {
                throw mismatch(value, shape)
            }
            return .timestamp(timestamp)
        case (.document, _): return value
        default: throw mismatch(value, shape)
        }
    }

    private func structure(_ members: Members, _ shape: Shape, _ depth: Int) throws -> Document {
        var output = Members(minimumCapacity: members.count)
        for (name, value) in members where value != .null {
            guard let member = member(name, of: shape) else { continue }
            output[member.name] = try read(value, member.shape, depth: depth + 1)
        }
        return .map(output)
    }

    private func member(_ name: String, of shape: Shape) -> Member? {
        if let member = shape.member(name), member.wireName == name { return member }
        return shape.members.first { $0.wireName == name && $0.location == .body }
    }

    /// The words of AWS's own JSON reader.
    private func mismatch(_ value: Document, _ shape: Shape) -> WireFault {
        let wanted =
            switch shape.kind {
            case .string: "String"
            case .boolean: "Boolean"
            case .integer: "Integer"
            case .long: "Long"
            case .float: "Float"
            case .double: "Double"
            case .blob: "ByteBuffer"
            case .timestamp: "Date"
            case .list: "List"
            case .map, .structure, .document: "Map"
            }
        let text =
            switch value {
            case .map: "Start of structure or map found where not expected"
            case .list: "Start of list found where not expected"
            case .string:
                shape.isAggregate ? "Unexpected token received from parser" : "STRING_VALUE cannot be converted to \(wanted)"
            case .integer: "NUMBER_VALUE cannot be converted to \(wanted)"
            case .double, .numeral: "DECIMAL_VALUE cannot be converted to \(wanted)"
            case .bool(true): "TRUE_VALUE cannot be converted to \(wanted)"
            case .bool(false): "FALSE_VALUE cannot be converted to \(wanted)"
            case .blob, .timestamp, .null: "Unexpected value where \(wanted) is expected"
            }
        return .serialization(text)
    }
}

extension Shape {
    var isAggregate: Bool {
        switch kind {
        case .structure, .list, .map: true
        default: false
        }
    }
}
