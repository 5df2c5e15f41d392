import Documents
import Kernel
import Store

/// The part of S3 that is about accounts (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_AWS_S3_Control.html).
public struct S3ControlService: Service {
    public static let id = "s3control"

    let s3: S3Service
    private var accounts: AccountCache { s3.accounts }

    /// - Parameter s3: the service whose buckets the settings are for.
    public init(_ s3: S3Service) { self.s3 = s3 }

    public func register(in operations: inout Operations) {
        operations.on("PutPublicAccessBlock", putPublicAccessBlock)
        operations.on("GetPublicAccessBlock", getPublicAccessBlock)
        operations.on("DeletePublicAccessBlock", deletePublicAccessBlock)
        registerAccessPoints(in: &operations)
        registerTags(in: &operations)
        registerObjectLambda(in: &operations)
        registerMultiRegion(in: &operations)
        registerMultiRegionRoutes(in: &operations)
        registerJobs(in: &operations)
        refuseUnbuilt(in: &operations)
    }

    public var actions: ActionMap {
        let own: ActionMap = [
            "PutPublicAccessBlock": account("s3:PutAccountPublicAccessBlock"),
            "GetPublicAccessBlock": account("s3:GetAccountPublicAccessBlock"),
            "DeletePublicAccessBlock": account("s3:PutAccountPublicAccessBlock"),
        ]
        return [accessPointActions, tagActions, objectLambdaActions, multiRegionActions, jobActions].reduce(own) { all, more in
            all.merging(more) { own, _ in own }
        }
    }

    private func account(_ action: String) -> @Sendable (Document, Context) async throws -> [Permission] {
        { _, _ in [Permission(action, on: "*")] }
    }

    public func denied(_ message: String) -> AWSError { S3Fault.accessDenied.wire }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutPublicAccessBlock.html
    func putPublicAccessBlock(_ input: PutAccountBlockInput, _ context: Context) async throws -> Nothing {
        let block = PublicAccessBlock(input.publicAccessBlockConfiguration)
        try await change(input.accountID, to: block, context)
        return Nothing()
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetPublicAccessBlock.html
    func getPublicAccessBlock(_ input: AccountBlockInput, _ context: Context) async throws -> GetAccountBlockOutput {
        try check(input.accountID, context)
        guard let block = try await accounts.current(input.accountID, in: context.store).publicAccessBlock else {
            throw S3Fault.noAccountBlock(input.accountID)
        }
        return GetAccountBlockOutput(publicAccessBlockConfiguration: block.shape)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DeletePublicAccessBlock.html
    func deletePublicAccessBlock(_ input: AccountBlockInput, _ context: Context) async throws -> Nothing {
        try await change(input.accountID, to: nil, context)
        return Nothing()
    }

    /// Nobody sees or sets what is another account's.
    func check(_ account: String, _ context: Context) throws {
        guard account == context.account else { throw S3Fault.accessDenied }
    }

    private func change(_ account: String, to block: PublicAccessBlock?, _ context: Context) async throws {
        try check(account, context)
        try await context.store.write { transaction in
            var record = try transaction.record(AccountRecord.self, AccountRecord.key(account)) ?? AccountRecord()
            record.publicAccessBlock = block
            try transaction.put(AccountRecord.key(account), record)
            accounts.changes(account, in: transaction)
        }
    }
}

struct PutAccountBlockInput: Codable, Sendable {
    var accountID: String
    var publicAccessBlockConfiguration: Shape.PublicAccessBlockConfiguration

    enum CodingKeys: String, CodingKey {
        case accountID = "AccountId"
        case publicAccessBlockConfiguration = "PublicAccessBlockConfiguration"
    }
}

struct AccountBlockInput: Codable, Sendable {
    var accountID: String

    enum CodingKeys: String, CodingKey {
        case accountID = "AccountId"
    }
}

struct GetAccountBlockOutput: Codable, Sendable {
    var publicAccessBlockConfiguration: Shape.PublicAccessBlockConfiguration?

    enum CodingKeys: String, CodingKey {
        case publicAccessBlockConfiguration = "PublicAccessBlockConfiguration"
    }
}
