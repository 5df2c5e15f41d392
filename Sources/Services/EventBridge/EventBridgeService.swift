import Documents
import Kernel

/// Not built yet: every operation refuses.
public struct EventBridgeService: Service {
    public static let id = "events"
    public init() {}
    public func register(in operations: inout Operations) {}
    public var actions: ActionMap { [:] }
}
