/// Writes one JSON object, member by member, without a document of it in between.
public struct JSONObjectWriter {
    private var writer = JSONWriter()
    private var isEmpty = true

    public init(capacity: Int = 0) { writer.open(capacity: capacity) }

    /// - Parameter name: has nothing that JSON escapes.
    public mutating func member(_ name: StaticString, _ value: String) {
        begin(name)
        writer.string(value)
    }

    public mutating func member(_ name: StaticString, _ value: Document) {
        begin(name)
        writer.write(value)
    }

    /// - Parameter text: JSON already, kept as it is.
    public mutating func member(_ name: StaticString, json text: String) {
        begin(name)
        writer.raw(text)
    }

    private mutating func begin(_ name: StaticString) {
        writer.name(plain: name, isFirst: isEmpty)
        isEmpty = false
    }

    /// Closes the object and gives its text.
    public consuming func finish() -> [UInt8] {
        writer.close()
        return writer.bytes
    }
}
