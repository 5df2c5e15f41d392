import Documents
import Kernel
import TestSupport
import Testing

@testable import KMS

let account = "000000000000"

/// A KMS of a test's own.
func withKMS<Result: Sendable>(_ body: @Sendable (TestPlatform) async throws -> Result) async throws {
    try await TestPlatform.with([KMSService()]) { tarn in
        try await tarn.keepPrincipals("arn:aws:iam::\(account):user/grantee", "arn:aws:iam::\(account):user/retiring")
        return try await body(tarn)
    }
}

extension TestPlatform {
    func key(_ input: Document = [:]) async throws -> (id: String, arn: String) {
        let metadata = try await call("kms", "CreateKey", input)["KeyMetadata"]
        return (try #require(metadata?["KeyId"]?.string), try #require(metadata?["Arn"]?.string))
    }

    func kms(_ operation: String, _ input: Document, as caller: Caller = .root(of: account), region: String = "us-east-1")
        async throws -> Document
    {
        try await call("kms", operation, input, as: caller, region: region)
    }

    /// The code of the refusal; "none" if there was none.
    func refusal(
        _ operation: String, _ input: Document, as caller: Caller = .root(of: account), region: String = "us-east-1"
    ) async throws -> AWSError {
        do {
            _ = try await call("kms", operation, input, as: caller, region: region)
        } catch let error as AWSError {
            return error
        }
        return AWSError("none", 200, "")
    }
}
