import Kernel

/// Where Lambda's lists go on: opaque to clients, who hand back what they were given.
enum PageMarker {
    static func write(_ last: String?, _ context: Context) -> String? {
        last.map { PageToken.write($0, of: context.list()) }
    }

    /// - Throws: ``LambdaFault/invalidParameter(_:)`` for what no list has given. Empty text begins at the beginning.
    static func read(_ marker: String?, _ context: Context) throws(LambdaFault) -> String? {
        guard let marker, !marker.isEmpty else { return nil }
        guard let last = PageToken.name(marker, of: context.list()) else { throw .invalidParameter("Invalid Marker: \(marker)") }
        return last
    }

    /// The same, for lists of versions.
    static func number(_ marker: String?, _ context: Context) throws(LambdaFault) -> Int64? {
        guard let last = try read(marker, context) else { return nil }
        guard let number = Int64(last) else { throw .invalidParameter("Invalid Marker: \(marker ?? "")") }
        return number
    }
}
