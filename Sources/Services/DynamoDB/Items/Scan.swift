import Documents
import Kernel
import Store

extension DynamoDBService {
    func scan(_ input: Document, _ context: Context) async throws -> Document {
        let name = try TableName(in: input, context)
        try LegacyParameters.checkNotMixed(input)
        let segment = try Self.segment(input)
        var placeholders = try Placeholders(
            input,
            expressions: [
                ("FilterExpression", input["FilterExpression"] != nil),
                ("ProjectionExpression", input["ProjectionExpression"] != nil),
            ])
        let request = try pageRequest(input, &placeholders, isScan: true)
        try placeholders.checkAllUsed()
        let (tables, meter, now) = (tables, meter, context.now)
        let (page, reader) = try await context.store.read { snapshot in
            let reader = try request.reader(try tables.table(name, in: snapshot, for: context))
            let (begin, end) = segment.map { $0.range(under: reader.rows) } ?? (reader.rows, reader.rows.rangeEnd)
            if let segment, let start = try reader.startRow(), start < begin || start >= end {
                throw DynamoDBFault.validation(
                    "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. TotalSegments: \(segment.total) Segment: \(segment.number)"
                )
            }
            try meter.admit(reader.table, reader.index, isWrite: false, at: now)
            return (try reader.page(from: begin, to: end, in: snapshot), reader)
        }
        return output(input, page, reader, now)
    }

    /// One of the equal stretches that a parallel scan cuts the hashes of partition keys into.
    private struct Segment {
        var number: Int64
        var total: Int64

        func range(under rows: Key) -> (Key, Key) {
            let end = number + 1 == total ? rows.rangeEnd : boundary(number + 1, rows)
            return (number == 0 ? rows : boundary(number, rows), end)
        }

        private func boundary(_ number: Int64, _ rows: Key) -> Key {
            let hash = number * (Int64(1) << 32) / total
            return rows.appending(.bytes([24, 16, 8, 0].map { UInt8(hash >> $0 & 0xFF) }))
        }
    }

    private static func segment(_ input: Document) throws(DynamoDBFault) -> Segment? {
        switch (input["Segment"]?.integer, input["TotalSegments"]?.integer) {
        case (nil, nil): return nil
        case (_?, nil):
            throw .validation(
                "The TotalSegments parameter is required but was not present in the request when Segment parameter is present")
        case (nil, _?):
            throw .validation(
                "The Segment parameter is required but was not present in the request when parameter TotalSegments is present")
        case (let number?, let total?):
            guard (1...1_000_000).contains(total), number >= 0 else {
                throw .validation("TotalSegments must be between 1 and 1000000 and Segment at least 0")
            }
            guard number < total else {
                throw .validation(
                    "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: \(number) is not less than TotalSegments: \(total)"
                )
            }
            return Segment(number: number, total: total)
        }
    }
}
