import Documents
import Model

/// Writes a handler's output as JSON by its shape: wire names, base64 blobs, timestamps in the model's format.
struct JSONShapeWriter {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int = 256) { bytes.reserveCapacity(capacity) }

    /// - Parameter isIncluded: which members of the outermost structure are written.
    mutating func write(_ value: Document, _ shape: Shape, format: TimestampFormat? = nil, isTop: Bool = false) {
        switch (shape.kind, value) {
        case (.structure, .map(let members)): structure(members, shape, isTop: isTop)
        case (.list, .list(let elements)):
            guard let element = shape.element else { return append(JSON.write(value)) }
            bytes.append(UInt8(ascii: "["))
            for (index, item) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                write(item, element.shape, format: element.timestampFormat)
            }
            bytes.append(UInt8(ascii: "]"))
        case (.map, .map(let entries)):
            guard let element = shape.value else { return append(JSON.write(value)) }
            bytes.append(UInt8(ascii: "{"))
            var isFirst = true
            for (name, item) in entries where item != .null || shape.isSparse {
                key(name, &isFirst)
                write(item, element.shape, format: element.timestampFormat)
            }
            bytes.append(UInt8(ascii: "}"))
        case (_, .string(let text)): string(text)
        case (_, .timestamp(let moment)):
            switch format ?? shape.timestampFormat ?? .unixTimestamp {
            case .unixTimestamp: append(ScalarText.number(moment.epochSeconds).utf8)
            case let format: string(ScalarText.timestamp(moment, format, milliseconds: true))
            }
        case (.integer, .double(let number)), (.long, .double(let number)):
            append(ScalarText.number(number.rounded(.towardZero)).utf8)
        default: append(JSON.write(value))
        }
    }

    private mutating func structure(_ members: Members, _ shape: Shape, isTop: Bool) {
        bytes.append(UInt8(ascii: "{"))
        var isFirst = true
        for (name, value) in members where value != .null {
            guard let member = shape.member(name), !isTop || member.location == .body else { continue }
            key(member.wireName, &isFirst)
            write(value, member.shape, format: member.timestampFormat)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    mutating func key(_ name: String, _ isFirst: inout Bool) {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        string(name)
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func append(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

    mutating func string(_ text: String) {
        var text = text
        let isPlain = text.withUTF8 { buffer in
            buffer.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        }
        guard isPlain else { return append(JSON.write(.string(text))) }
        bytes.append(UInt8(ascii: "\""))
        append(text.utf8)
        bytes.append(UInt8(ascii: "\""))
    }
}
