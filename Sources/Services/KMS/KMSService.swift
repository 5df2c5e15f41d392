import Documents
import Kernel

/// Not built yet: every operation refuses.
public struct KMSService: Service {
    public static let id = "kms"
    public init() {}
    public func register(in operations: inout Operations) {}
    public var actions: ActionMap { [:] }
}
