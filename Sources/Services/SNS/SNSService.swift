import Documents
import Kernel

/// Not built yet: every operation refuses.
public struct SNSService: Service {
    public static let id = "sns"
    public init() {}
    public func register(in operations: inout Operations) {}
    public var actions: ActionMap { [:] }
}
