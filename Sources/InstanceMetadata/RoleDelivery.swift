import Documents
import Kernel

/// The server's half of the metadata endpoints: it assumes a role as the service that would carry it to a machine, if the
/// operator may pass it and the role trusts that service.
public struct RoleDelivery: Sendable {
    enum Limit {
        /// As long as the keys on an instance or in a task live; the role's own limit does not bind services.
        static let seconds = 21_600
    }

    /// What is asked for.
    public struct Request: Codable, Sendable {
        /// An instance profile or a role: its name, or its ARN.
        public var Role: String
        /// `ec2` or `ecs-tasks`.
        public var Service: String
        /// The instance's or task's id, which becomes the session's name.
        public var Holder: String
        public var Region: String
        /// `1.0` or `2.0`, of an instance.
        public var Delivery: String?

        public init(role: String, service: String, holder: String, region: String, delivery: String?) {
            (Role, Service, Holder, Region, Delivery) = (role, service, holder, region, delivery)
        }
    }

    enum Refusal: Fault {
        case notFound(String)
        case empty(String)
        case otherAccount
        case mayNotPass(caller: String, role: String)
        case unknownService(String)

        var wire: AWSError {
            switch self {
            case .notFound(let name): AWSError("NoSuchEntity", 404, "There is no instance profile and no role \(name).")
            case .empty(let name): AWSError("InvalidParameterValue", 400, "The instance profile \(name) has no role.")
            case .otherAccount: AWSError("InvalidParameterValue", 400, "The role belongs to another account.")
            case .mayNotPass(let caller, let role):
                AWSError(
                    "AccessDenied", 403,
                    "User: \(caller) is not authorized to perform: iam:PassRole on resource: \(role) because no identity-based "
                        + "policy allows the iam:PassRole action")
            case .unknownService(let name): AWSError("InvalidParameterValue", 400, "Roles are not delivered to \(name).")
            }
        }
    }

    private struct Binding {
        var role: RoleRecord
        var profileARN: String
        var profileID: String
    }

    private let platform: Platform

    public init(platform: Platform) { self.platform = platform }

    /// - Parameter caller: who starts the process.
    /// - Throws: ``AWSError``
    public func deliver(_ request: Request, to caller: Caller) async throws -> DeliveredKeys {
        guard ["ec2", "ecs-tasks"].contains(request.Service) else { throw Refusal.unknownService(request.Service).wire }
        let binding = try await binding(request.Role, caller.account)
        let principal = request.Service + ".amazonaws.com"
        let context = Context(
            platform: platform, caller: caller, region: request.Region, service: "iam", operation: "PassRole",
            requestID: Identifier.uuid(), now: platform.clock.now())
        let pass = Permission("iam:PassRole", on: binding.role.arn, conditions: ["iam:PassedToService": [principal]])
        guard try await platform.isAllowed(pass, in: context) else {
            throw Refusal.mayNotPass(caller: caller.arn, role: binding.role.arn).wire
        }
        let now = platform.clock.now()
        var delivered = DeliveredKeys(
            code: "Success", account: caller.account, roleName: binding.role.name, roleARN: binding.role.arn, updated: now,
            expires: now + .seconds(Limit.seconds))
        if request.Service == "ec2" {
            (delivered.InstanceProfileArn, delivered.InstanceProfileId) = (binding.profileARN, binding.profileID)
        }
        do {
            let keys = try await assume(binding.role, request, principal, caller.account)
            (delivered.AccessKeyId, delivered.SecretAccessKey) = (keys.accessKeyID, keys.secretAccessKey)
            delivered.Token = keys.sessionToken
        } catch let error as AWSError where error.status == 403 {
            delivered.Code = "AssumeRoleUnauthorizedAccess"
            delivered.Message =
                "\(request.Service == "ec2" ? "EC2" : "ECS") cannot assume the role \(binding.role.name). Please see documentation at "
                + "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_iam-ec2.html#troubleshoot_iam-ec2_errors-info-doc."
        }
        return delivered
    }

    private func binding(_ text: String, _ account: String) async throws -> Binding {
        let arn = ARN(text)
        if let arn, arn.account != account { throw Refusal.otherAccount.wire }
        let name = arn?.resource.split(separator: "/").last.map(String.init) ?? text
        let wantsRole = arn?.resource.hasPrefix("role/") ?? false
        return try await platform.store.read { snapshot in
            if !wantsRole,
                let profile = try snapshot.record(InstanceProfileRecord.self, InstanceProfileRecord.key(account, name))
            {
                guard let role = try profile.role.flatMap({ try snapshot.record(RoleRecord.self, RoleRecord.key(account, $0)) })
                else { throw Refusal.empty(profile.name).wire }
                return Binding(role: role, profileARN: profile.arn, profileID: profile.id)
            }
            guard let role = try snapshot.record(RoleRecord.self, RoleRecord.key(account, name)), arn == nil || role.arn == text
            else { throw Refusal.notFound(text).wire }
            // As the console does: a profile of the role's own name stands for it.
            let profile = ARN("iam", account: account, "instance-profile/\(role.name)").description
            return Binding(role: role, profileARN: profile, profileID: "AIPA" + role.id.dropFirst(4))
        }
    }

    /// A session of the role whose calls carry how its keys were delivered (`ec2:RoleDelivery`).
    private func assume(_ role: RoleRecord, _ request: Request, _ principal: String, _ account: String) async throws
        -> Credentials
    {
        let kind = request.Service == "ec2" ? "instance" : "task"
        let source = ARN(
            request.Service == "ec2" ? "ec2" : "ecs", region: request.Region, account: account, "\(kind)/\(request.Holder)"
        ).description
        let input: Document = [
            "RoleArn": .string(role.arn), "RoleSessionName": .string(request.Holder),
            "DurationSeconds": .integer(Int64(Limit.seconds)),
        ]
        let reply = try await platform.call(
            Call(
                "sts", "AssumeRole", input, caller: .service(principal, account: account, sourceARN: source),
                region: request.Region))
        guard let keys = reply.output["Credentials"], let id = keys["AccessKeyId"]?.string,
            let token = keys["SessionToken"]?.string
        else { throw AWSError.internalFailure }
        var session = try await platform.identity.credential(id, sessionToken: token).caller
        if let delivery = request.Delivery, kind == "instance" {
            session.providerKeys = ["ec2:RoleDelivery": [delivery], "ec2:SourceInstanceARN": [source]]
        }
        return try await platform.identity.credentials(actingAs: session, for: .seconds(Limit.seconds))
    }
}
