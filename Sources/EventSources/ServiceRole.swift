import Documents
import Kernel

/// A role that a service takes on for a customer's resource, and its caller: assumed when first needed, and again before
/// the session ends or when the resource has got another role.
public actor ServiceRole {
    private enum Limit {
        /// A session that ends sooner is not used any more.
        static let margin = Duration.seconds(300)
    }

    private let platform: Platform
    private var present: (role: String, caller: Caller, expires: Timestamp)?

    public init(on platform: Platform) { self.platform = platform }

    /// - Parameter service: as whom the role is assumed, with the resource's ARN.
    /// - Throws: what STS refuses with.
    public func caller(of role: String, session: String, as service: Caller, region: String) async throws -> Caller {
        let now = platform.clock.now()
        if let present, present.role == role, present.expires > now + Limit.margin { return present.caller }
        let made = try await platform.assumedRole(role, session: session, as: service, region: region)
        present = (role, made.caller, made.expires)
        return made.caller
    }
}
