import Documents
import Kernel
import Store

/// Reserved concurrency (https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html).
extension LambdaService {
    struct ConcurrencyInput: Decodable, Sendable {
        var FunctionName: String
        var ReservedConcurrentExecutions: Int
    }

    struct ConcurrencyOutput: Encodable, Sendable { var ReservedConcurrentExecutions: Int? }

    func putConcurrency(_ input: ConcurrencyInput, _ context: Context) async throws -> ConcurrencyOutput {
        let name = try FunctionName(unqualified: input.FunctionName, context)
        let count = input.ReservedConcurrentExecutions
        try await context.store.write { transaction in
            var record = try name.latest(in: transaction)
            let shares = try ConcurrencyShares(name, in: transaction)
            guard count <= shares.reservableMax else {
                throw LambdaFault.invalidParameter(
                    "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [\(ConcurrencyShares.unreservedMin)]."
                )
            }
            guard count >= shares.ownProvisioned else {
                throw LambdaFault.invalidParameter(
                    "ReservedConcurrentExecutions for function should not be lower than function's total provisioned concurrency [\(shares.ownProvisioned)]."
                )
            }
            record.reservedConcurrency = count
            try transaction.put(record.key, record)
        }
        return ConcurrencyOutput(ReservedConcurrentExecutions: count)
    }

    struct ConcurrencyName: Decodable, Sendable { var FunctionName: String }

    func getConcurrency(_ input: ConcurrencyName, _ context: Context) async throws -> ConcurrencyOutput {
        let record = try await FunctionName(input.FunctionName, context).find(context.platform)
        return ConcurrencyOutput(ReservedConcurrentExecutions: record.reservedConcurrency)
    }

    func deleteConcurrency(_ input: ConcurrencyName, _ context: Context) async throws -> Nothing {
        _ = try FunctionName(unqualified: input.FunctionName, context)
        try await set(input.FunctionName, context) { $0.reservedConcurrency = nil }
        return Nothing()
    }
}
