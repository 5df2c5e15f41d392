import Documents
import Kernel

/// Not built yet: every operation refuses.
public struct SSMService: Service {
    public static let id = "ssm"
    public init() {}
    public func register(in operations: inout Operations) {}
    public var actions: ActionMap { [:] }
}
