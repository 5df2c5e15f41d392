import Crypto
import Documents

/// The canonical user id of an account, under which S3 names owners: 64 hexadecimal digits.
enum CanonicalUser {
    static func id(_ account: String) -> String { Hex.encode(SHA256.hash(data: Array("canonical-user:\(account)".utf8))) }

    static func owner(_ account: String) -> Shape.Owner { Shape.Owner(displayName: nil, id: id(account)) }

    /// The short form in event records, `A3NL1KOZZKExample`.
    static func principal(_ account: String) -> String { "A" + id(account).prefix(13).uppercased() }
}
