/// A block of IPv4 or IPv6 addresses, `10.0.0.0/24` or `2001:db8::/32` (RFC 4632, RFC 4291).
struct CIDRBlock: Hashable, Sendable {
    let bytes: [UInt8]
    let bits: Int

    /// - Throws: ``InvalidEventPattern``.
    init(_ text: String) throws(InvalidEventPattern) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw InvalidEventPattern("Malformed CIDR, one '/' required") }
        guard let address = Self.address(String(parts[0])) else {
            throw InvalidEventPattern("Malformed CIDR, could not parse \(parts[0]) as an IP address")
        }
        guard let bits = Int(parts[1]) else { throw InvalidEventPattern("Malformed CIDR, mask bits must be an integer") }
        guard bits >= 0 else { throw InvalidEventPattern("Malformed CIDR, mask bits must not be negative") }
        guard bits <= address.count * 8 else {
            throw InvalidEventPattern("IPv\(address.count == 4 ? 4 : 6) mask bits must be < \(address.count * 8 + 1)")
        }
        (bytes, self.bits) = (Self.masked(address, bits), bits)
    }

    func contains(_ text: String) -> Bool {
        guard let address = Self.address(text), address.count == bytes.count else { return false }
        return Self.masked(address, bits) == bytes
    }

    static func masked(_ address: [UInt8], _ bits: Int) -> [UInt8] {
        address.enumerated().map { index, byte in
            let kept = min(max(bits - index * 8, 0), 8)
            return kept == 0 ? 0 : byte & UInt8(truncatingIfNeeded: 0xFF << (8 - kept))
        }
    }

    static func address(_ text: String) -> [UInt8]? {
        guard text.utf8.count <= 45 else { return nil }
        return text.utf8.contains(UInt8(ascii: ":")) ? version6(text) : version4(text)
    }

    private static func version4(_ text: some StringProtocol) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        let bytes = parts.compactMap { part -> UInt8? in
            part.utf8.allSatisfy { (48...57).contains($0) } ? UInt8(part) : nil
        }
        return bytes.count == 4 ? bytes : nil
    }

    private static func version6(_ text: String) -> [UInt8]? {
        let bytes = Array(text.utf8)
        let colon = UInt8(ascii: ":")
        let gaps = bytes.indices.dropLast().filter { bytes[$0] == colon && bytes[$0 + 1] == colon }
        guard let gap = gaps.first else {
            let all = groups(bytes[...])
            return all?.count == 16 ? all : nil
        }
        guard gaps.count == 1, let head = groups(bytes[..<gap]), let tail = groups(bytes[(gap + 2)...]),
            head.count + tail.count <= 14
        else { return nil }
        return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    private static func groups(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        if bytes.isEmpty { return [] }
        var result: [UInt8] = []
        let parts = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            let text = String(decoding: part, as: UTF8.self)
            if index == parts.count - 1, text.contains(".") {
                guard let four = version4(text) else { return nil }
                result += four
            } else {
                guard (1...4).contains(part.count), text.first != "+", let group = UInt16(text, radix: 16) else { return nil }
                result += [UInt8(group >> 8), UInt8(group & 0xFF)]
            }
        }
        return result
    }
}
