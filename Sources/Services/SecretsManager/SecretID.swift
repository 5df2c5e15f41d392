import Kernel
import Store

/// What callers name a secret by: its name, its ARN, or its ARN without the six random characters
/// (https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen).
struct SecretID: Sendable {
    let account: String
    let region: String
    /// The name, in an ARN perhaps with the random characters behind it.
    let text: String
    let isARN: Bool

    init(_ text: String, _ context: Context) {
        if let arn = ARN(text), arn.service == "secretsmanager", arn.resource.hasPrefix("secret:") {
            (account, region, isARN) = (arn.account, arn.region, true)
            self.text = String(arn.resource.dropFirst("secret:".count))
        } else {
            (account, region, isARN, self.text) = (context.account, context.region, false, text)
        }
    }

    /// The resource part of an ARN.
    init(account: String, region: String, text: String) {
        (self.account, self.region, self.text, isARN) = (account, region, text, true)
    }

    /// The ARN's account and Region hold; for what no secret has, nil.
    func find(in snapshot: any Snapshot) throws -> SecretRecord? {
        if let secret = try snapshot.record(SecretRecord.self, SecretRecord.key(account, region, text)) { return secret }
        guard isARN, let (name, suffix) = Self.parts(text),
            let secret = try snapshot.record(SecretRecord.self, SecretRecord.key(account, region, name)), secret.suffix == suffix
        else { return nil }
        return secret
    }

    private static func parts(_ text: String) -> (name: String, suffix: String)? {
        guard text.count > 7 else { return nil }
        let name = text.dropLast(7)
        let rest = text.suffix(7)
        guard rest.first == "-" else { return nil }
        return (String(name), String(rest.dropFirst()))
    }

    /// For authorization: what is not there is asked about under the name it would have.
    var arn: String { ARN("secretsmanager", region: region, account: account, "secret:\(text)").description }
}

extension Snapshot {
    /// - Throws: ``SecretsFault/notFound``, and ``SecretsFault/markedForDeletion`` unless that is wanted.
    func secret(_ id: String, _ context: Context, evenDeleted: Bool = false) throws -> SecretRecord {
        let id = SecretID(id, context)
        guard id.region == context.region, let secret = try id.find(in: self) else { throw SecretsFault.notFound }
        if secret.deletion != nil, !evenDeleted { throw SecretsFault.markedForDeletion }
        return secret
    }
}

extension SecretRecord {
    /// A replica follows its primary, and a service's secret is changed by that service alone.
    func mayChange(_ context: Context) throws {
        if isReplica { throw SecretsFault.replica }
        try mayManage(context)
    }

    func mayManage(_ context: Context) throws {
        if let owner = owningService, context.actingService != owner { throw SecretsFault.managed(by: owner) }
    }
}

extension Context {
    /// The service that calls, in its own name or in a customer's: `rds`.
    var actingService: String? {
        let name = caller.serviceName ?? caller.calledVia?.last
        return name.flatMap { $0.split(separator: ".").first.map(String.init) }
    }
}
