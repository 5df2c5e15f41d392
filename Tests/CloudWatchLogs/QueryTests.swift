import Documents
import Testing

@testable import CloudWatchLogs

@Suite struct QueryTests {
    private static let begin: Int64 = 1_790_000_000_000

    /// Runs a query over messages that lie a minute apart.
    private func run(_ query: String, _ messages: [String], limit: Int? = nil, group: String = "g") throws -> [[String: String]] {
        var run = try QueryRun(query, limit: limit)
        let record = GroupRecord(account: "111122223333", region: "us-east-1", name: group, created: Timestamp(milliseconds: 0))
        for (index, message) in messages.enumerated() {
            let time = Timestamp(milliseconds: Self.begin + Int64(index) * 60_000)
            let event = EventRecord(timestamp: time, ingested: time, message: message)
            try run.add(QueryRow(event, message: message, stream: "s", group: record, pointer: "p\(index)"))
        }
        return try run.results().map { row in Dictionary(row.map { ($0.field, $0.value) }) { first, _ in first } }
    }

    private static let requests = [
        #"{"path": "/a", "ms": 10, "user": {"id": "x"}}"#, #"{"path": "/b", "ms": 30, "user": {"id": "y"}}"#,
        #"{"path": "/a", "ms": 20.5, "error": true, "items": [{"n": 1}]}"#, "GET /c took 7 ms",
    ]

    @Test func theNewestFirst() throws {
        let rows = try run("fields @timestamp, @message", Self.requests)
        #expect(rows.count == 4)
        #expect(rows[0]["@message"] == Self.requests[3])
        #expect(rows[3]["@timestamp"] == "2026-09-21 14:13:20.000")
        #expect(rows[0]["@ptr"] == "p3")
        #expect(try run("fields @message", Self.requests, limit: 1).count == 1)
    }

    @Test func filters() throws {
        func count(_ condition: String) throws -> Int { try run("filter \(condition)", Self.requests).count }
        #expect(try count("path = \"/a\"") == 2)
        #expect(try count("ms > 10 and not path = '/b'") == 1)
        #expect(try count("ms >= 10 and ms <= 20.5 or path = \"/b\"") == 3)
        #expect(try count("@message like /took [0-9]+ ms/") == 1)
        #expect(try count("@message like \"took\"") == 1)
        #expect(try count("@message not like /^\\{/") == 1)
        #expect(try count("@message =~ /(?i)get/") == 1)
        #expect(try count("path in [\"/b\", \"/c\"]") == 1)
        #expect(try count("ispresent(user.id)") == 2)
        #expect(try count("items.0.n = 1 and error = 1") == 1)
        #expect(try count("strlen(path) = 2 and ms / 2 > 10") == 2)
        #expect(try count("ms < 5 or missing = 3") == 0)
        #expect(try count("user.id != \"x\"") == 3)
    }

    @Test func stats() throws {
        let rows = try run("stats count(*) as n, avg(ms), max(ms) as top by path | sort n desc, path asc", Self.requests)
        #expect(rows.map { $0["path"] } == ["/a", "/b", nil] || rows.map { $0["path"] } == ["/a", nil, "/b"])
        #expect(rows[0]["n"] == "2" && rows[0]["avg(ms)"] == "15.25" && rows[0]["top"] == "20.5")
        #expect(rows[0]["@ptr"] == nil)
        let (one) = try run("stats sum(ms) / count(ms) as mean, count_distinct(path) as paths, pct(ms, 50)", Self.requests)
        #expect(one == [["mean": "20.1667", "paths": "2", "pct(ms, 50)": "20.5"]])
        let bins = try run("stats count(*) by bin(2m)", Self.requests)
        #expect(bins.map { $0["count(*)"] } == ["2", "2"] || bins.map { $0["count(*)"] } == ["1", "2", "1"])
        #expect(bins[0]["bin(2m)"]?.hasSuffix(":00.000") == true)
        #expect(try run("filter path = 'none' | stats count(*) as n", Self.requests) == [["n": "0"]])
        let times = try run("stats earliest(path) as a, latest(path) as z, min(ms) as least", Self.requests)
        #expect(times == [["a": "/a", "z": "/a", "least": "10"]])
        #expect(try run("stats count(*) as n by path | stats max(n) as most", Self.requests) == [["most": "2"]])
    }

    @Test func parse() throws {
        let glob = try run("parse @message \"* /* took * ms\" as verb, place, took | filter ispresent(took)", Self.requests)
        #expect(glob.count == 1)
        let shown = try run("parse @message 'took * ms' as took | filter took > 5 | display took, @timestamp", Self.requests)
        #expect(shown[0]["took"] == "7")
        let regex = try run(
            "parse @message /(?<verb>[A-Z]+) (?<where>\\/\\w+)/ | filter verb = 'GET' | display verb, where", Self.requests)
        #expect(regex.map { $0["where"] } == ["/c"] && regex[0]["verb"] == "GET")
    }

    @Test func sortLimitDedup() throws {
        #expect(try run("sort ms asc | limit 2 | fields ms", Self.requests).map { $0["ms"] } == [nil, "10"])
        #expect(try run("filter ispresent(path) | dedup path | fields path", Self.requests).map { $0["path"] } == ["/a", "/b"])
        #expect(try run("limit 1 | display @message", Self.requests)[0]["@message"] == Self.requests[3])
        #expect(try run("fields concat(path, '!') as loud | filter ms = 30 # a remark", Self.requests)[0]["loud"] == "/b!")
        #expect(try run("fields `path` as p, ms % 3 as rest | filter p = '/b'", Self.requests)[0]["rest"] == "0")
    }

    @Test func linesOfLambda() throws {
        let line =
            "REPORT RequestId: 12-ab\tDuration: 3.50 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 15 MB\t\n"
        let rows = try run(
            "filter @type = \"REPORT\" | stats max(@memorySize / 1000 / 1000) as mb, avg(@duration) as ms by @requestId",
            ["START RequestId: 12-ab Version: $LATEST", line], group: "/aws/lambda/f")
        #expect(rows == [["@requestId": "12-ab", "mb": "128", "ms": "3.5"]])
    }

    @Test(arguments: [
        "", "|", "fields", "frobnicate x", "filter", "filter a =", "filter (a = 1", "limit x", "limit 0", "stats", "sort",
        "fields @message |", "parse @message \"* *\" as a", "parse @message /(a)/", "filter a like 3", "filter a in [1",
        "stats pct(a)", "fields strlen(a, b)", "filter @message like /(/", "filter @message like /[/", "fields \"open",
        "fields a ! b", "stats count(*",
    ])
    func malformed(_ query: String) {
        #expect { try QueryRun(query, limit: nil) } throws: { error in
            if case QueryError.malformed = error { true } else { false }
        }
    }

    @Test(arguments: ["pattern @message", "diff", "fields no_such(a)", "join x"])
    func notBuilt(_ query: String) {
        #expect { try QueryRun(query, limit: nil) } throws: { error in
            if case QueryError.notBuilt = error { true } else { false }
        }
    }

    @Test func nesting() {
        for query in [
            "filter " + String(repeating: "(", count: 4_000), "filter " + String(repeating: "not ", count: 2_000) + "a",
            "fields " + String(repeating: "-", count: 4_000) + "1",
            "filter a like /" + String(repeating: "(", count: 4_000) + "/",
            "filter a like /((((((a{1000}){1000}){1000}){1000}){1000}){1000})/",
        ] {
            #expect(throws: QueryError.self) { try QueryRun(query, limit: nil) }
        }
    }
}
