import Documents
import Kernel
import Store
import TestSupport
import Testing

@testable import DynamoDB

/// Clients' tokens of transactions, as the store keeps them.
struct RequestTokenTests {
    private static let start = Timestamp(microseconds: 1_800_000_000_000_000)
    private static let request: [UInt8] = [1, 2, 3]

    private static func key(_ token: String) -> Key { RequestToken.key("123456789012", "eu-west-1", token) }

    private static func rows(_ space: Space, _ store: any KeyValueStore) async throws -> Int {
        try await store.read { try $0.count(Key(space)) }
    }

    @Test func expiredTokensGoAsNewOnesCome() async throws {
        try await TestPlatform.with([]) { try await expiredTokensGo($0.platform.store) }
    }

    private func expiredTokensGo(_ store: any KeyValueStore) async throws {
        let dues = TokenDues()
        @Sendable func keep(_ token: String, _ seconds: Int64, _ dues: TokenDues) async throws {
            let now = Self.start + .seconds(seconds)
            try await store.write { try RequestToken.keep(Self.key(token), Self.request, at: now, in: $0, dues) }
        }
        for second in Int64(0)..<20 { try await keep("early-\(second)", second, dues) }
        try await keep("late", 300, dues)
        #expect(try await Self.rows(.dynamoRequestToken, store) == 21)
        // Twenty have expired; each new one takes some away, the last by a process that has not looked before.
        try await keep("new-1", 700, dues)
        #expect(try await Self.rows(.dynamoRequestToken, store) == 22 - TransactionLimit.sweep)
        try await keep("new-2", 701, dues)
        try await keep("new-3", 702, TokenDues())
        #expect(try await Self.rows(.dynamoRequestToken, store) == 4)
        #expect(try await Self.rows(.dynamoRequestTokenDue, store) == 4)
        // A token that is used again after its time is due again.
        try await keep("late", 901, dues)
        try await keep("new-4", 902, dues)
        #expect(try await Self.rows(.dynamoRequestToken, store) == 5)
        let kept = try await store.read {
            try RequestToken.isRepeated(Self.key("late"), Self.request, at: Self.start + .seconds(1_500), in: $0)
        }
        #expect(kept)
    }

    @Test func tokensOfEarlierVersionsCount() async throws {
        try await TestPlatform.with([]) { try await earlierTokensCount($0.platform.store) }
    }

    private func earlierTokensCount(_ store: any KeyValueStore) async throws {
        let expires = Self.start + TransactionLimit.tokenLife
        let first = RequestToken.First(fingerprint: Self.request, expires: expires)
        try await store.write { try $0.put(Self.key("a"), first) }
        @Sendable func isRepeated(_ request: [UInt8], _ now: Timestamp) async throws -> Bool {
            try await store.read { try RequestToken.isRepeated(Self.key("a"), request, at: now, in: $0) }
        }
        #expect(try await isRepeated(Self.request, Self.start))
        #expect(try await !isRepeated(Self.request, expires))
        await #expect(throws: DynamoDBFault.self) { try await isRepeated([9], Self.start) }
    }
}
