import Documents
import Kernel

/// Not built yet: every operation refuses.
public struct SecretsManagerService: Service {
    public static let id = "secretsmanager"
    public init() {}
    public func register(in operations: inout Operations) {}
    public var actions: ActionMap { [:] }
}
