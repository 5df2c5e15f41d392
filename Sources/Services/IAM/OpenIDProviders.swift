import Documents
import Kernel
import Store

extension OpenIDProviderRecord: TaggedEntity {
    static var nameMember: String { "OpenIDConnectProviderArn" }
    var key: Key { Self.key(account, issuer) }

    static func find(_ arn: String, in account: String, _ snapshot: Snapshot) throws -> Self {
        guard let parsed = ARN(arn), parsed.service == "iam", parsed.resource.hasPrefix("oidc-provider/") else {
            throw IAMFault.invalidARN(arn)
        }
        let issuer = String(parsed.resource.dropFirst("oidc-provider/".count))
        guard parsed.account == account, let provider = try snapshot.record(Self.self, key(account, issuer)) else {
            throw IAMFault.entityNotFound("OpenIDConnect Provider not found for arn \(arn)")
        }
        return provider
    }
}

/// CreateOpenIDConnectProvider, GetOpenIDConnectProvider and their like. What AWS refuses and Tarn takes: an issuer that is
/// reached by plain HTTP, as identity providers on the same machine are.
enum OpenIDProviders {
    struct Create: Codable, Sendable {
        var Url: String
        var ClientIDList: [String]?
        var ThumbprintList: [String]?
        var Tags: [Tag]?
    }
    struct Created: Codable, Sendable {
        var OpenIDConnectProviderArn: String
        var Tags: [Tag]?
    }
    struct Details: Codable, Sendable {
        var Url: String
        var ClientIDList: [String]
        var ThumbprintList: [String]
        var CreateDate: Timestamp
        var Tags: [Tag]
    }
    struct Entry: Codable, Sendable { var Arn: String }
    struct List: Codable, Sendable { var OpenIDConnectProviderList: [Entry] }
    struct Client: Codable, Sendable { var ClientID: String }
    struct Thumbprints: Codable, Sendable { var ThumbprintList: [String] }

    static func register(in operations: inout Operations) {
        EntityTags<OpenIDProviderRecord>.register("OpenIDConnectProvider", in: &operations)
        operations.on("CreateOpenIDConnectProvider") { (input: Create, context) in try await create(input, context) }
        operations.on("GetOpenIDConnectProvider") { (input: Of<OpenIDProviderRecord, Nothing>, context) in
            let provider = try await context.store.read { try OpenIDProviderRecord.find(input.name, in: context.account, $0) }
            return Details(
                Url: provider.issuer, ClientIDList: provider.clientIDs, ThumbprintList: provider.thumbprints,
                CreateDate: provider.created, Tags: Tag.list(provider.tags))
        }
        operations.on("ListOpenIDConnectProviders") { (_: Nothing, context) in
            let providers = try await context.store.read {
                try $0.all(OpenIDProviderRecord.self, OpenIDProviderRecord.all(in: context.account))
            }
            return List(OpenIDConnectProviderList: providers.map { Entry(Arn: $0.arn) })
        }
        operations.on("AddClientIDToOpenIDConnectProvider") { (input: Of<OpenIDProviderRecord, Client>, context) in
            try await change(input.name, context) { provider in
                guard !provider.clientIDs.contains(input.rest.ClientID) else { return }
                provider.clientIDs.append(input.rest.ClientID)
            }
        }
        operations.on("RemoveClientIDFromOpenIDConnectProvider") { (input: Of<OpenIDProviderRecord, Client>, context) in
            try await change(input.name, context) { provider in
                provider.clientIDs.removeAll { $0 == input.rest.ClientID }
            }
        }
        operations.on("UpdateOpenIDConnectProviderThumbprint") { (input: Of<OpenIDProviderRecord, Thumbprints>, context) in
            try await change(input.name, context) { $0.thumbprints = input.rest.ThumbprintList }
        }
        // Deleting what is not there is no error.
        operations.on("DeleteOpenIDConnectProvider") { (input: Of<OpenIDProviderRecord, Nothing>, context) in
            try await context.store.write { txn in
                do {
                    try txn.delete(OpenIDProviderRecord.find(input.name, in: context.account, txn).key)
                } catch IAMFault.entityNotFound {}
                return Nothing()
            }
        }
    }

    private static func change(
        _ arn: String, _ context: Context, _ body: @escaping @Sendable (inout OpenIDProviderRecord) -> Void
    ) async throws -> Nothing {
        try await context.store.write { txn in
            var provider = try OpenIDProviderRecord.find(arn, in: context.account, txn)
            body(&provider)
            try check(provider)
            try txn.put(provider.key, provider)
            return Nothing()
        }
    }

    private static func check(_ provider: OpenIDProviderRecord) throws {
        guard provider.clientIDs.count <= Limit.clientIDs else {
            throw IAMFault.quota(name: "ClientIdsPerOpenIdConnectProvider", limit: Limit.clientIDs)
        }
        guard provider.thumbprints.count <= Limit.thumbprints else {
            throw IAMFault.invalidInput("Thumbprint list must contain fewer than \(Limit.thumbprints) entries.")
        }
        let isHex = provider.thumbprints.allSatisfy { $0.utf8.count == 40 && $0.allSatisfy(\.isHexDigit) }
        guard isHex else { throw IAMFault.invalidInput("Thumbprints must be 40-character hexadecimal SHA-1 hashes.") }
    }

    private static func create(_ input: Create, _ context: Context) async throws -> Created {
        guard let (scheme, issuer) = parts(input.Url) else {
            throw IAMFault.invalidValue("Invalid Open ID Connect Provider URL")
        }
        var made = OpenIDProviderRecord(account: context.account, scheme: scheme, issuer: issuer, created: context.now)
        made.clientIDs = input.ClientIDList ?? []
        made.thumbprints = input.ThumbprintList ?? []
        try made.tags.add(input.Tags ?? [])
        try check(made)
        let provider = made
        return try await context.store.write { txn in
            guard try !txn.contains(provider.key) else {
                throw IAMFault.entityExists("Provider with url \(input.Url) already exists.")
            }
            let count = try txn.all(OpenIDProviderRecord.self, OpenIDProviderRecord.all(in: context.account)).count
            guard count < Limit.openIDProviders else {
                throw IAMFault.quota(name: "OpenIdConnectProvidersPerAccount", limit: Limit.openIDProviders)
            }
            try txn.put(provider.key, provider)
            return Created(
                OpenIDConnectProviderArn: provider.arn, Tags: provider.tags.isEmpty ? nil : Tag.list(provider.tags))
        }
    }

    /// Scheme, and host, port and path without a last slash; nil for what can't be an issuer (no query, no fragment).
    private static func parts(_ url: String) -> (scheme: String, issuer: String)? {
        for scheme in ["https", "http"] where url.lowercased().hasPrefix(scheme + "://") {
            var rest = String(url.dropFirst(scheme.count + 3))
            while rest.hasSuffix("/") { rest.removeLast() }
            let isPlain = rest.unicodeScalars.allSatisfy {
                $0.isASCII && $0.value > 32 && !"?#@<>\"\\^`{|}%".unicodeScalars.contains($0)
            }
            return rest.isEmpty || rest.hasPrefix("/") || rest.hasPrefix(":") || !isPlain ? nil : (scheme, rest)
        }
        return nil
    }
}
