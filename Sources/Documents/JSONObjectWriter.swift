/// Writes one JSON object of texts and objects, member by member, without a document in between.
public struct JSONObjectWriter {
    private var writer = JSONWriter()
    private var isEmpty = true

    public init(capacity: Int = 0) { writer.open(capacity: capacity) }

    private mutating func name(_ name: String) {
        writer.name(name, isFirst: isEmpty)
        isEmpty = false
    }

    public mutating func member(_ name: String, _ value: String) {
        self.name(name)
        writer.string(value)
    }

    /// A member that is an object itself, filled by `body`.
    public mutating func object(_ name: String, _ body: (inout JSONObjectWriter) -> Void) {
        self.name(name)
        writer.open()
        isEmpty = true
        body(&self)
        writer.close()
        isEmpty = false
    }

    /// Closes the object and gives its text.
    public consuming func finish() -> [UInt8] {
        writer.close()
        return writer.bytes
    }
}
