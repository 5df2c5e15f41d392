import Documents
import Kernel
import TestSupport
import Testing

@testable import S3

@Suite struct LifecyclePlanTests {
    private static let day: Int64 = 86_400

    private func record(_ seconds: Int64, size: Int64 = 1 << 20, tags: [S3.Tag] = [], storageClass: String? = nil) -> ObjectRecord
    {
        var record = ObjectRecord()
        record.lastModified = Timestamp(seconds: seconds)
        (record.size, record.tags, record.headers.storageClass) = (size, tags, storageClass)
        return record
    }

    private func plan(_ rules: Shape.LifecycleRule..., minimum: String = LifecycleRules.uniform) -> LifecyclePlan {
        LifecyclePlan(LifecycleSetting(rules: rules, minimumSize: minimum))
    }

    private func rule(_ filter: Shape.LifecycleRuleFilter = .init(prefix: "")) -> Shape.LifecycleRule {
        Shape.LifecycleRule(id: "r", filter: filter, status: "Enabled")
    }

    @Test func daysEndAtTheNextMidnight() {
        let day = Self.day
        // The user guide's example: created at 10:30 on the 15th, three days: midnight before the 19th.
        #expect(LifecyclePlan.due(Timestamp(seconds: 15 * day + 37_800), days: 3) == Timestamp(seconds: 19 * day))
        #expect(LifecyclePlan.due(Timestamp(seconds: 15 * day), days: 3) == Timestamp(seconds: 18 * day))
        #expect(LifecyclePlan.midnight(from: Timestamp(microseconds: 15 * day * 1_000_000 + 1)) == Timestamp(seconds: 16 * day))
    }

    @Test func removalWinsOverTransitionWinsOverMarker() {
        var both = rule()
        both.expiration = .init(days: 2)
        both.transitions = [.init(days: 1, storageClass: "GLACIER")]
        let asked = plan(both)
        let (old, now) = (record(0), Timestamp(seconds: 5 * Self.day))
        #expect(asked.action(current: old, "k", isAlone: true, versioning: nil, at: now) == .remove)
        #expect(asked.action(current: old, "k", isAlone: true, versioning: .enabled, at: now) == .transition("GLACIER"))
        let archived = record(0, storageClass: "GLACIER")
        #expect(asked.action(current: archived, "k", isAlone: true, versioning: .enabled, at: now) == .mark)
        #expect(asked.action(current: old, "k", isAlone: true, versioning: nil, at: Timestamp(seconds: 60)) == nil)
    }

    @Test func theColdestOfSeveralClasses() {
        var one = rule()
        one.transitions = [.init(days: 1, storageClass: "GLACIER"), .init(days: 2, storageClass: "DEEP_ARCHIVE")]
        let now = Timestamp(seconds: 9 * Self.day)
        #expect(
            plan(one).action(current: record(0), "k", isAlone: true, versioning: nil, at: now) == .transition("DEEP_ARCHIVE"))
        let deep = record(0, storageClass: "DEEP_ARCHIVE")
        #expect(plan(one).action(current: deep, "k", isAlone: true, versioning: nil, at: now) == nil)
    }

    @Test func smallObjectsStayUnlessTheRuleSpeaksOfSizes() {
        var cold = rule()
        cold.transitions = [.init(days: 0, storageClass: "GLACIER")]
        let (small, now) = (record(0, size: 10), Timestamp(seconds: 9 * Self.day))
        func action(_ asked: LifecyclePlan) -> LifecycleAction? {
            asked.action(current: small, "k", isAlone: true, versioning: nil, at: now)
        }
        #expect(action(plan(cold)) == nil)
        #expect(action(plan(cold, minimum: LifecycleRules.variesByClass)) == .transition("GLACIER"))
        cold.transitions = [.init(days: 0, storageClass: "GLACIER_IR")]
        #expect(action(plan(cold, minimum: LifecycleRules.variesByClass)) == nil)
        cold.filter = .init(objectSizeGreaterThan: 1)
        #expect(action(plan(cold)) == .transition("GLACIER_IR"))
    }

    @Test func versionsOnTheirWayAreLeftAlone() {
        var ends = rule()
        ends.expiration = .init(days: 1)
        var waiting = record(0)
        waiting.replication = ReplicationState(waiting: ["there"])
        let now = Timestamp(seconds: 9 * Self.day)
        #expect(plan(ends).action(current: waiting, "k", isAlone: true, versioning: .enabled, at: now) == nil)
        waiting.replication = ReplicationState()
        #expect(plan(ends).action(current: waiting, "k", isAlone: true, versioning: .enabled, at: now) == .mark)
    }

    @Test func tagsAllHaveToMatch() {
        var ends = rule(.init(and: .init(prefix: "a", tags: [.init(key: "x", value: "1"), .init(key: "y", value: "2")])))
        ends.expiration = .init(days: 1)
        let now = Timestamp(seconds: 9 * Self.day)
        let (one, two) = (S3.Tag(key: "x", value: "1"), S3.Tag(key: "y", value: "2"))
        func isEnded(_ tags: [S3.Tag], _ key: String) -> Bool {
            plan(ends).action(current: record(0, tags: tags), key, isAlone: true, versioning: nil, at: now) != nil
        }
        #expect(isEnded([two, one], "ab"))
        #expect(!isEnded([one], "ab"))
        #expect(!isEnded([one, two], "b"))
    }
}

@Suite struct ReplicaPlaceTests {
    /// Versions that arrive in any order stand in the order of their making, between those that were there.
    @Test func versionsTakeTheirPlaceInTheOrder() async throws {
        try await TestPlatform.with([S3Service()]) { tarn in
            _ = try await tarn.s3("CreateBucket", ["Bucket": "lake"])
            let at: Document = ["Bucket": "lake", "Key": "k"]
            _ = try await tarn.s3("PutObject", at, body: [0])
            _ = try await tarn.s3("PutBucketVersioning", ["Bucket": "lake", "VersioningConfiguration": ["Status": "Enabled"]])
            let start = TestPlatform.epoch.microseconds
            let versions = [3, 1, 4, 2].map { number -> ObjectRecord in
                var record = ObjectRecord()
                (record.order, record.nonce) = (start + Int64(number) * 1_000, [UInt8](repeating: UInt8(number), count: 16))
                record.lastModified = TestPlatform.epoch
                record.size = 1
                record.replication = ReplicationState(isReplica: true, generation: Int64(number))
                return record
            }
            let placed = try await tarn.platform.store.write { transaction in
                try versions.map { version in
                    let body = ObjectBody.inline([UInt8(version.replication?.generation ?? 0)])
                    return try ObjectTable.insert(version, body, in: "lake", "k", transaction)
                }
            }
            #expect(placed == [true, true, true, true])
            let listed = try await tarn.s3("ListObjectVersions", ["Bucket": "lake"])
            let ids = versions.sorted { $0.order > $1.order }.map { Document.string($0.versionID) }
            #expect(listed["Versions"]?.list?.compactMap { $0["VersionId"] } == ids + ["null"])
            #expect(listed["Versions"]?.list?.compactMap { $0["IsLatest"]?.bool } == [true, false, false, false, false])
            // The null version is found below them, and one that is there already is not taken twice.
            let found = try await tarn.platform.store.write { transaction in
                let null = try ObjectTable.version("lake", "k", "null", in: transaction)
                return (null != nil, try ObjectTable.insert(versions[1], .inline([9]), in: "lake", "k", transaction))
            }
            #expect(found == (true, false))
        }
    }

    @Test func theStateSurvivesItsRecord() throws {
        var record = ObjectRecord()
        for state in [
            ReplicationState(waiting: ["a", "b"], hasFailed: true, generation: 7), ReplicationState(isReplica: true),
            ReplicationState(),
        ] {
            record.replication = state
            #expect(try ObjectRecord(encoded: record.encoded()).replication == state)
        }
        #expect(ReplicationState(waiting: ["a"], hasFailed: true).status == .failed)
        #expect(ReplicationState(waiting: ["a"]).status == .pending)
    }
}
