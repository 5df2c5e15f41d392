import Documents
import Kernel

extension S3Service {
    func registerWeb(in operations: inout Operations) {
        operations.on("PutBucketCors", putBucketCors)
        operations.on("GetBucketCors", getBucketCors)
        operations.on("DeleteBucketCors", deleteBucketCors)
        operations.on("PutBucketWebsite", putBucketWebsite)
        operations.on("GetBucketWebsite", getBucketWebsite)
        operations.on("DeleteBucketWebsite", deleteBucketWebsite)
        operations.on("PutBucketRequestPayment", putBucketRequestPayment)
        operations.on("GetBucketRequestPayment", getBucketRequestPayment)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html
    func putBucketCors(_ input: PutBucketCorsInput, _ context: Context) async throws -> Nothing {
        let rules = input.corsConfiguration.corsRules
        try CrossOriginRules.check(rules)
        try await change(input.bucket, owner: input.expectedBucketOwner, context) { $0.corsRules = rules }
        return Nothing()
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketCors.html
    func getBucketCors(_ input: BucketSettingInput, _ context: Context) async throws -> GetBucketCorsOutput {
        let bucket = try await settings(input.bucket, owner: input.expectedBucketOwner, context)
        guard let rules = bucket.corsRules else { throw S3Fault.noCORSConfiguration(bucket.name) }
        return GetBucketCorsOutput(corsRules: rules)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketCors.html
    func deleteBucketCors(_ input: BucketSettingInput, _ context: Context) async throws -> Nothing {
        try await change(input.bucket, owner: input.expectedBucketOwner, context) { $0.corsRules = nil }
        return Nothing()
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html
    func putBucketWebsite(_ input: PutBucketWebsiteInput, _ context: Context) async throws -> Nothing {
        let website = input.websiteConfiguration
        try WebsiteRules.check(website)
        try await change(input.bucket, owner: input.expectedBucketOwner, context) { $0.website = website }
        return Nothing()
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketWebsite.html
    func getBucketWebsite(_ input: BucketSettingInput, _ context: Context) async throws -> Shape.WebsiteConfiguration {
        let bucket = try await settings(input.bucket, owner: input.expectedBucketOwner, context)
        guard let website = bucket.website else { throw S3Fault.noWebsite(bucket.name) }
        return website
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketWebsite.html
    func deleteBucketWebsite(_ input: BucketSettingInput, _ context: Context) async throws -> Nothing {
        try await change(input.bucket, owner: input.expectedBucketOwner, context) { $0.website = nil }
        return Nothing()
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketRequestPayment.html
    func putBucketRequestPayment(_ input: PutBucketRequestPaymentInput, _ context: Context) async throws -> Nothing {
        let payer = input.requestPaymentConfiguration.payer
        guard payer == "Requester" || payer == "BucketOwner" else { throw S3Fault.malformedXML }
        try await change(input.bucket, owner: input.expectedBucketOwner, context) {
            $0.isRequesterPays = payer == "Requester" ? true : nil
        }
        return Nothing()
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketRequestPayment.html
    func getBucketRequestPayment(_ input: BucketSettingInput, _ context: Context) async throws -> GetBucketRequestPaymentOutput {
        let bucket = try await settings(input.bucket, owner: input.expectedBucketOwner, context)
        return GetBucketRequestPaymentOutput(payer: bucket.isRequesterPays == true ? "Requester" : "BucketOwner")
    }
}
