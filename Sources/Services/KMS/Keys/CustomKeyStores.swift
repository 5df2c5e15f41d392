import Documents
import Kernel

/// Custom key stores can't be made here (``KMSService/noStores``), so there are none to be seen, changed or connected.
extension KMSService {
    private struct Filter: Codable, Sendable {
        var CustomKeyStoreId: String?
        var CustomKeyStoreName: String?
    }
    private struct Stores: Codable, Sendable {
        struct Store: Codable, Sendable { var CustomKeyStoreId: String }
        var CustomKeyStores: [Store] = []
        var Truncated = false
    }
    private struct Named: Codable, Sendable { var CustomKeyStoreId: String }

    static let storeOperations = [
        "ConnectCustomKeyStore", "DisconnectCustomKeyStore", "UpdateCustomKeyStore", "DeleteCustomKeyStore",
    ]

    func registerStores(in operations: inout Operations) {
        operations.on("DescribeCustomKeyStores") { (input: Filter, _) in
            if let id = input.CustomKeyStoreId ?? input.CustomKeyStoreName { throw KMSFault.storeNotFound(id) }
            return Stores()
        }
        for name in Self.storeOperations {
            operations.on(name) { (input: Named, _) -> Nothing in throw KMSFault.storeNotFound(input.CustomKeyStoreId) }
        }
    }
}
