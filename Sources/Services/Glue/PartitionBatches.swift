import Documents
import Kernel
import Store

/// Many partitions at once: the filtered listing and the batches.
extension Partitions {
    struct ListInput: Codable, Sendable {
        struct Segment: Codable, Sendable {
            var SegmentNumber: Int
            var TotalSegments: Int
        }
        var CatalogId: String?
        var DatabaseName: String
        var TableName: String
        var Expression: String?
        var NextToken: String?
        var Segment: Segment?
        var MaxResults: Int?
        var ExcludeColumnSchema: Bool?
    }
    struct ListOutput: Codable, Sendable {
        var Partitions: [Document]
        var NextToken: String?
    }
    struct ValueList: Codable, Sendable { var Values: [String] }
    struct BatchGetInput: Codable, Sendable {
        var CatalogId: String?
        var DatabaseName: String
        var TableName: String
        var PartitionsToGet: [ValueList]
    }
    struct BatchGetOutput: Codable, Sendable {
        var Partitions: [Document]
        var UnprocessedKeys: [ValueList]
    }
    struct BatchDeleteInput: Codable, Sendable {
        var CatalogId: String?
        var DatabaseName: String
        var TableName: String
        var PartitionsToDelete: [ValueList]
    }

    static func list(_ input: ListInput, _ context: Context) async throws -> ListOutput {
        let place = Place(input.CatalogId, input.DatabaseName, input.TableName, context)
        if let segment = input.Segment, segment.SegmentNumber >= segment.TotalSegments {
            throw GlueFault.invalid("SegmentNumber must be less than TotalSegments")
        }
        let size = min(input.MaxResults ?? GlueLimit.partitionPage, GlueLimit.partitionPage)
        let page = try await context.store.read { snapshot in
            let keys = try place.requireTable(snapshot).partitionKeys
            let filter = try input.Expression.flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0 }
                .map { try PartitionExpression($0, keys: keys) }
            return try snapshot.page(
                PartitionRecord.self, place.all, token: input.NextToken, size: size,
                of: context.list(
                    input.CatalogId, input.DatabaseName, input.TableName, input.Expression,
                    input.Segment.map { "\($0.SegmentNumber)/\($0.TotalSegments)" })
            ) { record -> Document? in
                if let segment = input.Segment, !isIn(segment, record) { return nil }
                guard filter?.matches(record.values) ?? true else { return nil }
                return place.output(record, withColumns: input.ExcludeColumnSchema != true)
            }
        }
        return ListOutput(Partitions: page.items, NextToken: page.next)
    }

    /// Segments share the partitions out by a hash of their values that never changes (FNV-1a).
    private static func isIn(_ segment: ListInput.Segment, _ record: PartitionRecord) -> Bool {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in record.values.joined(separator: "\u{0}").utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int(hash % UInt64(max(1, segment.TotalSegments))) == segment.SegmentNumber
    }

    struct IndexesInput: Codable, Sendable {
        var CatalogId: String?
        var DatabaseName: String
        var TableName: String
        var NextToken: String?
    }
    struct IndexesOutput: Codable, Sendable { var PartitionIndexDescriptorList: [Document] }

    /// No table has any: partitions are found without.
    static func indexes(_ input: IndexesInput, _ context: Context) async throws -> IndexesOutput {
        let place = Place(input.CatalogId, input.DatabaseName, input.TableName, context)
        _ = try await context.store.read { try place.requireTable($0) }
        return IndexesOutput(PartitionIndexDescriptorList: [])
    }

    static func batchGet(_ input: BatchGetInput, _ context: Context) async throws -> BatchGetOutput {
        let place = Place(input.CatalogId, input.DatabaseName, input.TableName, context)
        let found = try await context.store.read { snapshot in
            _ = try place.requireTable(snapshot)
            return try input.PartitionsToGet.compactMap { try snapshot.record(PartitionRecord.self, place.key($0.Values)) }
        }
        return BatchGetOutput(Partitions: found.map { place.output($0) }, UnprocessedKeys: [])
    }

    static func batchDelete(_ input: BatchDeleteInput, _ context: Context) async throws -> Errors {
        let place = Place(input.CatalogId, input.DatabaseName, input.TableName, context)
        return try await context.store.write { transaction in
            _ = try place.requireTable(transaction)
            var errors: [PartitionError] = []
            var removed: [[String]] = []
            for each in input.PartitionsToDelete {
                let key = place.key(each.Values)
                if try transaction.contains(key) {
                    try transaction.delete(key)
                    try transaction.deleteColumnStatistics(of: each.Values, place)
                    removed.append(each.Values)
                } else {
                    errors.append(PartitionError(PartitionValues: each.Values, ErrorDetail: ErrorText(.partitionNotFound)))
                }
            }
            try transaction.announce("BatchDeletePartition", place, removed, context)
            return Errors(Errors: errors)
        }
    }
}
