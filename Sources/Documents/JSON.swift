/// JSON text (RFC 8259) to and from documents.
///
/// JSON has no blobs and timestamps. Reading never makes them (a wire codec turns strings and numbers into them by the
/// model); writing puts a blob as base64 and a timestamp as epoch seconds, the defaults of AWS's JSON protocols.
public enum JSON {
    /// How deep arrays and objects may nest. AWS services stop between 32 and 100; past this it is an attack.
    public static let depthMax = 128

    /// - Parameter uniqueNames: refuse an object that has a name twice; otherwise the last wins, as in AWS's services.
    /// - Parameter keepsNumerals: numbers that would be written differently afterwards (1.0, 1e5, twenty digits) keep their
    ///   text: for what is handed on to others, who may tell them apart.
    /// - Throws: ``DocumentError`` with the byte offset.
    public static func parse(_ bytes: [UInt8], uniqueNames: Bool = false, keepsNumerals: Bool = false) throws -> Document {
        try bytes.withUnsafeBufferPointer { buffer in
            var reader = JSONReader(buffer, uniqueNames: uniqueNames, keepsNumerals: keepsNumerals)
            return try reader.document()
        }
    }

    public static func parse(_ text: String, keepsNumerals: Bool = false) throws -> Document {
        var text = text
        return try text.withUTF8 { buffer in
            var reader = JSONReader(buffer, keepsNumerals: keepsNumerals)
            return try reader.document()
        }
    }

    public static func write(_ document: Document) -> [UInt8] {
        var writer = JSONWriter()
        writer.write(document)
        return writer.bytes
    }

    public static func text(_ document: Document) -> String { String(decoding: write(document), as: UTF8.self) }
}
