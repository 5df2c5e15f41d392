import Crypto
import Kernel
import Store
import Synchronization

/// The key under which SSE-S3 encrypts, one for the installation: random bytes, kept sealed by the root key that stands
/// apart from the data. Without the root key the objects stay closed.
final class InstallationKey: Sendable {
    private let key = Mutex<SymmetricKey?>(nil)

    /// Reads the key, or makes it where there is none yet.
    func open(_ platform: Platform) async throws {
        let bytes = try await platform.store.write { transaction -> [UInt8] in
            let place = Key(.s3InstallationKey)
            if let kept = try transaction.value(place) { return kept }
            let fresh = Identifier.random(32)
            try transaction.put(place, fresh)
            return fresh
        }
        key.withLock { $0 = SymmetricKey(data: bytes) }
    }

    /// - Throws: ``StoreError/closed`` before the service has started.
    func symmetricKey() throws -> SymmetricKey {
        guard let key = key.withLock({ $0 }) else { throw StoreError.closed }
        return key
    }
}
