/// ``DocumentEncoder`` and ``DocumentDecoder`` take documents and timestamps as they are and never come here; this is for
/// other coders, which get what ``JSON`` would write.
extension Document: Codable {
    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { return nil }
    }

    public init(from decoder: Decoder) throws {
        if let container = try? decoder.container(keyedBy: Name.self) {
            var members = Members()
            for key in container.allKeys { members[key.stringValue] = try container.decode(Document.self, forKey: key) }
            self = .map(members)
        } else if var container = try? decoder.unkeyedContainer() {
            var elements: [Document] = []
            while !container.isAtEnd { elements.append(try container.decode(Document.self)) }
            self = .list(elements)
        } else {
            self = try Self.scalar(try decoder.singleValueContainer())
        }
    }

    private static func scalar(_ container: SingleValueDecodingContainer) throws -> Document {
        if container.decodeNil() { return .null }
        if let value = try? container.decode(Bool.self) { return .bool(value) }
        if let value = try? container.decode(Int64.self) { return .integer(value) }
        if let value = try? container.decode(Double.self) { return .double(value) }
        return .string(try container.decode(String.self))
    }

    public func encode(to encoder: Encoder) throws {
        switch self {
        case .list(let elements):
            var container = encoder.unkeyedContainer()
            for element in elements { try container.encode(element) }
        case .map(let members):
            var container = encoder.container(keyedBy: Name.self)
            for (name, value) in members { try container.encode(value, forKey: Name(name)) }
        case .null, .bool, .integer, .double, .numeral, .string, .blob, .timestamp:
            var container = encoder.singleValueContainer()
            try encodeScalar(into: &container)
        }
    }

    private func encodeScalar(into container: inout SingleValueEncodingContainer) throws {
        switch self {
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .double(let value): try container.encode(value)
        case .numeral: try container.encode(double)
        case .string(let value): try container.encode(value)
        case .blob(let value): try container.encode(Base64.string(value))
        case .timestamp(let value): try container.encode(value.epochSeconds)
        case .null, .list, .map: try container.encodeNil()
        }
    }
}

extension Timestamp: Codable {
    public init(from decoder: Decoder) throws {
        guard let timestamp = Timestamp(epochSeconds: try decoder.singleValueContainer().decode(Double.self)) else {
            throw DocumentError(.wrongType)
        }
        self = timestamp
    }

    public func encode(to encoder: Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(epochSeconds)
    }
}
