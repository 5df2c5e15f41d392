#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// An IPv4 or IPv6 address in a query, and whether it lies in a subnet.
struct QueryAddress: Sendable {
    /// Four, or sixteen.
    private let bytes: [UInt8]

    init?(_ text: String) {
        // The system's reader stops at a zero.
        guard !text.utf8.contains(0) else { return nil }
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: count)
            if inet_pton(family, text, &bytes) == 1 {
                self.bytes = bytes
                return
            }
        }
        return nil
    }

    var isVersion4: Bool { bytes.count == 4 }

    /// - Parameter subnet: in CIDR notation; in what is none lies nothing.
    func lies(in subnet: String) -> Bool {
        let parts = subnet.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let network = QueryAddress(String(parts[0])), network.bytes.count == bytes.count,
            let length = UInt8(parts[1]), Int(length) <= bytes.count * 8
        else { return false }
        let (whole, rest) = (Int(length) / 8, Int(length) % 8)
        guard bytes.prefix(whole) == network.bytes.prefix(whole) else { return false }
        return rest == 0 || (bytes[whole] ^ network.bytes[whole]) >> (8 - rest) == 0
    }
}
