import Kernel

@testable import S3

extension S3Service {
    /// With a root key that is the same in every test.
    init() {
        guard let key = RootKey(bytes: [UInt8](repeating: 9, count: RootKey.byteCount)) else { fatalError("32 bytes are a key") }
        self.init(rootKey: key)
    }
}
