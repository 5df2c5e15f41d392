import Documents
import Kernel
import SQLEngine
import Synchronization

/// A SQL engine that answers what the test told it.
final class FakeEngine: SQLRunning {
    let tables = Mutex<Result<[InferredTable], SQLFault>>(.success([]))
    func parse(_ sql: String, on platform: Platform) async throws -> ParsedStatement { throw SQLFault.stopping }
    func query(_ query: SQLQuery, on platform: Platform) async throws -> SQLResult { throw SQLFault.stopping }
    func infer(
        _ location: String, _ rules: InferenceRules, access: SQLAccess, on platform: Platform
    ) async throws -> [InferredTable] { try tables.withLock { try $0.get() } }
    func stop() async {}
}

/// Lets Glue assume any role but those named `missing`.
struct FakeSTS: Service {
    static let id = "sts"
    struct Input: Codable, Sendable {
        var RoleArn: String
        var RoleSessionName: String
    }
    struct Keys: Codable, Sendable {
        var AccessKeyId = "ASIATEST"
        var SecretAccessKey = "secret"
        var SessionToken = "token"
        var Expiration = Timestamp(seconds: 2_000_000_000)
    }
    struct User: Codable, Sendable {
        var Arn: String
        var AssumedRoleId: String
    }
    struct Output: Codable, Sendable {
        var Credentials: Keys
        var AssumedRoleUser: User
    }
    func register(in operations: inout Operations) {
        operations.on("AssumeRole") { (input: Input, context: Context) in
            guard !input.RoleArn.hasSuffix("missing") else { throw AWSError("AccessDenied", 403, "not authorized") }
            let name = input.RoleArn.split(separator: "/").last.map(String.init) ?? ""
            return Output(
                Credentials: Keys(),
                AssumedRoleUser: User(
                    Arn: "arn:aws:sts::000000000000:assumed-role/\(name)/\(input.RoleSessionName)",
                    AssumedRoleId: "AROATEST:\(input.RoleSessionName)"))
        }
    }
    var actions: ActionMap { ["AssumeRole": { _, _ in [] }] }
}

extension InferredTable {
    /// From what the worker would write.
    static func make(_ json: String) throws -> InferredTable {
        try DocumentDecoder().decode(InferredTable.self, from: try JSON.parse(json))
    }
}
