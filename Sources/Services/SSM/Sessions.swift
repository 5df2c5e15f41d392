import Kernel

/// StartSession. No node is managed here, so no target is ever connected; what else is wrong with a request is told first
/// (https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartSession.html).
extension SSMService {
    struct StartSessionInput: Decodable, Sendable {
        var Target: String
        var DocumentName: String?
    }

    /// The session documents that AWS owns.
    private static let sessionDocuments: Set<String> = [
        "SSM-SessionManagerRunShell", "AWS-StartSSHSession", "AWS-StartPortForwardingSession",
        "AWS-StartPortForwardingSessionToRemoteHost", "AWS-StartPortForwardingSessionToSocket",
        "AWS-StartInteractiveCommand", "AWS-StartNonInteractiveCommand",
    ]

    static let usualSessionDocument = "SSM-SessionManagerRunShell"

    func startSession(_ input: StartSessionInput, _ context: Context) async throws -> Nothing {
        let document = input.DocumentName ?? Self.usualSessionDocument
        guard Self.sessionDocuments.contains(document) else { throw SSMFault.invalidDocument(document) }
        throw SSMFault.notConnected(input.Target)
    }

    /// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
    static func sessionPermissions(_ target: String, _ document: String?, _ context: Context) -> [Permission] {
        let node =
            target.hasPrefix("mi-")
            ? context.arn("managed-instance/\(target)")
            : ARN("ec2", region: context.region, account: context.account, "instance/\(target)").description
        let name = document ?? usualSessionDocument
        let owner = name.hasPrefix("AWS-") ? "" : context.account
        return [
            Permission("ssm:StartSession", on: node),
            Permission(
                "ssm:StartSession", on: ARN("ssm", region: context.region, account: owner, "document/\(name)").description),
        ]
    }
}
