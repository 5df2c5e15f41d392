import Documents
import FunctionEngine
import Kernel
import Store

/// PublishLayerVersion, GetLayerVersion and the like
/// (https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html).
extension LambdaService {
    struct PublishLayerInput: Decodable, Sendable {
        var LayerName: String
        var Description: String?
        var Content: FunctionCode
        var CompatibleRuntimes: [String]?
        var CompatibleArchitectures: [String]?
        var LicenseInfo: String?
    }

    struct LayerOutput: Encodable, Sendable {
        struct ContentOutput: Encodable, Sendable {
            var Location: String
            var CodeSha256: String
            var CodeSize: Int64
        }
        var Content: ContentOutput
        var LayerArn: String
        var LayerVersionArn: String
        var Description: String
        var CreatedDate: String
        var Version: Int64
        var CompatibleRuntimes: [String]?
        var CompatibleArchitectures: [String]?
        var LicenseInfo: String?
    }

    private func output(_ record: LayerRecord, _ context: Context) -> LayerOutput {
        LayerOutput(
            Content: .init(
                Location: links.url(to: record.code, context), CodeSha256: Base64.string(record.codeHash),
                CodeSize: record.codeSize), LayerArn: record.place.layerARN, LayerVersionArn: record.place.arn,
            Description: record.description, CreatedDate: record.created.iso8601Offset(milliseconds: true),
            Version: record.version,
            CompatibleRuntimes: record.runtimes.isEmpty ? nil : record.runtimes,
            CompatibleArchitectures: record.architectures.isEmpty ? nil : record.architectures,
            LicenseInfo: record.license.isEmpty ? nil : record.license)
    }

    func publishLayer(_ input: PublishLayerInput, _ context: Context) async throws -> LayerOutput {
        let place = try LayerPlace(input.LayerName, version: 0, context)
        let zip = try await CodeStore.fetch(
            zip: input.Content.ZipFile, bucket: input.Content.S3Bucket, key: input.Content.S3Key,
            version: input.Content.S3ObjectVersion, context)
        let package = try await parts().code.add(zip)
        let (now, revision) = (context.now, Identifier.uuid())
        do {
            let made = try await context.store.write { transaction in
                let last = try transaction.record(LayerCounter.self, place.key)?.last ?? 0
                try transaction.put(place.key, LayerCounter(last: last + 1))
                let record = LayerRecord(
                    account: place.account, region: place.region, name: place.name, version: last + 1,
                    description: input.Description ?? "", license: input.LicenseInfo ?? "",
                    runtimes: input.CompatibleRuntimes ?? [], architectures: input.CompatibleArchitectures ?? [],
                    code: package.id, codeSize: package.size, codeHash: package.hash, created: now, revision: revision)
                try transaction.put(record.place.key, record)
                return record
            }
            return output(made, context)
        } catch {
            try await parts().code.remove(package.id)
            throw error
        }
    }

    struct LayerVersionInput: Decodable, Sendable {
        var LayerName: String
        var VersionNumber: Int64
    }

    static func layer(_ place: LayerPlace, in snapshot: any Snapshot) throws -> LayerRecord {
        guard place.version > 0, let record = try snapshot.record(LayerRecord.self, place.key) else {
            throw LambdaFault.layerVersionMissing
        }
        return record
    }

    func getLayer(_ input: LayerVersionInput, _ context: Context) async throws -> LayerOutput {
        guard input.VersionNumber > 0 else { throw LambdaFault.invalidParameter("Layer Version Cannot be less than 1") }
        let place = try LayerPlace(input.LayerName, version: input.VersionNumber, context)
        return output(try await context.store.read { try Self.layer(place, in: $0) }, context)
    }

    struct LayerARNInput: Decodable, Sendable { var Arn: String }

    func getLayerByARN(_ input: LayerARNInput, _ context: Context) async throws -> LayerOutput {
        guard let place = LayerPlace(versionARN: input.Arn) else {
            throw LambdaFault.invalidParameter("Value '\(input.Arn)' is not a layer version's ARN")
        }
        return output(try await context.store.read { try Self.layer(place, in: $0) }, context)
    }

    func deleteLayer(_ input: LayerVersionInput, _ context: Context) async throws -> Nothing {
        let place = try LayerPlace(input.LayerName, version: input.VersionNumber, context)
        // Functions that use it keep their copy: the archive goes when no function refers to it (at the next start).
        try await context.store.write { transaction in
            guard place.version > 0, try transaction.contains(place.key) else { return }
            try transaction.delete(place.key)
        }
        return Nothing()
    }

    struct ListLayerVersionsInput: Decodable, Sendable {
        var LayerName: String
        var CompatibleRuntime: String?
        var CompatibleArchitecture: String?
        var Marker: String?
        var MaxItems: Int?
    }

    struct LayerItem: Encodable, Sendable {
        var LayerVersionArn: String
        var Version: Int64
        var Description: String
        var CreatedDate: String
        var CompatibleRuntimes: [String]?
        var CompatibleArchitectures: [String]?
        var LicenseInfo: String?

        init(_ record: LayerRecord) {
            (LayerVersionArn, Version, Description) = (record.place.arn, record.version, record.description)
            CreatedDate = record.created.iso8601Offset(milliseconds: true)
            CompatibleRuntimes = record.runtimes.isEmpty ? nil : record.runtimes
            CompatibleArchitectures = record.architectures.isEmpty ? nil : record.architectures
            LicenseInfo = record.license.isEmpty ? nil : record.license
        }
    }

    struct ListLayerVersionsOutput: Encodable, Sendable {
        var NextMarker: String?
        var LayerVersions: [LayerItem]
    }

    func listLayerVersions(_ input: ListLayerVersionsInput, _ context: Context) async throws -> ListLayerVersionsOutput {
        let place = try LayerPlace(input.LayerName, version: 0, context)
        let count = FunctionLimit.page(input.MaxItems)
        let below = try PageMarker.number(
            input.Marker, of: place.layerARN, input.CompatibleRuntime, input.CompatibleArchitecture, in: context)
        let found = try await context.store.read { snapshot in
            try Self.versions(of: place.layer, in: snapshot).filter { record in
                (below.map { record.version < $0 } ?? true)
                    && record.fits(runtime: input.CompatibleRuntime, architecture: input.CompatibleArchitecture)
            }
        }
        let page = found.prefix(count)
        return ListLayerVersionsOutput(
            NextMarker: PageMarker.write(
                found.count > count ? page.last.map { "\($0.version)" } : nil, of: place.layerARN, input.CompatibleRuntime,
                input.CompatibleArchitecture, in: context),
            LayerVersions: page.map { LayerItem($0) })
    }

    /// The newest first.
    private static func versions(of layer: Key, in snapshot: any Snapshot) throws -> [LayerRecord] {
        let found = try snapshot.all(LayerRecord.self, layer, after: layer.appending(.integer(0)))
        return found.reversed()
    }

    struct ListLayersInput: Decodable, Sendable {
        var CompatibleRuntime: String?
        var CompatibleArchitecture: String?
        var Marker: String?
        var MaxItems: Int?
    }

    struct LayersItem: Encodable, Sendable {
        var LayerName: String
        var LayerArn: String
        var LatestMatchingVersion: LayerItem
    }

    struct ListLayersOutput: Encodable, Sendable {
        var NextMarker: String?
        var Layers: [LayersItem]
    }

    func listLayers(_ input: ListLayersInput, _ context: Context) async throws -> ListLayersOutput {
        let count = FunctionLimit.page(input.MaxItems)
        let found = try await context.store.read { snapshot in
            // By their counters, which come first of each layer.
            var found: [LayerRecord] = []
            let all = LayerPlace.all(context.account, context.region)
            var next =
                try PageMarker.read(input.Marker, of: input.CompatibleRuntime, input.CompatibleArchitecture, in: context).map {
                    all.appending(.text($0)).rangeEnd
                } ?? all
            while found.count <= count {
                var layer: Key?
                try snapshot.scan(from: next, to: all.rangeEnd, reverse: false, limit: 1) { key, _ in
                    layer = key
                    return false
                }
                guard let counter = layer, case .text(let name)? = try counter.elements().dropFirst(2).first else { break }
                let prefix = all.appending(.text(name))
                next = prefix.rangeEnd
                let match = try Self.versions(of: prefix, in: snapshot).first {
                    $0.fits(runtime: input.CompatibleRuntime, architecture: input.CompatibleArchitecture)
                }
                if let match { found.append(match) }
            }
            return found
        }
        let page = found.prefix(count)
        let layers = page.map {
            LayersItem(LayerName: $0.name, LayerArn: $0.place.layerARN, LatestMatchingVersion: LayerItem($0))
        }
        return ListLayersOutput(
            NextMarker: PageMarker.write(
                found.count > count ? page.last?.name : nil, of: input.CompatibleRuntime, input.CompatibleArchitecture,
                in: context), Layers: layers)
    }

    /// The layers that a function names, checked.
    func layers(_ arns: [String], _ context: Context) async throws -> [FunctionRecord.LayerUse] {
        guard arns.count <= LayerLimit.count else {
            throw LambdaFault.invalidParameter("Functions can't have more than \(LayerLimit.count) layers.")
        }
        var uses: [FunctionRecord.LayerUse] = []
        var names: Set<String> = []
        for arn in arns {
            guard let place = LayerPlace(versionARN: arn) else {
                throw LambdaFault.invalidParameter("Invalid layer arn: \(arn)")
            }
            guard names.insert(place.layerARN).inserted else {
                throw LambdaFault.invalidParameter(
                    "Two different versions of the same layer are not allowed to be referenced in the same function.")
            }
            if place.account != context.account {
                try await context.platform.demand(Permission("lambda:GetLayerVersion", on: arn), in: context)
            }
            guard let record = try await context.store.read({ try $0.record(LayerRecord.self, place.key) }) else {
                throw LambdaFault.layerNotFound(arn)
            }
            uses.append(.init(arn: arn, code: record.code, size: record.codeSize, hash: record.codeHash))
        }
        return uses
    }
}

enum LayerLimit {
    /// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    static let count = 5
}
