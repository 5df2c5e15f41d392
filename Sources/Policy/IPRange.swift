/// An IPv4 or IPv6 address, or a CIDR range of them (RFC 4632, RFC 4291). No host names, no zones.
public struct IPRange: Sendable, Equatable {
    private var bytes: [UInt8]
    private var bits: Int

    /// Reads `203.0.113.0/24`, `203.0.113.7`, `2001:DB8::/32`; nil for anything else.
    public init?(_ text: String) {
        let slash = text.utf8.firstIndex(of: UInt8(ascii: "/"))
        let address = text[..<(slash ?? text.endIndex)]
        guard let bytes = Self.version4(address) ?? Self.version6(address) else { return nil }
        self.bytes = bytes
        bits = bytes.count * 8
        if let slash {
            let suffix = text[text.utf8.index(after: slash)...]
            guard suffix.utf8.count <= 3, suffix.utf8.allSatisfy({ (48...57).contains($0) }), let length = Int(suffix),
                length <= bits
            else { return nil }
            bits = length
        }
    }

    public var isVersion4: Bool { bytes.count == 4 }

    /// Whether `other` lies wholly in this range. An address is a range of one.
    public func contains(_ other: IPRange) -> Bool {
        guard bytes.count == other.bytes.count, bits <= other.bits else { return false }
        let whole = bits / 8
        for index in 0..<whole where bytes[index] != other.bytes[index] { return false }
        let rest = bits % 8
        guard rest > 0 else { return true }
        let mask = UInt8(truncatingIfNeeded: 0xFF << (8 - rest))
        return bytes[whole] & mask == other.bytes[whole] & mask
    }

    /// Four decimal numbers of one to three digits. Byte by byte: most requests under a policy with conditions bring one.
    private static func version4(_ text: Substring) -> [UInt8]? {
        var bytes: [UInt8] = []
        var (number, digits) = (0, 0)
        for byte in text.utf8 {
            switch byte {
            case 48...57:
                (number, digits) = (number * 10 + Int(byte - 48), digits + 1)
                guard digits <= 3, number <= 255 else { return nil }
            case UInt8(ascii: "."):
                guard digits > 0, bytes.count < 3 else { return nil }
                bytes.append(UInt8(number))
                (number, digits) = (0, 0)
            default: return nil
            }
        }
        guard digits > 0, bytes.count == 3 else { return nil }
        return bytes + [UInt8(number)]
    }

    private static func version6(_ text: Substring) -> [UInt8]? {
        guard text.utf8.count <= 45, text.contains(":") else { return nil }
        guard let gap = text.utf8Gap else {
            guard let bytes = groups(text), bytes.count == 16 else { return nil }
            return bytes
        }
        guard let head = groups(text[..<gap.lowerBound]), let tail = groups(text[gap.upperBound...]),
            head.count + tail.count <= 14
        else { return nil }
        return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    /// Groups of hexadecimal digits; the last may be an IPv4 address.
    private static func groups(_ text: Substring) -> [UInt8]? {
        if text.isEmpty { return [] }
        var bytes: [UInt8] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, part.contains(".") {
                guard let tail = version4(part) else { return nil }
                bytes += tail
                continue
            }
            guard (1...4).contains(part.utf8.count), part.allSatisfy(\.isHexDigit), let group = UInt16(part, radix: 16) else {
                return nil
            }
            bytes += [UInt8(group >> 8), UInt8(group & 0xFF)]
        }
        return bytes
    }
}

extension Substring {
    /// Where `::` stands.
    fileprivate var utf8Gap: Range<Index>? {
        var index = startIndex
        while index < endIndex {
            let next = self.index(after: index)
            if next < endIndex, self[index] == ":", self[next] == ":" { return index..<self.index(after: next) }
            index = next
        }
        return nil
    }
}
