import Documents

extension AttributeValue {
    enum Limit {
        /// Lists and maps in one another; the value within them is the 32nd level that AWS speaks of.
        static let nesting = 31
        /// Steps of a document path.
        static let path = 32
    }

    /// The value of `{"S": "..."}` and the like.
    /// - Throws: the fault with AWS's message for what is no value.
    init(_ document: Document, depth: Int = 0) throws(DynamoDBFault) {
        guard case .map(let members) = document else { throw .emptyAttributeValue }
        var found: (name: String, content: Document)?
        for (name, content) in members where content != .null {
            guard found == nil else { throw .severalTypes }
            found = (name, content)
        }
        guard let found, let type = AttributeType(rawValue: found.name) else { throw .emptyAttributeValue }
        self = try Self.read(type, found.content, depth)
    }

    private static func read(_ type: AttributeType, _ content: Document, _ depth: Int) throws(DynamoDBFault) -> AttributeValue {
        switch (type, content) {
        case (.string, .string(let text)): return .string(text)
        case (.number, .string(let text)): return .number(try Number(text: text))
        case (.binary, .blob(let bytes)): return .binary(bytes)
        case (.bool, .bool(let value)): return .bool(value)
        case (.null, .bool(let value)):
            guard value else {
                throw .validation(
                    "One or more parameter values were invalid: Null attribute value types must have the value of true")
            }
            return .null
        case (.stringSet, .list(let elements)):
            return try stringSet(elements)
        case (.numberSet, .list(let elements)):
            var numbers: [Number] = []
            for element in elements {
                guard let text = element.string else { throw .emptyAttributeValue }
                numbers.append(try Number(text: text))
            }
            guard !numbers.isEmpty else {
                throw .validation("One or more parameter values were invalid: An number set  may not be empty")
            }
            guard Set(numbers).count == numbers.count else { throw .validation("Input collection contains duplicates") }
            return .numberSet(numbers.sorted())
        case (.binarySet, .list(let elements)):
            let blobs = elements.compactMap(\.blob)
            guard blobs.count == elements.count else { throw .emptyAttributeValue }
            guard !blobs.isEmpty else {
                throw .validation("One or more parameter values were invalid: Binary sets should not be empty")
            }
            let unique = sorted(blobs)
            guard unique.count == blobs.count else {
                throw .validation(
                    "One or more parameter values were invalid: Input collection [\(blobs.map { Base64.string($0) }.joined(separator: ", "))]of type BS contains duplicates."
                )
            }
            return .binarySet(unique)
        case (.list, .list(let elements)):
            guard depth < Limit.nesting else { throw .tooDeep }
            var values: [AttributeValue] = []
            values.reserveCapacity(elements.count)
            for element in elements { values.append(try AttributeValue(element, depth: depth + 1)) }
            return .list(values)
        case (.map, .map(let members)):
            guard depth < Limit.nesting else { throw .tooDeep }
            return .map(try Attributes(members, depth: depth + 1))
        default: throw .emptyAttributeValue
        }
    }

    private static func stringSet(_ elements: [Document]) throws(DynamoDBFault) -> AttributeValue {
        let texts = elements.compactMap(\.string)
        guard texts.count == elements.count else { throw .emptyAttributeValue }
        guard !texts.isEmpty else {
            throw .validation("One or more parameter values were invalid: An string set  may not be empty")
        }
        let unique = sorted(texts)
        guard unique.count == texts.count else {
            throw .validation(
                "One or more parameter values were invalid: Input collection [\(texts.joined(separator: ", "))] contains duplicates."
            )
        }
        return .stringSet(unique)
    }

    var document: Document {
        switch self {
        case .string(let text): .map(["S": .string(text)])
        case .number(let number): .map(["N": .string(number.text)])
        case .binary(let bytes): .map(["B": .blob(bytes)])
        case .bool(let value): .map(["BOOL": .bool(value)])
        case .null: .map(["NULL": .bool(true)])
        case .stringSet(let elements): .map(["SS": .list(elements.map { .string($0) })])
        case .numberSet(let elements): .map(["NS": .list(elements.map { .string($0.text) })])
        case .binarySet(let elements): .map(["BS": .list(elements.map { .blob($0) })])
        case .list(let elements): .map(["L": .list(elements.map(\.document))])
        case .map(let members): .map(["M": members.document])
        }
    }

    /// As it stands in messages, `{S:abc}`.
    var inMessage: String {
        switch self {
        case .string(let text): "{S:\(text)}"
        case .number(let number): "{N:\(number.text)}"
        case .binary(let bytes): "{B:\(Base64.string(bytes))}"
        default: "{\(type.rawValue)}"
        }
    }
}

extension Attributes {
    /// The attributes of an item or a map as the wire carries them.
    init(_ members: Members, depth: Int = 0) throws(DynamoDBFault) {
        self.init()
        reserveCapacity(members.count)
        for (name, value) in members {
            try AttributeName.check(name)
            self[name] = try AttributeValue(value, depth: depth)
        }
    }

    var document: Document {
        var members = Members(minimumCapacity: count)
        for (name, value) in self { members[name] = value.document }
        return .map(members)
    }
}
