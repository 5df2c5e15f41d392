import Documents
import Kernel
import Store
import Synchronization

/// An account's settings in S3.
struct AccountRecord: Stored, Hashable {
    static let tag: UInt8 = 1

    var publicAccessBlock: PublicAccessBlock?

    static func key(_ account: String) -> Key { Key(.s3Account, .text(account)) }
}

/// Account records, decoded once. Whoever writes one says so with ``changes(_:in:)``.
final class AccountCache: Sendable {
    private struct State {
        var known: [String: AccountRecord] = [:]
        var generation: UInt64 = 0
    }
    private let state = Mutex(State())

    func current(_ account: String, in store: any KeyValueStore) async throws -> AccountRecord {
        let (known, generation) = state.withLock { ($0.known[account], $0.generation) }
        if let known { return known }
        let record = try await store.read { try $0.record(AccountRecord.self, AccountRecord.key(account)) } ?? AccountRecord()
        state.withLock { state in
            guard state.generation == generation else { return }
            if state.known.count >= Limit.cachedBuckets { state.known = [:] }
            state.known[account] = record
        }
        return record
    }

    func changes(_ account: String, in transaction: Transaction) {
        transaction.afterCommit { [self] in
            state.withLock { state in
                state.generation += 1
                state.known[account] = nil
            }
        }
    }
}

extension S3Service {
    /// What holds for a bucket: its own settings and its account's, whichever is stricter.
    func block(on bucket: BucketRecord, in store: any KeyValueStore) async throws -> PublicAccessBlock {
        var own = bucket.publicAccessBlock ?? .none
        if let point = Passage.current { own = own.joined(point.publicAccessBlock) }
        guard own != .all else { return own }
        return own.joined(try await accounts.current(bucket.account, in: store).publicAccessBlock ?? .none)
    }
}

extension PublicAccessBlock {
    static let none = PublicAccessBlock(
        blockPublicAcls: false, ignorePublicAcls: false, blockPublicPolicy: false, restrictPublicBuckets: false)

    func joined(_ other: PublicAccessBlock) -> PublicAccessBlock {
        PublicAccessBlock(
            blockPublicAcls: blockPublicAcls || other.blockPublicAcls,
            ignorePublicAcls: ignorePublicAcls || other.ignorePublicAcls,
            blockPublicPolicy: blockPublicPolicy || other.blockPublicPolicy,
            restrictPublicBuckets: restrictPublicBuckets || other.restrictPublicBuckets)
    }

    init(_ asked: Shape.PublicAccessBlockConfiguration) {
        self.init(
            blockPublicAcls: asked.blockPublicAcls ?? false, ignorePublicAcls: asked.ignorePublicAcls ?? false,
            blockPublicPolicy: asked.blockPublicPolicy ?? false, restrictPublicBuckets: asked.restrictPublicBuckets ?? false)
    }

    var shape: Shape.PublicAccessBlockConfiguration {
        Shape.PublicAccessBlockConfiguration(
            blockPublicAcls: blockPublicAcls, ignorePublicAcls: ignorePublicAcls, blockPublicPolicy: blockPublicPolicy,
            restrictPublicBuckets: restrictPublicBuckets)
    }
}
