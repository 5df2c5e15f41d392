import Documents
import Kernel
import Store

extension S3Service {
    func registerConfigurations(in operations: inout Operations) {
        operations.on("PutBucketMetricsConfiguration") { (input: PutBucketMetricsConfigurationInput, context) in
            try ConfigurationRules.checkMetrics(input.configuration)
            try await keep(
                .metrics, input.bucket, owner: input.expectedBucketOwner, id: input.id, input.configuration, context)
            return Nothing()
        }
        operations.on("GetBucketMetricsConfiguration") { (input: BucketConfigurationInput, context) in
            GetBucketMetricsConfigurationOutput(configuration: try await configuration(.metrics, input, context))
        }
        operations.on("DeleteBucketMetricsConfiguration") { (input: BucketConfigurationInput, context) in
            try await removeConfiguration(.metrics, input, context)
        }
        operations.on("ListBucketMetricsConfigurations") { (input: ListBucketConfigurationsInput, context) in
            let page = try await configurations(.metrics, input, context)
            return ListBucketMetricsConfigurationsOutput(
                configurations: page.documents, isTruncated: page.next != nil, continuationToken: input.continuationToken,
                nextContinuationToken: page.next)
        }
        operations.on("PutBucketAnalyticsConfiguration") { (input: PutBucketAnalyticsConfigurationInput, context) in
            try ConfigurationRules.checkAnalytics(input.configuration)
            try await keep(
                .analytics, input.bucket, owner: input.expectedBucketOwner, id: input.id, input.configuration, context)
            return Nothing()
        }
        operations.on("GetBucketAnalyticsConfiguration") { (input: BucketConfigurationInput, context) in
            GetBucketAnalyticsConfigurationOutput(configuration: try await configuration(.analytics, input, context))
        }
        operations.on("DeleteBucketAnalyticsConfiguration") { (input: BucketConfigurationInput, context) in
            try await removeConfiguration(.analytics, input, context)
        }
        operations.on("ListBucketAnalyticsConfigurations") { (input: ListBucketConfigurationsInput, context) in
            let page = try await configurations(.analytics, input, context)
            return ListBucketAnalyticsConfigurationsOutput(
                configurations: page.documents, isTruncated: page.next != nil, continuationToken: input.continuationToken,
                nextContinuationToken: page.next)
        }
        registerTiering(in: &operations)
        operations.on("PutBucketAccelerateConfiguration", putBucketAccelerateConfiguration)
        operations.on("GetBucketAccelerateConfiguration", getBucketAccelerateConfiguration)
    }

    private func registerTiering(in operations: inout Operations) {
        operations.on("PutBucketIntelligentTieringConfiguration") {
            (input: PutBucketIntelligentTieringConfigurationInput, context) in
            try ConfigurationRules.checkTiering(input.configuration)
            try await keep(
                .intelligentTiering, input.bucket, owner: input.expectedBucketOwner, id: input.id, input.configuration, context)
            return Nothing()
        }
        operations.on("GetBucketIntelligentTieringConfiguration") { (input: BucketConfigurationInput, context) in
            GetBucketIntelligentTieringConfigurationOutput(
                configuration: try await configuration(.intelligentTiering, input, context))
        }
        operations.on("DeleteBucketIntelligentTieringConfiguration") { (input: BucketConfigurationInput, context) in
            try await removeConfiguration(.intelligentTiering, input, context)
        }
        operations.on("ListBucketIntelligentTieringConfigurations") { (input: ListBucketConfigurationsInput, context) in
            let page = try await configurations(.intelligentTiering, input, context)
            return ListBucketIntelligentTieringConfigurationsOutput(
                configurations: page.documents, isTruncated: page.next != nil, continuationToken: input.continuationToken,
                nextContinuationToken: page.next)
        }
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAccelerateConfiguration.html
    /// Kept and given back: there are no edge locations to go through.
    func putBucketAccelerateConfiguration(
        _ input: PutBucketAccelerateConfigurationInput, _ context: Context
    ) async throws -> Nothing {
        guard let status = input.accelerateConfiguration.status, status == "Enabled" || status == "Suspended" else {
            throw S3Fault.malformedXML
        }
        guard !input.bucket.contains(".") else {
            throw S3Fault.invalidRequest("S3 Transfer Acceleration is not supported for buckets with periods (.) in their names")
        }
        try await change(input.bucket, owner: input.expectedBucketOwner, context) { $0.acceleration = status }
        return Nothing()
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAccelerateConfiguration.html
    func getBucketAccelerateConfiguration(
        _ input: BucketSettingInput, _ context: Context
    ) async throws -> GetBucketAccelerateConfigurationOutput {
        let bucket = try await settings(input.bucket, owner: input.expectedBucketOwner, context)
        return GetBucketAccelerateConfigurationOutput(status: bucket.acceleration)
    }
}
