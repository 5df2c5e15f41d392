import Documents
import Kernel

/// What STS knows and Tarn does not do; see ``Operations/refuse(_:of:unless:)``.
extension STSService {
    func refuseUnbuilt(in operations: inout Operations) {
        operations.refuse(
            ["MinimumSessionTokenSize"],
            of: [
                "AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "AssumeRoot", "GetFederationToken",
                "GetSessionToken",
            ], unless: [0])
    }
}
