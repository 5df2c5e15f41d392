import Documents

/// What a bucket policy must be before it is kept; what it means is the policy engine's.
enum BucketPolicyRules {
    /// - Throws: ``S3Fault/malformedPolicy(_:)``.
    static func check(_ text: String, bucket: String) throws {
        guard let document = try? JSON.parse(Array(text.utf8)), document.members != nil else {
            throw S3Fault.malformedPolicy("Policies must be valid JSON and the first byte must be '{'")
        }
        let statements: [Document]
        switch document["Statement"] {
        case .list(let list)?: statements = list
        case .map?: statements = [document["Statement"] ?? .null]
        default: throw S3Fault.malformedPolicy("Missing required field Statement")
        }
        guard !statements.isEmpty else { throw S3Fault.malformedPolicy("Could not parse the policy: Statement is empty!") }
        for statement in statements {
            guard ["Allow", "Deny"].contains(statement["Effect"]?.string) else {
                throw S3Fault.malformedPolicy("Invalid effect: \(statement["Effect"]?.string ?? "")")
            }
            guard statement["Principal"] != nil || statement["NotPrincipal"] != nil else {
                throw S3Fault.malformedPolicy("Missing required field Principal")
            }
            guard statement["Action"] != nil || statement["NotAction"] != nil else {
                throw S3Fault.malformedPolicy("Missing required field Action")
            }
            try checkResources(statement, bucket)
        }
    }

    private static func checkResources(_ statement: Document, _ bucket: String) throws {
        guard let value = statement["Resource"] ?? statement["NotResource"] else {
            throw S3Fault.malformedPolicy("Missing required field Resource")
        }
        let resources = value.list?.map(\.string) ?? [value.string]
        let arn = "arn:aws:s3:::\(bucket)"
        for resource in resources {
            // A bucket name with wildcards may match the bucket; a literal one must be it.
            let name = resource?.prefix { $0 != "/" } ?? ""
            guard name == arn || name.contains("*") || name.contains("?") else {
                throw S3Fault.malformedPolicy("Policy has invalid resource")
            }
        }
    }
}
