import Documents
import Kernel
import Store

extension SAMLProviderRecord: TaggedEntity {
    static var nameMember: String { "SAMLProviderArn" }
    var key: Key { Self.key(account, name) }

    static func find(_ arn: String, in account: String, _ snapshot: Snapshot) throws -> Self {
        guard let parsed = ARN(arn), parsed.service == "iam", parsed.resource.hasPrefix("saml-provider/") else {
            throw IAMFault.invalidARN(arn)
        }
        let name = String(parsed.resource.dropFirst("saml-provider/".count))
        guard parsed.account == account, let provider = try snapshot.record(Self.self, key(account, name)) else {
            throw IAMFault.entityNotFound("Manifest not found for arn \(arn)")
        }
        return provider
    }
}

/// CreateSAMLProvider, GetSAMLProvider, ListSAMLProviders, UpdateSAMLProvider, DeleteSAMLProvider.
enum SAMLProviders {
    struct Create: Codable, Sendable {
        var SAMLMetadataDocument: String
        var Name: String
        var Tags: [Tag]?
    }
    struct Created: Codable, Sendable {
        var SAMLProviderArn: String
        var Tags: [Tag]?
    }
    struct Details: Codable, Sendable {
        var SAMLProviderUUID: String
        var SAMLMetadataDocument: String
        var CreateDate: Timestamp
        var ValidUntil: Timestamp
        var Tags: [Tag]
    }
    struct Entry: Codable, Sendable {
        var Arn: String
        var ValidUntil: Timestamp
        var CreateDate: Timestamp
    }
    struct List: Codable, Sendable { var SAMLProviderList: [Entry] }
    struct Update: Codable, Sendable { var SAMLMetadataDocument: String? }
    struct Updated: Codable, Sendable { var SAMLProviderArn: String }

    private static let years: Int64 = 100 * 365 * 86_400

    static func register(in operations: inout Operations) {
        EntityTags<SAMLProviderRecord>.register("SAMLProvider", in: &operations)
        operations.on("CreateSAMLProvider") { (input: Create, context) in
            try check(input.SAMLMetadataDocument)
            let uuid = Identifier.code(22)
            return try await context.store.write { txn in
                var provider = SAMLProviderRecord(
                    account: context.account, name: input.Name, uuid: uuid, metadata: input.SAMLMetadataDocument,
                    created: context.now, validUntil: context.now + .seconds(years))
                guard try !txn.contains(provider.key) else {
                    throw IAMFault.entityExists("Provider with name \(input.Name) already exists.")
                }
                let count = try txn.all(SAMLProviderRecord.self, SAMLProviderRecord.all(in: context.account)).count
                guard count < Limit.samlProviders else {
                    throw IAMFault.quota(name: "SAMLProvidersPerAccount", limit: Limit.samlProviders)
                }
                try provider.tags.add(input.Tags ?? [])
                try txn.put(provider.key, provider)
                return Created(SAMLProviderArn: provider.arn, Tags: provider.tags.isEmpty ? nil : Tag.list(provider.tags))
            }
        }
        operations.on("GetSAMLProvider") { (input: Of<SAMLProviderRecord, Nothing>, context) in
            let provider = try await context.store.read { try SAMLProviderRecord.find(input.name, in: context.account, $0) }
            return Details(
                SAMLProviderUUID: provider.uuid, SAMLMetadataDocument: provider.metadata, CreateDate: provider.created,
                ValidUntil: provider.validUntil, Tags: Tag.list(provider.tags))
        }
        operations.on("ListSAMLProviders") { (_: Nothing, context) in
            let providers = try await context.store.read {
                try $0.all(SAMLProviderRecord.self, SAMLProviderRecord.all(in: context.account))
            }
            return List(
                SAMLProviderList: providers.map { Entry(Arn: $0.arn, ValidUntil: $0.validUntil, CreateDate: $0.created) })
        }
        operations.on("UpdateSAMLProvider") { (input: Of<SAMLProviderRecord, Update>, context) in
            if let document = input.rest.SAMLMetadataDocument { try check(document) }
            return try await context.store.write { txn in
                var provider = try SAMLProviderRecord.find(input.name, in: context.account, txn)
                provider.metadata = input.rest.SAMLMetadataDocument ?? provider.metadata
                try txn.put(provider.key, provider)
                return Updated(SAMLProviderArn: provider.arn)
            }
        }
        operations.on("DeleteSAMLProvider") { (input: Of<SAMLProviderRecord, Nothing>, context) in
            try await context.store.write { txn in
                try txn.delete(SAMLProviderRecord.find(input.name, in: context.account, txn).key)
                return Nothing()
            }
        }
    }

    /// A metadata document of an identity provider names itself and its signing certificate.
    private static func check(_ document: String) throws {
        let words = ["EntityDescriptor", "entityID", "IDPSSODescriptor", "X509Certificate"]
        guard words.allSatisfy(document.contains), !document.contains("<!DOCTYPE"), !document.contains("<!ENTITY") else {
            throw IAMFault.invalidInput("Could not parse metadata")
        }
    }
}
