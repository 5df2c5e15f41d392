import Crypto
import Kernel
import Store
import Synchronization

/// The key under which SSE-S3 encrypts, one for the installation: random bytes, kept sealed by the root key that stands
/// apart from the data. Without the root key the objects stay closed.
final class InstallationKey: Sendable {
    private static let version: UInt8 = 1
    private static let place = "s3 installation key"
    private let key = Mutex<HMACKey?>(nil)

    /// Reads the key, or makes it where there is none yet.
    /// - Throws: ``Sealer/Failure`` under another root key.
    func open(_ platform: Platform) async throws {
        let sealer = platform.rootKey.sealer(Self.place)
        let bytes = try await platform.store.write { transaction -> [UInt8] in
            let row = Key(.s3InstallationKey)
            if let kept = try transaction.value(row) {
                guard kept.first == Self.version else {
                    throw StoreError.newer(type: "InstallationKey", tag: kept.first ?? 0)
                }
                return try sealer.open(Array(kept.dropFirst()), place: Self.place)
            }
            let fresh = Identifier.random(32)
            try transaction.put(row, [Self.version] + sealer.seal(fresh, place: Self.place))
            return fresh
        }
        key.withLock { $0 = HMACKey(SymmetricKey(data: bytes)) }
    }

    /// The key, with which nothing is done but deriving others.
    /// - Throws: ``StoreError/closed`` before the service has started.
    func base() throws -> HMACKey {
        guard let key = key.withLock({ $0 }) else { throw StoreError.closed }
        return key
    }
}
