import Documents
import Kernel

/// Opens destinations to CloudWatch Logs' delivery, in the name of who makes the pipe, where they are not open yet
/// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-CloudWatchLogs.html).
struct PipeLogAccess {
    let context: Context

    /// - Throws: ``AWSError``, where the caller may not open it or there is none.
    func prepare(_ settings: PipeLogSettings) async throws {
        guard settings.level > .off else { return }
        for destination in settings.destinations {
            switch destination {
            case .group(let arn): try await openGroup(arn)
            case .deliveryStream(let arn): try await openStream(arn)
            case .bucket(let name, let owner, let prefix): try await openBucket(name, owner, prefix)
            }
        }
    }

    private var condition: Members {
        [
            "StringEquals": ["aws:SourceAccount": .string(context.account)],
            "ArnLike": ["aws:SourceArn": .string("arn:aws:logs:\(context.region):\(context.account):*")],
        ]
    }

    private func openGroup(_ arn: ARN) async throws {
        let found = try await context.callAsCaller(
            "logs", "DescribeLogGroups", ["logGroupNamePrefix": .string(PipeLogDelivery.group(arn))]
        ).output
        guard found["logGroups"]?.list?.contains(where: { $0["logGroupArn"]?.string == arn.description }) == true else {
            throw PipesFault.invalid("The log group \(arn) does not exist.")
        }
        let policies = try await context.callAsCaller("logs", "DescribeResourcePolicies", [:]).output["resourcePolicies"]?.list
        let present = policies?.first { $0["policyName"]?.string == PipeLogDelivery.policy }?["policyDocument"]?.string
        let resource = "\(arn):log-stream:*"
        let statement: Document = [
            "Sid": "AWSLogDeliveryWrite", "Effect": "Allow", "Principal": ["Service": .string(PipeLogDelivery.principal)],
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": [.string(resource)],
            "Condition": .map(condition),
        ]
        guard let policy = Self.merged(present, statement, resource) else { return }
        _ = try await context.callAsCaller(
            "logs", "PutResourcePolicy",
            ["policyName": .string(PipeLogDelivery.policy), "policyDocument": .string(JSON.text(policy))])
    }

    private func openBucket(_ name: String, _ owner: String, _ prefix: String) async throws {
        let present: String?
        do {
            let input: Document = ["Bucket": .string(name), "ExpectedBucketOwner": .string(owner)]
            present = try await context.callAsCaller("s3", "GetBucketPolicy", input).output["Policy"]?.string
        } catch let error as AWSError where error.code == "NoSuchBucketPolicy" {
            present = nil
        }
        let resource = "arn:aws:s3:::\(name)/*"
        let statement: Document = [
            "Sid": "AWSLogDeliveryWrite", "Effect": "Allow", "Principal": ["Service": .string(PipeLogDelivery.principal)],
            "Action": "s3:PutObject", "Resource": [.string(resource)], "Condition": .map(condition),
        ]
        guard let policy = Self.merged(present, statement, resource) else { return }
        _ = try await context.callAsCaller(
            "s3", "PutBucketPolicy",
            ["Bucket": .string(name), "ExpectedBucketOwner": .string(owner), "Policy": .string(JSON.text(policy))])
    }

    private func openStream(_ arn: ARN) async throws {
        let name = Document.string(String(arn.resource.dropFirst("deliverystream/".count)))
        let tags: Document = [["Key": "LogDeliveryEnabled", "Value": "true"]]
        _ = try await context.callAsCaller("firehose", "TagDeliveryStream", ["DeliveryStreamName": name, "Tags": tags])
        do {
            _ = try await context.callAsCaller(
                "iam", "CreateServiceLinkedRole", ["AWSServiceName": .string(PipeLogDelivery.principal)])
        } catch let error as AWSError where error.code == "InvalidInput" {
            // It is there.
        }
    }

    /// A policy with the statement, or with its resource in the statement of that name.
    /// - Returns: nil where it is there already.
    static func merged(_ present: String?, _ statement: Document, _ resource: String) -> Document? {
        var policy = present.flatMap { try? JSON.parse($0).members } ?? ["Version": "2012-10-17"]
        var statements = policy["Statement"]?.list ?? policy["Statement"].map { [$0] } ?? []
        let place = statements.firstIndex { $0["Sid"] == statement["Sid"] && $0["Condition"] == statement["Condition"] }
        if let place, var members = statements[place].members {
            var resources = members["Resource"]?.list ?? members["Resource"].map { [$0] } ?? []
            guard !resources.contains(.string(resource)) else { return nil }
            resources.append(.string(resource))
            members["Resource"] = .list(resources)
            statements[place] = .map(members)
        } else {
            statements.append(statement)
        }
        policy["Statement"] = .list(statements)
        return .map(policy)
    }
}
