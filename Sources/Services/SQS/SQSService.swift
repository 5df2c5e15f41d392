import Documents
import Kernel

/// Not built yet: every operation refuses.
public struct SQSService: Service {
    public static let id = "sqs"
    public init() {}
    public func register(in operations: inout Operations) {}
    public var actions: ActionMap { [:] }
}
