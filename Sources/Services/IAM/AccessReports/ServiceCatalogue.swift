import Kernel
import Policy

/// The services that access reports speak about: those that Tarn has, and those that policies name by themselves.
struct ServiceCatalogue {
    struct Entry: Codable, Sendable, Hashable {
        /// The prefix of its actions.
        var namespace: String
        var name: String
    }

    /// The operations of each service of this platform. Most are actions; the others are named by policies.
    private let actions: [String: [String]]
    private let names: [String: String]

    init(_ platform: Platform) throws {
        var actions: [String: [String]] = [:]
        var names: [String: String] = [:]
        for id in platform.services.keys {
            let model = try platform.models.service(id)
            let namespace = model.metadata.signingName
            actions[namespace, default: []] += model.operationNames.map { "\(namespace):\($0)" }
            names[namespace] = Self.names[namespace] ?? model.metadata.serviceID
        }
        (self.actions, self.names) = (actions, names)
    }

    /// The services of which some action is reached, by namespace.
    func reached(by reach: ActionReach) -> [Entry] {
        let named = Dictionary(grouping: reach.named) { String($0.prefix { $0 != ":" }) }
        return Set(actions.keys).union(named.keys).sorted().filter { namespace in
            Self.isNamespace(namespace) && grants(reach, namespace, named[namespace] ?? [])
        }.map { Entry(namespace: $0, name: names[$0] ?? Self.names[$0] ?? $0) }
    }

    func grants(_ reach: ActionReach, _ namespace: String) -> Bool {
        grants(reach, namespace, reach.named.filter { $0.hasPrefix("\(namespace):") })
    }

    private func grants(_ reach: ActionReach, _ namespace: String, _ named: [String]) -> Bool {
        named.contains(where: reach.allows) || (actions[namespace] ?? []).contains(where: reach.allows)
    }

    /// As the model has it.
    private static func isNamespace(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (48...57).contains($0) || (97...122).contains($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
            }
    }

    /// As the Service Authorization Reference calls them.
    private static let names = [
        "application-autoscaling": "AWS Application Auto Scaling", "athena": "Amazon Athena", "cloudtrail": "AWS CloudTrail",
        "cloudwatch": "Amazon CloudWatch", "dynamodb": "Amazon DynamoDB", "ec2": "Amazon EC2",
        "ecr": "Amazon Elastic Container Registry", "ecs": "Amazon Elastic Container Service",
        "eks": "Amazon Elastic Kubernetes Service", "events": "Amazon EventBridge", "firehose": "Amazon Kinesis Firehose",
        "glue": "AWS Glue", "iam": "AWS Identity and Access Management", "kinesis": "Amazon Kinesis Data Streams",
        "kms": "AWS Key Management Service", "lambda": "AWS Lambda", "logs": "Amazon CloudWatch Logs",
        "organizations": "AWS Organizations", "pipes": "Amazon EventBridge Pipes", "rds": "Amazon RDS", "s3": "Amazon S3",
        "scheduler": "Amazon EventBridge Scheduler", "secretsmanager": "AWS Secrets Manager", "sns": "Amazon SNS",
        "sqs": "Amazon SQS", "ssm": "AWS Systems Manager", "states": "AWS Step Functions", "sts": "AWS Security Token Service",
    ]
}
