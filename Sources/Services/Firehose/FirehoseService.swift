import Documents
import Kernel

/// Not built yet: every operation refuses.
public struct FirehoseService: Service {
    public static let id = "firehose"
    public init() {}
    public func register(in operations: inout Operations) {}
    public var actions: ActionMap { [:] }
}
