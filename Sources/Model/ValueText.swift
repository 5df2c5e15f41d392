import Documents

/// Values as AWS's messages show them, which is how Java prints them.
enum ValueText {
    /// `TableName` is `tableName` in messages.
    static func decapitalised(_ name: String) -> String { name.prefix(1).lowercased() + name.dropFirst() }

    /// Sensitive parts are `***`; at most ``Validator/Limit/shown`` characters.
    static func text(_ value: Document, _ shape: Shape) -> String {
        var text = ""
        write(value, shape, into: &text)
        return text.utf8.count <= Validator.Limit.shown ? text : String(text.prefix(Validator.Limit.shown))
    }

    private static func write(_ value: Document, _ shape: Shape?, into text: inout String) {
        // What is too long is cut by the caller; nothing more need be written.
        guard text.utf8.count <= Validator.Limit.shown else { return }
        if shape?.isSensitive == true {
            text += "***"
            return
        }
        switch value {
        case .null: text += "null"
        case .bool(let value): text += String(value)
        case .integer(let value): text += String(value)
        case .double(let value): text += String(value)
        case .numeral(let numeral): text += numeral
        case .string(let value): text += value
        case .blob(let bytes): text += "java.nio.HeapByteBuffer[pos=0 lim=\(bytes.count) cap=\(bytes.count)]"
        case .timestamp(let value): text += value.iso8601()
        case .list(let elements):
            text += "["
            for (position, element) in elements.enumerated() {
                if position > 0 { text += ", " }
                write(element, shape?.element?.shape, into: &text)
                guard text.utf8.count <= Validator.Limit.shown else { return }
            }
            text += "]"
        case .map(let members):
            if let shape, shape.kind == .structure {
                structure(members, shape, into: &text)
            } else {
                map(members, shape, into: &text)
            }
        }
    }

    /// `KeySchemaElement(attributeName=id, keyType=HASH)`, absent members as null.
    private static func structure(_ members: Members, _ shape: Shape, into text: inout String) {
        text += shape.name + "("
        for (position, member) in shape.members.enumerated() {
            if position > 0 { text += ", " }
            text += decapitalised(member.name) + "="
            write(members[member.name] ?? .null, member.shape, into: &text)
            guard text.utf8.count <= Validator.Limit.shown else { return }
        }
        text += ")"
    }

    /// `{a=1, b=2}`
    private static func map(_ entries: Members, _ shape: Shape?, into text: inout String) {
        text += "{"
        for (position, entry) in entries.enumerated() {
            if position > 0 { text += ", " }
            write(.string(entry.key), shape?.key?.shape, into: &text)
            text += "="
            write(entry.value, shape?.value?.shape, into: &text)
            guard text.utf8.count <= Validator.Limit.shown else { return }
        }
        text += "}"
    }
}
