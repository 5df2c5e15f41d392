import Documents
import Kernel
import Organizations
import Store
import Synchronization
import TestSupport
import Testing

let management = "111111111111"
let member = "222222222222"
let stranger = "333333333333"

let denyAll = #"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#

func withOrganizations(_ body: @Sendable (TestPlatform) async throws -> Void) async throws {
    try await TestPlatform.with([OrganizationsService()], body)
}

extension TestPlatform {
    @discardableResult
    func org(_ operation: String, _ input: Document = [:], as account: String = management) async throws -> Document {
        try await call("organizations", operation, input, as: .root(of: account))
    }

    /// An organization with one invited member. Gives the root's id.
    func makeOrganization() async throws -> Document {
        try await org("CreateOrganization")
        let offer = try await org("InviteAccountToOrganization", ["Target": ["Id": .string(member), "Type": "ACCOUNT"]])
        try await org("AcceptHandshake", ["HandshakeId": try #require(offer["Handshake"]?["Id"])], as: member)
        return try #require(try await org("ListRoots")["Roots"]?.list?.first?["Id"])
    }

    /// Attaches a policy of this text to a target.
    @discardableResult
    func lay(_ content: String, on target: Document, type: Document = "SERVICE_CONTROL_POLICY") async throws -> Document {
        let made = try await org(
            "CreatePolicy",
            ["Content": .string(content), "Description": "", "Name": .string(Identifier.uuid()), "Type": type])
        let id = try #require(made["Policy"]?["PolicySummary"]?["Id"])
        try await org("AttachPolicy", ["PolicyId": id, "TargetId": target])
        return id
    }

    func refusal(_ operation: String, _ input: Document = [:], as account: String = management) async -> String? {
        do {
            try await org(operation, input, as: account)
            return nil
        } catch let error as AWSError {
            return error.code
        } catch {
            return "\(error)"
        }
    }
}

/// Counts what is read through it, and can do something between a read and its use.
final class CountingStore: KeyValueStore {
    private let inner: any KeyValueStore
    private let count = Mutex(0)
    private let afterRead = Mutex<(@Sendable () -> Void)?>(nil)
    var reads: Int { count.withLock { $0 } }

    /// Runs once, when the next read has its result.
    func afterNextRead(_ body: @escaping @Sendable () -> Void) { afterRead.withLock { $0 = body } }

    init(_ inner: any KeyValueStore) { self.inner = inner }

    func write<Result: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> Result) async throws -> Result {
        try await inner.write(body)
    }
    func read<Result: Sendable>(_ body: @Sendable (Snapshot) throws -> Result) async throws -> Result {
        count.withLock { $0 += 1 }
        let result = try await inner.read(body)
        let hook = afterRead.withLock { hook in
            defer { hook = nil }
            return hook
        }
        hook?()
        return result
    }
    func close() async { await inner.close() }
}
