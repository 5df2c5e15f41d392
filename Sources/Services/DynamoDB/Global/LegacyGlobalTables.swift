import Documents
import Kernel

struct GlobalTableNameInput: Codable, Sendable { var GlobalTableName: String }
struct GlobalTableOutput: Codable, Sendable { var GlobalTableDescription: Document }
struct ListGlobalTablesOutput: Codable, Sendable { var GlobalTables: [Document] }

/// Global tables of version 2017.11.29: there are none, for CreateGlobalTable and UpdateGlobalTable are not implemented.
extension DynamoDBService {
    func describeGlobalTable(_ input: GlobalTableNameInput, _ context: Context) async throws -> GlobalTableOutput {
        throw DynamoDBFault.globalTableNotFound(input.GlobalTableName)
    }

    func listGlobalTables(_ input: Nothing, _ context: Context) async throws -> ListGlobalTablesOutput {
        ListGlobalTablesOutput(GlobalTables: [])
    }
}
