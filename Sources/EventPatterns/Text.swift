/// A string as its UTF-8 bytes. AWS compares bytes; Swift's own equality would take composed and decomposed accents for one.
struct Text: Hashable, Sendable {
    let bytes: [UInt8]

    init(_ string: String) { bytes = Array(string.utf8) }
    init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    var string: String { String(decoding: bytes, as: UTF8.self) }
    var folded: Text { Text(string.lowercased()) }
}
