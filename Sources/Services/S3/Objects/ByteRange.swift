/// One range of bytes as GET understands it (RFC 9110, section 14).
enum ByteRange {
    /// - Returns: nil where the header is to be ignored: another unit, several ranges, or no range at all.
    /// - Throws: ``S3Fault/invalidRange(_:size:)`` for a range outside the object.
    static func parse(_ header: String, size: Int64) throws -> Range<Int64>? {
        guard header.hasPrefix("bytes=") else { return nil }
        let spec = header.dropFirst("bytes=".count)
        let parts = spec.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        if parts[0].isEmpty {
            guard let count = digits(parts[1]) else { return nil }
            guard count > 0, size > 0 else { throw S3Fault.invalidRange(header, size: size) }
            return max(0, size - count)..<size
        }
        guard let first = digits(parts[0]) else { return nil }
        var last = Int64.max - 1
        if !parts[1].isEmpty {
            guard let given = digits(parts[1]), given >= first else { return nil }
            last = given
        }
        guard first < size else { throw S3Fault.invalidRange(header, size: size) }
        return first..<min(last, size - 1) + 1
    }

    private static func digits(_ text: Substring) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        // More than fits is past every end.
        return Int64(text) ?? Int64.max - 1
    }
}
