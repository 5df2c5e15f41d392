import Documents
import Policy

/// What the conditions of a bucket policy may ask for
/// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html, condition keys). Keys of other
/// prefixes are not S3's to judge.
enum BucketPolicyConditions {
    /// - Throws: ``S3Fault/malformedPolicy(_:)``.
    static func check(_ statement: Document, actions: [String]) throws {
        for key in keys(statement["Condition"]) where key.hasPrefix("s3:") {
            let name = key.dropFirst("s3:".count)
            guard known.contains(String(name)) || tagged.contains(where: name.hasPrefix) else {
                throw S3Fault.malformedPolicy("Policy has an invalid condition key")
            }
            guard actions.isEmpty || !ofListings.contains(String(name)) || actions.contains(where: isListing) else {
                throw S3Fault.malformedPolicy("Conditions do not apply to combination of actions and resources in statement")
            }
        }
    }

    private static func keys(_ condition: Document?) -> [String] {
        (condition?.members ?? [:]).values.flatMap { $0.members?.keys.map { $0.lowercased() } ?? [] }
    }

    /// Whether an action lists keys, or may be one that does.
    private static func isListing(_ action: String) -> Bool {
        let name = action.lowercased()
        if name.contains("*") || name.contains("?") { return true }
        return ["s3:listbucket", "s3:listbucketversions", "s3:listbucketmultipartuploads"].contains(name)
    }

    private static let ofListings: Set<String> = ["prefix", "delimiter", "max-keys"]

    /// What a tag's key follows.
    private static let tagged = ["existingobjecttag/", "requestobjecttag/", "buckettag/", "accesspointtag/"]

    private static let known: Set<String> = [
        "accessgrantsinstancearn", "accessgrantslocationscope", "accesspointnetworkorigin", "authtype", "dataaccesspointaccount",
        "dataaccesspointarn", "delimiter", "destinationregion", "existingjoboperation", "existingjobpriority", "if-match",
        "if-none-match", "inventoryaccessibleoptionalfields", "isreplicationpauserequest", "jobsuspendedcause",
        "locationconstraint", "max-keys", "object-lock-legal-hold", "object-lock-mode", "object-lock-remaining-retention-days",
        "object-lock-retain-until-date", "objectcreationoperation", "prefix", "requestjoboperation", "requestjobpriority",
        "requestobjecttagkeys", "resourceaccount", "signatureage", "signatureversion", "tlsversion", "versionid", "x-amz-acl",
        "x-amz-bucket-namespace", "x-amz-content-sha256", "x-amz-copy-source", "x-amz-grant-full-control", "x-amz-grant-read",
        "x-amz-grant-read-acp", "x-amz-grant-write", "x-amz-grant-write-acp", "x-amz-metadata-directive",
        "x-amz-object-ownership", "x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id",
        "x-amz-server-side-encryption-customer-algorithm", "x-amz-storage-class", "x-amz-website-redirect-location",
    ]
}
