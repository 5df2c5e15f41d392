import Documents
import FunctionEngine
import Kernel
import Store

/// The execution role of a mapping's function, as whom its stream is read: assumed when needed, and again before the
/// session ends or when the function has got another role.
actor RoleKeys {
    private enum Limit {
        /// A session that ends sooner is not used any more.
        static let margin = Duration.seconds(300)
    }

    private let mapping: MappingRecord
    private let platform: Platform
    private var present: (role: String, session: RoleSession)?

    init(of mapping: MappingRecord, on platform: Platform) { (self.mapping, self.platform) = (mapping, platform) }

    /// The role's session.
    /// - Throws: ``LambdaFault/functionNotFound(arn:)``, ``LambdaFault/roleNotAssumable``.
    func caller() async throws -> Caller {
        let key = FunctionRecord.key(mapping.account, mapping.region, mapping.functionName)
        guard let function = try await platform.store.read({ try $0.record(FunctionRecord.self, key) }) else {
            throw LambdaFault.functionNotFound(arn: mapping.functionARN)
        }
        if let present, present.role == function.role, present.session.expires > platform.clock.now() + Limit.margin {
            return present.session.caller
        }
        let session = try await ExecutionRole.assume(
            function.role, for: function.name, arn: function.arn, account: function.account, region: function.region, on: platform
        )
        present = (function.role, session)
        return session.caller
    }
}
