/// Writes one JSON object of texts, member by member, without a document in between.
public struct JSONObjectWriter {
    private var writer = JSONWriter()
    private var isEmpty = true

    public init(capacity: Int = 0) { writer.open(capacity: capacity) }

    /// - Parameter name: has nothing that JSON escapes.
    public mutating func member(_ name: StaticString, _ value: String) {
        writer.name(plain: name, isFirst: isEmpty)
        isEmpty = false
        writer.string(value)
    }

    /// Closes the object and gives its text.
    public consuming func finish() -> [UInt8] {
        writer.close()
        return writer.bytes
    }
}
