import Kernel
import Store

/// DeleteParameter and DeleteParameters.
extension SSMService {
    struct NameInput: Decodable, Sendable { var Name: String }

    /// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameter.html
    func deleteParameter(_ input: NameInput, _ context: Context) async throws -> Nothing {
        try await delete(input.Name, context)
        return Nothing()
    }

    private func delete(_ text: String, _ context: Context) async throws {
        let name = try ParameterName.plain(text, context)
        let platform = context.platform
        try await context.store.write { transaction in
            let record = try name.find(in: transaction)
            try transaction.deleteRange(from: record.versions, to: record.versions.rangeEnd)
            try transaction.delete(record.key)
            try cancelTimers(record, transaction)
            try Self.count(nil, replacing: record, transaction)
            try announce("Delete", record, transaction, platform)
        }
    }

    struct DeleteManyInput: Decodable, Sendable { var Names: [String] }
    struct DeleteManyOutput: Codable, Sendable {
        var DeletedParameters: [String]
        var InvalidParameters: [String]
    }

    /// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameters.html
    func deleteParameters(_ input: DeleteManyInput, _ context: Context) async throws -> DeleteManyOutput {
        var output = DeleteManyOutput(DeletedParameters: [], InvalidParameters: [])
        for name in input.Names {
            do {
                try await delete(name, context)
                output.DeletedParameters.append(name)
            } catch SSMFault.parameterNotFound, SSMFault.validation { output.InvalidParameters.append(name) }
        }
        return output
    }
}
