extension KeyElement {
    private enum Code {
        static let bytes: UInt8 = 0x01, text: UInt8 = 0x02, zero: UInt8 = 0x14, double: UInt8 = 0x21
    }

    func append(to bytes: inout [UInt8]) {
        switch self {
        case .bytes(let value):
            bytes.append(Code.bytes)
            value.withUnsafeBufferPointer { Self.appendEscaped($0, to: &bytes) }
        case .text(let value):
            bytes.append(Code.text)
            var value = value
            value.withUTF8 { Self.appendEscaped($0, to: &bytes) }
        case .integer(let value): Self.append(value, to: &bytes)
        case .double(let value):
            bytes.append(Code.double)
            // Flip so that unsigned byte order is numeric order: all bits of a negative, the sign of a positive.
            let bits = value.bitPattern
            let ordered = bits >> 63 == 1 ? ~bits : bits ^ (1 << 63)
            withUnsafeBytes(of: ordered.bigEndian) { bytes.append(contentsOf: $0) }
        }
    }

    private static func appendEscaped(_ value: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]) {
        if value.contains(0) {
            for byte in value {
                bytes.append(byte)
                if byte == 0 { bytes.append(0xFF) }
            }
        } else {
            bytes.append(contentsOf: value)
        }
        bytes.append(0)
    }

    private static func append(_ value: Int64, to bytes: inout [UInt8]) {
        let magnitude = value.magnitude
        let length = (64 - magnitude.leadingZeroBitCount + 7) / 8
        bytes.append(value < 0 ? Code.zero - UInt8(length) : Code.zero + UInt8(length))
        // A negative is written as its one's complement, so that a larger magnitude sorts earlier.
        let ordered = value < 0 ? ~magnitude : magnitude
        withUnsafeBytes(of: ordered.bigEndian) { bytes.append(contentsOf: $0.suffix(length)) }
    }

    static func read(_ bytes: ArraySlice<UInt8>) throws -> [KeyElement] {
        var elements: [KeyElement] = []
        var rest = bytes
        while let code = rest.popFirst() {
            switch code {
            case Code.bytes: elements.append(.bytes(try readEscaped(&rest)))
            case Code.text:
                let utf8 = try readEscaped(&rest)
                guard let text = String(validating: utf8, as: UTF8.self) else { throw StoreError.corrupt("key text") }
                elements.append(.text(text))
            case Code.zero - 8...Code.zero + 8: elements.append(.integer(try readInteger(code, &rest)))
            case Code.double:
                let ordered = try readUnsigned(8, &rest)
                elements.append(.double(Double(bitPattern: ordered >> 63 == 1 ? ordered ^ (1 << 63) : ~ordered)))
            default: throw StoreError.corrupt("key element code \(code)")
            }
        }
        return elements
    }

    private static func readEscaped(_ rest: inout ArraySlice<UInt8>) throws -> [UInt8] {
        var value: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == 0 {
                guard rest.first == 0xFF else { return value }
                rest.removeFirst()
            }
            value.append(byte)
        }
        throw StoreError.corrupt("key string has no end")
    }

    private static func readUnsigned(_ count: Int, _ rest: inout ArraySlice<UInt8>) throws -> UInt64 {
        guard rest.count >= count else { throw StoreError.corrupt("key element is cut") }
        let value = rest.prefix(count).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        rest.removeFirst(count)
        return value
    }

    private static func readInteger(_ code: UInt8, _ rest: inout ArraySlice<UInt8>) throws -> Int64 {
        let length = Int(code) - Int(Code.zero)
        let raw = try readUnsigned(abs(length), &rest)
        if length >= 0 {
            guard let value = Int64(exactly: raw) else { throw StoreError.corrupt("key integer") }
            return value
        }
        let mask = length == -8 ? UInt64.max : (UInt64(1) << UInt64(-length * 8)) - 1
        let magnitude = ~raw & mask
        guard magnitude <= Int64.min.magnitude else { throw StoreError.corrupt("key integer") }
        return magnitude == Int64.min.magnitude ? Int64.min : -Int64(magnitude)
    }
}
