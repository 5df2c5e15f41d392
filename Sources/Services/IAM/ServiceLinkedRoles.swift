import Documents
import Kernel
import Store

/// CreateServiceLinkedRole, DeleteServiceLinkedRole, GetServiceLinkedRoleDeletionStatus
/// (IAM User Guide, "Create a service-linked role"). Nobody but the service may change or assume such a role.
enum ServiceLinkedRoles {
    static let path = "/aws-service-role/"

    /// The end of a deletion, so that its status can be asked for.
    struct Deletion: Stored {
        static let tag: UInt8 = 1
        var account: String
        var role: String
        var status: String

        static func key(_ account: String, _ id: String) -> Key { Key(.roleDeletion, .text(account), .text(id)) }
    }
    struct Create: Codable, Sendable {
        var AWSServiceName: String
        var Description: String?
        var CustomSuffix: String?
    }
    struct Deleted: Codable, Sendable { var DeletionTaskId: String }
    struct Status: Codable, Sendable { var Status: String }

    static func register(in operations: inout Operations) {
        operations.on("CreateServiceLinkedRole") { (input: Create, context) in try await create(input, context) }
        operations.on("DeleteServiceLinkedRole") { (input: Of<RoleRecord, Nothing>, context) in
            let uuid = Identifier.uuid()
            return try await context.store.write { txn in
                let role = try txn.find(RoleRecord.self, context.account, input.name)
                guard role.isServiceLinked else {
                    throw IAMFault.invalidInput("Role \(role.name) is not a service-linked role.")
                }
                let id = "task\(role.path)\(role.name)/\(uuid)"
                for arn in role.attachedPolicies { try txn.delete(PolicyUse.attached.key(arn, role)) }
                try txn.count(\.roles, -1, in: role.account)
                try context.platform.keyUses.forget(role.arn, in: txn)
                try NamedPrincipals.deleted(role.id, in: txn)
                try txn.remove(role)
                try txn.put(
                    Deletion.key(role.account, id), Deletion(account: role.account, role: role.name, status: "SUCCEEDED"))
                return Deleted(DeletionTaskId: id)
            }
        }
        operations.on("GetServiceLinkedRoleDeletionStatus") { (input: Deleted, context) in
            let task = try await context.store.read {
                try $0.record(Deletion.self, Deletion.key(context.account, input.DeletionTaskId))
            }
            guard let task else {
                throw IAMFault.entityNotFound("Deletion task \(input.DeletionTaskId) cannot be found.")
            }
            return Status(Status: task.status)
        }
    }

    /// What a service's role is called and may do.
    struct Template: Sendable {
        var name: String
        var policy: String
        /// More than one role of the service may be made, told apart by a suffix.
        var takesSuffix = false
    }

    /// The services' own documentation ("Using service-linked roles for ..."), for those that Tarn has or names in policies.
    static let templates: [String: Template] = [
        "autoscaling.amazonaws.com": Template(
            name: "AWSServiceRoleForAutoScaling", policy: "AutoScalingServiceRolePolicy", takesSuffix: true),
        "dynamodb.application-autoscaling.amazonaws.com": Template(
            name: "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable",
            policy: "AWSApplicationAutoscalingDynamoDBTablePolicy"),
        "replication.dynamodb.amazonaws.com": Template(
            name: "AWSServiceRoleForDynamoDBReplication", policy: "DynamoDBReplicationServiceRolePolicy"),
        "kinesisreplication.dynamodb.amazonaws.com": Template(
            name: "AWSServiceRoleForDynamoDBKinesisDataStreamsReplication",
            policy: "DynamoDBKinesisReplicationServiceRolePolicy"),
        "delivery.logs.amazonaws.com": Template(
            name: "AWSServiceRoleForLogDelivery", policy: "AWSLogDeliveryServiceRolePolicy"),
        "ecs.amazonaws.com": Template(name: "AWSServiceRoleForECS", policy: "AmazonECSServiceRolePolicy"),
        "eks.amazonaws.com": Template(name: "AWSServiceRoleForAmazonEKS", policy: "AmazonEKSServiceRolePolicy"),
        "elasticmapreduce.amazonaws.com": Template(name: "AWSServiceRoleForEMRCleanup", policy: "AmazonEMRCleanupPolicy"),
        "es.amazonaws.com": Template(
            name: "AWSServiceRoleForAmazonElasticsearchService", policy: "AmazonElasticsearchServiceRolePolicy"),
        "opensearchservice.amazonaws.com": Template(
            name: "AWSServiceRoleForAmazonOpenSearchService", policy: "AmazonOpenSearchServiceRolePolicy"),
        "kafka.amazonaws.com": Template(name: "AWSServiceRoleForKafka", policy: "KafkaServiceRolePolicy"),
        "lakeformation.amazonaws.com": Template(
            name: "AWSServiceRoleForLakeFormationDataAccess", policy: "LakeFormationDataAccessServiceRolePolicy"),
        "organizations.amazonaws.com": Template(
            name: "AWSServiceRoleForOrganizations", policy: "AWSOrganizationsServiceTrustPolicy"),
        "cloudtrail.amazonaws.com": Template(name: "AWSServiceRoleForCloudTrail", policy: "CloudTrailServiceRolePolicy"),
        "rds.amazonaws.com": Template(name: "AWSServiceRoleForRDS", policy: "AmazonRDSServiceRolePolicy"),
        "redshift.amazonaws.com": Template(name: "AWSServiceRoleForRedshift", policy: "AmazonRedshiftServiceLinkedRolePolicy"),
        "elasticache.amazonaws.com": Template(
            name: "AWSServiceRoleForElastiCache", policy: "ElastiCacheServiceRolePolicy"),
        "events.amazonaws.com": Template(
            name: "AWSServiceRoleForCloudWatchEvents", policy: "CloudWatchEventsServiceRolePolicy"),
        "apidestinations.events.amazonaws.com": Template(
            name: "AWSServiceRoleForAmazonEventBridgeApiDestinations",
            policy: "AmazonEventBridgeApiDestinationsServiceRolePolicy"),
        "ssm.amazonaws.com": Template(name: "AWSServiceRoleForAmazonSSM", policy: "AmazonSSMServiceRolePolicy"),
        "macie.amazonaws.com": Template(name: "AWSServiceRoleForAmazonMacie", policy: "AmazonMacieServiceRolePolicy"),
    ]

    static func template(_ service: String) -> Template? { templates[service] ?? further[service] }

    private static func create(_ input: Create, _ context: Context) async throws -> RoleOutput {
        guard let template = template(input.AWSServiceName) else {
            throw IAMFault.invalidInput("Cannot find Service Linked Role template for \(input.AWSServiceName)")
        }
        if input.CustomSuffix != nil, !template.takesSuffix {
            throw IAMFault.invalidInput("Custom suffix is not allowed for \(input.AWSServiceName)")
        }
        let name = template.name + (input.CustomSuffix.map { "_\($0)" } ?? "")
        let trust =
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["\#(input.AWSServiceName)"]},"#
            + #""Action":["sts:AssumeRole"]}]}"#
        let id = "AROA" + Identifier.code(17)
        return try await context.store.write { txn in
            guard try !txn.contains(RoleRecord.key(context.account, name)) else {
                throw IAMFault.invalidInput(
                    "Service role name \(name) has been taken in this account, please try a different suffix.")
            }
            var role = RoleRecord(
                account: context.account, name: name, path: path + input.AWSServiceName + "/", id: id, created: context.now,
                trustPolicy: trust)
            role.description = input.Description
            let policy = ARN("iam", account: "aws", "policy/aws-service-role/\(template.policy)").description
            if AWSManagedPolicies.json(policy) != nil {
                role.attachedPolicies = [policy]
                try txn.put(PolicyUse.attached.key(policy, role), [UInt8]())
            }
            try txn.count(\.roles, 1, in: context.account, quota: "RolesPerAccount", limit: Limit.roles)
            try NamedPrincipals.named(role.id, role.arn, in: txn)
            try txn.save(role)
            return RoleOutput(Role: try RoleShape(role, txn))
        }
    }
}
