import Kernel

/// Where Lambda's lists go on: opaque to clients, who hand back what they were given.
enum PageMarker {
    /// - Parameter parts: what the list is of, its function or layer, and what it is narrowed to.
    static func write(_ last: String?, of parts: String?..., in context: Context) -> String? {
        last.map { PageToken.write($0, of: context.list(parts)) }
    }

    /// - Throws: ``LambdaFault/invalidParameter(_:)`` for what this list has not given. Empty text begins at the beginning.
    static func read(_ marker: String?, of parts: String?..., in context: Context) throws(LambdaFault) -> String? {
        try last(marker, context.list(parts))
    }

    /// The same, for lists of versions.
    static func number(_ marker: String?, of parts: String?..., in context: Context) throws(LambdaFault) -> Int64? {
        guard let last = try last(marker, context.list(parts)) else { return nil }
        guard let number = Int64(last) else { throw .invalidParameter("Invalid Marker: \(marker ?? "")") }
        return number
    }

    private static func last(_ marker: String?, _ list: String) throws(LambdaFault) -> String? {
        guard let marker, !marker.isEmpty else { return nil }
        guard let last = PageToken.name(marker, of: list) else { throw .invalidParameter("Invalid Marker: \(marker)") }
        return last
    }
}
