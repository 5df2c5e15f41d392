import Documents

// The members of the API model that these operations use, under the model's names.

struct PutBucketAclInput: Codable, Sendable, GrantMembers {
    var bucket: String
    var expectedBucketOwner: String?
    var acl: String?
    var accessControlPolicy: Shape.AccessControlPolicy?
    var grantFullControl: String?
    var grantRead: String?
    var grantReadACP: String?
    var grantWrite: String?
    var grantWriteACP: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case expectedBucketOwner = "ExpectedBucketOwner"
        case acl = "ACL"
        case accessControlPolicy = "AccessControlPolicy"
        case grantFullControl = "GrantFullControl"
        case grantRead = "GrantRead"
        case grantReadACP = "GrantReadACP"
        case grantWrite = "GrantWrite"
        case grantWriteACP = "GrantWriteACP"
    }
}

struct GetBucketAclInput: Codable, Sendable {
    var bucket: String
    var expectedBucketOwner: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

struct GetBucketAclOutput: Codable, Sendable {
    var owner: Shape.Owner?
    var grants: [Shape.Grant]?

    enum CodingKeys: String, CodingKey {
        case owner = "Owner"
        case grants = "Grants"
    }
}

struct PutObjectAclInput: Codable, Sendable, GrantMembers {
    var bucket: String
    var key: String
    var versionID: String?
    var expectedBucketOwner: String?
    var acl: String?
    var accessControlPolicy: Shape.AccessControlPolicy?
    var grantFullControl: String?
    var grantRead: String?
    var grantReadACP: String?
    var grantWrite: String?
    var grantWriteACP: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case key = "Key"
        case versionID = "VersionId"
        case expectedBucketOwner = "ExpectedBucketOwner"
        case acl = "ACL"
        case accessControlPolicy = "AccessControlPolicy"
        case grantFullControl = "GrantFullControl"
        case grantRead = "GrantRead"
        case grantReadACP = "GrantReadACP"
        case grantWrite = "GrantWrite"
        case grantWriteACP = "GrantWriteACP"
    }
}

struct PutObjectAclOutput: Codable, Sendable {}

struct GetObjectAclInput: Codable, Sendable {
    var bucket: String
    var key: String
    var versionID: String?
    var expectedBucketOwner: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case key = "Key"
        case versionID = "VersionId"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

struct GetObjectAclOutput: Codable, Sendable {
    var owner: Shape.Owner?
    var grants: [Shape.Grant]?

    enum CodingKeys: String, CodingKey {
        case owner = "Owner"
        case grants = "Grants"
    }
}

struct GetBucketPolicyStatusInput: Codable, Sendable {
    var bucket: String
    var expectedBucketOwner: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

struct GetBucketPolicyStatusOutput: Codable, Sendable {
    var policyStatus: Shape.PolicyStatus?

    enum CodingKeys: String, CodingKey {
        case policyStatus = "PolicyStatus"
    }
}

struct PutBucketOwnershipControlsInput: Codable, Sendable {
    var bucket: String
    var expectedBucketOwner: String?
    var ownershipControls: Shape.OwnershipControls

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case expectedBucketOwner = "ExpectedBucketOwner"
        case ownershipControls = "OwnershipControls"
    }
}

struct GetBucketOwnershipControlsInput: Codable, Sendable {
    var bucket: String
    var expectedBucketOwner: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

struct GetBucketOwnershipControlsOutput: Codable, Sendable {
    var ownershipControls: Shape.OwnershipControls?

    enum CodingKeys: String, CodingKey {
        case ownershipControls = "OwnershipControls"
    }
}

struct DeleteBucketOwnershipControlsInput: Codable, Sendable {
    var bucket: String
    var expectedBucketOwner: String?

    enum CodingKeys: String, CodingKey {
        case bucket = "Bucket"
        case expectedBucketOwner = "ExpectedBucketOwner"
    }
}

extension Shape {
    struct AccessControlPolicy: Codable, Sendable {
        var grants: [Shape.Grant]?
        var owner: Shape.Owner?

        enum CodingKeys: String, CodingKey {
            case grants = "Grants"
            case owner = "Owner"
        }
    }

    struct Grant: Codable, Sendable {
        var grantee: Shape.Grantee?
        var permission: String?

        enum CodingKeys: String, CodingKey {
            case grantee = "Grantee"
            case permission = "Permission"
        }
    }

    struct Grantee: Codable, Sendable {
        var displayName: String?
        var emailAddress: String?
        var id: String?
        var type: String
        var uri: String?

        enum CodingKeys: String, CodingKey {
            case displayName = "DisplayName"
            case emailAddress = "EmailAddress"
            case id = "ID"
            case type = "Type"
            case uri = "URI"
        }
    }

    struct PolicyStatus: Codable, Sendable {
        var isPublic: Bool?

        enum CodingKeys: String, CodingKey {
            case isPublic = "IsPublic"
        }
    }

    struct OwnershipControls: Codable, Sendable {
        var rules: [Shape.OwnershipControlsRule]

        enum CodingKeys: String, CodingKey {
            case rules = "Rules"
        }
    }

    struct OwnershipControlsRule: Codable, Sendable {
        var objectOwnership: String

        enum CodingKeys: String, CodingKey {
            case objectOwnership = "ObjectOwnership"
        }
    }
}
