import Documents
import Kernel
import Policy
import Store

/// What a bucket policy must be before it is kept; what it means is the policy engine's.
enum BucketPolicyRules {
    /// - Throws: ``S3Fault/malformedPolicy(_:)``.
    static func check(_ text: String, bucket: String) throws {
        let rules = ResourcePolicyRules(vendor: "s3", bytesMax: PolicyLimit.bucketPolicyBytesMax) { covers($0, bucket) }
        let document: PolicyDocument
        do { document = try rules.check(text) } catch { throw S3Fault.malformedPolicy(error.bucketMessage) }
        try checkStatements(of: document) { $0.contains("/") }
    }

    /// What S3 asks of each statement of a policy, a bucket's or an access point's.
    /// - Parameter isObject: whether a resource of the policy stands for objects.
    /// - Throws: ``S3Fault/malformedPolicy(_:)``.
    static func checkStatements(of document: PolicyDocument, isObject: (String) -> Bool) throws {
        for index in 0..<document.statementCount {
            guard let statement = document.statement(index) else { continue }
            let actions = texts(statement["Action"])
            guard actions.allSatisfy(isAction) else { throw S3Fault.malformedPolicy("Policy has invalid action") }
            try BucketPolicyConditions.check(statement, actions: actions)
            let resources = texts(statement["Resource"])
            guard resources.isEmpty || actions.allSatisfy({ action in resources.contains { fits(action, $0, isObject($0)) } })
            else {
                throw S3Fault.malformedPolicy("Action does not apply to any resource(s) in statement")
            }
        }
    }

    /// A policy as it is kept. The users and roles that it names must exist.
    /// - Throws: ``S3Fault/malformedPolicy(_:)``.
    static func bound(_ text: String, in transaction: any Transaction) throws -> String {
        try NamedPrincipals.bound(text, in: transaction) { _ in S3Fault.malformedPolicy("Invalid principal in policy") }
    }

    /// A bucket name with wildcards may match the bucket; a literal one must be it.
    private static func covers(_ resource: String, _ bucket: String) -> Bool {
        let name = resource.prefix { $0 != "/" }
        return name == "arn:aws:s3:::\(bucket)" || name.contains("*") || name.contains("?")
    }

    private static func texts(_ value: Document?) -> [String] {
        value?.list?.compactMap(\.string) ?? [value?.string].compactMap { $0 }
    }

    /// What S3's actions begin with
    /// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html).
    private static let verbs = [
        "abort", "associate", "bypass", "create", "delete", "describe", "dissociate", "get", "initiate", "list",
        "objectowneroverride", "pause", "put", "replicate", "restore", "submit", "tag", "untag", "update",
    ]

    private static func isPattern(_ text: String) -> Bool { text.contains("*") || text.contains("?") }

    private static func isAction(_ action: String) -> Bool {
        guard !isPattern(action) else { return true }
        let name = action.lowercased().dropFirst("s3:".count)
        return verbs.contains(where: name.hasPrefix)
    }

    /// Whether an action can be done to a resource of that form. Of actions that are not told apart here, all can.
    private static func fits(_ action: String, _ resource: String, _ isObject: Bool) -> Bool {
        guard !isPattern(action) else { return true }
        let name = action.lowercased().dropFirst("s3:".count)
        if isOfBuckets(name) { return !isObject }
        // A pattern without a slash may stand for objects too.
        if isOfObjects(name) { return isObject || resource.contains("*") }
        return true
    }

    private static func isOfBuckets(_ name: Substring) -> Bool {
        ["listbucket", "listbucketversions", "listbucketmultipartuploads", "createbucket", "deletebucket"].contains(name)
            || ["getbucket", "putbucket", "deletebucket"].contains(where: name.hasPrefix)
            || (name.hasPrefix("get") || name.hasPrefix("put")) && name.hasSuffix("configuration")
                && !name.contains("accesspoint") && !name.contains("storagelens")
    }

    private static func isOfObjects(_ name: Substring) -> Bool {
        ["getobject", "putobject", "deleteobject"].contains(where: name.hasPrefix)
            || [
                "abortmultipartupload", "listmultipartuploadparts", "restoreobject", "replicateobject", "replicatedelete",
                "replicatetags", "objectowneroverridetobucketowner", "bypassgovernanceretention", "initiatereplication",
            ].contains(name)
    }
}
