import Documents
import Kernel

/// Grant tokens: a grant's right at once, before it has spread. Here it has always spread, so a token is checked and adds
/// nothing.
extension KMSService {
    func checkGrantTokens(_ tokens: [String]?, _ context: Context) throws {
        for token in tokens ?? [] { _ = try grant(token: token, context) }
    }

    func grantToken(_ grant: GrantRecord, _ context: Context) throws -> String {
        Base64.string(try context.vault.tokens.seal(Array("\(grant.keyARN) \(grant.id)".utf8), place: "grant token"))
    }

    /// The key and the id of the grant that a token stands for.
    func grant(token: String, _ context: Context) throws(KMSFault) -> (keyARN: String, id: String) {
        guard token.utf8.count <= KMSLimit.grantTokenBytes, let sealed = Base64.decode(token),
            let plain = try? context.vault.tokens.open(sealed, place: "grant token")
        else { throw .invalidGrantToken }
        let parts = String(decoding: plain, as: UTF8.self).split(separator: " ")
        guard parts.count == 2 else { throw .invalidGrantToken }
        return (String(parts[0]), String(parts[1]))
    }
}
