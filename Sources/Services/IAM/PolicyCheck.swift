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

    /// A trust policy; the account's own users and roles that it names must exist.
    static func trust(_ json: String, account: String, in snapshot: Snapshot) throws {
        do { _ = try PolicyDocument(json: json, kind: .trust) } catch { throw IAMFault.malformed(error) }
        guard PolicyDocument.sizeWithoutWhitespace(json) <= PolicyLimit.trustPolicyMax else {
            throw IAMFault.quota(name: "ACLSizePerRole", limit: PolicyLimit.trustPolicyMax)
        }
        for arn in try principals(json) where try !exists(arn, account, in: snapshot) {
            throw IAMFault.malformed(.invalidPrincipal("\"AWS\":\"\(arn)\""))
        }
    }

    private static func principals(_ json: String) throws -> [String] {
        let statement = try JSON.parse(json)["Statement"]
        let statements = statement?.list ?? statement.map { [$0] } ?? []
        return statements.flatMap { statement -> [String] in
            let named = statement["Principal"]?["AWS"]
            return (named?.list ?? named.map { [$0] } ?? []).compactMap(\.string)
        }
    }

    private static func exists(_ principal: String, _ account: String, in snapshot: Snapshot) throws -> Bool {
        guard let arn = ARN(principal), arn.service == "iam", arn.account == account,
            let name = arn.resource.split(separator: "/").last.map(String.init)
        else { return true }
        if arn.resource == "root" { return true }
        if arn.resource.hasPrefix("user/") {
            return try snapshot.record(UserRecord.self, UserRecord.key(account, name))?.arn == principal
        }
        if arn.resource.hasPrefix("role/") {
            return try snapshot.record(RoleRecord.self, RoleRecord.key(account, name))?.arn == principal
        }
        return false
    }
}
