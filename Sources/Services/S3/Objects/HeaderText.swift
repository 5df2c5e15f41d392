import Documents

/// Metadata whose values are not ASCII, on its way through headers.
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html#UserMetadata: "character decoded as per RFC 2047
/// before storing and encoded as per RFC 2047 to make them mail-safe before returning", with a header in UTF-8 as its example.
enum HeaderText {
    /// The value that a header's bytes stand for: they are read as ISO 8859-1, as in AWS's example.
    static func stored(_ value: String) -> String {
        if value.utf8.allSatisfy({ $0 < 0x80 }) { return value }
        return String(String.UnicodeScalarView(value.utf8.map { Unicode.Scalar($0) }))
    }

    /// An encoded word where the value is not ASCII.
    static func shown(_ value: String) -> String {
        if value.utf8.allSatisfy({ $0 < 0x80 }) { return value }
        return "=?UTF-8?B?\(Base64.string(Array(value.utf8)))?="
    }
}
