import Documents
import Model

/// A handler's output as rpc-v2-cbor carries it: only members of the shape, numbers of its kind.
enum CBORShapeWriter {
    static func write(_ value: Document, _ shape: Shape) -> [UInt8] { CBOR.write(shaped(value, shape)) }

    /// The members of the shape under their names on the wire, numbers of their kind.
    static func shaped(_ value: Document, _ shape: Shape) -> Document {
        switch (shape.kind, value) {
        case (.structure, .map(let members)):
            var output = Members(minimumCapacity: members.count)
            for (name, item) in members where item != .null {
                if let member = shape.member(name) { output[member.wireName] = shaped(item, member.shape) }
            }
            return .map(output)
        case (.list, .list(let elements)):
            guard let element = shape.element?.shape else { return value }
            return .list(elements.map { shaped($0, element) })
        case (.map, .map(let entries)):
            guard let element = shape.value?.shape else { return value }
            return .map(entries.mapValues { shaped($0, element) })
        case (.double, .integer(let number)), (.float, .integer(let number)): return .double(Double(number))
        default: return value
        }
    }
}
