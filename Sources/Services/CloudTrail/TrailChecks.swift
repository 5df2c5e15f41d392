import Documents
import Kernel

/// Whether a trail can deliver where it says, looked at before it is kept.
extension CloudTrailService {
    /// - Returns: the trail with what was looked up: the key's ARN, the organization.
    func checked(_ trail: TrailRecord, _ context: Context) async throws -> TrailRecord {
        var trail = trail
        if let prefix = trail.prefix {
            guard prefix.utf8.count <= TrailLimit.prefixLength else {
                throw CloudTrailFault.invalidPrefix(
                    "S3 prefix is longer than maximum length: \(TrailLimit.prefixLength). Prefix: \(prefix)")
            }
        }
        guard trail.includesGlobal || !trail.isMultiRegion else {
            throw CloudTrailFault.combination("Multi-Region trail must include global service events.")
        }
        trail.organization = trail.isOrganization ? try await organization(context) : nil
        if let key = trail.kmsKey { trail.kmsKey = try await keyARN(key, context) }
        try await checkBucket(trail, context)
        if let topic = trail.topic { trail.topic = try await topicARN(topic, of: trail, context) }
        switch (trail.logGroup, trail.logRole) {
        case (nil, nil): break
        case (nil, .some):
            throw CloudTrailFault.combination("CloudWatchLogsLogGroupArn must be given with CloudWatchLogsRoleArn.")
        case (.some, nil):
            throw CloudTrailFault.combination("CloudWatchLogsRoleArn must be given with CloudWatchLogsLogGroupArn.")
        case (.some, .some): try await TrailLogs(trail, context.platform).check()
        }
        return trail
    }

    /// CloudTrail as it calls for a trail.
    static func caller(for trail: TrailRecord) -> Caller {
        .service(principal, account: trail.account, sourceARN: trail.arn)
    }

    /// The bucket is there, lets CloudTrail read its ACL and takes its objects
    /// (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html). Like
    /// AWS's, the check leaves an empty folder behind.
    private func checkBucket(_ trail: TrailRecord, _ context: Context) async throws {
        let bytes = Array(trail.bucket.utf8)
        guard (3...63).contains(bytes.count),
            bytes.allSatisfy({ (97...122).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 46 })
        else { throw CloudTrailFault.invalidBucketName(trail.bucket) }
        let arn = "arn:aws:s3:::\(trail.bucket)"
        guard try await context.platform.services["s3"]?.resource(arn, in: context.platform) != nil else {
            throw CloudTrailFault.noBucket(trail.bucket)
        }
        var asService = context
        (asService.caller, asService.service, asService.http) = (Self.caller(for: trail), "s3", nil)
        guard try await context.platform.isAllowed(Permission("s3:GetBucketAcl", on: arn), in: asService) else {
            throw CloudTrailFault.bucketPolicy(trail.bucket)
        }
        guard let refusal = try await putFolder(of: trail, on: context.platform) else { return }
        guard let key = trail.kmsKey else { throw refusal }
        // S3 says of both that access is denied: what the bucket takes without the key, the key refuses.
        var open = trail
        open.kmsKey = nil
        throw try await putFolder(of: open, on: context.platform) ?? .keyRefused(key, bucket: trail.bucket)
    }

    /// - Returns: why the trail's empty folder was not taken; nil if it was.
    private func putFolder(of trail: TrailRecord, on platform: Platform) async throws -> CloudTrailFault? {
        do {
            try await TrailFile.put(
                [], key: "\(trail.folder(trail.account))/CloudTrail/", of: trail, on: platform, isFile: false)
            return nil
        } catch let error as AWSError {
            switch error.code {
            case "NoSuchBucket": return .noBucket(trail.bucket)
            case "AccessDenied": return .bucketPolicy(trail.bucket)
            case _ where error.code.hasPrefix("KMS"): return .keyRefused(trail.kmsKey ?? "", bucket: trail.bucket)
            default: throw error
            }
        }
    }

    private func keyARN(_ key: String, _ context: Context) async throws -> String {
        let known = key.hasPrefix("arn:") || key.hasPrefix("alias/") || key.utf8.count == 36
        guard known else { throw CloudTrailFault.invalidKey(key) }
        do {
            let answer = try await context.callAsCaller("kms", "DescribeKey", ["KeyId": .string(key)])
            return answer.output["KeyMetadata"]?["Arn"]?.string ?? key
        } catch let error as AWSError where error.code == "NotFoundException" {
            throw CloudTrailFault.keyNotFound(error.message)
        }
    }

    private func organization(_ context: Context) async throws -> String {
        do {
            let answer = try await context.callAsCaller("organizations", "DescribeOrganization", [:])
            let organization = answer.output["Organization"]
            guard organization?["MasterAccountId"]?.string == context.account, let id = organization?["Id"]?.string else {
                throw CloudTrailFault.notManagementAccount
            }
            let access = try await context.callAsCaller("organizations", "ListAWSServiceAccessForOrganization", [:])
            let names = (access.output["EnabledServicePrincipals"]?.list ?? []).compactMap { $0["ServicePrincipal"]?.string }
            guard names.contains(Self.principal) else { throw CloudTrailFault.noServiceAccess }
            return id
        } catch let error as AWSError where error.code == "AWSOrganizationsNotInUseException" {
            throw CloudTrailFault.noOrganization
        }
    }
}
