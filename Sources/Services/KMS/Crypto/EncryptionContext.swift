import Documents

/// The pairs that a ciphertext is bound to (https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html).
typealias EncryptionContext = [String: String]

extension EncryptionContext {
    /// The one byte form of a context, whatever order its pairs came in: names and values in the order of the names' UTF-8,
    /// each behind its length.
    var canonical: [UInt8] {
        var bytes: [UInt8] = []
        for (name, value) in sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            for text in [name, value] {
                let count = UInt32(text.utf8.count)
                bytes += [UInt8(count >> 24), UInt8(count >> 16 & 0xFF), UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF)]
                bytes += text.utf8
            }
        }
        return bytes
    }

    init(_ document: Document?) {
        self = [:]
        for (name, value) in document?.members ?? [:] { self[name] = value.string ?? "" }
    }

    /// `kms:EncryptionContext:...` and `kms:EncryptionContextKeys`.
    var conditions: [String: [String]] {
        guard !isEmpty else { return [:] }
        var conditions = ["kms:EncryptionContextKeys": keys.sorted()]
        // Names of condition keys are not case-sensitive: of two that differ in case only, both values count.
        for name in keys.sorted() {
            conditions["kms:EncryptionContext:\(name.lowercased())", default: []].append(self[name] ?? "")
        }
        return conditions
    }
}
