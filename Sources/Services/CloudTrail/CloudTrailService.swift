import Documents
import Kernel

/// Not built yet: every operation refuses.
public struct CloudTrailService: Service {
    public static let id = "cloudtrail"
    public init() {}
    public func register(in operations: inout Operations) {}
    public var actions: ActionMap { [:] }
}
