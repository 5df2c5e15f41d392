/// A blob's name: 128 random bits as 32 lower-case hexadecimal digits. Safe as a file name by construction.
public struct BlobID: Sendable, Hashable, Codable, CustomStringConvertible {
    public let text: String

    /// - Returns: nil unless `text` is 32 lower-case hexadecimal digits.
    public init?(_ text: String) {
        guard text.utf8.count == 32, text.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else {
            return nil
        }
        self.text = text
    }

    /// - Parameter random: gives 64 random bits at each call.
    init(random: () -> UInt64) {
        text = [random(), random()].map { bits in
            let digits = String(bits, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let id = BlobID(text) else { throw StoreError.corrupt("blob ID") }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    public var description: String { text }
}

/// What a record keeps of a blob.
public struct BlobReference: Sendable, Hashable, Codable {
    public let id: BlobID
    /// In bytes.
    public let size: Int64

    public init(id: BlobID, size: Int64) {
        self.id = id
        self.size = size
    }
}
