import Crypto
import Documents
import Kernel
import SQLEngine

/// An earlier query's result in the place of a run (https://docs.aws.amazon.com/athena/latest/ug/reusing-query-results.html).
///
/// Whatever stands in its way, the query runs as any other: refusals are the run's to report.
extension QueryExecution {
    /// Notes under what the result of `bound` may serve again, and takes an earlier one if that was asked for.
    /// - Returns: whether `query` has its result now.
    func reuse(_ bound: Bound, _ query: inout QueryRecord) async throws -> Bool {
        guard bound.statement.isRepeatable == true else { return false }
        let fingerprint = try Self.fingerprint(of: bound, query)
        query.fingerprint = fingerprint
        guard let wish = query.reuse, wish.Enabled, query.overridesWorkGroup != true else { return false }
        let place = place
        let found = try await platform.store.read { snapshot -> QueryRecord? in
            guard let id = try snapshot.value(place.result(fingerprint)),
                let record = try snapshot.record(QueryRecord.self, place.query(String(decoding: id, as: UTF8.self)))
            else { return nil }
            // A work group that was deleted and made again is another.
            let group = try snapshot.record(WorkGroupRecord.self, place.workGroup(record.workGroup))
            return group.map { $0.created <= record.submitted } ?? true ? record : nil
        }
        let seconds = Int64(wish.MaxAgeInMinutes ?? AthenaLimit.reuseMinutes) * 60
        guard let earlier = found, let completed = earlier.completed, query.submitted <= completed + .seconds(seconds),
            try await mayRead(bound, query), try await mayReadResult(of: earlier, query)
        else { return false }
        query.reusedFrom = earlier.id
        (query.columns, query.rows, query.resultBytes) = (earlier.columns, earlier.rows, earlier.resultBytes)
        return true
    }

    /// The caller sees every table that the statement reads, and nothing in a view has changed that keeps it from being repeated.
    private func mayRead(_ bound: Bound, _ query: QueryRecord) async throws -> Bool {
        let catalog = CatalogReader(caller: query.caller, region: place.region, platform: platform)
        var sources = QuerySources(catalog: catalog, engine: engine)
        do { try await sources.add(bound.statement.reads ?? [], in: query.database) } catch let error as AWSError
            where error.isSenders
        {
            return false
        } catch is QueryFailure {
            return false
        }
        return sources.areRepeatable
    }

    /// The file is there, and the caller may get it.
    private func mayReadResult(of earlier: QueryRecord, _ query: QueryRecord) async throws -> Bool {
        let location = try OutputLocation(earlier.output)
        let key = location.prefix + earlier.resultLocation.dropFirst(location.url.count)
        let input: Document = ["Bucket": .string(location.bucket), "Key": .string(key)]
        do {
            _ = try await platform.call(Call("s3", "HeadObject", input, caller: query.caller, region: place.region))
            return true
        } catch let error as AWSError where error.isSenders {
            return false
        }
    }

    /// One text for all that has to be the same. A prepared statement is its text: a new one under its name is another.
    private static func fingerprint(of bound: Bound, _ query: QueryRecord) throws -> String {
        let text = bound.sql.drop(while: \.isWhitespace)
        let parts: Document = [
            "sql": .string(String(text.reversed().drop(while: \.isWhitespace).reversed())),
            "parameters": .list(bound.parameters.map { .string($0) }),
            "database": .string(query.database), "catalog": .string(query.catalog.lowercased()),
            "workGroup": .string(query.workGroup), "output": .string(query.output),
            "settings": .map(query.settings?.document ?? [:]),
        ]
        return Hex.encode(SHA256.hash(data: CBOR.write(parts)))
    }
}
