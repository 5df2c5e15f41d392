import Documents
import Kernel

/// Not built yet: every operation refuses.
public struct OrganizationsService: Service {
    public static let id = "organizations"
    public init() {}
    public func register(in operations: inout Operations) {}
    public var actions: ActionMap { [:] }
}
