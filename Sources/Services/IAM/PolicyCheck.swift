import Documents
import Kernel
import Policy
import Store

/// What a policy must be before it is kept.
enum PolicyCheck {
    /// - Throws: ``IAMFault/malformed(_:)``
    static func identity(_ json: String) throws {
        do { _ = try PolicyDocument(json: json, kind: .identity) } catch { throw IAMFault.malformed(error) }
    }

    static func managed(_ json: String) throws {
        try identity(json)
        guard PolicyDocument.sizeWithoutWhitespace(json) <= PolicyLimit.managedPolicyMax else {
            throw IAMFault.quota(name: "PolicySize", limit: PolicyLimit.managedPolicyMax)
        }
    }

    /// A trust policy; the users and roles that it names must exist.
    /// - Returns: the policy as it is kept.
    static func trust(_ json: String, in transaction: any Transaction) throws -> String {
        do { _ = try PolicyDocument(json: json, kind: .trust) } catch { throw IAMFault.malformed(error) }
        guard PolicyDocument.sizeWithoutWhitespace(json) <= PolicyLimit.trustPolicyMax else {
            throw IAMFault.quota(name: "ACLSizePerRole", limit: PolicyLimit.trustPolicyMax)
        }
        return try NamedPrincipals.bound(json, in: transaction) { stranger in
            IAMFault.malformed(.invalidPrincipal("\"\(stranger.kind)\":\"\(stranger.name)\""))
        }
    }
}
