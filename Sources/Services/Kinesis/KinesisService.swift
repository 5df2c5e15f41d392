import Documents
import Kernel

/// Not built yet: every operation refuses.
public struct KinesisService: Service {
    public static let id = "kinesis"
    public init() {}
    public func register(in operations: inout Operations) {}
    public var actions: ActionMap { [:] }
}
