import Kernel
import Store

/// A key or alias as a request names it: by id, ARN, alias name or alias ARN
/// (https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id).
enum KeyReference: Sendable, Hashable {
    case key(account: String, region: String, id: String)
    case alias(account: String, region: String, name: String)

    /// - Throws: ``KMSFault`` for what can be no key of the Region that was addressed.
    init(_ text: String, _ context: Context) throws(KMSFault) {
        guard text.hasPrefix("arn:") else {
            if text.hasPrefix("alias/") {
                self = .alias(account: context.account, region: context.region, name: text)
            } else if Self.isID(text) {
                self = .key(account: context.account, region: context.region, id: text)
            } else {
                throw .invalidKeyID(text)
            }
            return
        }
        guard let arn = ARN(text), arn.service == "kms" else { throw .invalidARN(text) }
        guard arn.region == context.region else { throw .wrongRegion(arn.region) }
        if arn.resource.hasPrefix("alias/") {
            self = .alias(account: arn.account, region: arn.region, name: arn.resource)
        } else if arn.resource.hasPrefix("key/") {
            self = .key(account: arn.account, region: arn.region, id: String(arn.resource.dropFirst("key/".count)))
        } else {
            throw .invalidARN(text)
        }
    }

    var isAlias: Bool { if case .alias = self { true } else { false } }

    /// A UUID, or `mrk-` and 32 hexadecimal digits.
    static func isID(_ text: String) -> Bool {
        if text.hasPrefix("mrk-") { return text.utf8.count == 36 && text.utf8.dropFirst(4).allSatisfy(Self.isHex) }
        return text.utf8.count == 36
            && text.utf8.enumerated().allSatisfy { [8, 13, 18, 23].contains($0) ? $1 == UInt8(ascii: "-") : Self.isHex($1) }
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        byte >= 48 && byte <= 57 || byte >= 97 && byte <= 102 || byte >= 65 && byte <= 70
    }
}
