import Documents
import Kernel
import Store

/// Lets a function's execution role open its variables. It is retired when no version of the function is left that needs
/// it.
struct VariableGrant: Codable, Sendable, Hashable {
    static let principal = "lambda.amazonaws.com"
    fileprivate static let delivery = "retireGrant"
    fileprivate static let age = Duration.seconds(7 * 86_400)

    /// The KMS key's ARN.
    var key: String
    var id: String
}

extension Transaction {
    /// Has the grants of functions or versions that are gone or changed retired, as far as no other version needs them.
    func release(_ gone: [FunctionRecord], on platform: Platform) throws {
        let grants = Set(gone.compactMap(\.sealedVariables?.grant))
        guard let function = gone.first, !grants.isEmpty else { return }
        let latest = FunctionRecord.key(function.account, function.region, function.name)
        var left = try LambdaService.versions(of: function, in: self)
        if let latest = try record(FunctionRecord.self, latest) { left.append(latest) }
        for grant in grants.subtracting(left.compactMap(\.sealedVariables?.grant)) {
            try retire(grant, of: function, on: platform)
        }
    }

    fileprivate func retire(_ grant: VariableGrant, of function: FunctionRecord, on platform: Platform) throws {
        let now = platform.clock.now()
        try enqueue(
            Delivery(
                id: Identifier.uuid(), lane: "grants \(grant.key)", service: LambdaService.id, name: VariableGrant.delivery,
                payload: ["grant": try DocumentEncoder().encode(grant), "function": .string(function.arn)], created: now,
                expires: now + VariableGrant.age), on: platform)
    }
}

extension LambdaService {
    func retireGrants(in operations: inout Operations) { operations.delivery(VariableGrant.delivery, retireGrant) }

    private func retireGrant(_ delivery: Delivery, _ platform: Platform) async throws {
        guard let grant = try delivery.payload["grant"].map({ try DocumentDecoder().decode(VariableGrant.self, from: $0) }),
            let function = delivery.payload["function"]?.string, let account = ARN(function)?.account,
            let region = ARN(grant.key)?.region
        else { throw GiveUp("not a grant") }
        let caller = Caller.service(VariableGrant.principal, account: account, sourceARN: function)
        let input: Document = ["KeyId": .string(grant.key), "GrantId": .string(grant.id)]
        do {
            _ = try await platform.call(Call("kms", "RetireGrant", input, caller: caller, region: region))
        } catch let error as AWSError where error.code == "NotFoundException" {
            // It went before, or with its key.
        } catch let error as AWSError where error.isSenders && !error.isTransient {
            throw GiveUp("\(error.code): \(error.message)")
        }
    }

    /// Stores what the variables were sealed for; where that fails, the grant that was made for them goes again.
    func storing<Result>(
        _ change: VariableChange?, of function: FunctionRecord, _ platform: Platform, _ store: () async throws -> Result
    ) async throws -> Result {
        do { return try await store() } catch {
            if let grant = change?.sealed?.grant {
                try await platform.store.write { try $0.retire(grant, of: function, on: platform) }
            }
            throw error
        }
    }
}
